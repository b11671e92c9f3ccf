//! Bytes that somebody owns: memory of this process, or a file that is mapped into it.
//!
//! Weights are looked at where they lie; nothing here copies them.

use std::sync::Arc;

use bytemuck::{Pod, Zeroable};

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

/// Bytes of this process that begin with a line.
pub struct Aligned {
    lines: Vec<Line>,
    length: usize,
}

impl Aligned {
    /// So many zeros.
    pub fn zeros(length: usize) -> Self {
        Self {
            lines: vec![Line::ZERO; length.div_ceil(LINE)],
            length,
        }
    }

    /// The bytes.
    pub fn get_mut(&mut self) -> &mut [u8] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.length]
    }
}

impl From<&[u8]> for Aligned {
    fn from(bytes: &[u8]) -> Self {
        let mut aligned = Self::zeros(bytes.len());
        aligned.get_mut().copy_from_slice(bytes);
        aligned
    }
}

impl AsRef<[u8]> for Aligned {
    fn as_ref(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.lines)[..self.length]
    }
}
