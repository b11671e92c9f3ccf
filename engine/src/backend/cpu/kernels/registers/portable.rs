//! Plain Rust: four lanes, which every 64-bit machine has registers for.

use super::Registers;
use crate::backend::cpu::kernels::portable::Portable;

impl Registers for Portable {
    type Register = [f32; 4];
    const WIDTH: usize = 4;
    const MANY: bool = false;

    #[inline(always)]
    fn zero(self) -> [f32; 4] {
        [0.0; 4]
    }
    #[inline(always)]
    unsafe fn load_register(self, from: *const f32) -> [f32; 4] {
        // SAFETY: the caller's.
        unsafe { from.cast::<[f32; 4]>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store_register(self, register: [f32; 4], to: *mut f32) {
        // SAFETY: the caller's.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(register) }
    }
    #[inline(always)]
    unsafe fn load_pairs(self, from: *const u8) -> [[f32; 4]; 2] {
        // SAFETY: the caller's.
        let both = unsafe { from.cast::<[[u8; 4]; 4]>().read_unaligned() };
        let both = both.map(u32::from_le_bytes);
        let even = both.map(|pair| f32::from_bits(pair << 16));
        [even, both.map(|pair| f32::from_bits(pair & 0xffff_0000))]
    }
    #[inline(always)]
    fn add_product(self, a: [f32; 4], b: [f32; 4], c: [f32; 4]) -> [f32; 4] {
        std::array::from_fn(|n| a[n] * b[n] + c[n])
    }
}
