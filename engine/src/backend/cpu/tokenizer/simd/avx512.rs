//! AVX-512: 16 lanes, register tiles of 12 rows by two blocks.
//!
//! The only feature used is `avx512f`.

use std::arch::x86_64::*;

use super::{BLOCK, Kernel, Simd};
use crate::backend::cpu::tokenizer::product::{Tile, tile};

/// Proof that the processor has AVX-512.
#[derive(Clone, Copy)]
pub struct Avx512(());

/// Runs `kernel` with AVX-512.
#[target_feature(enable = "avx512f")]
pub fn enter<K: Kernel>(kernel: K) -> K::Out {
    kernel.run(Avx512(()))
}

/// One size of tile.
///
/// # Safety
/// As [`Tile`] says.
#[target_feature(enable = "avx512f")]
#[inline(never)]
unsafe fn sized<const VECTORS: usize, const ROWS: usize>(job: &Tile) {
    // SAFETY: the caller's.
    unsafe { tile::<Avx512, VECTORS, ROWS>(Avx512(()), job) }
}

/// Picks the size of tile.
///
/// # Safety
/// As [`Tile`] says.
#[target_feature(enable = "avx512f")]
unsafe fn any_size(job: &Tile, rows: usize, blocks: usize) {
    macro_rules! pick {
        ($($rows:literal)*) => {
            match (blocks, rows) {
                // SAFETY: the caller's.
                $((1, $rows) => unsafe { sized::<1, $rows>(job) },)*
                // SAFETY: the caller's.
                $((2, $rows) => unsafe { sized::<2, $rows>(job) },)*
                _ => unreachable!("a tile of {rows} rows by {blocks} blocks"),
            }
        };
    }
    const { assert!(Avx512::LANES == BLOCK) };
    pick!(1 2 3 4 5 6 7 8 9 10 11 12)
}

// SAFETY of every block below: a value of `Avx512` exists only inside `enter`, where the feature is on.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Simd for Avx512 {
    type V = __m512;
    const LANES: usize = 16;
    // 24 sums, two weights and a splat fill the 32 registers.
    const ROWS: usize = 12;
    const PANEL: usize = 2;

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        unsafe { _mm512_set1_ps(value) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m512 {
        unsafe { _mm512_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: __m512) {
        unsafe { _mm512_storeu_ps(to, value) }
    }
    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_sub_ps(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    fn mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn mul_sub(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        unsafe { _mm512_fnmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn div(self, a: __m512, b: __m512) -> __m512 {
        // An estimate to 14 bits and one step of Newton's; a 16-lane division takes as long as all this.
        unsafe {
            let r = _mm512_rcp14_ps(b);
            let r = _mm512_fmadd_ps(r, _mm512_fnmadd_ps(b, r, _mm512_set1_ps(1.0)), r);
            _mm512_mul_ps(a, r)
        }
    }
    #[inline(always)]
    fn max(self, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_max_ps(a, b) }
    }
    #[inline(always)]
    fn min(self, a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_min_ps(a, b) }
    }
    #[inline(always)]
    fn power_of_two(self, shifted: __m512) -> __m512 {
        unsafe {
            let bits = _mm512_slli_epi32::<23>(_mm512_castps_si512(shifted));
            _mm512_castsi512_ps(_mm512_add_epi32(bits, _mm512_set1_epi32(127 << 23)))
        }
    }
    #[inline(always)]
    fn prefetch(self, at: *const f32) {
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
    }
    #[inline(always)]
    unsafe fn tile(self, tile: &Tile, rows: usize, blocks: usize) {
        unsafe { any_size(tile, rows, blocks) }
    }
}
