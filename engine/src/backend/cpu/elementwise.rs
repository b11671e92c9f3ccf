//! What is done number by number between the products.

use super::kernels::{LANES, Machine, Work};
use crate::sampling::exp;

/// Epsilon of every RMS norm.
const NORM_EPSILON: f32 = 1e-5;

/// `out = x / sqrt(mean(x^2) + 1e-5) * weight`, all of the same length.
pub struct Norm<'a> {
    /// A row.
    pub x: &'a [f32],
    /// A number for each of its columns.
    pub weight: &'a [f32],
    /// Where to.
    pub out: &'a mut [f32],
}

impl Work for Norm<'_> {
    type Output = ();

    #[inline(always)]
    fn run<M: Machine>(self, _: M) {
        let mut lanes = [0.0_f32; LANES];
        let (chunks, rest) = self.x.as_chunks::<LANES>();
        for chunk in chunks {
            for (lane, x) in lanes.iter_mut().zip(chunk) {
                *lane += x * x;
            }
        }
        let squares = lanes.iter().sum::<f32>() + rest.iter().map(|x| x * x).sum::<f32>();
        let inverse = 1.0 / (squares / self.x.len() as f32 + NORM_EPSILON).sqrt();
        for ((out, x), weight) in self.out.iter_mut().zip(self.x).zip(self.weight) {
            *out = x * inverse * weight;
        }
    }
}

/// `out = silu(gate) * up`.
pub struct Gate<'a> {
    /// Sixteen numbers of gate and sixteen of up in turn.
    pub both: &'a [f32],
    /// Where to, half as many.
    pub out: &'a mut [f32],
}

impl Work for Gate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<M: Machine>(self, _: M) {
        let (pairs, _) = self.both.as_chunks::<{ 2 * LANES }>();
        for (out, pair) in self.out.as_chunks_mut::<LANES>().0.iter_mut().zip(pairs) {
            out.copy_from_slice(&pair[..LANES]);
        }
        // In one long loop, which compilers turn into wide instructions.
        for out in self.out.iter_mut() {
            *out = silu(*out);
        }
        for (out, pair) in self.out.as_chunks_mut::<LANES>().0.iter_mut().zip(pairs) {
            for (out, up) in out.iter_mut().zip(&pair[LANES..]) {
                *out *= up;
            }
        }
    }
}

/// `x / (1 + exp(-x))`.
#[inline(always)]
fn silu(x: f32) -> f32 {
    let small = exp(-x.abs());
    let share = 1.0 / (1.0 + small);
    match x >= 0.0 {
        true => x * share,
        false => x * small * share,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{backend::cpu::kernels::Kernel, dice::Dice};

    /// The bits of what every instruction set makes of it, which are the same.
    fn on_every_set(length: usize, run: impl Fn(Kernel, &mut [f32])) -> Vec<f32> {
        let mut all = Kernel::available().into_iter().map(|kernel| {
            let mut out = vec![f32::NAN; length];
            run(kernel, &mut out);
            out
        });
        let first = all.next().unwrap_or_default();
        for other in all {
            let same = first.iter().zip(&other);
            assert!(same.into_iter().all(|(a, b)| a.to_bits() == b.to_bits()));
        }
        first
    }

    #[test]
    fn norms_and_gates_are_those_of_double_precision() {
        let mut dice = Dice::default();
        for length in [1, 15, 100, 1536] {
            let (x, other) = (dice.weights(length, 1), dice.weights(length, 3));
            let normed = on_every_set(length, |kernel, out| {
                kernel.run(Norm {
                    x: &x,
                    weight: &other,
                    out,
                });
            });
            let squares: f64 = x.iter().map(|x| f64::from(*x).powi(2)).sum();
            let size = (squares / length as f64 + 1e-5).sqrt();
            for n in 0..length {
                let expected = f64::from(x[n]) / size * f64::from(other[n]);
                let error = (f64::from(normed[n]) - expected).abs();
                assert!(error <= 1e-6 * expected.abs() + 1e-9, "{length}: {error}");
            }
        }
        for length in [16, 48, 4096] {
            let both = dice.weights(2 * length, 1);
            let gated = on_every_set(length, |kernel, out| kernel.run(Gate { both: &both, out }));
            for (n, found) in gated.iter().enumerate() {
                let at = n / LANES * 2 * LANES + n % LANES;
                let (gate, up) = (f64::from(both[at]), f64::from(both[at + LANES]));
                let expected = gate / (1.0 + (-gate).exp()) * up;
                let error = (f64::from(*found) - expected).abs();
                assert!(error <= 1e-6 * expected.abs() + 1e-9, "{length}: {error}");
            }
        }
        let mut ends = [1.0; 2 * LANES];
        ends[..5].copy_from_slice(&[0.0, -0.0, 200.0, -200.0, f32::NEG_INFINITY]);
        let gated = on_every_set(LANES, |kernel, out| kernel.run(Gate { both: &ends, out }));
        assert_eq!(gated[..4], [0.0, 0.0, 200.0, 0.0]);
        assert!(gated[4].is_nan(), "what is not finite is not hidden");
    }
}
