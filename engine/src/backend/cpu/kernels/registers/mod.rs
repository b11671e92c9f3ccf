//! Single registers of floats, for products that count them.
//!
//! The sixteen lanes of [`super::Machine`] are one register, two or four; which lanes share one changes no
//! bit, because no operation here mixes lanes.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon;
mod portable;

/// An instruction set's registers.
pub trait Registers: Copy {
    /// Some neighbouring lanes.
    type Register: Copy;
    /// How many they are; divides [`super::LANES`].
    const WIDTH: usize;
    /// Whether there are 32 registers, not 16.
    const MANY: bool;

    /// All lanes zero.
    fn zero(self) -> Self::Register;
    /// From memory, at any alignment.
    ///
    /// # Safety
    /// From `from` on, `WIDTH` numbers are readable.
    unsafe fn load_register(self, from: *const f32) -> Self::Register;
    /// To memory, at any alignment.
    ///
    /// # Safety
    /// From `to` on, `WIDTH` numbers are writable.
    unsafe fn store_register(self, register: Self::Register, to: *mut f32);
    /// Of little-endian bfloat16, those at even and those at odd places.
    ///
    /// # Safety
    /// From `from` on, twice `WIDTH` numbers are readable.
    unsafe fn load_pairs(self, from: *const u8) -> [Self::Register; 2];
    /// `a * b + c` in each lane, rounded as by [`super::Machine::mul_add`].
    fn add_product(self, a: Self::Register, b: Self::Register, c: Self::Register)
    -> Self::Register;
}
