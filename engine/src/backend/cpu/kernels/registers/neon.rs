//! NEON: four lanes in a register.

use std::arch::aarch64::*;

use super::Registers;
use crate::backend::cpu::kernels::neon::Neon;

// SAFETY of every block below: a value of `Neon` proves that the machine has the instructions, and what
// is read or written is the caller's to vouch for.
#[allow(clippy::undocumented_unsafe_blocks)]
impl<const DOT: bool> Registers for Neon<DOT> {
    type Register = float32x4_t;
    const WIDTH: usize = 4;
    const MANY: bool = true;

    #[inline(always)]
    fn zero(self) -> float32x4_t {
        unsafe { vdupq_n_f32(0.0) }
    }
    #[inline(always)]
    unsafe fn load_register(self, from: *const f32) -> float32x4_t {
        unsafe { vld1q_f32(from) }
    }
    #[inline(always)]
    unsafe fn store_register(self, register: float32x4_t, to: *mut f32) {
        unsafe { vst1q_f32(to, register) }
    }
    #[inline(always)]
    unsafe fn load_pairs(self, from: *const u8) -> [float32x4_t; 2] {
        unsafe {
            let both = vreinterpretq_u32_u8(vld1q_u8(from));
            let odd = vandq_u32(both, vdupq_n_u32(0xffff_0000));
            let even = vshlq_n_u32::<16>(both);
            [vreinterpretq_f32_u32(even), vreinterpretq_f32_u32(odd)]
        }
    }
    #[inline(always)]
    fn add_product(self, a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        unsafe { vfmaq_f32(c, a, b) }
    }
}
