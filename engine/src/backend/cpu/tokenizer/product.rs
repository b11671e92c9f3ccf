//! The matrix product that everything else is made of: rows of blocks times a panel of weights.
//!
//! `A` is a list of segments, each `rows` lines of 16 numbers, so that a convolution can point into a
//! picture instead of gathering it. How segments come about is not here.

use super::simd::{BLOCK, Simd};

/// One register tile: `out[row] (+)= bias + sum over segments and k of A[segment][row][k] * B[segment][k]`.
///
/// Whoever runs it vouches that every segment has its rows at `a`, `b` has all segments, `bias` is null or
/// has the tile's columns, and that `out` can be written and nobody else uses it.
pub struct Tile<'a> {
    /// `[segment offset][rows][BLOCK]`.
    pub a: *const f32,
    /// Where each segment begins, counted from `a`.
    pub segments: &'a [usize],
    /// Numbers used of each line of `a`.
    pub depth: usize,
    /// `[segments][depth][columns]`.
    pub b: *const f32,
    /// `[columns]`, or null.
    pub bias: *const f32,
    /// `[blocks][rows][BLOCK]`, the blocks `out_block` apart.
    pub out: *mut f32,
    /// Numbers from one block of `out` to the next.
    pub out_block: usize,
    /// Whether to add to what `out` holds.
    pub adds: bool,
    /// The weights that the next product reads; only ever prefetched.
    pub next: *const f32,
    /// Lines of it to ask for with each segment.
    pub lines: usize,
}

/// Multiplies a tile of `ROWS` rows by `VECTORS` vectors of columns.
///
/// # Safety
/// As [`Tile`] says.
#[inline(always)]
pub unsafe fn tile<S: Simd, const VECTORS: usize, const ROWS: usize>(s: S, job: &Tile) {
    let per_block = BLOCK / S::LANES;
    let column = |v: usize| v / per_block * job.out_block + v % per_block * S::LANES;
    // SAFETY: the caller vouches for every pointer, for `ROWS` rows and `VECTORS * LANES` columns.
    unsafe {
        let mut sums = [[s.splat(0.0); VECTORS]; ROWS];
        if !job.bias.is_null() {
            for v in 0..VECTORS {
                let bias = s.load(job.bias.add(v * S::LANES));
                for row in &mut sums {
                    row[v] = bias;
                }
            }
        }
        if job.adds {
            for (r, row) in sums.iter_mut().enumerate() {
                for (v, sum) in row.iter_mut().enumerate() {
                    *sum = s.add(*sum, s.load(job.out.add(r * BLOCK + column(v))));
                }
            }
        }
        let mut b = job.b;
        let mut next = job.next;
        for (index, &segment) in job.segments.iter().enumerate() {
            let a = job.a.add(segment);
            if let Some(&following) = job.segments.get(index + 1) {
                for r in 0..ROWS {
                    s.prefetch(job.a.wrapping_add(following + r * BLOCK));
                }
            }
            for line in 0..job.lines {
                s.prefetch(next.wrapping_add(line * BLOCK));
            }
            next = next.wrapping_add(job.lines * BLOCK);
            for k in 0..job.depth {
                let mut weights = [s.splat(0.0); VECTORS];
                for (v, weight) in weights.iter_mut().enumerate() {
                    *weight = s.load(b.add(v * S::LANES));
                }
                for (r, row) in sums.iter_mut().enumerate() {
                    let x = s.splat(*a.add(r * BLOCK + k));
                    for (sum, weight) in row.iter_mut().zip(weights) {
                        *sum = s.mul_add(x, weight, *sum);
                    }
                }
                b = b.add(VECTORS * S::LANES);
            }
        }
        for (r, row) in sums.iter().enumerate() {
            for (v, sum) in row.iter().enumerate() {
                s.store(job.out.add(r * BLOCK + column(v)), *sum);
            }
        }
    }
}

/// Runs `job` for `rows` rows by `blocks` blocks, in register tiles of nearly equal height.
///
/// # Safety
/// As [`Tile`] says, for all rows.
#[inline(always)]
pub unsafe fn rows<S: Simd>(s: S, job: &Tile, rows: usize, blocks: usize) {
    let tiles = rows.div_ceil(S::ROWS);
    let lines = if job.next.is_null() {
        0
    } else {
        (job.depth * blocks).div_ceil(tiles)
    };
    for index in 0..tiles {
        let (start, end) = (rows * index / tiles, rows * (index + 1) / tiles);
        // SAFETY: `start` is one of the rows that the caller vouches for.
        unsafe {
            let part = Tile {
                a: job.a.add(start * BLOCK),
                out: job.out.add(start * BLOCK),
                next: job
                    .next
                    .wrapping_add(index * lines * job.segments.len() * BLOCK),
                lines,
                ..*job
            };
            s.tile(&part, end - start, blocks);
        }
    }
}
