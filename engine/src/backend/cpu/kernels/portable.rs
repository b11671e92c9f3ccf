//! No particular instructions: plain Rust, for any machine, and for the rows that are left over when the
//! others are taken sixteen at a time.

use half::{bf16, f16};

use super::machine::{Block, LANES, Machine, TILE, WORDS};

/// Any machine.
#[derive(Clone, Copy)]
pub struct Portable;

impl Machine for Portable {
    type Floats = [f32; LANES];
    const WIDE: bool = false;

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Floats {
        [value; LANES]
    }
    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Self::Floats {
        *from
    }
    #[inline(always)]
    fn store(self, floats: Self::Floats, to: &mut [f32; LANES]) {
        *to = floats;
    }
    #[inline(always)]
    fn load_bytes(self, from: &[u8; 4 * LANES]) -> Self::Floats {
        let (numbers, _) = from.as_chunks::<4>();
        std::array::from_fn(|n| f32::from_le_bytes(numbers[n]))
    }
    #[inline(always)]
    fn widen_f16(self, from: &[u16; LANES]) -> Self::Floats {
        from.map(|bits| f16::from_bits(bits).to_f32())
    }
    #[inline(always)]
    fn widen_bf16(self, from: &[u16; LANES]) -> Self::Floats {
        from.map(|bits| f32::from_bits(u32::from(bits) << 16))
    }
    #[inline(always)]
    fn split_bf16(self, from: &[u8; 4 * LANES]) -> [Self::Floats; 2] {
        let (pairs, _) = from.as_chunks::<4>();
        let number = |low, high| bf16::from_le_bytes([low, high]).to_f32();
        [
            std::array::from_fn(|n| number(pairs[n][0], pairs[n][1])),
            std::array::from_fn(|n| number(pairs[n][2], pairs[n][3])),
        ]
    }
    #[inline(always)]
    fn narrow_f16(self, floats: Self::Floats) -> [u16; LANES] {
        floats.map(|number| f16::from_f32(number).to_bits())
    }
    #[inline(always)]
    fn mul_add(self, a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats {
        std::array::from_fn(|n| a[n] * b[n] + c[n])
    }
    #[inline(always)]
    fn sum(self, floats: Self::Floats) -> f32 {
        let eight: [f32; 8] = std::array::from_fn(|n| floats[n] + floats[n + 8]);
        let four: [f32; 4] = std::array::from_fn(|n| eight[n] + eight[n + 4]);
        (four[0] + four[2]) + (four[1] + four[3])
    }

    const ROWS: usize = 1;
    type Words = [[i8; 4]; WORDS];
    type Sums = f32;

    #[inline(always)]
    fn no_sums(self) -> f32 {
        0.0
    }
    #[inline(always)]
    fn store_sums(self, sums: f32, to: &mut [f32; TILE]) {
        to[0] = sums;
    }
    #[inline(always)]
    unsafe fn rows<const SIGNED: bool>(self, blocks: *const u8, _: usize) -> (Self::Words, f32) {
        // SAFETY: the caller's: a scale of two bytes, then eight or four words.
        unsafe { words::<SIGNED>(blocks, blocks.add(2), 4) }
    }
    #[inline(always)]
    unsafe fn tile<const SIGNED: bool>(self, blocks: *const u8, row: usize) -> (Self::Words, f32) {
        let numbers = blocks.wrapping_add(2 * TILE + 4 * row);
        // SAFETY: the caller's: sixteen scales, then word by word of sixteen rows.
        unsafe { words::<SIGNED>(blocks.add(2 * row), numbers, 4 * TILE) }
    }
    #[inline(always)]
    fn accumulate<const SIGNED: bool, const R: usize>(
        self,
        sums: &mut [f32; R],
        words: &Self::Words,
        scales: f32,
        x: [&Block; R],
    ) {
        for (sum, x) in sums.iter_mut().zip(x) {
            let products = words.as_flattened().iter().zip(&x.numbers);
            let dot: i32 = products
                .map(|(weight, x)| i32::from(*weight) * i32::from(*x))
                .sum();
            let dot = if SIGNED { dot } else { dot + x.corrections[1] };
            *sum += dot as f32 * (scales * x.scale);
        }
    }
    #[inline(always)]
    fn prefetch(self, _: *const u8) {}
}

/// The numbers of a block whose words lie `step` bytes apart, and its scale.
///
/// # Safety
/// They are readable.
#[inline(always)]
unsafe fn words<const SIGNED: bool>(
    scale: *const u8,
    numbers: *const u8,
    step: usize,
) -> ([[i8; 4]; WORDS], f32) {
    // SAFETY: the caller's.
    let scale = unsafe { scale.cast::<[u8; 2]>().read_unaligned() };
    let mut words = [[0; 4]; WORDS];
    if SIGNED {
        for (n, word) in words.iter_mut().enumerate() {
            // SAFETY: the caller's, for eight words.
            *word = unsafe { numbers.add(n * step).cast::<[i8; 4]>().read_unaligned() };
        }
    } else {
        let (first, second) = words.split_at_mut(WORDS / 2);
        for (n, (first, second)) in first.iter_mut().zip(second).enumerate() {
            // SAFETY: the caller's, for four words.
            let pairs = unsafe { numbers.add(n * step).cast::<[u8; 4]>().read_unaligned() };
            *first = pairs.map(|pair| (pair & 0x0f).cast_signed());
            *second = pairs.map(|pair| (pair >> 4).cast_signed());
        }
    }
    (words, f16::from_le_bytes(scale).to_f32())
}
