//! The draw: one code out of the filtered distribution, by the Gumbel-max rule.
//!
//! The code with the largest `logit / temperature + noise` is distributed as the softmax (Gumbel 1954).
//! Codes that cannot win are passed over; this never changes who wins.

use super::{
    filter::{Filter, Filtered, largest},
    noise::{MAX_NOISE, Place, ceiling, from_word},
};
use crate::error::Error;

/// What came of a draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// The code.
    pub code: u32,
    /// The entropy of the distribution after the filters, in nats; 0 at temperature 0.
    pub entropy: f32,
    /// The logarithm of the code's probability, in nats, under the guided logits at temperature 1 and
    /// without filters: what the model thinks of the code, however it was chosen. So drafts compare
    /// whatever their temperature and filters.
    pub log_probability: f32,
}

impl Draw {
    /// A code that was given: nothing was drawn, and nothing was uncertain.
    pub fn given(code: u32) -> Self {
        Self {
            code,
            entropy: 0.0,
            log_probability: 0.0,
        }
    }
}

/// Logits that no code can be drawn from.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum BadLogits {
    /// No logits at all.
    #[error("there are no logits to draw from")]
    Empty,
    /// NaN or plus infinity.
    #[error("the logit of code {code} is {value}")]
    NotFinite {
        /// The first such code.
        code: usize,
        /// "NaN" or "infinity".
        value: &'static str,
    },
    /// Every logit is minus infinity.
    #[error("every logit is minus infinity")]
    NothingLeft,
}

impl BadLogits {
    /// As an error of the device whose logits these are.
    pub fn of(self, device: &'static str) -> Error {
        Error::Backend {
            device,
            operation: "sampling",
            message: self.to_string(),
        }
    }

    /// Refuses NaN and plus infinity. Minus infinity is a code that cannot be drawn, and allowed.
    pub(super) fn check(logits: &[f32]) -> Result<(), Self> {
        if logits.is_empty() {
            return Err(Self::Empty);
        }
        // Without an early end, so that the compiler can look at several at once.
        let fine = logits
            .iter()
            .fold(true, |fine, logit| fine & (*logit < f32::INFINITY));
        if fine {
            return Ok(());
        }
        let bad = |logit: &f32| logit.is_nan() || *logit == f32::INFINITY;
        let code = logits.iter().position(bad).unwrap_or(0);
        Err(Self::not_finite(code, logits[code]))
    }

    pub(super) fn not_finite(code: usize, value: f32) -> Self {
        let value = if value.is_nan() { "NaN" } else { "infinity" };
        Self::NotFinite { code, value }
    }
}

/// Draws codes, reusing its memory from draw to draw.
#[derive(Clone, Debug, Default)]
pub struct Sampler {
    filtered: Filtered,
    /// The same logits at temperature 1, without filters.
    plain: Filtered,
}

impl Sampler {
    /// Draws one code from `logits` (`[codes]`) after the filters, with the noise of `place`; among
    /// equal sums the lowest code.
    ///
    /// A temperature of exactly 0 takes the largest logit, the lowest code on ties, without noise.
    ///
    /// # Errors
    /// When a logit is NaN or plus infinity, or none is finite.
    pub fn draw(
        &mut self,
        logits: &[f32],
        filter: &Filter,
        place: Place,
    ) -> Result<Draw, BadLogits> {
        if filter.temperature == 0.0 {
            BadLogits::check(logits)?;
            return self.judge(logits, filter, arg_max(logits)?);
        }
        self.filtered.set(logits, filter)?;
        self.judge(logits, filter, arg_max_noisy(self.filtered.scaled(), place))
    }

    /// What [`Sampler::draw`] told when it drew `code` from these logits.
    ///
    /// # Errors
    /// As `draw`.
    pub fn recall(
        &mut self,
        logits: &[f32],
        filter: &Filter,
        code: u32,
    ) -> Result<Draw, BadLogits> {
        if filter.temperature != 0.0 {
            self.filtered.set(logits, filter)?;
        }
        self.judge(logits, filter, code)
    }

    /// Puts numbers to a code. `filtered` is set, unless the temperature is 0.
    fn judge(&mut self, logits: &[f32], filter: &Filter, code: u32) -> Result<Draw, BadLogits> {
        let entropy = match filter.temperature {
            0.0 => 0.0,
            _ => self.filtered.entropy(),
        };
        let log_probability = if *filter == Filter::NONE {
            self.filtered.log_probability(code)
        } else {
            self.plain.set(logits, &Filter::NONE)?;
            self.plain.log_probability(code)
        };
        Ok(Draw {
            code,
            entropy,
            log_probability,
        })
    }
}

/// The lowest code of the largest logit.
fn arg_max(logits: &[f32]) -> Result<u32, BadLogits> {
    let largest = largest(logits);
    if largest == f32::NEG_INFINITY {
        return Err(BadLogits::NothingLeft);
    }
    let code = logits.iter().position(|logit| *logit == largest);
    code.map(|code| code as u32).ok_or(BadLogits::NothingLeft)
}

/// The lowest code of the largest `scaled + noise`; minus infinity never wins. At least one is finite.
fn arg_max_noisy(scaled: &[f32], place: Place) -> u32 {
    let mut best = f32::NEG_INFINITY;
    let mut winner = 0;
    for (block, lanes) in (0_u32..).zip(scaled.chunks(4)) {
        let higher = |a: f32, b: &f32| if *b > a { *b } else { a };
        let highest = lanes.iter().fold(f32::NEG_INFINITY, higher);
        // Rounding a sum keeps the order of its parts, so the bounds hold for the rounded sums too.
        // Codes ascend, so a later sum must be above the best, not only equal, to win.
        if highest + MAX_NOISE <= best {
            continue;
        }
        let words = place.words(block);
        for (lane, (scaled, word)) in (0_u32..).zip(lanes.iter().zip(words)) {
            if scaled + ceiling(word) <= best {
                continue;
            }
            let sum = scaled + from_word(word);
            if sum > best {
                best = sum;
                winner = 4 * block + lane;
            }
        }
    }
    winner
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::sampling::{gumbel, probabilities};

    const PLACE: Place = Place {
        seed: 7,
        index: 0,
        position: 0,
        depth: 0,
    };

    /// Logits that look like a head's: normal, standard deviation `spread`.
    fn logits(codes: usize, spread: f64, seed: u64) -> Vec<f32> {
        let place = Place { seed, ..PLACE };
        let uniform = |code: usize| (-f64::from(-gumbel(place, code as u32)).exp()).exp();
        let normal = |code: usize| {
            let radius = (-2.0 * uniform(2 * code).ln()).sqrt();
            radius * (std::f64::consts::TAU * uniform(2 * code + 1)).cos()
        };
        (0..codes)
            .map(|code| (normal(code) * spread) as f32)
            .collect()
    }

    /// Every code's sum, without passing any over.
    fn brute_force(logits: &[f32], filter: &Filter, place: Place) -> u32 {
        let mut filtered = Filtered::default();
        filtered.set(logits, filter).unwrap();
        let mut best = (f32::NEG_INFINITY, 0);
        for (code, scaled) in (0..).zip(filtered.scaled()) {
            let sum = scaled + gumbel(place, code);
            if sum > best.0 {
                best = (sum, code);
            }
        }
        best.1
    }

    #[test]
    fn temperature_zero_is_the_lowest_largest() {
        let mut sampler = Sampler::default();
        let greedy = Filter {
            temperature: 0.0,
            top_k: 1,
            top_p: 0.5,
        };
        let logits = [1.0, 3.0, f32::NEG_INFINITY, 3.0];
        for position in 0..100 {
            let draw = sampler.draw(&logits, &greedy, Place { position, ..PLACE });
            let draw = draw.unwrap();
            assert_eq!((draw.code, draw.entropy), (1, 0.0));
        }
        let draw = sampler.draw(&[-0.0, 0.0], &greedy, PLACE).unwrap();
        assert_eq!(draw.code, 0);
    }

    #[test]
    fn bad_logits_are_named() {
        let mut sampler = Sampler::default();
        for temperature in [0.0, 1.0] {
            let filter = Filter {
                temperature,
                ..Filter::NONE
            };
            let mut message = |logits: &[f32]| {
                sampler
                    .draw(logits, &filter, PLACE)
                    .unwrap_err()
                    .to_string()
            };
            assert_eq!(message(&[]), "there are no logits to draw from");
            assert_eq!(message(&[0.0, f32::NAN]), "the logit of code 1 is NaN");
            assert_eq!(
                message(&[0.0, 1.0, f32::INFINITY]),
                "the logit of code 2 is infinity"
            );
            assert_eq!(
                message(&[f32::NEG_INFINITY; 5]),
                "every logit is minus infinity"
            );
        }
        let error = BadLogits::Empty.of("reference").to_string();
        assert_eq!(
            error,
            "the reference device failed in sampling: there are no logits to draw from"
        );
        // Finite, but no longer so after the division.
        let cold = Filter {
            temperature: 1e-5,
            ..Filter::NONE
        };
        assert_eq!(
            sampler.draw(&[0.0, 1e38], &cold, PLACE),
            Err(BadLogits::NotFinite {
                code: 1,
                value: "infinity"
            })
        );
        assert_eq!(
            sampler.draw(&[-1e38, -2e38], &cold, PLACE),
            Err(BadLogits::NothingLeft)
        );
    }

    /// Against the softmax in double precision; and a draw recalled tells the same, to the bit.
    #[test]
    fn likelihoods_are_those_of_the_plain_softmax() {
        let logits = logits(1021, 2.5, 5);
        let total: f64 = logits.iter().map(|l| f64::from(*l).exp()).sum();
        let cold = Filter {
            temperature: 0.0,
            ..Filter::NONE
        };
        let narrow = Filter {
            temperature: 0.7,
            top_k: 50,
            top_p: 0.9,
        };
        let (mut sampler, mut other) = (Sampler::default(), Sampler::default());
        for filter in [Filter::NONE, cold, narrow] {
            for position in 0..50 {
                let place = Place { position, ..PLACE };
                let draw = sampler.draw(&logits, &filter, place).unwrap();
                let exact = f64::from(logits[draw.code as usize]) - total.ln();
                assert!((f64::from(draw.log_probability) - exact).abs() < 1e-5);
                assert_eq!(other.recall(&logits, &filter, draw.code), Ok(draw));
            }
        }
        let dropped = sampler.recall(&[0.0, f32::NEG_INFINITY], &Filter::NONE, 1);
        assert_eq!(dropped.unwrap().log_probability, f32::NEG_INFINITY);
    }

    /// Codes that must never change: pictures already made depend on them.
    #[test]
    fn draws_keep_their_codes() {
        let logits: Vec<f32> = (0..1000_u32)
            .map(|n| (n * 7919 % 1000) as f32 / 125.0)
            .collect();
        let filters = [
            Filter::NONE,
            Filter {
                top_k: 50,
                ..Filter::NONE
            },
            Filter {
                temperature: 3.0,
                top_k: 0,
                top_p: 0.7,
            },
        ];
        let mut sampler = Sampler::default();
        let codes = filters.map(|filter| {
            [0, 1, 2, 3].map(|position| {
                let place = Place { position, ..PLACE };
                sampler.draw(&logits, &filter, place).unwrap().code
            })
        });
        let expected = [
            [198, 409, 877, 322],
            [198, 383, 877, 531],
            [114, 409, 877, 485],
        ];
        assert_eq!(codes, expected);
    }

    #[test]
    fn passing_over_codes_never_changes_the_winner() {
        let mut sampler = Sampler::default();
        let filters = [
            Filter::NONE,
            Filter {
                temperature: 0.2,
                ..Filter::NONE
            },
            Filter {
                top_k: 100,
                ..Filter::NONE
            },
            Filter {
                top_p: 0.8,
                ..Filter::NONE
            },
        ];
        for (seed, spread) in [(1, 0.0), (2, 0.5), (3, 2.5), (4, 12.0)] {
            let logits = logits(1021, spread, seed);
            for filter in filters {
                for position in 0..400 {
                    let place = Place {
                        position,
                        seed,
                        ..PLACE
                    };
                    let draw = sampler.draw(&logits, &filter, place).unwrap();
                    assert_eq!(draw.code, brute_force(&logits, &filter, place));
                }
            }
        }
    }

    /// Pearson's statistic of many draws against the probabilities.
    #[test]
    fn draws_follow_the_probabilities() {
        const CODES: usize = 24;
        const DRAWS: u32 = 60_000;
        let filters = [
            Filter::NONE,
            Filter {
                temperature: 0.6,
                ..Filter::NONE
            },
            Filter {
                top_k: 9,
                ..Filter::NONE
            },
            Filter {
                temperature: 1.3,
                top_k: 0,
                top_p: 0.85,
            },
        ];
        let logits = logits(CODES, 1.0, 11);
        let mut sampler = Sampler::default();
        for (n, filter) in (0..).zip(filters) {
            let mut counts = [0_u32; CODES];
            for draw in 0..DRAWS {
                let place = Place {
                    position: draw % 256,
                    index: draw / 256,
                    depth: n,
                    ..PLACE
                };
                counts[sampler.draw(&logits, &filter, place).unwrap().code as usize] += 1;
            }
            let mut statistic = 0.0;
            let mut freedom = -1.0_f64;
            for (p, count) in probabilities(&logits, &filter).iter().zip(counts) {
                if *p == 0.0 {
                    assert_eq!(count, 0, "a dropped code was drawn");
                    continue;
                }
                let expected = f64::from(*p) * f64::from(DRAWS);
                statistic += (f64::from(count) - expected).powi(2) / expected;
                freedom += 1.0;
            }
            // Four standard deviations above the mean of the chi-square distribution.
            let bound = freedom + 4.0 * (2.0 * freedom).sqrt();
            assert!(
                statistic < bound,
                "{filter:?}: {statistic}, at most {bound}"
            );
        }
    }

    proptest! {
        /// Whatever the logits and settings: no panic, and the code is one that the filters kept.
        #[test]
        fn any_logits_give_a_kept_code_or_an_error(
            logits in prop::collection::vec(any::<f32>(), 0..40),
            temperature in any::<f32>(),
            top_k in any::<u32>(),
            top_p in any::<f32>(),
        ) {
            let filter = Filter { temperature, top_k, top_p };
            if let Ok(draw) = Sampler::default().draw(&logits, &filter, PLACE) {
                prop_assert!((draw.code as usize) < logits.len());
                if temperature != 0.0 {
                    let mut filtered = Filtered::default();
                    prop_assert!(filtered.set(&logits, &filter).is_ok());
                    prop_assert!(filtered.scaled()[draw.code as usize] > f32::NEG_INFINITY);
                }
            }
        }
    }
}
