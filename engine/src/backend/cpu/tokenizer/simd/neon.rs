//! NEON: 4 lanes, register tiles of six rows by one block.
//!
//! The only feature used is `neon`.

use std::arch::aarch64::*;

use super::{BLOCK, Kernel, Simd};
use crate::backend::cpu::tokenizer::product::{Tile, tile};

/// Proof that the processor has NEON.
#[derive(Clone, Copy)]
pub struct Neon(());

/// Runs `kernel` with NEON.
#[target_feature(enable = "neon")]
pub fn enter<K: Kernel>(kernel: K) -> K::Out {
    kernel.run(Neon(()))
}

/// One size of tile.
///
/// # Safety
/// As [`Tile`] says.
#[target_feature(enable = "neon")]
#[inline(never)]
unsafe fn sized<const VECTORS: usize, const ROWS: usize>(job: &Tile) {
    // SAFETY: the caller's.
    unsafe { tile::<Neon, VECTORS, ROWS>(Neon(()), job) }
}

/// Picks the size of tile.
///
/// # Safety
/// As [`Tile`] says.
#[target_feature(enable = "neon")]
unsafe fn any_size(job: &Tile, rows: usize) {
    macro_rules! pick {
        ($($rows:literal)*) => {
            match rows {
                // SAFETY: the caller's.
                $($rows => unsafe { sized::<4, $rows>(job) },)*
                _ => unreachable!("a tile of {rows} rows"),
            }
        };
    }
    const { assert!(4 * Neon::LANES == BLOCK) };
    pick!(1 2 3 4 5 6)
}

// SAFETY of every block below: a value of `Neon` exists only inside `enter`, where the feature is on.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Simd for Neon {
    type V = float32x4_t;
    const LANES: usize = 4;
    // 24 sums, four weights and a splat of the 32 registers.
    const ROWS: usize = 6;
    const PANEL: usize = 1;

    #[inline(always)]
    fn splat(self, value: f32) -> float32x4_t {
        unsafe { vdupq_n_f32(value) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> float32x4_t {
        unsafe { vld1q_f32(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: float32x4_t) {
        unsafe { vst1q_f32(to, value) }
    }
    #[inline(always)]
    fn add(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vaddq_f32(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vsubq_f32(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vmulq_f32(a, b) }
    }
    #[inline(always)]
    fn mul_add(self, a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        unsafe { vfmaq_f32(c, a, b) }
    }
    #[inline(always)]
    fn mul_sub(self, a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        unsafe { vfmsq_f32(c, a, b) }
    }
    #[inline(always)]
    fn div(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vdivq_f32(a, b) }
    }
    #[inline(always)]
    fn max(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vmaxq_f32(a, b) }
    }
    #[inline(always)]
    fn min(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vminq_f32(a, b) }
    }
    #[inline(always)]
    fn power_of_two(self, shifted: float32x4_t) -> float32x4_t {
        unsafe {
            let bits = vshlq_n_u32::<23>(vreinterpretq_u32_f32(shifted));
            vreinterpretq_f32_u32(vaddq_u32(bits, vdupq_n_u32(127 << 23)))
        }
    }
    #[inline(always)]
    fn prefetch(self, _at: *const f32) {}
    #[inline(always)]
    unsafe fn tile(self, tile: &Tile, rows: usize, _blocks: usize) {
        unsafe { any_size(tile, rows) }
    }
}
