//! NEON, and the same with the whole-number products of Arm v8.2 (Apple from M1, Cortex from A55, Graviton
//! from 2): sixteen lanes in four registers, eight weight rows.

use std::arch::{aarch64::*, asm};

use super::machine::{Block, LANES, Machine, TILE, WORDS, Work};

/// The proof that the machine has the instructions; made only by the functions below.
#[derive(Clone, Copy)]
pub struct Neon<const DOT: bool>(());

/// # Safety
/// The machine has the instructions.
#[target_feature(enable = "neon")]
pub unsafe fn run_neon<W: Work>(work: W) -> W::Output {
    work.run(Neon::<false>(()))
}

/// # Safety
/// The machine has the instructions.
#[target_feature(enable = "neon,dotprod")]
pub unsafe fn run_neon_dot<W: Work>(work: W) -> W::Output {
    work.run(Neon::<true>(()))
}

/// An instruction that touches no memory.
macro_rules! op {
    ($instruction:expr) => {
        // SAFETY: a value of `Neon` proves that the machine has the instructions.
        unsafe { $instruction }
    };
}

/// Registers of a [`Machine::Floats`].
const PARTS: usize = LANES / 4;

impl<const DOT: bool> Machine for Neon<DOT> {
    type Floats = [float32x4_t; PARTS];
    const WIDE: bool = false;

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Floats {
        op!([vdupq_n_f32(value); PARTS])
    }
    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Self::Floats {
        // SAFETY: the array has sixteen numbers.
        std::array::from_fn(|n| unsafe { vld1q_f32(from.as_ptr().add(4 * n)) })
    }
    #[inline(always)]
    fn store(self, floats: Self::Floats, to: &mut [f32; LANES]) {
        for (n, floats) in floats.into_iter().enumerate() {
            // SAFETY: the array has room for sixteen numbers.
            unsafe { vst1q_f32(to.as_mut_ptr().add(4 * n), floats) }
        }
    }
    #[inline(always)]
    fn load_bytes(self, from: &[u8; 4 * LANES]) -> Self::Floats {
        words(from).map(|words| op!(vreinterpretq_f32_u32(words)))
    }
    #[inline(always)]
    fn widen_f16(self, from: &[u16; LANES]) -> Self::Floats {
        // SAFETY: the array has sixteen numbers.
        std::array::from_fn(|n| unsafe { widened(vld1_u16(from.as_ptr().add(4 * n))) })
    }
    #[inline(always)]
    fn widen_bf16(self, from: &[u16; LANES]) -> Self::Floats {
        // SAFETY: the array has sixteen numbers.
        std::array::from_fn(|n| unsafe {
            vreinterpretq_f32_u32(vshll_n_u16::<16>(vld1_u16(from.as_ptr().add(4 * n))))
        })
    }
    #[inline(always)]
    fn split_bf16(self, from: &[u8; 4 * LANES]) -> [Self::Floats; 2] {
        let words = words(from);
        let even = |words| op!(vreinterpretq_f32_u32(vshlq_n_u32::<16>(words)));
        let odd = |words| {
            op!(vreinterpretq_f32_u32(vandq_u32(
                words,
                vdupq_n_u32(0xffff_0000)
            )))
        };
        [words.map(even), words.map(odd)]
    }
    #[inline(always)]
    fn narrow_f16(self, floats: Self::Floats) -> [u16; LANES] {
        let mut narrow = [0; LANES];
        for (n, floats) in floats.into_iter().enumerate() {
            // SAFETY: the array has room for sixteen numbers.
            unsafe { vst1_u16(narrow.as_mut_ptr().add(4 * n), narrowed(floats)) }
        }
        narrow
    }
    #[inline(always)]
    fn mul_add(self, a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats {
        std::array::from_fn(|n| op!(vfmaq_f32(c[n], a[n], b[n])))
    }
    #[inline(always)]
    fn sum(self, floats: Self::Floats) -> f32 {
        op!({
            let low = vaddq_f32(floats[0], floats[2]);
            let high = vaddq_f32(floats[1], floats[3]);
            let four = vaddq_f32(low, high);
            let two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
            vget_lane_f32::<0>(two) + vget_lane_f32::<1>(two)
        })
    }

    const ROWS: usize = 8;
    /// Of each word, rows 0 to 3 and rows 4 to 7.
    type Words = [[int8x16_t; 2]; WORDS];
    type Sums = [float32x4_t; 2];

    #[inline(always)]
    fn no_sums(self) -> Self::Sums {
        op!([vdupq_n_f32(0.0); 2])
    }
    #[inline(always)]
    fn store_sums(self, sums: Self::Sums, to: &mut [f32; TILE]) {
        // SAFETY: the array has room for sixteen numbers.
        unsafe {
            vst1q_f32(to.as_mut_ptr(), sums[0]);
            vst1q_f32(to.as_mut_ptr().add(4), sums[1]);
        }
    }
    #[inline(always)]
    unsafe fn rows<const SIGNED: bool>(
        self,
        blocks: *const u8,
        stride: usize,
    ) -> (Self::Words, Self::Sums) {
        let mut words = [[op!(vdupq_n_s8(0)); 2]; WORDS];
        let mut scales = [0_u16; 8];
        // SAFETY: the caller's: each block is a scale of two bytes, then 32 or 16 bytes.
        unsafe {
            for half in 0..2 {
                let at = blocks.add(4 * half * stride + 2);
                for (n, word) in transposed(at, stride).into_iter().enumerate() {
                    words[n][half] = word;
                }
                if SIGNED {
                    for (n, word) in transposed(at.add(16), stride).into_iter().enumerate() {
                        words[4 + n][half] = word;
                    }
                }
            }
            for (row, scale) in scales.iter_mut().enumerate() {
                *scale = blocks.add(row * stride).cast::<u16>().read_unaligned();
            }
            (prepared::<SIGNED>(words), two_widened(scales.as_ptr()))
        }
    }
    #[inline(always)]
    unsafe fn tile<const SIGNED: bool>(
        self,
        blocks: *const u8,
        row: usize,
    ) -> (Self::Words, Self::Sums) {
        let mut words = [[op!(vdupq_n_s8(0)); 2]; WORDS];
        // SAFETY: the caller's: sixteen scales, then eight or four words of sixteen rows.
        unsafe {
            let scales = two_widened(blocks.add(2 * row).cast());
            let numbers = blocks.add(2 * TILE + 4 * row);
            for (n, word) in words[..if SIGNED { 8 } else { 4 }].iter_mut().enumerate() {
                let at = numbers.add(4 * TILE * n).cast();
                *word = [vld1q_s8(at), vld1q_s8(at.add(16))];
            }
            (prepared::<SIGNED>(words), scales)
        }
    }
    #[inline(always)]
    fn accumulate<const SIGNED: bool, const R: usize>(
        self,
        sums: &mut [Self::Sums; R],
        words: &Self::Words,
        scales: Self::Sums,
        x: [&Block; R],
    ) {
        for r in 0..R {
            let offset = if SIGNED { 0 } else { x[r].corrections[1] };
            let mut dots = [op!(vdupq_n_s32(offset)); 2];
            for w in 0..WORDS {
                let x = op!(vreinterpretq_s8_s32(vdupq_n_s32(x[r].word(w))));
                for half in 0..2 {
                    dots[half] = dot::<DOT>(dots[half], words[w][half], x);
                }
            }
            for half in 0..2 {
                op!({
                    let scale = vmulq_n_f32(scales[half], x[r].scale);
                    let product = vmulq_f32(vcvtq_f32_s32(dots[half]), scale);
                    sums[r][half] = vaddq_f32(sums[r][half], product);
                });
            }
        }
    }
    #[inline(always)]
    fn prefetch(self, address: *const u8) {
        // SAFETY: the instruction reads nothing, whatever the address.
        unsafe {
            asm!("prfm pldl1keep, [{}]", in(reg) address, options(nostack, preserves_flags, readonly));
        }
    }
}

/// 64 bytes as little-endian words.
#[inline(always)]
fn words(from: &[u8; 4 * LANES]) -> [uint32x4_t; PARTS] {
    // SAFETY: the array has 64 bytes.
    std::array::from_fn(|n| unsafe { vreinterpretq_u32_u8(vld1q_u8(from.as_ptr().add(16 * n))) })
}

/// Four float16 as f32.
#[inline(always)]
fn widened(narrow: uint16x4_t) -> float32x4_t {
    let wide;
    // SAFETY: every machine with NEON has the instruction.
    unsafe {
        asm!("fcvtl {0:v}.4s, {1:v}.4h", out(vreg) wide, in(vreg) narrow, options(pure, nomem, nostack));
    }
    wide
}

/// Four f32 as float16, rounded to nearest, ties to even.
#[inline(always)]
fn narrowed(wide: float32x4_t) -> uint16x4_t {
    let narrow;
    // SAFETY: every machine with NEON has the instruction.
    unsafe {
        asm!("fcvtn {0:v}.4h, {1:v}.4s", out(vreg) narrow, in(vreg) wide, options(pure, nomem, nostack));
    }
    narrow
}

/// Eight float16 as f32.
///
/// # Safety
/// They are readable.
#[inline(always)]
unsafe fn two_widened(from: *const u16) -> [float32x4_t; 2] {
    // SAFETY: the caller's.
    unsafe { [widened(vld1_u16(from)), widened(vld1_u16(from.add(4)))] }
}

/// To each of four sums, the products of its four pairs of signed bytes.
#[inline(always)]
fn dot<const DOT: bool>(mut sums: int32x4_t, a: int8x16_t, b: int8x16_t) -> int32x4_t {
    if DOT {
        // SAFETY: a value of `Neon<true>` proves that the machine has the instruction.
        unsafe {
            asm!(
                "sdot {0:v}.4s, {1:v}.16b, {2:v}.16b",
                inout(vreg) sums, in(vreg) a, in(vreg) b,
                options(pure, nomem, nostack),
            );
        }
        return sums;
    }
    op!({
        // A product is at most 2^14, and so a sum of two fits into 32 bits at once.
        let low = vpaddlq_s16(vmull_s8(vget_low_s8(a), vget_low_s8(b)));
        let high = vpaddlq_s16(vmull_high_s8(a, b));
        vaddq_s32(sums, vpaddq_s32(low, high))
    })
}

/// As they are, or the low halves of four words and then the high ones.
#[inline(always)]
fn prepared<const SIGNED: bool>(mut words: [[int8x16_t; 2]; WORDS]) -> [[int8x16_t; 2]; WORDS] {
    if !SIGNED {
        for n in 0..4 {
            for half in 0..2 {
                op!({
                    let pairs = vreinterpretq_u8_s8(words[n][half]);
                    words[n + 4][half] = vreinterpretq_s8_u8(vshrq_n_u8::<4>(pairs));
                    words[n][half] = vreinterpretq_s8_u8(vandq_u8(pairs, vdupq_n_u8(0x0f)));
                });
            }
        }
    }
    words
}

/// The four words of four rows' sixteen bytes, word by word.
///
/// # Safety
/// They are readable.
#[inline(always)]
unsafe fn transposed(at: *const u8, stride: usize) -> [int8x16_t; 4] {
    // SAFETY: the caller's.
    let row = |n: usize| unsafe { vreinterpretq_u32_u8(vld1q_u8(at.add(n * stride))) };
    let rows: [uint32x4_t; 4] = std::array::from_fn(row);
    op!({
        let low = [vtrn1q_u32(rows[0], rows[1]), vtrn1q_u32(rows[2], rows[3])];
        let high = [vtrn2q_u32(rows[0], rows[1]), vtrn2q_u32(rows[2], rows[3])];
        let pairs = |[first, second]: [uint32x4_t; 2], upper: bool| {
            let (first, second) = (vreinterpretq_u64_u32(first), vreinterpretq_u64_u32(second));
            vreinterpretq_s8_u64(match upper {
                false => vtrn1q_u64(first, second),
                true => vtrn2q_u64(first, second),
            })
        };
        [
            pairs(low, false),
            pairs(high, false),
            pairs(low, true),
            pairs(high, true),
        ]
    })
}
