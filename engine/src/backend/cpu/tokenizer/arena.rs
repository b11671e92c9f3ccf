//! Buffers aligned to cache lines, and the pool that hands them out again.
//!
//! One run of a network has one pool, so its memory is bounded by the widest moment of the run. What the
//! buffers hold is not known here.

use std::{
    ops::{Deref, DerefMut},
    sync::{Mutex, PoisonError},
};

/// Numbers in a cache line.
const LINE: usize = 16;
/// Numbers on either side of a buffer that a test watches.
const GUARD: usize = if cfg!(test) { 4 * LINE } else { 0 };
/// What the guards hold.
const CANARY: f32 = -1.734_5e33;

/// Numbers at an address that is a multiple of 64.
pub struct Buffer {
    values: Vec<f32>,
    start: usize,
    len: usize,
}

impl Buffer {
    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        // Zeros are asked of the system, so that pages come in where they are first used.
        let mut values = vec![0.0f32; len + LINE + 2 * GUARD];
        let address = values.as_ptr() as usize / size_of::<f32>();
        let start = GUARD + address.next_multiple_of(LINE) - address;
        values[start - GUARD..start].fill(CANARY);
        values[start + len..][..GUARD].fill(CANARY);
        Self { values, start, len }
    }

    /// Whether nothing was written beside the buffer. Only tests have guard zones to tell.
    pub fn is_intact(&self) -> bool {
        let guards = [self.start - GUARD, self.start + self.len];
        guards
            .into_iter()
            .all(|at| self.values[at..at + GUARD].iter().all(|&v| v == CANARY))
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[self.start..self.start + self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[self.start..self.start + self.len]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        assert!(
            std::thread::panicking() || self.is_intact(),
            "something wrote beside a buffer"
        );
    }
}

/// Buffers that were given back.
#[derive(Default)]
pub struct Arena {
    free: Mutex<Vec<Buffer>>,
}

impl Arena {
    /// A buffer of at least `len` numbers, whatever they are: the smallest free one that is no more than
    /// twice too large, or a new one.
    pub fn take(&self, len: usize) -> Buffer {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting = free
            .iter()
            .enumerate()
            .filter(|(_, buffer)| (len..=2 * len).contains(&buffer.len))
            .min_by_key(|(_, buffer)| buffer.len)
            .map(|(index, _)| index);
        match fitting {
            Some(index) => free.swap_remove(index),
            None => {
                drop(free);
                Buffer::zeros(len)
            }
        }
    }

    /// Takes a buffer back.
    pub fn give(&self, buffer: Buffer) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(buffer);
    }

    /// Gives what is free back to the system: networks change resolution, and then nothing fits.
    pub fn clear(&self) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.clear();
    }
}
