//! AVX-512: all lanes in one register.

use std::arch::x86_64::*;

use super::Registers;
use crate::backend::cpu::kernels::avx512::Avx512;

// SAFETY of every block below: a value of `Avx512` proves that the machine has the instructions, and what
// is read or written is the caller's to vouch for.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Registers for Avx512 {
    type Register = __m512;
    const WIDTH: usize = 16;
    const MANY: bool = true;

    #[inline(always)]
    fn zero(self) -> __m512 {
        unsafe { _mm512_setzero_ps() }
    }
    #[inline(always)]
    unsafe fn load_register(self, from: *const f32) -> __m512 {
        unsafe { _mm512_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store_register(self, register: __m512, to: *mut f32) {
        unsafe { _mm512_storeu_ps(to, register) }
    }
    #[inline(always)]
    unsafe fn load_pairs(self, from: *const u8) -> [__m512; 2] {
        unsafe {
            let both = _mm512_loadu_si512(from.cast());
            let odd = _mm512_and_si512(both, _mm512_set1_epi32(0xffff_0000_u32.cast_signed()));
            let even = _mm512_slli_epi32(both, 16);
            [_mm512_castsi512_ps(even), _mm512_castsi512_ps(odd)]
        }
    }
    #[inline(always)]
    fn add_product(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
}
