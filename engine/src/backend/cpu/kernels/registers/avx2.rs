//! AVX2: eight lanes in a register.

use std::arch::x86_64::*;

use super::Registers;
use crate::backend::cpu::kernels::avx2::Avx2;

// SAFETY of every block below: a value of `Avx2` proves that the machine has the instructions, and what
// is read or written is the caller's to vouch for.
#[allow(clippy::undocumented_unsafe_blocks)]
impl<const VNNI: bool> Registers for Avx2<VNNI> {
    type Register = __m256;
    const WIDTH: usize = 8;
    const MANY: bool = false;

    #[inline(always)]
    fn zero(self) -> __m256 {
        unsafe { _mm256_setzero_ps() }
    }
    #[inline(always)]
    unsafe fn load_register(self, from: *const f32) -> __m256 {
        unsafe { _mm256_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store_register(self, register: __m256, to: *mut f32) {
        unsafe { _mm256_storeu_ps(to, register) }
    }
    #[inline(always)]
    unsafe fn load_pairs(self, from: *const u8) -> [__m256; 2] {
        unsafe {
            let both = _mm256_loadu_si256(from.cast());
            let odd = _mm256_and_si256(both, _mm256_set1_epi32(0xffff_0000_u32.cast_signed()));
            let even = _mm256_slli_epi32(both, 16);
            [_mm256_castsi256_ps(even), _mm256_castsi256_ps(odd)]
        }
    }
    #[inline(always)]
    fn add_product(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }
}
