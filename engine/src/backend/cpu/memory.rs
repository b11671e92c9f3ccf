//! How fast this machine reads memory: the bound that decoding is measured against.
//!
//! All threads add up a buffer that no cache holds, each its own part from one end to the other.

use std::time::{Duration, Instant};

use crate::{
    backend::cpu::{
        bytes::Aligned,
        kernels::{Kernel, LANES, Machine, Work},
        threads::Threads,
    },
    error::Result,
};

/// Bytes that are read; more than any cache holds.
pub const BYTES: usize = 512 << 20;
/// Bytes of a part.
const PART: usize = 256 << 10;
/// Parts of a line that are read before the next: memory serves several streams better than one.
const STREAMS: usize = 4;

/// A buffer to read, kept because filling it takes longer than reading it.
pub struct Memory {
    bytes: Aligned,
}

/// What a reading took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Bytes that were read.
    pub bytes: usize,
    /// How long it took.
    pub elapsed: Duration,
}

impl Reading {
    /// Bytes a second, in units of 10⁹.
    pub fn gb_per_s(self) -> f64 {
        self.bytes as f64 / self.elapsed.as_secs_f64().max(1e-9) / 1e9
    }
}

impl Memory {
    /// A buffer of `bytes`, [`BYTES`] for a measurement. Every page is written, so that each has a place of its own.
    ///
    /// # Errors
    /// When the system has no memory for them.
    pub fn new(bytes: usize) -> Result<Self> {
        let mut bytes = Aligned::zeros(bytes / 4 * 4)?;
        let words: &mut [u32] = bytemuck::cast_slice_mut(bytes.get_mut());
        for (n, word) in words.iter_mut().enumerate() {
            *word = n as u32;
        }
        Ok(Self { bytes })
    }

    /// Reads all of it once.
    pub fn read(&self, threads: &Threads, kernel: Kernel) -> Reading {
        let words: &[u32] = bytemuck::cast_slice(self.bytes.as_ref());
        let parts = words.chunks(PART / 4);
        let start = Instant::now();
        threads.run(parts.len(), &|part| {
            let words = &words[part * (PART / 4)..];
            let words = &words[..words.len().min(PART / 4)];
            // The sum is of no interest, but the compiler must not know.
            std::hint::black_box(kernel.run(Sum(words)));
        });
        Reading {
            bytes: self.bytes.as_ref().len(),
            elapsed: start.elapsed(),
        }
    }
}

/// The sum of words, whatever overflows.
struct Sum<'a>(&'a [u32]);

impl Work for Sum<'_> {
    type Output = u32;

    #[inline(always)]
    fn run<M: Machine>(self, machine: M) -> u32 {
        let mut sums = [[0_u32; LANES]; STREAMS];
        let (steps, rest) = self.0.as_chunks::<{ LANES * STREAMS }>();
        for step in steps {
            machine.prefetch(step.as_ptr().wrapping_add(32 * LANES * STREAMS).cast());
            let (lines, _) = step.as_chunks::<LANES>();
            for n in 0..STREAMS {
                for lane in 0..LANES {
                    sums[n][lane] = sums[n][lane].wrapping_add(lines[n][lane]);
                }
            }
        }
        let sums = sums.as_flattened().iter().chain(rest);
        sums.fold(0, |sum, word| sum.wrapping_add(*word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read() {
        for kernel in Kernel::available() {
            for length in [0, 1, 63, 64, 65, 1000] {
                let words: Vec<u32> = (0..length)
                    .map(|n: u32| n.wrapping_mul(n).wrapping_mul(7919))
                    .collect();
                let expected = words
                    .iter()
                    .fold(0_u32, |sum, word| sum.wrapping_add(*word));
                assert_eq!(kernel.run(Sum(&words)), expected);
            }
        }
    }
}
