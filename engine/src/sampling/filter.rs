//! Temperature, top-k and top-p: logits to the distribution that is drawn from.
//!
//! In this order: divide by the temperature; top-k; top-p among what is left; softmax. Exponentials
//! are our own and sums are in double precision, in a fixed order, so that every platform keeps the
//! same codes.

use super::{
    draw::BadLogits,
    exp::{entropy_moment, exp, sum},
};

/// Logits are divided by the temperature, but never by less than this.
pub const LEAST_TEMPERATURE: f32 = 1e-5;

/// How many of the largest logits top-p sorts at first; each further part makes it four times as many.
const FIRST_SORTED: usize = 256;

/// The settings of one draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filter {
    /// Logits are divided by it (by [`LEAST_TEMPERATURE`] when it is less). A draw takes exactly 0 as
    /// plain arg max.
    pub temperature: f32,
    /// Keeps the k largest logits and those equal to the k-th; 0 keeps all.
    pub top_k: u32,
    /// Drops a code when those before it, in descending order, already hold more than this much
    /// probability; of equal logits the lower code comes first. The first always stays; 1 keeps all.
    pub top_p: f32,
}

impl Filter {
    /// Temperature 1, nothing dropped.
    pub const NONE: Self = Self {
        temperature: 1.0,
        top_k: 0,
        top_p: 1.0,
    };
}

/// The probabilities of all codes after the filters: `[codes]`, summing to 1. Dropped codes have 0.
///
/// Logits that a draw refuses (see [`BadLogits`]) give NaN everywhere.
pub fn probabilities(logits: &[f32], filter: &Filter) -> Vec<f32> {
    let mut filtered = Filtered::default();
    match filtered.set(logits, filter) {
        Ok(()) => filtered.probabilities().collect(),
        Err(_) => vec![f32::NAN; logits.len()],
    }
}

/// Filtered logits and the memory to filter the next ones without allocating.
#[derive(Clone, Debug, Default)]
pub(super) struct Filtered {
    /// Logits over the temperature; minus infinity for dropped codes. `[codes]`
    scaled: Vec<f32>,
    /// `exp(scaled - largest)`; 0 for dropped codes. `[codes]`
    weights: Vec<f32>,
    /// The sum of the weights.
    total: f64,
    /// The largest of `scaled`.
    largest: f32,
    /// Scratch of top-k: logits as numbers of the opposite order.
    ranks: Vec<u32>,
    /// Scratch of top-p: such a number and the code below it.
    order: Vec<u64>,
}

impl Filtered {
    /// Filters the logits of one draw.
    ///
    /// # Errors
    /// When they are no distribution.
    pub fn set(&mut self, logits: &[f32], filter: &Filter) -> Result<(), BadLogits> {
        self.scale(logits, filter.temperature)?;
        let top_k = filter.top_k as usize;
        if (1..logits.len()).contains(&top_k) {
            self.keep_largest(top_k);
        }
        self.weigh();
        if filter.top_p < 1.0 {
            self.keep_probable(f64::from(filter.top_p));
        }
        Ok(())
    }

    /// Logits over the temperature, minus infinity for dropped codes. `[codes]`
    pub fn scaled(&self) -> &[f32] {
        &self.scaled
    }

    /// The probability of every code.
    pub fn probabilities(&self) -> impl Iterator<Item = f32> {
        let total = self.total;
        let weights = self.weights.iter();
        weights.map(move |weight| (f64::from(*weight) / total) as f32)
    }

    /// The entropy of the distribution in nats: `ln Z - Σ w (s - max) / Z`.
    pub fn entropy(&self) -> f32 {
        let moment = entropy_moment(&self.weights, &self.scaled, self.largest);
        let entropy = libm::log(self.total) - moment / self.total;
        entropy.max(0.0) as f32
    }

    /// The logarithm of the probability of one code; minus infinity for a dropped one.
    pub fn log_probability(&self, code: u32) -> f32 {
        let scaled = self.scaled.get(code as usize).copied();
        let above = scaled.unwrap_or(f32::NEG_INFINITY) - self.largest;
        (f64::from(above) - libm::log(self.total)) as f32
    }

    fn scale(&mut self, logits: &[f32], temperature: f32) -> Result<(), BadLogits> {
        BadLogits::check(logits)?;
        let temperature = temperature.max(LEAST_TEMPERATURE);
        self.scaled.clear();
        self.scaled
            .extend(logits.iter().map(|logit| logit / temperature));
        self.largest = largest(&self.scaled);
        if self.largest == f32::INFINITY {
            let code = self.scaled.iter().position(|s| *s == f32::INFINITY);
            return Err(BadLogits::not_finite(code.unwrap_or(0), f32::INFINITY));
        }
        // A small temperature can push even the largest out of range.
        if self.largest == f32::NEG_INFINITY {
            return Err(BadLogits::NothingLeft);
        }
        Ok(())
    }

    /// Top-k, `1 <= k < codes`.
    fn keep_largest(&mut self, k: usize) {
        self.ranks.clear();
        self.ranks
            .extend(self.scaled.iter().map(|s| descending(*s)));
        let (_, &mut last, _) = self.ranks.select_nth_unstable(k - 1);
        for scaled in &mut self.scaled {
            if descending(*scaled) > last {
                *scaled = f32::NEG_INFINITY;
            }
        }
    }

    fn weigh(&mut self) {
        self.weights.resize(self.scaled.len(), 0.0);
        for (weight, scaled) in self.weights.iter_mut().zip(&self.scaled) {
            *weight = exp(scaled - self.largest);
        }
        self.total = sum(&self.weights);
    }

    /// Top-p, among the codes that have a weight: the others could add nothing to a running total.
    fn keep_probable(&mut self, top_p: f64) {
        let limit = (top_p * self.total).max(0.0);
        self.order.clear();
        let codes = (0_u32..).zip(&self.scaled);
        self.order.extend(
            codes
                .filter(|(_, scaled)| **scaled > f32::NEG_INFINITY)
                .map(|(code, scaled)| (u64::from(descending(*scaled)) << 32) | u64::from(code)),
        );
        let kept = count_within(&mut self.order, &self.weights, limit);
        for entry in &self.order[kept..] {
            let code = code_of(*entry);
            self.scaled[code] = f32::NEG_INFINITY;
            self.weights[code] = 0.0;
        }
        self.total = sum(&self.weights);
    }
}

/// How many entries of `order` come, in ascending order, while the weight before them is at most
/// `limit`. Sorts only as far as needed; those counted are the first ones afterwards.
fn count_within(order: &mut [u64], weights: &[f32], limit: f64) -> usize {
    let mut before = 0.0;
    let mut sorted = 0;
    while sorted < order.len() {
        let rest = &mut order[sorted..];
        let length = (3 * sorted).max(FIRST_SORTED).min(rest.len());
        if length < rest.len() {
            rest.select_nth_unstable(length - 1);
        }
        let next = &mut rest[..length];
        next.sort_unstable();
        for (n, entry) in next.iter().enumerate() {
            if before > limit {
                return sorted + n;
            }
            before += f64::from(weights[code_of(*entry)]);
        }
        sorted += length;
    }
    sorted
}

/// The code of an entry of `Filtered::order`.
fn code_of(entry: u64) -> usize {
    (entry & u64::from(u32::MAX)) as usize
}

/// The largest number; minus infinity when there is none. NaN is passed over.
pub(super) fn largest(numbers: &[f32]) -> f32 {
    // Eight maxima side by side, for the compiler to put into one register.
    let mut lanes = [f32::NEG_INFINITY; 8];
    let chunks = numbers.chunks_exact(8);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, number) in lanes.iter_mut().zip(chunk) {
            *lane = if *number > *lane { *number } else { *lane };
        }
    }
    lanes
        .iter()
        .chain(rest)
        .copied()
        .fold(f32::NEG_INFINITY, f32::max)
}

/// A whole number that is the smaller, the larger `x` is; equal for 0 and -0. Not for NaN.
fn descending(x: f32) -> u32 {
    let bits = (x + 0.0).to_bits();
    if bits >> 31 == 0 {
        !bits & (u32::MAX >> 1)
    } else {
        bits
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rules once more, as plainly as possible. Ties in top-p: lower code first.
    fn plain(logits: &[f32], filter: &Filter) -> Vec<f32> {
        let temperature = filter.temperature.max(1e-5);
        let scaled: Vec<f32> = logits.iter().map(|l| l / temperature).collect();
        let mut order: Vec<usize> = (0..logits.len()).collect();
        order.sort_by(|a, b| scaled[*b].partial_cmp(&scaled[*a]).expect("no NaN"));
        let mut kept = order.clone();
        if filter.top_k > 0 {
            let k = (filter.top_k as usize).min(order.len());
            let threshold = scaled[order[k - 1]];
            kept.retain(|code| scaled[*code] >= threshold);
        }
        let softmax = |kept: &[usize]| -> Vec<f64> {
            let largest = f64::from(scaled[order[0]]);
            let weights = kept
                .iter()
                .map(|code| (f64::from(scaled[*code]) - largest).exp());
            let weights: Vec<f64> = weights.collect();
            let total: f64 = weights.iter().sum();
            weights.iter().map(|weight| weight / total).collect()
        };
        if filter.top_p < 1.0 {
            let mut before = 0.0;
            let mut count = 0;
            for p in softmax(&kept) {
                if before > f64::from(filter.top_p) {
                    break;
                }
                before += p;
                count += 1;
            }
            kept.truncate(count);
        }
        let mut result = vec![0.0; logits.len()];
        for (code, p) in kept.iter().zip(softmax(&kept)) {
            result[*code] = p as f32;
        }
        result
    }

    fn assert_near(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        for (code, (f, e)) in found.iter().zip(expected).enumerate() {
            assert!((f - e).abs() < 1e-5, "code {code}: {f}, expected {e}");
            assert_eq!(*f == 0.0, *e == 0.0, "code {code}: {f}, expected {e}");
        }
    }

    #[test]
    fn top_k_keeps_ties_and_top_p_crosses_its_threshold() {
        let filter = |top_k, top_p| Filter {
            temperature: 1.0,
            top_k,
            top_p,
        };
        let ties = [1.0, 2.0, 2.0, 0.0];
        assert_near(
            &probabilities(&ties, &filter(1, 1.0)),
            &[0.0, 0.5, 0.5, 0.0],
        );
        assert_near(
            &probabilities(&ties, &filter(2, 1.0)),
            &[0.0, 0.5, 0.5, 0.0],
        );
        assert_near(
            &probabilities(&[0.0, -0.0, -1.0], &filter(1, 1.0)),
            &[0.5, 0.5, 0.0],
        );
        // Probabilities 1/2, 1/4, 1/8, 1/8: the entry that crosses stays.
        let halves = [0.5_f32.ln(), 0.25_f32.ln(), 0.125_f32.ln(), 0.125_f32.ln()];
        let third = 1.0 / 3.0;
        assert_near(
            &probabilities(&halves, &filter(0, 0.6)),
            &[2.0 * third, third, 0.0, 0.0],
        );
        assert_near(
            &probabilities(&halves, &filter(0, 0.49)),
            &[1.0, 0.0, 0.0, 0.0],
        );
        assert_near(
            &probabilities(&halves, &filter(0, 0.0)),
            &[1.0, 0.0, 0.0, 0.0],
        );
        assert_near(
            &probabilities(&halves, &filter(0, -1.0)),
            &[1.0, 0.0, 0.0, 0.0],
        );
        let whole = [0.5, 0.25, 0.125, 0.125];
        assert_near(&probabilities(&halves, &filter(0, 1.5)), &whole);
        assert_near(&probabilities(&halves, &filter(9, f32::NAN)), &whole);
        // Of two equal logits at the edge the lower code stays.
        let sevenths = [4.0 / 7.0, 2.0 / 7.0, 1.0 / 7.0, 0.0];
        assert_near(&probabilities(&halves, &filter(0, 0.8)), &sevenths);
    }

    #[test]
    fn codes_that_cannot_be_drawn_may_be_among_the_logits() {
        let logits = [f32::NEG_INFINITY, 0.0, f32::NEG_INFINITY, 0.0];
        for top_p in [1.0, 0.999] {
            let filter = Filter {
                temperature: 0.5,
                top_k: 3,
                top_p,
            };
            assert_near(&probabilities(&logits, &filter), &[0.0, 0.5, 0.0, 0.5]);
        }
    }

    #[test]
    fn bad_logits_have_no_probabilities() {
        let of = |logits: &[f32]| probabilities(logits, &Filter::NONE);
        assert!(of(&[1.0, f32::NAN]).iter().all(|p| p.is_nan()));
        assert!(of(&[f32::INFINITY, 1.0]).iter().all(|p| p.is_nan()));
        assert!(of(&[f32::NEG_INFINITY; 2]).iter().all(|p| p.is_nan()));
        assert!(of(&[]).is_empty());
    }

    #[test]
    fn entropy_is_that_of_the_filtered_distribution() {
        let mut filtered = Filtered::default();
        let mut entropy = |logits: &[f32], top_k| {
            let filter = Filter {
                top_k,
                ..Filter::NONE
            };
            filtered.set(logits, &filter).map(|()| filtered.entropy())
        };
        let near = |found: Result<f32, BadLogits>, expected: f32| {
            assert!(found.is_ok_and(|found| (found - expected).abs() < 1e-6));
        };
        near(entropy(&[3.0; 64], 0), 64_f32.ln());
        near(entropy(&[3.0, -1e9], 0), 0.0);
        near(entropy(&[3.0, 3.0, 1.0], 1), 2_f32.ln());
        near(entropy(&[0.75_f32.ln(), 0.25_f32.ln()], 0), 0.562_335_1);
        near(entropy(&[7.0], 0), 0.0);
    }

    #[test]
    fn ranks_are_of_the_opposite_order() {
        let numbers = [
            f32::INFINITY,
            f32::MAX,
            1.0,
            f32::MIN_POSITIVE,
            1e-45,
            0.0,
            -1e-45,
            -1.0,
            f32::MIN,
            f32::NEG_INFINITY,
        ];
        assert!(numbers.map(descending).is_sorted_by(|a, b| a < b));
        assert_eq!(descending(0.0), descending(-0.0));
    }

    proptest! {
        #[test]
        fn agrees_with_the_rules(
            logits in prop::collection::vec(prop_oneof![-12.0_f32..12.0, (-5..5).prop_map(|n| n as f32)], 1..1500),
            temperature in prop_oneof![Just(0.0_f32), Just(1.0), 0.2_f32..3.0],
            top_k in 0_u32..1600,
            top_p in prop_oneof![Just(0.0_f32), Just(1.0), 0.0_f32..1.0],
        ) {
            let filter = Filter { temperature, top_k, top_p };
            let (found, expected) = (probabilities(&logits, &filter), plain(&logits, &filter));
            for (f, e) in found.iter().zip(&expected) {
                prop_assert!((f - e).abs() < 1e-5, "{f}, expected {e}");
            }
        }
    }
}
