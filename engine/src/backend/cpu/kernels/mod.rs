//! Instruction sets, and the choice among them at run time.
//!
//! A kernel is written once, over the operations of a [`Machine`], and compiled for every instruction
//! set by [`Kernel::run`]. What the operations must have in common is in `machine`; only the files of
//! the instruction sets name instructions.

// Registers are counted, here and in what is compiled to them.
#![allow(clippy::needless_range_loop)]

pub mod blocked;
pub mod blocks;
pub mod dense;
mod machine;
mod multiply;
mod panels;
mod portable;
mod registers;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon;

pub(crate) use machine::unrolled;
pub use machine::{Block, LANES, Machine, TILE, Work};
pub use portable::Portable;
pub use registers::Registers;

/// Asks for the memory line at `address`, which need not be readable, to be brought into the core's own cache, but not
/// into its nearest.
pub fn fetch(address: usize) {
    let address = std::ptr::without_provenance::<u8>(address);
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the instruction, which every such processor has, reads nothing, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(address.cast());
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: the same.
    unsafe {
        std::arch::asm!("prfm pldl2keep, [{}]", in(reg) address, options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = address;
}

/// An instruction set that this machine has. Values come only from [`Kernel::available`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel(Set);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    AvxVnni,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    Neon,
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    NeonDot,
}

impl Kernel {
    /// Every instruction set of this machine that there is a kernel for, the slowest first.
    pub fn available() -> Vec<Self> {
        let mut found = vec![Self(Set::Portable)];
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("fma")
                && is_x86_feature_detected!("f16c");
            if avx2 {
                found.push(Self(Set::Avx2));
            }
            if avx2 && is_x86_feature_detected!("avxvnni") {
                found.push(Self(Set::AvxVnni));
            }
            if avx2
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni")
            {
                found.push(Self(Set::Avx512));
            }
        }
        #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
        if std::arch::is_aarch64_feature_detected!("neon") {
            found.push(Self(Set::Neon));
            if std::arch::is_aarch64_feature_detected!("dotprod") {
                found.push(Self(Set::NeonDot));
            }
        }
        found
    }

    /// The fastest of this machine.
    pub fn fastest() -> Self {
        Self::available().pop().unwrap_or(Self(Set::Portable))
    }

    /// The one of this name, where this machine has it.
    pub fn named(name: &str) -> Option<Self> {
        Self::available()
            .into_iter()
            .find(|kernel| kernel.name() == name)
    }

    /// As shown to people.
    pub fn name(self) -> &'static str {
        match self.0 {
            Set::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Set::AvxVnni => "avx-vnni",
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => "avx512",
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Set::Neon => "neon",
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Set::NeonDot => "neon-dotprod",
        }
    }

    /// Whether a sum of products is rounded once for each product, as fused instructions do. Kernels
    /// that agree in this give the same bits everywhere.
    pub fn is_fused(self) -> bool {
        self.0 != Set::Portable
    }

    /// Carries out `work` with the instructions of this set.
    pub fn run<W: Work>(self, work: W) -> W::Output {
        match self.0 {
            Set::Portable => work.run(Portable),
            // SAFETY: a value of `Kernel` comes from `available`, which has seen the instructions.
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => unsafe { avx2::run_avx2(work) },
            // SAFETY: the same.
            #[cfg(target_arch = "x86_64")]
            Set::AvxVnni => unsafe { avx2::run_avx_vnni(work) },
            // SAFETY: the same.
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => unsafe { avx512::run_avx512(work) },
            // SAFETY: the same.
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Set::Neon => unsafe { neon::run_neon(work) },
            // SAFETY: the same.
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Set::NeonDot => unsafe { neon::run_neon_dot(work) },
        }
    }
}
