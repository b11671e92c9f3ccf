//! Keys and values of the sequences, and softmax attention over them.
//!
//! A head's keys lie position after position, as do its values, in float16 (float32 where the weights are,
//! so that nothing is rounded that they do not round). A row and a head make a part of their own; how
//! their sums are added up does not depend on the other rows.

use bytemuck::{cast_slice, cast_slice_mut};
use half::f16;

use crate::{
    backend::cpu::{
        bytes::{Aligned, LINE},
        kernels::{Kernel, LANES, Machine, Work, unrolled},
    },
    error::Result,
    sampling::exp,
};

/// Lanes of sixteen whose sums stay in registers while values go by.
const GROUP: usize = 4;

/// What one layer remembers of a sequence.
pub struct LayerCache {
    /// `[heads, positions, width]`, each head's width filled up to sixteens: float32 where `exact`, else float16.
    keys: Aligned,
    /// As the keys.
    values: Aligned,
    exact: bool,
    positions: usize,
    width: usize,
}

impl LayerCache {
    /// Room for `positions` of `heads`, each `width` numbers wide.
    ///
    /// # Errors
    /// When the system has no memory for it.
    pub fn new(heads: usize, positions: usize, width: usize, exact: bool) -> Result<Self> {
        let width = width.next_multiple_of(LANES);
        let number = if exact {
            size_of::<f32>()
        } else {
            size_of::<u16>()
        };
        let store = || Aligned::zeros(heads * positions * width * number);
        Ok(Self {
            keys: store()?,
            values: store()?,
            exact,
            positions,
            width,
        })
    }

    /// Keeps key and value of a head at a position.
    ///
    /// # Panics
    /// When there is no such head or position.
    pub fn write(
        &mut self,
        kernel: Kernel,
        head: usize,
        position: usize,
        key: &[f32],
        value: &[f32],
    ) {
        assert!(position < self.positions, "position {position}");
        let start = (head * self.positions + position) * self.width;
        for (store, numbers) in [(&mut self.keys, key), (&mut self.values, value)] {
            let all = store.get_mut();
            match self.exact {
                true => cast_slice_mut(all)[start..][..numbers.len()].copy_from_slice(numbers),
                false => kernel.run(Narrow {
                    numbers,
                    to: &mut cast_slice_mut(all)[start..][..numbers.len()],
                }),
            }
        }
    }

    /// Softmax attention of a head's rotated `query` over the first `seen` positions, into `out`.
    ///
    /// # Panics
    /// When fewer positions exist, or `out` is longer than a head is wide.
    pub fn attend(&self, kernel: Kernel, head: usize, seen: usize, query: &[f32], out: &mut [f32]) {
        assert!(seen <= self.positions && seen > 0);
        assert!(query.len() <= self.width && out.len() == query.len());
        let start = head * self.positions * self.width;
        let range = start..start + seen * self.width;
        let width = self.width;
        let (keys, values) = (self.keys.as_ref(), self.values.as_ref());
        match self.exact {
            true => kernel.run(Attend::<f32> {
                keys: &cast_slice(keys)[range.clone()],
                values: &cast_slice(values)[range],
                width,
                query,
                out,
            }),
            false => kernel.run(Attend::<u16> {
                keys: &cast_slice(keys)[range.clone()],
                values: &cast_slice(values)[range],
                width,
                query,
                out,
            }),
        }
    }
}

/// To float16.
struct Narrow<'a> {
    numbers: &'a [f32],
    to: &'a mut [u16],
}

impl Work for Narrow<'_> {
    type Output = ();

    #[inline(always)]
    fn run<M: Machine>(self, machine: M) {
        let (chunks, rest) = self.numbers.as_chunks::<LANES>();
        let (to, to_rest) = self.to.as_chunks_mut::<LANES>();
        for (to, chunk) in to.iter_mut().zip(chunks) {
            *to = machine.narrow_f16(machine.load(chunk));
        }
        for (to, number) in to_rest.iter_mut().zip(rest) {
            *to = f16::from_f32(*number).to_bits();
        }
    }
}

/// A number as it is kept.
trait Kept: Copy {
    fn load<M: Machine>(machine: M, from: &[Self; LANES]) -> M::Floats;
}

impl Kept for f32 {
    #[inline(always)]
    fn load<M: Machine>(machine: M, from: &[Self; LANES]) -> M::Floats {
        machine.load(from)
    }
}

impl Kept for u16 {
    #[inline(always)]
    fn load<M: Machine>(machine: M, from: &[Self; LANES]) -> M::Floats {
        machine.widen_f16(from)
    }
}

struct Attend<'a, K> {
    keys: &'a [K],
    values: &'a [K],
    width: usize,
    query: &'a [f32],
    out: &'a mut [f32],
}

/// Most positions whose scores fit on the stack: a grid of 32 by 32 and the class token.
const MOST: usize = 1040;
/// Widest head.
const WIDEST: usize = 256;

impl<K: Kept> Work for Attend<'_, K> {
    type Output = ();

    #[inline(always)]
    fn run<M: Machine>(self, machine: M) {
        let seen = self.keys.len() / self.width;
        let mut few = [0.0_f32; MOST];
        let mut many = Vec::new();
        let scores: &mut [f32] = match few.get_mut(..seen) {
            Some(scores) => scores,
            None => {
                many.resize(seen, 0.0);
                &mut many
            }
        };
        assert!(self.width <= WIDEST, "a head {} wide", self.width);
        let mut query = [0.0; WIDEST];
        let lanes = self.width / LANES;
        let scale = 1.0 / (self.query.len() as f32).sqrt();
        for (scaled, query) in query.iter_mut().zip(self.query) {
            *scaled = query * scale;
        }
        let (query, _) = query[..self.width].as_chunks::<LANES>();
        // Four keys at a time: their sums are added up together, each as by itself.
        let (fours, rest) = scores.as_chunks_mut::<4>();
        let (keys, rest_keys) = self.keys.split_at(fours.len() * 4 * self.width);
        let values = self.values.chunks_exact(4 * self.width);
        for ((scores, keys), values) in fours
            .iter_mut()
            .zip(keys.chunks_exact(4 * self.width))
            .zip(values)
        {
            // By the time the scores are there, so are the values.
            for line in (0..size_of_val(values)).step_by(LINE) {
                machine.prefetch(values.as_ptr().cast::<u8>().wrapping_add(line));
            }
            let (keys, _) = keys.as_chunks::<LANES>();
            let mut sums = [machine.splat(0.0); 4];
            for (at, query) in query.iter().enumerate() {
                let query = machine.load(query);
                unrolled!(n < 4, {
                    let key = K::load(machine, &keys[n * lanes + at]);
                    sums[n] = machine.mul_add(key, query, sums[n]);
                });
            }
            *scores = machine.sum_four(sums);
        }
        for (score, key) in rest.iter_mut().zip(rest_keys.chunks_exact(self.width)) {
            let mut sum = machine.splat(0.0);
            for (key, query) in key.as_chunks::<LANES>().0.iter().zip(query) {
                sum = machine.mul_add(K::load(machine, key), machine.load(query), sum);
            }
            *score = machine.sum(sum);
        }
        soften(scores);
        let mut out = [0.0; WIDEST];
        for first in (0..lanes).step_by(GROUP) {
            let count = GROUP.min(lanes - first);
            let to = &mut out.as_chunks_mut::<LANES>().0[first..][..count];
            match count {
                1 => self.weighted::<M, 1>(machine, scores, first, to),
                2 => self.weighted::<M, 2>(machine, scores, first, to),
                3 => self.weighted::<M, 3>(machine, scores, first, to),
                _ => self.weighted::<M, GROUP>(machine, scores, first, to),
            }
        }
        let length = self.out.len();
        self.out.copy_from_slice(&out[..length]);
    }
}

impl<K: Kept> Attend<'_, K> {
    /// Adds up `N` times sixteen numbers of every value, from the sixteens `first` on, each value by its score.
    #[inline(always)]
    fn weighted<M: Machine, const N: usize>(
        &self,
        machine: M,
        scores: &[f32],
        first: usize,
        to: &mut [[f32; LANES]],
    ) {
        let mut sums = [machine.splat(0.0); N];
        for (weight, value) in scores.iter().zip(self.values.chunks_exact(self.width)) {
            let weight = machine.splat(*weight);
            let value = &value.as_chunks::<LANES>().0[first..][..N];
            unrolled!(n < N, {
                sums[n] = machine.mul_add(weight, K::load(machine, &value[n]), sums[n]);
            });
        }
        for (sum, to) in sums.into_iter().zip(to) {
            machine.store(sum, to);
        }
    }
}

/// Softmax in place.
#[inline(always)]
fn soften(scores: &mut [f32]) {
    let largest = scores
        .iter()
        .fold(f32::NEG_INFINITY, |most, s| most.max(*s));
    for score in scores.iter_mut() {
        *score = exp(*score - largest);
    }
    let mut lanes = [0.0_f32; LANES];
    let (chunks, rest) = scores.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, score) in lanes.iter_mut().zip(chunk) {
            *lane += score;
        }
    }
    let total = lanes.iter().sum::<f32>() + rest.iter().sum::<f32>();
    let inverse = 1.0 / total;
    scores.iter_mut().for_each(|score| *score *= inverse);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::dice::Dice;

    /// Softmax attention in f64, for a head at a time.
    fn plain(query: &[f32], keys: &[Vec<f32>], values: &[Vec<f32>]) -> Vec<f64> {
        let scale = 1.0 / (query.len() as f64).sqrt();
        let dot = |key: &Vec<f32>| -> f64 {
            let products = key.iter().zip(query);
            products.map(|(k, q)| f64::from(*k) * f64::from(*q)).sum()
        };
        let weights: Vec<f64> = keys.iter().map(|key| (dot(key) * scale).exp()).collect();
        let total: f64 = weights.iter().sum();
        (0..query.len())
            .map(|n| {
                let shares = weights.iter().zip(values);
                shares.map(|(w, v)| w * f64::from(v[n])).sum::<f64>() / total
            })
            .collect()
    }

    #[test]
    fn attention_over_odd_sizes_on_every_instruction_set() {
        let mut dice = Dice::default();
        for (width, positions) in [
            (4, 1),
            (12, 3),
            (16, 17),
            (64, 65),
            (80, 33),
            (100, 577),
            (64, 1100),
        ] {
            let (heads, seen) = (3, positions - positions / 5);
            let mut row = || dice.weights(width, 3);
            let keys: Vec<Vec<f32>> = (0..heads * positions).map(|_| row()).collect();
            let values: Vec<Vec<f32>> = (0..heads * positions).map(|_| row()).collect();
            let query = row();
            for (exact, bound) in [(true, 2e-6), (false, 2e-3)] {
                let mut cache = LayerCache::new(heads, positions, width, exact).unwrap();
                for at in 0..heads * positions {
                    let (head, position) = (at / positions, at % positions);
                    let kernel = Kernel::fastest();
                    cache.write(kernel, head, position, &keys[at], &values[at]);
                }
                for (kernel, head) in Kernel::available()
                    .into_iter()
                    .flat_map(|kernel| (0..heads).map(move |head| (kernel, head)))
                {
                    let mut out = vec![0.0; width];
                    cache.attend(kernel, head, seen, &query, &mut out);
                    let own = head * positions..head * positions + seen;
                    let expected = plain(&query, &keys[own.clone()], &values[own]);
                    for (found, expected) in out.iter().zip(expected) {
                        let error = (f64::from(*found) - expected).abs();
                        assert!(error < bound, "{width} {positions} {kernel:?}: {error}");
                    }
                }
            }
        }
    }
}
