//! AVX-512 with VNNI (Intel from Cascade Lake, AMD from Zen 4): sixteen lanes, sixteen weight rows.

use std::arch::x86_64::*;

use super::machine::{Block, LANES, Machine, TILE, WORDS, Work, unrolled};

/// The proof that the machine has the instructions; made only by [`run_avx512`].
#[derive(Clone, Copy)]
pub struct Avx512(());

/// # Safety
/// The machine has the instructions.
#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub unsafe fn run_avx512<W: Work>(work: W) -> W::Output {
    work.run(Avx512(()))
}

/// An instruction that touches no memory.
macro_rules! op {
    ($instruction:expr) => {
        // SAFETY: a value of `Avx512` proves that the machine has the instructions.
        unsafe { $instruction }
    };
}

impl Machine for Avx512 {
    type Floats = __m512;
    const WIDE: bool = true;

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        op!(_mm512_set1_ps(value))
    }
    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> __m512 {
        // SAFETY: the array has sixteen numbers.
        unsafe { _mm512_loadu_ps(from.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, floats: __m512, to: &mut [f32; LANES]) {
        // SAFETY: the array has room for sixteen numbers.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), floats) }
    }
    #[inline(always)]
    fn load_bytes(self, from: &[u8; 4 * LANES]) -> __m512 {
        // SAFETY: the array has 64 bytes.
        unsafe { _mm512_loadu_ps(from.as_ptr().cast()) }
    }
    #[inline(always)]
    fn widen_f16(self, from: &[u16; LANES]) -> __m512 {
        // SAFETY: the array has 32 bytes.
        unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(from.as_ptr().cast())) }
    }
    #[inline(always)]
    fn widen_bf16(self, from: &[u16; LANES]) -> __m512 {
        // SAFETY: the array has 32 bytes.
        unsafe {
            let wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.as_ptr().cast()));
            _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16))
        }
    }
    #[inline(always)]
    fn split_bf16(self, from: &[u8; 4 * LANES]) -> [__m512; 2] {
        // SAFETY: the array has 64 bytes.
        unsafe {
            let both = _mm512_loadu_si512(from.as_ptr().cast());
            let odd = _mm512_and_si512(both, _mm512_set1_epi32(0xffff_0000_u32.cast_signed()));
            let even = _mm512_slli_epi32(both, 16);
            [_mm512_castsi512_ps(even), _mm512_castsi512_ps(odd)]
        }
    }
    #[inline(always)]
    fn narrow_f16(self, floats: __m512) -> [u16; LANES] {
        let mut narrow = [0; LANES];
        // SAFETY: the array has room for 32 bytes.
        unsafe {
            let bits = _mm512_cvtps_ph(floats, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
            _mm256_storeu_si256(narrow.as_mut_ptr().cast(), bits);
        }
        narrow
    }
    #[inline(always)]
    fn mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        op!(_mm512_fmadd_ps(a, b, c))
    }
    #[inline(always)]
    fn sum(self, floats: __m512) -> f32 {
        op!({
            let high = _mm512_extractf32x8_ps(floats, 1);
            let eight = _mm256_add_ps(_mm512_castps512_ps256(floats), high);
            let four = _mm_add_ps(
                _mm256_castps256_ps128(eight),
                _mm256_extractf128_ps(eight, 1),
            );
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
        })
    }
    #[inline(always)]
    fn sum_four(self, [a, b, c, d]: [__m512; 4]) -> [f32; 4] {
        op!({
            // Eight lanes of `a` and eight of `b`, then four of each, and at last one.
            let low = _mm512_shuffle_f32x4::<0b01_00_01_00>(a, b);
            let ab = _mm512_add_ps(low, _mm512_shuffle_f32x4::<0b11_10_11_10>(a, b));
            let low = _mm512_shuffle_f32x4::<0b01_00_01_00>(c, d);
            let cd = _mm512_add_ps(low, _mm512_shuffle_f32x4::<0b11_10_11_10>(c, d));
            let low = _mm512_shuffle_f32x4::<0b10_00_10_00>(ab, cd);
            let four = _mm512_add_ps(low, _mm512_shuffle_f32x4::<0b11_01_11_01>(ab, cd));
            let two = _mm512_add_ps(four, _mm512_permute_ps::<0b01_00_11_10>(four));
            let one = _mm512_add_ps(two, _mm512_permute_ps::<0b10_11_00_01>(two));
            let firsts = _mm512_maskz_compress_ps(0x1111, one);
            let mut sums = [0.0; 4];
            _mm_storeu_ps(sums.as_mut_ptr(), _mm512_castps512_ps128(firsts));
            sums
        })
    }

    const ROWS: usize = 16;
    type Words = [__m512i; WORDS];
    type Sums = __m512;

    #[inline(always)]
    fn no_sums(self) -> __m512 {
        op!(_mm512_setzero_ps())
    }
    #[inline(always)]
    fn store_sums(self, sums: __m512, to: &mut [f32; TILE]) {
        self.store(sums, to);
    }
    #[inline(always)]
    unsafe fn rows<const SIGNED: bool>(
        self,
        blocks: *const u8,
        stride: usize,
    ) -> (Self::Words, __m512) {
        let mut words = [op!(_mm512_setzero_si512()); WORDS];
        let mut scales = [0; LANES];
        // SAFETY: the caller's: each block is a scale of two bytes, then 32 or 16 bytes.
        unsafe {
            words[..4].copy_from_slice(&transposed(blocks.add(2), stride));
            if SIGNED {
                words[4..].copy_from_slice(&transposed(blocks.add(18), stride));
            }
            for (row, scale) in scales.iter_mut().enumerate() {
                *scale = blocks.add(row * stride).cast::<u16>().read_unaligned();
            }
        }
        (unsigned::<SIGNED>(words), self.widen_f16(&scales))
    }
    #[inline(always)]
    unsafe fn tile<const SIGNED: bool>(self, blocks: *const u8, _: usize) -> (Self::Words, __m512) {
        let mut words = [op!(_mm512_setzero_si512()); WORDS];
        // SAFETY: the caller's: sixteen scales, then eight or four words of sixteen rows.
        unsafe {
            let scales = _mm512_cvtph_ps(_mm256_loadu_si256(blocks.cast()));
            for (n, word) in words[..if SIGNED { 8 } else { 4 }].iter_mut().enumerate() {
                *word = _mm512_loadu_si512(blocks.add(32 + 64 * n).cast());
            }
            (unsigned::<SIGNED>(words), scales)
        }
    }
    #[inline(always)]
    fn accumulate<const SIGNED: bool, const R: usize>(
        self,
        sums: &mut [__m512; R],
        words: &Self::Words,
        scales: __m512,
        x: [&Block; R],
    ) {
        // Two products of each row at a time, and the rows in turn: one would wait for the one before.
        let mut dots = [[op!(_mm512_setzero_si512()); 2]; R];
        for r in 0..R {
            dots[r][0] = op!(_mm512_set1_epi32(x[r].corrections[usize::from(!SIGNED)]));
        }
        for w in 0..WORDS {
            for r in 0..R {
                let dot = &mut dots[r][if R <= 2 { w % 2 } else { 0 }];
                *dot = op!(_mm512_dpbusd_epi32(
                    *dot,
                    words[w],
                    _mm512_set1_epi32(x[r].word(w))
                ));
            }
        }
        for r in 0..R {
            let dot = op!(_mm512_add_epi32(dots[r][0], dots[r][1]));
            sums[r] = scaled(sums[r], dot, scales, x[r].scale);
        }
    }
    #[inline(always)]
    unsafe fn accumulate_tiles<const SIGNED: bool, const R: usize, const N: usize>(
        self,
        sums: &mut [[__m512; R]; N],
        blocks: [*const u8; N],
        x: [&Block; R],
        ahead: usize,
    ) {
        // Word by word, so that a word of activations is spread over a register once and meets every tile. No
        // `map`: what it calls is not sure to be inlined.
        let mut dots = [[op!(_mm512_setzero_si512()); R]; N];
        for r in 0..R {
            let start = op!(_mm512_set1_epi32(x[r].corrections[usize::from(!SIGNED)]));
            for dots in &mut dots {
                dots[r] = start;
            }
        }
        unrolled!(at < if SIGNED { WORDS } else { WORDS / 2 }, {
            let mut low = [op!(_mm512_setzero_si512()); N];
            let mut high = low;
            for n in 0..N {
                // Between the products, so that they go on while lines are waited for.
                self.prefetch(blocks[n].wrapping_add(ahead + 4 * TILE * at));
                // SAFETY: the caller's: sixteen scales, then eight or four words of sixteen rows.
                let stored =
                    unsafe { _mm512_loadu_si512(blocks[n].add(2 * TILE + 4 * TILE * at).cast()) };
                [low[n], high[n]] = unsigned_word::<SIGNED>(stored);
            }
            add_products(&mut dots, &low, &x, at);
            if !SIGNED {
                add_products(&mut dots, &high, &x, at + WORDS / 2);
            }
        });
        for n in 0..N {
            // Blocks begin in the middle of a line every other time.
            let last = if SIGNED { WORDS } else { WORDS / 2 };
            self.prefetch(blocks[n].wrapping_add(ahead + 4 * TILE * last));
            // SAFETY: the caller's, as above.
            let scales = unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(blocks[n].cast())) };
            for r in 0..R {
                sums[n][r] = scaled(sums[n][r], dots[n][r], scales, x[r].scale);
            }
        }
    }
    #[inline(always)]
    fn prefetch(self, address: *const u8) {
        op!(_mm_prefetch::<_MM_HINT_T0>(address.cast()));
    }
}

/// Products of a word of `N` tiles with a word of `R` rows of activations.
#[inline(always)]
fn add_products<const R: usize, const N: usize>(
    dots: &mut [[__m512i; R]; N],
    words: &[__m512i; N],
    x: &[&Block; R],
    at: usize,
) {
    for r in 0..R {
        let word = op!(_mm512_set1_epi32(x[r].word(at)));
        for n in 0..N {
            dots[n][r] = op!(_mm512_dpbusd_epi32(dots[n][r], words[n], word));
        }
    }
}

/// `sums + dot * (scales * scale)`, each operation rounded.
#[inline(always)]
fn scaled(sums: __m512, dot: __m512i, scales: __m512, scale: f32) -> __m512 {
    op!({
        let scale = _mm512_mul_ps(scales, _mm512_set1_ps(scale));
        _mm512_add_ps(sums, _mm512_mul_ps(_mm512_cvtepi32_ps(dot), scale))
    })
}

/// What the products take: signed bytes plus 128, or the low halves of four words and then the high ones.
#[inline(always)]
fn unsigned<const SIGNED: bool>(mut words: [__m512i; WORDS]) -> [__m512i; WORDS] {
    for n in 0..WORDS / 2 {
        if SIGNED {
            [words[n], _] = unsigned_word::<true>(words[n]);
            [words[n + 4], _] = unsigned_word::<true>(words[n + 4]);
        } else {
            [words[n], words[n + 4]] = unsigned_word::<false>(words[n]);
        }
    }
    words
}

/// The same of one word as it is stored: itself alone, or its low halves and its high ones.
#[inline(always)]
fn unsigned_word<const SIGNED: bool>(stored: __m512i) -> [__m512i; 2] {
    op!(if SIGNED {
        [_mm512_xor_si512(stored, _mm512_set1_epi8(-128)), stored]
    } else {
        let mask = _mm512_set1_epi8(0x0f);
        let high = _mm512_and_si512(_mm512_srli_epi16(stored, 4), mask);
        [_mm512_and_si512(stored, mask), high]
    })
}

/// The four words of sixteen rows' sixteen bytes, word by word.
///
/// # Safety
/// They are readable and the machine has AVX-512.
#[inline(always)]
unsafe fn transposed(at: *const u8, stride: usize) -> [__m512i; 4] {
    // SAFETY: as above.
    unsafe {
        // Quarter `q` of `rows[n]` is row `4 q + n`.
        let mut rows = [_mm512_setzero_si512(); 4];
        for (n, rows) in rows.iter_mut().enumerate() {
            let at = at.add(n * stride);
            let four = _mm512_castsi128_si512(_mm_loadu_si128(at.cast()));
            let four = _mm512_inserti32x4(four, _mm_loadu_si128(at.add(4 * stride).cast()), 1);
            let four = _mm512_inserti32x4(four, _mm_loadu_si128(at.add(8 * stride).cast()), 2);
            *rows = _mm512_inserti32x4(four, _mm_loadu_si128(at.add(12 * stride).cast()), 3);
        }
        let low = [
            _mm512_unpacklo_epi32(rows[0], rows[1]),
            _mm512_unpacklo_epi32(rows[2], rows[3]),
        ];
        let high = [
            _mm512_unpackhi_epi32(rows[0], rows[1]),
            _mm512_unpackhi_epi32(rows[2], rows[3]),
        ];
        [
            _mm512_unpacklo_epi64(low[0], low[1]),
            _mm512_unpackhi_epi64(low[0], low[1]),
            _mm512_unpacklo_epi64(high[0], high[1]),
            _mm512_unpackhi_epi64(high[0], high[1]),
        ]
    }
}
