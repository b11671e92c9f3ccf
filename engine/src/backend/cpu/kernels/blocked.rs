//! Products of many rows with weights that are floats.
//!
//! Every number is added up as in `dense`: which numbers are computed side by side, and how far they get
//! before others have their turn, changes no bit of any.
//!
//! A register tile is some rows of weights by a group of rows of activations. Of a panel of tiles and a
//! block of groups, one piece of [`CHUNK`] columns after the other is worked off, so that activations stay
//! in the nearest cache, and weights in the one behind it.

use std::ops::Range;

use super::{
    Machine, Work,
    blocks::Weights,
    multiply::{Job, multiply, widen},
    panels::{Block, Piece, Place, Scratch, Sums, TILES, WIDENED},
};
use crate::backend::cpu::{
    activations::{Activations, CHUNK},
    bytes::LINE,
    columns::Part,
};

/// From so many rows on, weights are widened once for all of them and not as they come.
const WIDENS: usize = 25;

/// `out[row][n] = weights[n] · x[row]`, or added to what is there, for the columns `n` of `out`.
/// `HALF` means bfloat16, else f32.
pub struct Blocked<'a, 'b, const HALF: bool> {
    /// `[columns of out, columns of x]`.
    pub weights: Weights<'a>,
    /// The rows, laid out for the format and in chunks.
    pub x: &'a Activations,
    /// Whether to add.
    pub add: bool,
    /// Where to.
    pub out: &'a mut Part<'b>,
}

impl<const HALF: bool> Work for Blocked<'_, '_, HALF> {
    type Output = ();

    #[inline(always)]
    fn run<M: Machine>(mut self, machine: M) {
        // What the unsafe parts below rely on.
        assert!(self.out.range().end * self.weights.row_bytes <= self.weights.bytes.len());
        assert_eq!(self.weights.row_bytes, self.x.columns() * Self::BYTES);
        assert_eq!(self.x.rows(), self.out.rows());
        // As many sums as the registers hold beside what goes into them.
        if M::MANY {
            self.panels::<M, 4, 6, 2>(machine);
        } else if self.widens() || !HALF {
            self.panels::<M, 3, 4, 3>(machine);
        } else {
            // What takes bfloat16 apart needs registers too.
            self.panels::<M, 2, 4, 3>(machine);
        }
    }
}

impl<const HALF: bool> Blocked<'_, '_, HALF> {
    /// Bytes of a weight.
    const BYTES: usize = if HALF { 2 } else { 4 };
    /// Weights of a line.
    const STEP: usize = LINE / Self::BYTES;

    /// Whether weights are widened beforehand.
    fn widens(&self) -> bool {
        HALF && self.x.rows() >= WIDENS && 4 * self.widened() <= WIDENED
    }

    /// Floats of a widened row.
    fn widened(&self) -> usize {
        self.x.columns().next_multiple_of(CHUNK)
    }

    /// All of it, in tiles of `W` rows of weights by up to `R` of activations, `G` times as many a block.
    #[inline(always)]
    fn panels<M: Machine, const W: usize, const R: usize, const G: usize>(&mut self, machine: M) {
        let range = self.out.range();
        let groups = self.x.rows().div_ceil(R);
        let tiles = match self.widens() {
            true => TILES.min(WIDENED / (W * self.widened())),
            false => TILES,
        };
        let mut scratch = Scratch::<W, R, G>::default();
        for first in range.clone().step_by(W * tiles) {
            let panel = first..range.end.min(first + W * tiles);
            for first in (0..groups).step_by(G) {
                let block = Block {
                    groups: first..groups.min(first + G),
                    of: groups,
                    rows: self.x.rows(),
                };
                for piece in Piece::all(self.x.columns(), Self::STEP) {
                    for (n, tile) in panel.clone().step_by(W).enumerate() {
                        let at = Place { tile, n, piece };
                        // SAFETY: as checked in `run`; a panel has no more than `tiles` tiles.
                        unsafe { self.add_piece(machine, &panel, &block, at, &mut scratch) };
                    }
                }
                for (n, tile) in panel.clone().step_by(W).enumerate() {
                    // SAFETY: all of the block's pieces have been added to the sums.
                    unsafe { self.put(machine, tile, &block, scratch.sums(n)) };
                }
            }
        }
    }

    /// Adds the products of a tile's piece with a block.
    ///
    /// # Safety
    /// The tile is in the range, its number in a panel, and all pieces before have been added to the sums.
    #[inline(always)]
    unsafe fn add_piece<M: Machine, const W: usize, const R: usize, const G: usize>(
        &self,
        machine: M,
        panel: &Range<usize>,
        block: &Block,
        Place { tile, n, piece }: Place,
        scratch: &mut Scratch<W, R, G>,
    ) {
        let mut rest = [[0; LINE]; W];
        let mut job = Job {
            weights: self.weights(tile, piece, &mut rest),
            lines: piece.lines,
            ahead: self.ahead::<W>(panel, tile, piece),
            fresh: piece.start == 0,
        };
        let sums = scratch.sums(n);
        if !self.widens() {
            // SAFETY: `weights` has found so many.
            return unsafe { self.multiply::<M, HALF, W, R>(machine, &job, piece, block, sums) };
        }
        let chunk = n * W * self.widened() + piece.start / CHUNK * CHUNK * W;
        let to = scratch.widened(chunk + piece.start % CHUNK);
        if block.groups.start == 0 {
            // SAFETY: `panels` has taken no more tiles than fit.
            unsafe { widen(machine, &job, to) };
        }
        for (w, weights) in job.weights.iter_mut().enumerate() {
            *weights = to.wrapping_add(w * CHUNK).cast_const().cast();
        }
        job.lines *= 2;
        // SAFETY: so many have been widened.
        unsafe { self.multiply::<M, false, W, R>(machine, &job, piece, block, sums) };
    }

    /// Where a tile's weights are. Rows that are missing are the last one again.
    #[inline(always)]
    fn weights<const W: usize>(
        &self,
        tile: usize,
        piece: Piece,
        rest: &mut [[u8; LINE]; W],
    ) -> [*const u8; W] {
        let last = self.out.range().end - 1;
        let mut weights = [std::ptr::null(); W];
        for (w, weights) in weights.iter_mut().enumerate() {
            let row = &self.weights.bytes[(tile + w).min(last) * self.weights.row_bytes..];
            let row = &row[..self.weights.row_bytes][piece.start * Self::BYTES..];
            *weights = row.as_ptr();
            if piece.rest {
                rest[w][..row.len()].copy_from_slice(row);
                *weights = rest[w].as_ptr();
            }
        }
        weights
    }

    /// Bytes from a tile's weights to those that come next: the next tile's, or the first one's next piece, or
    /// the next panel's.
    #[inline(always)]
    fn ahead<const W: usize>(&self, panel: &Range<usize>, tile: usize, piece: Piece) -> isize {
        let stride = self.weights.row_bytes.cast_signed();
        let next = W.cast_signed() * stride;
        let back = (tile - panel.start).cast_signed() * stride;
        if tile + W < panel.end {
            next
        } else if piece.start + CHUNK < self.x.columns() {
            (CHUNK * Self::BYTES).cast_signed() - back
        } else {
            next - (piece.start * Self::BYTES).cast_signed()
        }
    }

    /// Multiplies a tile's piece with the groups of a block.
    ///
    /// # Safety
    /// As [`multiply`] says, for all groups.
    #[inline(always)]
    unsafe fn multiply<M: Machine, const WIDE: bool, const W: usize, const R: usize>(
        &self,
        machine: M,
        job: &Job<W>,
        piece: Piece,
        block: &Block,
        sums: *mut Sums<W, R>,
    ) {
        let x = &self.x.chunk(piece.start / CHUNK)[piece.start % CHUNK..];
        for (n, rows) in block.rows().enumerate() {
            let x = x[rows.start * CHUNK..].as_ptr();
            // SAFETY: the caller's; the chunk has these rows.
            unsafe {
                let sums = sums.add(n).cast();
                if rows.start == 0 {
                    multiply::<M, WIDE, true, W, R>(machine, job, rows.len(), x, sums);
                } else {
                    multiply::<M, WIDE, false, W, R>(machine, job, rows.len(), x, sums);
                }
            }
        }
    }

    /// Stores the sums of a tile and a block.
    ///
    /// # Safety
    /// They are there.
    #[inline(always)]
    unsafe fn put<M: Machine, const W: usize, const R: usize>(
        &mut self,
        machine: M,
        tile: usize,
        block: &Block,
        sums: *const Sums<W, R>,
    ) {
        let Range { start, end } = self.out.range();
        let columns = tile - start..end.min(tile + W) - start;
        for (n, rows) in block.rows().enumerate() {
            for (r, row) in rows.enumerate() {
                // SAFETY: the caller's.
                let sums = unsafe { &(*sums.add(n))[r] };
                let mut four = [machine.splat(0.0); 4];
                for (four, sums) in four.iter_mut().zip(sums) {
                    *four = machine.load(sums);
                }
                let out = &mut self.out.row(row)[columns.clone()];
                for (out, value) in out.iter_mut().zip(machine.sum_four(four)) {
                    *out = if self.add { *out + value } else { value };
                }
            }
        }
    }
}
