//! AVX2 with FMA: 8 lanes, register tiles of six rows by one block.
//!
//! The features used are `avx2` and `fma`.

use std::arch::x86_64::*;

use super::{BLOCK, Kernel, Simd};
use crate::backend::cpu::tokenizer::product::{Tile, tile};

/// Proof that the processor has AVX2 and FMA.
#[derive(Clone, Copy)]
pub struct Avx2(());

/// Runs `kernel` with AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub fn enter<K: Kernel>(kernel: K) -> K::Out {
    kernel.run(Avx2(()))
}

/// One size of tile.
///
/// # Safety
/// As [`Tile`] says.
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
unsafe fn sized<const VECTORS: usize, const ROWS: usize>(job: &Tile) {
    // SAFETY: the caller's.
    unsafe { tile::<Avx2, VECTORS, ROWS>(Avx2(()), job) }
}

/// Picks the size of tile.
///
/// # Safety
/// As [`Tile`] says.
#[target_feature(enable = "avx2,fma")]
unsafe fn any_size(job: &Tile, rows: usize) {
    macro_rules! pick {
        ($($rows:literal)*) => {
            match rows {
                // SAFETY: the caller's.
                $($rows => unsafe { sized::<2, $rows>(job) },)*
                _ => unreachable!("a tile of {rows} rows"),
            }
        };
    }
    const { assert!(2 * Avx2::LANES == BLOCK) };
    pick!(1 2 3 4 5 6)
}

// SAFETY of every block below: a value of `Avx2` exists only inside `enter`, where the features are on.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Simd for Avx2 {
    type V = __m256;
    const LANES: usize = 8;
    // 12 sums, two weights and a splat fill the 16 registers.
    const ROWS: usize = 6;
    const PANEL: usize = 1;

    #[inline(always)]
    fn splat(self, value: f32) -> __m256 {
        unsafe { _mm256_set1_ps(value) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m256 {
        unsafe { _mm256_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: __m256) {
        unsafe { _mm256_storeu_ps(to, value) }
    }
    #[inline(always)]
    fn add(self, a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_add_ps(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_sub_ps(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_mul_ps(a, b) }
    }
    #[inline(always)]
    fn mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn mul_sub(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        unsafe { _mm256_fnmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn div(self, a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_div_ps(a, b) }
    }
    #[inline(always)]
    fn max(self, a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_max_ps(a, b) }
    }
    #[inline(always)]
    fn min(self, a: __m256, b: __m256) -> __m256 {
        unsafe { _mm256_min_ps(a, b) }
    }
    #[inline(always)]
    fn power_of_two(self, shifted: __m256) -> __m256 {
        unsafe {
            let bits = _mm256_slli_epi32::<23>(_mm256_castps_si256(shifted));
            _mm256_castsi256_ps(_mm256_add_epi32(bits, _mm256_set1_epi32(127 << 23)))
        }
    }
    #[inline(always)]
    fn prefetch(self, at: *const f32) {
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
    }
    #[inline(always)]
    unsafe fn tile(self, tile: &Tile, rows: usize, _blocks: usize) {
        unsafe { any_size(tile, rows) }
    }
}
