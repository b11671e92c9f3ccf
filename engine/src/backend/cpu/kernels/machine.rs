//! What an instruction set can do, as kernels see it.
//!
//! Every operation has one meaning, down to the order of additions, so that a kernel gives the same bits
//! on every machine; only [`Machine::mul_add`] of the portable one rounds twice.

use super::Registers;
use crate::backend::cpu::bytes::LINE;

/// Numbers in a [`Machine::Floats`].
pub const LANES: usize = 16;

/// Four-byte words in a block of 32 activations.
pub const WORDS: usize = 8;

/// Weight rows of a tile.
pub const TILE: usize = 16;

/// Bytes of a block of 32 weights: of Q8_0 where it is `signed`, else of Q4_0.
pub const fn block_bytes(signed: bool) -> usize {
    if signed { 34 } else { 18 }
}

/// 32 activations as whole numbers that share a scale.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(4))]
pub struct Block {
    /// The numbers, -127 to 127.
    pub numbers: [i8; 32],
    /// What they are multiplied with.
    pub scale: f32,
    /// -128 times and -8 times their sum: what the offset of unsigned weights adds, taken back.
    pub corrections: [i32; 2],
}

impl Block {
    /// Thirty-two zeros.
    pub const ZERO: Self = Self {
        numbers: [0; 32],
        scale: 0.0,
        corrections: [0; 2],
    };

    /// Four of the numbers, as they lie in memory.
    #[inline(always)]
    pub fn word(&self, word: usize) -> i32 {
        let numbers = self.numbers.as_chunks::<4>().0[word];
        i32::from_ne_bytes(numbers.map(i8::cast_unsigned))
    }
}

/// Something to compute with whatever instructions the machine has.
///
/// `run` and all that it calls are marked `#[inline(always)]`: only what ends up inside the function
/// that switches the instructions on is compiled to them.
pub trait Work {
    /// What comes out.
    type Output;
    /// Computes it.
    fn run<M: Machine>(self, machine: M) -> Self::Output;
}

/// An instruction set. A value of it is the proof that the machine has it.
pub trait Machine: Registers {
    /// [`LANES`] numbers side by side.
    type Floats: Copy;
    /// Whether the registers hold some thirty of them.
    const WIDE: bool;

    /// All lanes equal.
    fn splat(self, value: f32) -> Self::Floats;
    /// From memory.
    fn load(self, from: &[f32; LANES]) -> Self::Floats;
    /// To memory.
    fn store(self, floats: Self::Floats, to: &mut [f32; LANES]);
    /// From little-endian bytes.
    fn load_bytes(self, from: &[u8; 4 * LANES]) -> Self::Floats;
    /// From float16.
    fn widen_f16(self, from: &[u16; LANES]) -> Self::Floats;
    /// From bfloat16.
    fn widen_bf16(self, from: &[u16; LANES]) -> Self::Floats;
    /// Of 32 little-endian bfloat16, those at even and those at odd places.
    fn split_bf16(self, from: &[u8; 4 * LANES]) -> [Self::Floats; 2];
    /// To float16, rounded to nearest, ties to even.
    fn narrow_f16(self, floats: Self::Floats) -> [u16; LANES];
    /// `a * b + c` in each lane.
    fn mul_add(self, a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats;
    /// The sum of all lanes: lane `n` and lane `n + 8`, then `n` and `n + 4`, `n + 2`, `n + 1`.
    fn sum(self, floats: Self::Floats) -> f32;
    /// The sums of four, each the same bits as by itself.
    #[inline(always)]
    fn sum_four(self, [a, b, c, d]: [Self::Floats; 4]) -> [f32; 4] {
        [self.sum(a), self.sum(b), self.sum(c), self.sum(d)]
    }

    /// Weight rows that are multiplied side by side: 1, 8 or 16.
    const ROWS: usize;
    /// One block of each of these rows as whole numbers, word `w` of all of them together.
    type Words: Copy;
    /// A number for each of these rows.
    type Sums: Copy;

    /// No products yet.
    fn no_sums(self) -> Self::Sums;
    /// To the first `ROWS` places.
    fn store_sums(self, sums: Self::Sums, to: &mut [f32; TILE]);
    /// A block of each of `ROWS` rows, and the blocks' scales. `SIGNED` means Q8_0, else Q4_0.
    ///
    /// # Safety
    /// From `blocks` on, `ROWS` blocks that lie `stride` bytes apart are readable.
    unsafe fn rows<const SIGNED: bool>(
        self,
        blocks: *const u8,
        stride: usize,
    ) -> (Self::Words, Self::Sums);
    /// The same for rows from `row` on of a tile: see `crate::backend::cpu::tiles`.
    ///
    /// # Safety
    /// From `blocks` on, [`TILE`] blocks are readable, and the rows are among them.
    unsafe fn tile<const SIGNED: bool>(
        self,
        blocks: *const u8,
        row: usize,
    ) -> (Self::Words, Self::Sums);
    /// For every row of activations: `sums + dot(words, x) * (scales * x.scale)`, each operation rounded.
    fn accumulate<const SIGNED: bool, const R: usize>(
        self,
        sums: &mut [Self::Sums; R],
        words: &Self::Words,
        scales: Self::Sums,
        x: [&Block; R],
    );
    /// The same for a block of each of `N` whole tiles, which lie at `blocks`: what every row of activations needs
    /// for one tile serves the others. On the way it asks for the weights that lie `ahead` bytes further.
    ///
    /// # Safety
    /// From each of `blocks` on, [`TILE`] blocks are readable, and `ROWS` is [`TILE`].
    #[inline(always)]
    unsafe fn accumulate_tiles<const SIGNED: bool, const R: usize, const N: usize>(
        self,
        sums: &mut [[Self::Sums; R]; N],
        blocks: [*const u8; N],
        x: [&Block; R],
        ahead: usize,
    ) {
        let column = TILE * block_bytes(SIGNED);
        for (sums, blocks) in sums.iter_mut().zip(blocks) {
            for line in (0..column).step_by(LINE) {
                self.prefetch(blocks.wrapping_add(ahead + line));
            }
            // SAFETY: the caller's.
            let (words, scales) = unsafe { self.tile::<SIGNED>(blocks, 0) };
            self.accumulate::<SIGNED, R>(sums, &words, scales, x);
        }
    }

    /// Asks for the memory line at `address`, which need not be readable, to be brought near.
    fn prefetch(self, address: *const u8);
}

/// `$body` for `$n` from 0 to below `$count`, at most 8, written out: arrays that it indexes stay in registers.
macro_rules! unrolled {
    ($n:ident < $count:expr, $body:block) => {
        const { assert!($count <= 8) };
        unrolled!(@ $n, $count, $body, 0 1 2 3 4 5 6 7);
    };
    (@ $n:ident, $count:expr, $body:block, $($at:literal)*) => {
        $(if $at < $count {
            let $n: usize = $at;
            $body
        })*
    };
}
pub(crate) use unrolled;
