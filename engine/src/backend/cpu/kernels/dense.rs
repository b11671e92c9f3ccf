//! Products of few rows with weights that are floats: what bounds them is how fast weights come from memory.
//!
//! Sixteen lanes, each `0 + w0 x0 + w1 x1 + ...` over every sixteenth number in order, fused; then the sum
//! of the lanes in the order of [`Machine::sum`]. The shape of a tile changes which numbers are computed
//! side by side, not how any of them is computed. Many rows are for `blocked`.

use std::{array, ops::Range};

use super::{LANES, Machine, Work, unrolled};
use crate::backend::cpu::{activations::Activations, columns::Part};

use super::blocks::Weights;

/// Bytes of weights that a step takes from a row.
const STEP: usize = 4 * LANES;
/// Bytes by which weights are asked for before they are needed, at least.
const AHEAD: usize = 4096;
/// `out[row][n] = weights[n] · x[row]`, or added to what is there, for the columns `n` of `out`.
/// `HALF` means bfloat16, else f32.
pub struct Dense<'a, 'b, const HALF: bool> {
    /// `[columns of out, columns of x]`.
    pub weights: Weights<'a>,
    /// The rows, laid out for the format, each as a whole.
    pub x: &'a Activations,
    /// Whether to add.
    pub add: bool,
    /// Where to.
    pub out: &'a mut Part<'b>,
}

impl<const HALF: bool> Work for Dense<'_, '_, HALF> {
    type Output = ();

    #[inline(always)]
    fn run<M: Machine>(mut self, machine: M) {
        let range = self.out.range();
        assert!(range.end * self.weights.row_bytes <= self.weights.bytes.len());
        assert_eq!(self.x.rows(), self.out.rows());
        let bytes = if HALF { 2 } else { 4 };
        assert_eq!(self.weights.row_bytes, self.x.columns() * bytes);
        // As many sums as the registers hold beside what goes into them.
        match (M::WIDE, self.out.rows()) {
            (_, 1) => self.tiles::<M, 4, 1>(machine, range),
            (true, 2) => self.tiles::<M, 4, 2>(machine, range),
            (true, 3) => self.tiles::<M, 4, 3>(machine, range),
            (false, 2) => self.tiles::<M, 2, 2>(machine, range),
            (false, 3) => self.tiles::<M, 2, 3>(machine, range),
            (_, rows) => unreachable!("{rows} rows are for `blocked`"),
        }
    }
}

impl<const HALF: bool> Dense<'_, '_, HALF> {
    /// Weight rows `range` with `R` rows of activations, `W` at a time: each goes right through.
    #[inline(always)]
    fn tiles<M: Machine, const W: usize, const R: usize>(
        &mut self,
        machine: M,
        range: Range<usize>,
    ) {
        let stride = W * self.weights.row_bytes;
        // The next tile, or one after it.
        let ahead = stride * AHEAD.div_ceil(stride.max(1));
        for first in range.step_by(W) {
            let sums = self.tile::<M, W, R>(machine, first, ahead);
            self.put(machine, first, &sums);
        }
    }

    /// The products of a tile. Rows of weights that are missing are computed as the last one. Weights that lie
    /// `ahead` bytes after its own are asked for.
    #[inline(always)]
    fn tile<M: Machine, const W: usize, const R: usize>(
        &self,
        machine: M,
        first: usize,
        ahead: usize,
    ) -> [[M::Floats; W]; R] {
        let stride = self.weights.row_bytes;
        let last = self.out.range().end - 1;
        let weights: [(&[[u8; STEP]], &[u8]); W] = array::from_fn(|w| {
            self.weights.bytes[(first + w).min(last) * stride..][..stride].as_chunks()
        });
        let x: [&[[f32; LANES]]; R] = array::from_fn(|r| self.x.floats(r).as_chunks().0);
        assert!(
            x.iter()
                .all(|x| x.len() >= stride.div_ceil(STEP) * Self::HALVES)
        );
        let mut sums = [[machine.splat(0.0); W]; R];
        let whole = weights[W - 1].0.len();
        assert!(weights.iter().all(|weights| weights.0.len() == whole));
        for step in 0..whole {
            // SAFETY: each row of weights has so many whole steps.
            let bytes = weights.map(|(steps, _)| unsafe { steps.get_unchecked(step) });
            unrolled!(w < W, {
                machine.prefetch(bytes[w].as_ptr().wrapping_add(ahead));
            });
            // SAFETY: just checked for `x`.
            unsafe { Self::step(machine, bytes, &x, step, &mut sums) };
        }
        if !weights[W - 1].1.is_empty() {
            let mut rest = [[0; STEP]; W];
            for (rest, (_, bytes)) in rest.iter_mut().zip(weights) {
                rest[..bytes.len()].copy_from_slice(bytes);
            }
            // SAFETY: just checked for `x`.
            unsafe { Self::step(machine, rest.each_ref(), &x, whole, &mut sums) };
        }
        sums
    }

    /// Steps of activations to one of weights.
    const HALVES: usize = if HALF { 2 } else { 1 };

    /// Adds the products of one step.
    ///
    /// # Safety
    /// Each row of `x` has so many steps.
    #[inline(always)]
    unsafe fn step<M: Machine, const W: usize, const R: usize>(
        machine: M,
        bytes: [&[u8; STEP]; W],
        x: &[&[[f32; LANES]]; R],
        step: usize,
        sums: &mut [[M::Floats; W]; R],
    ) {
        unrolled!(half < 2, {
            if half >= Self::HALVES {
                return;
            }
            let mut weights = [machine.splat(0.0); W];
            unrolled!(w < W, {
                weights[w] = if HALF {
                    machine.split_bf16(bytes[w])[half]
                } else {
                    machine.load_bytes(bytes[w])
                };
            });
            unrolled!(r < R, {
                // SAFETY: the caller's.
                let x = machine.load(unsafe { x[r].get_unchecked(Self::HALVES * step + half) });
                unrolled!(w < W, {
                    sums[r][w] = machine.mul_add(weights[w], x, sums[r][w]);
                });
            });
        });
    }

    /// Stores the sums of a tile.
    #[inline(always)]
    fn put<M: Machine, const W: usize, const R: usize>(
        &mut self,
        machine: M,
        first: usize,
        sums: &[[M::Floats; W]; R],
    ) {
        let Range { start, end } = self.out.range();
        let columns = first - start..end.min(first + W) - start;
        for (row, sums) in sums.iter().enumerate() {
            let out = &mut self.out.row(row)[columns.clone()];
            for (out, sum) in out.iter_mut().zip(sums) {
                let value = machine.sum(*sum);
                *out = if self.add { *out + value } else { value };
            }
        }
    }
}
