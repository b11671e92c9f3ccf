//! Four lanes in plain Rust, for processors without a kernel of their own.
//!
//! Compilers turn these arrays into SSE2 or whatever the target is sure to have.

use super::{BLOCK, Kernel, Simd};
use crate::backend::cpu::tokenizer::product::{Tile, tile};

/// Plain Rust, always there.
#[derive(Clone, Copy)]
pub struct Portable;

/// Four numbers, aligned like the vector they become.
#[derive(Clone, Copy)]
#[repr(align(16))]
pub struct Four([f32; 4]);

/// Runs `kernel` in plain Rust.
pub fn enter<K: Kernel>(kernel: K) -> K::Out {
    kernel.run(Portable)
}

#[inline(always)]
fn each(f: impl Fn(usize) -> f32) -> Four {
    Four([f(0), f(1), f(2), f(3)])
}

impl Simd for Portable {
    type V = Four;
    const LANES: usize = 4;
    // 12 sums in four-lane registers.
    const ROWS: usize = 3;
    const PANEL: usize = 1;

    #[inline(always)]
    fn splat(self, value: f32) -> Four {
        Four([value; 4])
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> Four {
        // SAFETY: the caller's.
        Four(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: Four) {
        // SAFETY: the caller's.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(value.0) }
    }
    #[inline(always)]
    fn add(self, a: Four, b: Four) -> Four {
        each(|i| a.0[i] + b.0[i])
    }
    #[inline(always)]
    fn sub(self, a: Four, b: Four) -> Four {
        each(|i| a.0[i] - b.0[i])
    }
    #[inline(always)]
    fn mul(self, a: Four, b: Four) -> Four {
        each(|i| a.0[i] * b.0[i])
    }
    // No fused multiplication: without the instruction it is a slow call into the C library.
    #[inline(always)]
    fn mul_add(self, a: Four, b: Four, c: Four) -> Four {
        each(|i| a.0[i] * b.0[i] + c.0[i])
    }
    #[inline(always)]
    fn mul_sub(self, a: Four, b: Four, c: Four) -> Four {
        each(|i| c.0[i] - a.0[i] * b.0[i])
    }
    #[inline(always)]
    fn div(self, a: Four, b: Four) -> Four {
        each(|i| a.0[i] / b.0[i])
    }
    #[inline(always)]
    fn max(self, a: Four, b: Four) -> Four {
        each(|i| if a.0[i] > b.0[i] { a.0[i] } else { b.0[i] })
    }
    #[inline(always)]
    fn min(self, a: Four, b: Four) -> Four {
        each(|i| if a.0[i] < b.0[i] { a.0[i] } else { b.0[i] })
    }
    #[inline(always)]
    fn power_of_two(self, shifted: Four) -> Four {
        each(|i| f32::from_bits((shifted.0[i].to_bits() << 23).wrapping_add(127 << 23)))
    }
    #[inline(always)]
    fn prefetch(self, _at: *const f32) {}
    #[inline(always)]
    unsafe fn tile(self, job: &Tile, rows: usize, _blocks: usize) {
        const { assert!(4 * Portable::LANES == BLOCK) };
        // SAFETY, for all: the caller's.
        match rows {
            1 => unsafe { tile::<Self, 4, 1>(self, job) },
            // SAFETY: as above.
            2 => unsafe { tile::<Self, 4, 2>(self, job) },
            // SAFETY: as above.
            3 => unsafe { tile::<Self, 4, 3>(self, job) },
            _ => unreachable!("a tile of {rows} rows"),
        }
    }
}
