//! Gumbel noise as a pure function of the place and the code.
//!
//! The counter of Philox is `[code / 4, position, depth, index]`, the key is the seed's low and high
//! word, and the code takes word `code % 4`. Nothing here depends on the order of the calls.

use super::philox::philox4x32;

/// Where a code stands: with the code itself it determines the noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The seed of the set of pictures.
    pub seed: u64,
    /// The picture's number within the set.
    pub index: u32,
    /// The position in raster order.
    pub position: u32,
    /// The depth, 0-based.
    pub depth: u32,
}

/// No noise is above this: a code whose logit (over the temperature) is further than this below the
/// best sum so far cannot win. It is `-ln(-ln u)` for the largest of the 2²⁴ uniforms, `1 - 2⁻²⁵`.
pub const MAX_NOISE: f32 = 17.328_68;

/// No noise is below this: `-ln(-ln u)` for the smallest uniform, `2⁻²⁵`.
pub const MIN_NOISE: f32 = -2.852_362_9;

/// A little above ln 2, so that rounding in the logarithm cannot pass a ceiling made of it.
const LN_2_UP: f32 = 0.693_148;

impl Place {
    /// The random words of codes `4 * block .. 4 * block + 4`.
    #[inline]
    pub(super) fn words(self, block: u32) -> [u32; 4] {
        let counter = [block, self.position, self.depth, self.index];
        philox4x32(counter, [self.seed as u32, (self.seed >> 32) as u32])
    }
}

/// The Gumbel noise of one code at one place, from [`MIN_NOISE`] to [`MAX_NOISE`].
pub fn gumbel(place: Place, code: u32) -> f32 {
    from_word(place.words(code / 4)[(code % 4) as usize])
}

/// `-ln(-ln u)` for `u = (n + 1/2) / 2²⁴`, where `n` is the word's top 24 bits.
///
/// Above one half, `u` itself no longer fits 24 bits (the largest would round to 1 and give infinity),
/// but `1 - u` does: there the inner logarithm is that of `1 - (1 - u)`. The logarithms are libm's and
/// not the platform's, so that every platform gives the same bits.
#[inline]
pub(super) fn from_word(word: u32) -> f32 {
    const STEP: f32 = 1.0 / (1 << 24) as f32;
    let n = word >> 8;
    let exponential = if n < 1 << 23 {
        -libm::logf((n as f32 + 0.5) * STEP)
    } else {
        -libm::log1pf(-((complement(word) as f32 + 0.5) * STEP))
    };
    -libm::logf(exponential)
}

/// An upper bound of [`from_word`] that costs no logarithm.
///
/// With `w = 1 - u`, `-ln(1 - w) >= w`, hence the noise is at most `-ln w`; and `w` is at least the
/// power of two that its leading zeros tell.
#[inline]
pub(super) fn ceiling(word: u32) -> f32 {
    let leading_zeros = complement(word).leading_zeros() - 8;
    (leading_zeros + 1) as f32 * LN_2_UP
}

/// `2²⁴ - 1 - n` for the word's top 24 bits `n`.
fn complement(word: u32) -> u32 {
    !word >> 8
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place {
        seed: 0x0123_4567_89ab_cdef,
        index: 3,
        position: 17,
        depth: 1,
    };

    /// All 2²⁴ uniforms: the bounds are reached and never passed, and a larger word is never less.
    #[test]
    fn noise_stays_within_its_bounds() {
        let mut last = f32::NEG_INFINITY;
        for n in 0..1_u32 << 24 {
            let noise = from_word(n << 8);
            assert!(noise >= last, "not ascending at {n}: {noise} after {last}");
            assert!(noise <= ceiling(n << 8), "above its ceiling at {n}");
            last = noise;
        }
        assert_eq!(from_word(0), MIN_NOISE);
        assert_eq!(from_word(u32::MAX), MAX_NOISE);
        assert_eq!(from_word(u32::MAX - 255), MAX_NOISE);
        assert!(from_word(u32::MAX - 256) < MAX_NOISE);
    }

    #[test]
    fn noise_is_that_of_double_precision() {
        for n in (0..1_u32 << 24).step_by(997) {
            let u = (f64::from(n) + 0.5) / f64::from(1 << 24);
            let exact = -(-u.ln()).ln();
            let noise = f64::from(from_word(n << 8));
            assert!((noise - exact).abs() < 2e-6, "{noise} for {exact}");
        }
    }

    #[test]
    fn words_and_lanes_are_those_of_the_counter() {
        let words = philox4x32([5, 17, 1, 3], [0x89ab_cdef, 0x0123_4567]);
        for (lane, word) in words.into_iter().enumerate() {
            assert_eq!(gumbel(PLACE, 20 + lane as u32), from_word(word));
        }
    }

    /// Bits that must never change: pictures already made depend on them.
    #[test]
    fn noise_keeps_its_bits() {
        let bits: Vec<u32> = [0, 1, 2, 3, 4, 16_383]
            .map(|code| gumbel(PLACE, code).to_bits())
            .into();
        assert_eq!(bits, GOLDEN);
    }

    const GOLDEN: [u32; 6] = [
        3_215_149_958,
        1_067_182_734,
        1_063_046_994,
        1_052_167_002,
        3_196_095_240,
        3_194_968_505,
    ];

    #[test]
    fn every_part_of_the_place_matters() {
        let others = [
            Place {
                seed: PLACE.seed ^ 1,
                ..PLACE
            },
            Place {
                seed: PLACE.seed ^ (1 << 40),
                ..PLACE
            },
            Place { index: 4, ..PLACE },
            Place {
                position: 18,
                ..PLACE
            },
            Place { depth: 0, ..PLACE },
        ];
        for other in others {
            assert_ne!(gumbel(PLACE, 9), gumbel(other, 9), "{other:?}");
        }
    }

    #[test]
    fn order_of_calls_does_not_matter() {
        let forward: Vec<f32> = (0..64).map(|code| gumbel(PLACE, code)).collect();
        let mut backward: Vec<f32> = (0..64).rev().map(|code| gumbel(PLACE, code)).collect();
        backward.reverse();
        assert_eq!(forward, backward);
    }

    /// The Gumbel distribution has mean γ = 0.5772 and variance π²/6.
    #[test]
    fn mean_and_variance_are_those_of_gumbel() {
        let draws = 400_000_u32;
        let (mut sum, mut squares) = (0.0, 0.0);
        for n in 0..draws {
            let place = Place {
                position: n / 16_384,
                ..PLACE
            };
            let noise = f64::from(gumbel(place, n % 16_384));
            sum += noise;
            squares += noise * noise;
        }
        let mean = sum / f64::from(draws);
        let variance = squares / f64::from(draws) - mean * mean;
        // Five standard errors: the mean's is 0.0020, the variance's 0.0055 (kurtosis 5.4).
        assert!((mean - 0.577_216).abs() < 0.010, "{mean}");
        assert!((variance - 1.644_934).abs() < 0.028, "{variance}");
    }
}
