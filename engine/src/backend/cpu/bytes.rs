//! Bytes that somebody owns: memory of this process, or a file that is mapped into it.
//!
//! Weights are looked at where they lie; nothing here copies them.

use std::sync::Arc;

use bytemuck::{Pod, Zeroable};
use memmap2::MmapMut;

use crate::error::Result;

/// Shared bytes. A clone is another look at the same ones.
#[derive(Clone)]
pub struct Bytes {
    owner: Arc<dyn AsRef<[u8]> + Send + Sync>,
}

impl Bytes {
    /// All bytes of `owner`: a `Vec<u8>`, a memory map.
    pub fn new(owner: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        Self {
            owner: Arc::new(owner),
        }
    }

    /// The bytes.
    pub fn get(&self) -> &[u8] {
        (*self.owner).as_ref()
    }
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bytes({})", self.get().len())
    }
}

/// A line of the caches. A load that lies in two of them takes twice as long.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct Line([u8; LINE]);

/// Bytes of a line.
pub const LINE: usize = 64;

impl Line {
    /// All zeros.
    pub const ZERO: Self = Self([0; LINE]);
}

/// Bytes of this process that begin with a line, on pages as large as the system has: then the processor seldom has
/// to look up where the next ones lie, which takes longer than to fetch them.
pub struct Aligned {
    map: MmapMut,
    start: usize,
    length: usize,
}

/// Bytes of a large page. A system where they are larger or smaller loses some of them, and nothing else.
const PAGE: usize = 2 << 20;

impl Aligned {
    /// So many zeros.
    ///
    /// # Errors
    /// When the system has no memory for them.
    pub fn zeros(length: usize) -> Result<Self> {
        let is_small = length < PAGE;
        // What fills a large page begins with one; the rest of this room is never touched.
        let room = match is_small {
            true => length.max(1),
            false => length.next_multiple_of(PAGE) + PAGE,
        };
        let map = MmapMut::map_anon(room).map_err(|error| {
            let message = format!("{length} bytes: {error}");
            super::failed("reserving memory", message)
        })?;
        let start = match is_small {
            true => 0,
            false => map.as_ptr().align_offset(PAGE),
        };
        // A wish: a system that cannot fulfil it goes on with small ones.
        #[cfg(target_os = "linux")]
        {
            let large = match is_small {
                // Its neighbours may share a page with it.
                true => room,
                // A last one is taken where it is filled by half.
                false => (length + PAGE / 2) / PAGE * PAGE,
            };
            let _ = map.advise_range(memmap2::Advice::HugePage, start, large);
        }
        Ok(Self { map, start, length })
    }

    /// A copy of `bytes`.
    ///
    /// # Errors
    /// As [`zeros`](Self::zeros).
    pub fn copy(bytes: &[u8]) -> Result<Self> {
        let mut aligned = Self::zeros(bytes.len())?;
        aligned.get_mut().copy_from_slice(bytes);
        Ok(aligned)
    }

    /// The bytes.
    pub fn get_mut(&mut self) -> &mut [u8] {
        &mut self.map[self.start..][..self.length]
    }
}

impl AsRef<[u8]> for Aligned {
    fn as_ref(&self) -> &[u8] {
        &self.map[self.start..][..self.length]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn zeros_are_as_many_as_asked_for_and_begin_with_a_page() {
        for length in [0, 1, 4097, PAGE - 1, PAGE, PAGE + 1, 5 * PAGE / 2] {
            let mut own = Aligned::zeros(length).unwrap();
            assert_eq!(own.as_ref().len(), length);
            assert!(own.as_ref().iter().all(|byte| *byte == 0), "{length}");
            let begins_with = if length < PAGE { LINE } else { PAGE };
            assert!(
                own.as_ref().as_ptr().addr().is_multiple_of(begins_with),
                "{length}"
            );
            own.get_mut().fill(7);
            let copy = Aligned::copy(own.as_ref()).unwrap();
            assert_eq!(copy.as_ref(), own.as_ref(), "{length}");
        }
    }
}
