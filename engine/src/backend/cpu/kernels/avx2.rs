//! AVX2 with fused multiply-add, and the same with the whole-number products of AVX-VNNI (Intel from
//! Alder Lake, AMD from Zen 5): sixteen lanes in two registers, eight weight rows.

use std::arch::x86_64::*;

use super::machine::{Block, LANES, Machine, TILE, WORDS, Work};

/// The proof that the machine has the instructions; made only by the functions below.
#[derive(Clone, Copy)]
pub struct Avx2<const VNNI: bool>(());

/// # Safety
/// The machine has the instructions.
#[target_feature(enable = "avx2,fma,f16c")]
pub unsafe fn run_avx2<W: Work>(work: W) -> W::Output {
    work.run(Avx2::<false>(()))
}

/// # Safety
/// The machine has the instructions.
#[target_feature(enable = "avx2,fma,f16c,avxvnni")]
pub unsafe fn run_avx_vnni<W: Work>(work: W) -> W::Output {
    work.run(Avx2::<true>(()))
}

/// An instruction that touches no memory.
macro_rules! op {
    ($instruction:expr) => {
        // SAFETY: a value of `Avx2` proves that the machine has the instructions.
        unsafe { $instruction }
    };
}

impl<const VNNI: bool> Machine for Avx2<VNNI> {
    type Floats = [__m256; 2];
    const WIDE: bool = false;

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Floats {
        op!([_mm256_set1_ps(value); 2])
    }
    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Self::Floats {
        // SAFETY: the array has sixteen numbers.
        unsafe {
            [
                _mm256_loadu_ps(from.as_ptr()),
                _mm256_loadu_ps(from.as_ptr().add(8)),
            ]
        }
    }
    #[inline(always)]
    fn store(self, floats: Self::Floats, to: &mut [f32; LANES]) {
        // SAFETY: the array has room for sixteen numbers.
        unsafe {
            _mm256_storeu_ps(to.as_mut_ptr(), floats[0]);
            _mm256_storeu_ps(to.as_mut_ptr().add(8), floats[1]);
        }
    }
    #[inline(always)]
    fn load_bytes(self, from: &[u8; 4 * LANES]) -> Self::Floats {
        let from = from.as_ptr().cast();
        // SAFETY: the array has 64 bytes.
        unsafe { [_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))] }
    }
    #[inline(always)]
    fn widen_f16(self, from: &[u16; LANES]) -> Self::Floats {
        let from = from.as_ptr().cast::<__m128i>();
        // SAFETY: the array has 32 bytes.
        unsafe {
            let (low, high) = (_mm_loadu_si128(from), _mm_loadu_si128(from.add(1)));
            [_mm256_cvtph_ps(low), _mm256_cvtph_ps(high)]
        }
    }
    #[inline(always)]
    fn widen_bf16(self, from: &[u16; LANES]) -> Self::Floats {
        let from = from.as_ptr().cast::<__m128i>();
        // SAFETY: the array has 32 bytes.
        unsafe {
            let low = _mm256_cvtepu16_epi32(_mm_loadu_si128(from));
            let high = _mm256_cvtepu16_epi32(_mm_loadu_si128(from.add(1)));
            let (low, high) = (_mm256_slli_epi32(low, 16), _mm256_slli_epi32(high, 16));
            [_mm256_castsi256_ps(low), _mm256_castsi256_ps(high)]
        }
    }
    #[inline(always)]
    fn split_bf16(self, from: &[u8; 4 * LANES]) -> [Self::Floats; 2] {
        let [low, high] = self.load_bytes(from);
        op!({
            let (low, high) = (_mm256_castps_si256(low), _mm256_castps_si256(high));
            let even = [_mm256_slli_epi32(low, 16), _mm256_slli_epi32(high, 16)];
            let mask = _mm256_set1_epi32(0xffff_0000_u32.cast_signed());
            let odd = [_mm256_and_si256(low, mask), _mm256_and_si256(high, mask)];
            let floats =
                |[low, high]: [__m256i; 2]| [_mm256_castsi256_ps(low), _mm256_castsi256_ps(high)];
            [floats(even), floats(odd)]
        })
    }
    #[inline(always)]
    fn narrow_f16(self, floats: Self::Floats) -> [u16; LANES] {
        let mut narrow = [0; LANES];
        let to = narrow.as_mut_ptr().cast::<__m128i>();
        // SAFETY: the array has room for 32 bytes.
        unsafe {
            _mm_storeu_si128(to, _mm256_cvtps_ph(floats[0], _MM_FROUND_TO_NEAREST_INT));
            _mm_storeu_si128(
                to.add(1),
                _mm256_cvtps_ph(floats[1], _MM_FROUND_TO_NEAREST_INT),
            );
        }
        narrow
    }
    #[inline(always)]
    fn mul_add(self, a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats {
        op!([
            _mm256_fmadd_ps(a[0], b[0], c[0]),
            _mm256_fmadd_ps(a[1], b[1], c[1])
        ])
    }
    #[inline(always)]
    fn sum(self, floats: Self::Floats) -> f32 {
        op!({
            let eight = _mm256_add_ps(floats[0], floats[1]);
            let four = _mm_add_ps(
                _mm256_castps256_ps128(eight),
                _mm256_extractf128_ps(eight, 1),
            );
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
        })
    }
    #[inline(always)]
    fn sum_four(self, [a, b, c, d]: [Self::Floats; 4]) -> [f32; 4] {
        op!({
            let (a, b) = (_mm256_add_ps(a[0], a[1]), _mm256_add_ps(b[0], b[1]));
            let (c, d) = (_mm256_add_ps(c[0], c[1]), _mm256_add_ps(d[0], d[1]));
            // Four lanes of `a` and four of `b`, then two of each of the four, and at last one.
            let low = _mm256_permute2f128_ps::<0x20>(a, b);
            let ab = _mm256_add_ps(low, _mm256_permute2f128_ps::<0x31>(a, b));
            let low = _mm256_permute2f128_ps::<0x20>(c, d);
            let cd = _mm256_add_ps(low, _mm256_permute2f128_ps::<0x31>(c, d));
            let low = _mm256_shuffle_ps::<0b01_00_01_00>(ab, cd);
            let two = _mm256_add_ps(low, _mm256_shuffle_ps::<0b11_10_11_10>(ab, cd));
            let one = _mm256_add_ps(two, _mm256_movehdup_ps(two));
            let (ac, bd) = (_mm256_castps256_ps128(one), _mm256_extractf128_ps::<1>(one));
            let mut sums = [0.0; 4];
            _mm_storeu_ps(
                sums.as_mut_ptr(),
                _mm_blend_ps::<0b1010>(ac, _mm_moveldup_ps(bd)),
            );
            sums
        })
    }

    const ROWS: usize = 8;
    type Words = [__m256i; WORDS];
    type Sums = __m256;

    #[inline(always)]
    fn no_sums(self) -> __m256 {
        op!(_mm256_setzero_ps())
    }
    #[inline(always)]
    fn store_sums(self, sums: __m256, to: &mut [f32; TILE]) {
        // SAFETY: the array has room for eight numbers.
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), sums) }
    }
    #[inline(always)]
    unsafe fn rows<const SIGNED: bool>(
        self,
        blocks: *const u8,
        stride: usize,
    ) -> (Self::Words, __m256) {
        let mut words = [op!(_mm256_setzero_si256()); WORDS];
        let mut scales = [0_u16; 8];
        // SAFETY: the caller's: each block is a scale of two bytes, then 32 or 16 bytes.
        unsafe {
            words[..4].copy_from_slice(&transposed(blocks.add(2), stride));
            if SIGNED {
                words[4..].copy_from_slice(&transposed(blocks.add(18), stride));
            }
            for (row, scale) in scales.iter_mut().enumerate() {
                *scale = blocks.add(row * stride).cast::<u16>().read_unaligned();
            }
            let scales = _mm_loadu_si128(scales.as_ptr().cast());
            (prepared::<SIGNED, VNNI>(words), _mm256_cvtph_ps(scales))
        }
    }
    #[inline(always)]
    unsafe fn tile<const SIGNED: bool>(
        self,
        blocks: *const u8,
        row: usize,
    ) -> (Self::Words, __m256) {
        let mut words = [op!(_mm256_setzero_si256()); WORDS];
        // SAFETY: the caller's: sixteen scales, then eight or four words of sixteen rows.
        unsafe {
            let scales = _mm256_cvtph_ps(_mm_loadu_si128(blocks.add(2 * row).cast()));
            let numbers = blocks.add(2 * TILE + 4 * row);
            for (n, word) in words[..if SIGNED { 8 } else { 4 }].iter_mut().enumerate() {
                *word = _mm256_loadu_si256(numbers.add(4 * TILE * n).cast());
            }
            (prepared::<SIGNED, VNNI>(words), scales)
        }
    }
    #[inline(always)]
    fn accumulate<const SIGNED: bool, const R: usize>(
        self,
        sums: &mut [__m256; R],
        words: &Self::Words,
        scales: __m256,
        x: [&Block; R],
    ) {
        let dots = if VNNI || !SIGNED {
            dots_unsigned::<SIGNED, VNNI, R>(words, x)
        } else {
            dots_signed(words, x)
        };
        for r in 0..R {
            op!({
                let scale = _mm256_mul_ps(scales, _mm256_set1_ps(x[r].scale));
                let product = _mm256_mul_ps(_mm256_cvtepi32_ps(dots[r]), scale);
                sums[r] = _mm256_add_ps(sums[r], product);
            });
        }
    }
    #[inline(always)]
    fn prefetch(self, address: *const u8) {
        op!(_mm_prefetch::<_MM_HINT_T0>(address.cast()));
    }
}

/// Products with weights from 0 to 15, or with AVX-VNNI from 0 to 255, their offset taken back.
#[inline(always)]
fn dots_unsigned<const SIGNED: bool, const VNNI: bool, const R: usize>(
    words: &[__m256i; WORDS],
    x: [&Block; R],
) -> [__m256i; R] {
    let mut dots = [op!(_mm256_setzero_si256()); R];
    if VNNI {
        for r in 0..R {
            dots[r] = op!(_mm256_set1_epi32(x[r].corrections[usize::from(!SIGNED)]));
        }
        for w in 0..WORDS {
            for r in 0..R {
                let x = op!(_mm256_set1_epi32(x[r].word(w)));
                dots[r] = op!(_mm256_dpbusd_avx_epi32(dots[r], words[w], x));
            }
        }
        return dots;
    }
    for r in 0..R {
        // Sixteen products of at most 15 times 127 fit into 16 bits.
        for w in 0..WORDS {
            let x = op!(_mm256_set1_epi32(x[r].word(w)));
            dots[r] = op!(_mm256_add_epi16(dots[r], _mm256_maddubs_epi16(words[w], x)));
        }
        op!({
            let dot = _mm256_madd_epi16(dots[r], _mm256_set1_epi16(1));
            dots[r] = _mm256_add_epi32(dot, _mm256_set1_epi32(x[r].corrections[1]));
        });
    }
    dots
}

/// Products with weights from -128 to 127: their size times the activations with their sign.
#[inline(always)]
fn dots_signed<const R: usize>(words: &[__m256i; WORDS], x: [&Block; R]) -> [__m256i; R] {
    let mut dots = [op!(_mm256_setzero_si256()); R];
    for w in 0..WORDS {
        let size = op!(_mm256_abs_epi8(words[w]));
        for r in 0..R {
            op!({
                let x = _mm256_sign_epi8(_mm256_set1_epi32(x[r].word(w)), words[w]);
                let pairs = _mm256_madd_epi16(_mm256_maddubs_epi16(size, x), _mm256_set1_epi16(1));
                dots[r] = _mm256_add_epi32(dots[r], pairs);
            });
        }
    }
    dots
}

/// What the products take: signed bytes, or with AVX-VNNI these plus 128; or the low halves of four words
/// and then the high ones.
#[inline(always)]
fn prepared<const SIGNED: bool, const VNNI: bool>(mut words: [__m256i; WORDS]) -> [__m256i; WORDS] {
    for n in 0..4 {
        op!(if SIGNED && VNNI {
            let offset = _mm256_set1_epi8(-128);
            words[n] = _mm256_xor_si256(words[n], offset);
            words[n + 4] = _mm256_xor_si256(words[n + 4], offset);
        } else if !SIGNED {
            let mask = _mm256_set1_epi8(0x0f);
            words[n + 4] = _mm256_and_si256(_mm256_srli_epi16(words[n], 4), mask);
            words[n] = _mm256_and_si256(words[n], mask);
        });
    }
    words
}

/// The four words of eight rows' sixteen bytes, word by word.
///
/// # Safety
/// They are readable and the machine has AVX2.
#[inline(always)]
unsafe fn transposed(at: *const u8, stride: usize) -> [__m256i; 4] {
    // SAFETY: as above.
    unsafe {
        // Half `h` of `rows[n]` is row `4 h + n`.
        let mut rows = [_mm256_setzero_si256(); 4];
        for (n, rows) in rows.iter_mut().enumerate() {
            let at = at.add(n * stride);
            let first = _mm256_castsi128_si256(_mm_loadu_si128(at.cast()));
            *rows = _mm256_inserti128_si256(first, _mm_loadu_si128(at.add(4 * stride).cast()), 1);
        }
        let low = [
            _mm256_unpacklo_epi32(rows[0], rows[1]),
            _mm256_unpacklo_epi32(rows[2], rows[3]),
        ];
        let high = [
            _mm256_unpackhi_epi32(rows[0], rows[1]),
            _mm256_unpackhi_epi32(rows[2], rows[3]),
        ];
        [
            _mm256_unpacklo_epi64(low[0], low[1]),
            _mm256_unpackhi_epi64(low[0], low[1]),
            _mm256_unpacklo_epi64(high[0], high[1]),
            _mm256_unpackhi_epi64(high[0], high[1]),
        ]
    }
}
