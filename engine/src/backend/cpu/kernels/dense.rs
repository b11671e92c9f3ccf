//! Products with weights that are floats.
//!
//! Sixteen lanes, each `0 + w0 x0 + w1 x1 + ...` over every sixteenth number in order, fused; then the sum
//! of the lanes in the order of [`Machine::sum`]. The shape of a tile changes which numbers are computed
//! side by side, not how any of them is computed.

use std::{array, ops::Range};

use super::{LANES, Machine, Work, unrolled};
use crate::backend::cpu::{activations::Activations, columns::Part};

use super::blocks::Weights;

/// Bytes of weights that a step takes from a row.
const STEP: usize = 4 * LANES;
/// Tiles that are worked on in turn, where activations are few and where they are many.
const FEW: usize = 1;
const MANY: usize = 16;
/// Bytes by which weights are asked for before they are needed, at least.
const AHEAD: usize = 4096;
/// Steps that a tile takes in its turn: activations of six rows fill a quarter of the nearest cache.
const CHUNK: usize = 32;

/// `out[row][n] = weights[n] · x[row]`, or added to what is there, for the columns `n` of `out`.
/// `HALF` means bfloat16, else f32.
pub struct Dense<'a, 'b, const HALF: bool> {
    /// `[columns of out, columns of x]`.
    pub weights: Weights<'a>,
    /// The rows, laid out for the format.
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
            (_, 1) => self.tiles::<M, 4, 1, FEW>(machine, range),
            (true, 2) => self.tiles::<M, 4, 2, FEW>(machine, range),
            (true, 3..=4) => self.tiles::<M, 4, 4, FEW>(machine, range),
            (true, 5..=8) => self.tiles::<M, 2, 8, FEW>(machine, range),
            (true, _) => self.tiles::<M, 4, 6, MANY>(machine, range),
            (false, 2) => self.tiles::<M, 2, 2, FEW>(machine, range),
            (false, 3) => self.tiles::<M, 2, 3, FEW>(machine, range),
            // One row of weights and up to six of activations: every weight goes through once.
            (false, 4) => self.tiles::<M, 1, 4, FEW>(machine, range),
            (false, 5..=6) => self.tiles::<M, 1, 6, FEW>(machine, range),
            (false, 7..=8) => self.tiles::<M, 1, 4, MANY>(machine, range),
            (false, _) => self.tiles::<M, 2, 3, MANY>(machine, range),
        }
    }
}

impl<const HALF: bool> Dense<'_, '_, HALF> {
    /// Weight rows `range` with all rows of activations, `W` times `R` at a time. `TILES` of them take
    /// their steps in turn, [`CHUNK`] at a time, so that the activations stay near; one goes right through.
    #[inline(always)]
    fn tiles<M: Machine, const W: usize, const R: usize, const TILES: usize>(
        &mut self,
        machine: M,
        range: Range<usize>,
    ) {
        let steps = self.weights.row_bytes.div_ceil(STEP);
        let chunk = if TILES == 1 { steps.max(1) } else { CHUNK };
        for panel in range.clone().step_by(W * TILES) {
            let end = range.end.min(panel + W * TILES);
            for row in (0..self.out.rows()).step_by(R) {
                let mut sums = [[[machine.splat(0.0); W]; R]; TILES];
                for start in (0..steps).step_by(chunk) {
                    let steps = start..steps.min(start + chunk);
                    for (first, sums) in (panel..end).step_by(W).zip(&mut sums) {
                        self.tile(machine, first, row, steps.clone(), sums);
                    }
                }
                for (first, sums) in (panel..end).step_by(W).zip(&sums) {
                    self.put(machine, first, row, sums);
                }
            }
        }
    }

    /// Adds the products of some steps of a tile. Rows that are missing are computed as the last one.
    #[inline(always)]
    fn tile<M: Machine, const W: usize, const R: usize>(
        &self,
        machine: M,
        first: usize,
        row: usize,
        steps: Range<usize>,
        sums: &mut [[M::Floats; W]; R],
    ) {
        let stride = self.weights.row_bytes;
        let last = self.out.range().end - 1;
        let weights: [(&[[u8; STEP]], &[u8]); W] = array::from_fn(|w| {
            self.weights.bytes[(first + w).min(last) * stride..][..stride].as_chunks()
        });
        let x: [&[[f32; LANES]]; R] = array::from_fn(|r| {
            self.x
                .floats((row + r).min(self.x.rows() - 1))
                .as_chunks()
                .0
        });
        assert!(x.iter().all(|x| x.len() >= steps.end * Self::HALVES));
        // Later tiles, line by line: see `blocks`.
        let ahead = (W * stride).max(AHEAD);
        let next = weights[0].0.as_ptr().cast::<u8>().wrapping_add(ahead);
        // A copy stays in registers.
        let mut held = *sums;
        let whole = weights[W - 1].0.len();
        assert!(weights.iter().all(|weights| weights.0.len() == whole));
        for step in steps.start..steps.end.min(whole) {
            // SAFETY: each row of weights has so many whole steps.
            let bytes = weights.map(|(steps, _)| unsafe { steps.get_unchecked(step) });
            for line in 0..W {
                machine.prefetch(next.wrapping_add((step * W + line) * STEP));
            }
            // SAFETY: just checked for `x`.
            unsafe { Self::step(machine, bytes, &x, step, &mut held) };
        }
        if steps.end > whole {
            let mut rest = [[0; STEP]; W];
            for (rest, (_, bytes)) in rest.iter_mut().zip(weights) {
                rest[..bytes.len()].copy_from_slice(bytes);
            }
            // SAFETY: just checked for `x`.
            unsafe { Self::step(machine, rest.each_ref(), &x, whole, &mut held) };
        }
        *sums = held;
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
        row: usize,
        sums: &[[M::Floats; W]; R],
    ) {
        let Range { start, end } = self.out.range();
        let columns = first - start..end.min(first + W) - start;
        for (row, sums) in (row..self.out.rows()).zip(sums) {
            let out = &mut self.out.row(row)[columns.clone()];
            for (out, sum) in out.iter_mut().zip(sums) {
                let value = machine.sum(*sum);
                *out = if self.add { *out + value } else { value };
            }
        }
    }
}
