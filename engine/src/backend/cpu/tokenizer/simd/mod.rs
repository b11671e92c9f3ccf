//! Vectors of f32, one implementation per instruction set, chosen at run time.
//!
//! Kernels are written once over [`Simd`] and entered through [`Level::run`]. Only what depends on the
//! instruction set is here; what is computed with it is not.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub mod exp;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;

use super::product::Tile;

/// Channels that lie together in memory: 64 bytes.
pub const BLOCK: usize = 16;

/// Vector arithmetic of one instruction set. A value of the type exists only where the processor has it.
pub trait Simd: Copy + Send + Sync {
    /// A vector.
    type V: Copy;
    /// Numbers in a vector; divides [`BLOCK`].
    const LANES: usize;
    /// Most rows of a register tile.
    const ROWS: usize;
    /// Blocks of columns in a register tile, hence in a panel of weights.
    const PANEL: usize;

    /// All lanes `value`.
    fn splat(self, value: f32) -> Self::V;
    /// Reads a vector, at any alignment.
    ///
    /// # Safety
    /// `LANES` numbers lie at `from`.
    unsafe fn load(self, from: *const f32) -> Self::V;
    /// Writes a vector, at any alignment.
    ///
    /// # Safety
    /// `LANES` numbers may be written at `to`.
    unsafe fn store(self, to: *mut f32, value: Self::V);
    /// `a + b`.
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a - b`.
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a * b`.
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a * b + c`.
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// `c - a * b`.
    fn mul_sub(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// `a / b`, to about an ulp, for finite `b` of ordinary size.
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// The larger, lane by lane.
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// The smaller, lane by lane.
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// `2^n`, with `n` in the low bits of `1.5 * 2^23 + n`.
    fn power_of_two(self, shifted: Self::V) -> Self::V;
    /// Asks for the cache line at `at`, wherever that is.
    fn prefetch(self, at: *const f32);
    /// Multiplies one register tile: `rows` (at most `ROWS`) times `blocks` (at most `PANEL`).
    ///
    /// # Safety
    /// As [`Tile`] says.
    unsafe fn tile(self, tile: &Tile, rows: usize, blocks: usize);
}

/// Work that is written once for all instruction sets.
pub trait Kernel {
    /// What it gives back.
    type Out;
    /// Does it. Implementations are `#[inline(always)]`, down to the vectors.
    fn run<S: Simd>(self, simd: S) -> Self::Out;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

/// An instruction set that this processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level(Set);

impl Level {
    /// The fastest.
    pub fn best() -> Self {
        Self::available().pop().unwrap_or(Self(Set::Portable))
    }

    /// All of them, the slowest first.
    pub fn available() -> Vec<Self> {
        let mut found = vec![Self(Set::Portable)];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                found.push(Self(Set::Avx2));
            }
            if is_x86_feature_detected!("avx512f") {
                found.push(Self(Set::Avx512));
            }
        }
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("neon") {
            found.push(Self(Set::Neon));
        }
        found
    }

    /// Blocks of columns in a panel of weights.
    pub fn panel(self) -> usize {
        match self.0 {
            Set::Portable => portable::Portable::PANEL,
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => avx2::Avx2::PANEL,
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => avx512::Avx512::PANEL,
            #[cfg(target_arch = "aarch64")]
            Set::Neon => neon::Neon::PANEL,
        }
    }

    /// Runs `kernel` with this instruction set.
    pub fn run<K: Kernel>(self, kernel: K) -> K::Out {
        match self.0 {
            Set::Portable => portable::enter(kernel),
            // SAFETY, here and below: a level is only made where the processor has its features.
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => unsafe { avx2::enter(kernel) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Set::Avx512 => unsafe { avx512::enter(kernel) },
            #[cfg(target_arch = "aarch64")]
            // SAFETY: as above.
            Set::Neon => unsafe { neon::enter(kernel) },
        }
    }
}
