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
/// Bytes by which weights are asked for before they are needed, at least, where a tile goes right through.
const AHEAD: usize = 4096;
/// Tiles of a panel.
const TILES: usize = 8;
/// Steps that a tile takes in its turn: activations of nine rows fill half of the nearest cache.
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
            (_, 1) => self.tiles::<M, 4, 1>(machine, range),
            (true, 2) => self.tiles::<M, 4, 2>(machine, range),
            (true, 3..=4) => self.tiles::<M, 4, 4>(machine, range),
            (true, 5..=8) => self.tiles::<M, 2, 8>(machine, range),
            (true, _) => self.panels::<M, 4, 6, 2>(machine, range),
            (false, 2) => self.tiles::<M, 2, 2>(machine, range),
            (false, 3) => self.tiles::<M, 2, 3>(machine, range),
            // What takes bfloat16 apart needs registers too.
            (false, _) if HALF => self.panels::<M, 2, 2, 4>(machine, range),
            (false, 4 | 7..=8) => self.panels::<M, 2, 2, 4>(machine, range),
            (false, _) => self.panels::<M, 2, 3, 3>(machine, range),
        }
    }
}

impl<const HALF: bool> Dense<'_, '_, HALF> {
    /// Weight rows `range` with up to `R` rows of activations, `W` at a time: each goes right through.
    #[inline(always)]
    fn tiles<M: Machine, const W: usize, const R: usize>(
        &mut self,
        machine: M,
        range: Range<usize>,
    ) {
        let stride = self.weights.row_bytes;
        let steps = 0..stride.div_ceil(STEP);
        // The next tile, or one after it.
        let ahead = (W * stride) * AHEAD.div_ceil((W * stride).max(1));
        for first in range.step_by(W) {
            let mut sums = [[machine.splat(0.0); W]; R];
            let tile = Place { first, row: 0 };
            self.tile::<M, W, R, true>(machine, tile, steps.clone(), ahead as isize, &mut sums);
            self.put(machine, tile, &sums);
        }
    }

    /// The same with any number of rows, in blocks of `G` times `R`. The tiles of a panel take their steps in
    /// turn, [`CHUNK`] at a time and with all rows of a block, so that both sides of the product stay near.
    #[inline(always)]
    fn panels<M: Machine, const W: usize, const R: usize, const G: usize>(
        &mut self,
        machine: M,
        range: Range<usize>,
    ) {
        let stride = self.weights.row_bytes;
        let steps = stride.div_ceil(STEP);
        for panel in range.clone().step_by(W * TILES) {
            let tiles = (panel..range.end.min(panel + W * TILES)).step_by(W);
            for block in (0..self.out.rows()).step_by(R * G) {
                let groups = (block..self.out.rows()).step_by(R).take(G);
                let mut sums = [[[[machine.splat(0.0); W]; R]; G]; TILES];
                for start in (0..steps).step_by(CHUNK) {
                    let steps = start..steps.min(start + CHUNK);
                    for (first, sums) in tiles.clone().zip(&mut sums) {
                        let ahead = match tiles.clone().next_back() == Some(first) {
                            false => (W * stride) as isize,
                            // The first tile's next steps.
                            true => (CHUNK * STEP) as isize - ((first - panel) * stride) as isize,
                        };
                        for (row, sums) in groups.clone().zip(sums) {
                            let (tile, steps) = (Place { first, row }, steps.clone());
                            if row == 0 {
                                self.tile::<M, W, R, true>(machine, tile, steps, ahead, sums);
                            } else {
                                self.tile::<M, W, R, false>(machine, tile, steps, ahead, sums);
                            }
                        }
                    }
                }
                for (first, sums) in tiles.clone().zip(&sums) {
                    for (row, sums) in groups.clone().zip(sums) {
                        self.put(machine, Place { first, row }, sums);
                    }
                }
            }
        }
    }

    /// Adds the products of some steps of a tile. Rows that are missing are computed as the last one. With
    /// `FETCH`, the weights that lie `ahead` bytes after its own are asked for.
    #[inline(always)]
    fn tile<M: Machine, const W: usize, const R: usize, const FETCH: bool>(
        &self,
        machine: M,
        Place { first, row }: Place,
        steps: Range<usize>,
        ahead: isize,
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
        // A copy stays in registers.
        let mut held = *sums;
        let whole = weights[W - 1].0.len();
        assert!(weights.iter().all(|weights| weights.0.len() == whole));
        for step in steps.start..steps.end.min(whole) {
            // SAFETY: each row of weights has so many whole steps.
            let bytes = weights.map(|(steps, _)| unsafe { steps.get_unchecked(step) });
            if FETCH {
                unrolled!(w < W, {
                    machine.prefetch(bytes[w].as_ptr().wrapping_offset(ahead));
                });
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
        Place { first, row }: Place,
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

/// Where a tile lies: its first row of weights and of activations.
#[derive(Clone, Copy)]
struct Place {
    first: usize,
    row: usize,
}
