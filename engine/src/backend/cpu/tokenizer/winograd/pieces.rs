//! The passes of a Winograd convolution: weights, inputs and outputs between memory and transforms.
//!
//! Each works on one block or panel and knows nothing of threads.

use super::{
    Job, Tiles,
    form::{Form, MOST, OUT},
    stride,
};
use crate::backend::cpu::tokenizer::{
    filter::Panel,
    product::{self, Tile},
    simd::{BLOCK, Simd},
    stage::stage,
};

/// `B^T d B` of every tile of `tiles`, for one block of channels in one phase.
///
/// `out` is `[products][step]`; each tile's line goes to `first + tile`.
#[inline(always)]
pub fn inputs<S: Simd, F: Form>(
    s: S,
    job: &Job,
    (block, phase): (usize, usize),
    tiles: &Tiles,
    window: &mut [f32],
    out: *mut f32,
    step: usize,
) {
    let area = job.window::<F>(tiles, phase);
    stage(s, &job.source, block, &area, window);
    for tile in 0..tiles.count() {
        let (y, x) = (tile / tiles.columns * OUT, tile % tiles.columns * OUT);
        let corner = (y * area.columns + x) * BLOCK;
        for lane in (0..BLOCK).step_by(S::LANES) {
            let zero = [s.splat(0.0); MOST];
            let mut half = [zero; MOST];
            for j in 0..F::SIZE {
                let mut column = zero;
                for (i, v) in column[..F::SIZE].iter_mut().enumerate() {
                    let at = corner + (i * area.columns + j) * BLOCK + lane;
                    // SAFETY: a tile's inputs lie in the window, which `stage` has just filled.
                    *v = unsafe { s.load(window.as_ptr().add(at)) };
                }
                for (i, v) in F::input(s, column).into_iter().enumerate() {
                    half[i][j] = v;
                }
            }
            for (i, row) in half[..F::SIZE].iter().enumerate() {
                let row = F::input(s, *row);
                for (j, v) in row[..F::SIZE].iter().enumerate() {
                    let at = (i * F::SIZE + j) * step + tile * BLOCK + lane;
                    // SAFETY: the caller made room for all tiles of all products.
                    unsafe { s.store(out.add(at), *v) };
                }
            }
        }
    }
}

/// The taps of one phase of a doubled picture, along one side: neighbours that see one pixel join.
#[inline(always)]
fn fold<S: Simd>(s: S, odd: bool, g: [S::V; 3]) -> [S::V; 3] {
    let zero = s.splat(0.0);
    if odd {
        [s.add(g[0], g[1]), g[2], zero]
    } else {
        [g[0], s.add(g[1], g[2]), zero]
    }
}

/// `G g G^T` for the blocks `from` of input channels of a panel, to `[products][channels][columns]`.
#[inline(always)]
pub fn weights<S: Simd, F: Form>(
    s: S,
    panel: &Panel,
    phase: usize,
    from: std::ops::Range<usize>,
    out: &mut [f32],
) {
    let columns = panel.blocks * BLOCK;
    let step = stride(from.len() * columns);
    assert!(out.len() >= F::SIZE * F::SIZE * step);
    let line = BLOCK * columns;
    for (block, taps) in panel.values[from.start * 9 * line..from.end * 9 * line]
        .chunks_exact(9 * line)
        .enumerate()
    {
        for at in (0..line).step_by(S::LANES) {
            let mut half = [[s.splat(0.0); 3]; MOST];
            for j in 0..3 {
                // SAFETY: nine taps of `line` numbers each lie in `taps`.
                let tap = |i: usize| unsafe { s.load(taps.as_ptr().add((3 * i + j) * line + at)) };
                let mut column = [tap(0), tap(1), tap(2)];
                if F::TAPS == 2 {
                    column = fold(s, phase / 2 == 1, column);
                }
                for (i, v) in F::filter(s, column).into_iter().enumerate() {
                    half[i][j] = v;
                }
            }
            for (i, row) in half[..F::SIZE].iter().enumerate() {
                let mut row = *row;
                if F::TAPS == 2 {
                    row = fold(s, phase % 2 == 1, row);
                }
                for (j, v) in F::filter(s, row)[..F::SIZE].iter().enumerate() {
                    let to = (i * F::SIZE + j) * step + block * line + at;
                    // SAFETY: checked against `out` above.
                    unsafe { s.store(out.as_mut_ptr().add(to), *v) };
                }
            }
        }
    }
}

/// A product's operands: transformed inputs, weights and sums.
pub struct Operands<'a> {
    /// `[products][step]`, the blocks of each at `segments`.
    pub inputs: &'a [f32],
    /// Numbers from one product's inputs to the next's.
    pub step: usize,
    /// Where each block of inputs begins.
    pub segments: &'a [usize],
    /// `[products][stride(channels * columns)]`.
    pub weights: &'a [f32],
    /// `[products][stride(blocks * tiles)]`.
    pub sums: &'a mut [f32],
    /// Whether to add to the sums.
    pub adds: bool,
}

/// The products of all tiles with one panel of weights.
#[inline(always)]
pub fn products<S: Simd, F: Form>(s: S, tiles: usize, blocks: usize, operands: &mut Operands) {
    let count = F::SIZE * F::SIZE;
    let weights = stride(operands.segments.len() * blocks * BLOCK);
    let sums = stride(blocks * tiles);
    let last = operands.segments.iter().max().map_or(0, |&at| at);
    assert!(operands.inputs.len() >= (count - 1) * operands.step + last + tiles * BLOCK);
    assert!(operands.weights.len() >= count * weights && operands.sums.len() >= count * sums);
    for product in 0..count {
        // SAFETY: the last place of each operand was checked above.
        unsafe {
            let job = Tile {
                a: operands.inputs.as_ptr().add(product * operands.step),
                segments: operands.segments,
                depth: BLOCK,
                b: operands.weights.as_ptr().add(product * weights),
                bias: std::ptr::null(),
                out: operands.sums.as_mut_ptr().add(product * sums),
                out_block: tiles * BLOCK,
                adds: operands.adds,
                next: operands
                    .weights
                    .as_ptr()
                    .wrapping_add((product + 1) * weights),
                lines: 0,
            };
            product::rows(s, &job, tiles, blocks);
        }
    }
}

/// `A^T m A` of every tile, with bias, to the picture.
#[inline(always)]
pub fn outputs<S: Simd, F: Form>(
    s: S,
    job: &Job,
    (panel, phase): (&Panel, usize),
    tiles: &Tiles,
    sums: &[f32],
) {
    let step = stride(panel.blocks * tiles.count());
    assert!(sums.len() >= F::SIZE * F::SIZE * step);
    for block in 0..panel.blocks {
        for tile in 0..tiles.count() {
            for lane in (0..BLOCK).step_by(S::LANES) {
                let at = (block * tiles.count() + tile) * BLOCK + lane;
                let zero = [s.splat(0.0); MOST];
                let mut half = [zero; OUT];
                for j in 0..F::SIZE {
                    let mut column = zero;
                    for (i, v) in column[..F::SIZE].iter_mut().enumerate() {
                        let from = (i * F::SIZE + j) * step + at;
                        // SAFETY: checked against `sums` above.
                        *v = unsafe { s.load(sums.as_ptr().add(from)) };
                    }
                    for (i, v) in F::output(s, column).into_iter().enumerate() {
                        half[i][j] = v;
                    }
                }
                // SAFETY: the bias has a number for every column of the panel.
                let bias = unsafe { s.load(panel.bias.as_ptr().add(block * BLOCK + lane)) };
                let mut square = [[bias; OUT]; OUT];
                for (to, row) in square.iter_mut().zip(half) {
                    for (v, sum) in to.iter_mut().zip(F::output(s, row)) {
                        *v = s.add(*v, sum);
                    }
                }
                let row = tiles.top + tile / tiles.columns;
                let column = tiles.left + tile % tiles.columns;
                write(
                    s,
                    job,
                    panel.block + block,
                    phase,
                    [row, column, lane],
                    &square,
                );
            }
        }
    }
}

/// Writes the part of a tile's outputs that lies in the picture.
#[inline(always)]
fn write<S: Simd>(
    s: S,
    job: &Job,
    block: usize,
    phase: usize,
    [row, column, lane]: [usize; 3],
    square: &[[S::V; OUT]; OUT],
) {
    let (height, width) = (job.source.picture.height, job.source.picture.width);
    let scale = if job.phases() == 4 { 2 } else { 1 };
    let (top, left) = (row * OUT, column * OUT);
    let line = scale * width * BLOCK;
    let start = block * scale * height * line
        + (scale * top + phase / 2) * line
        + (scale * left + phase % 2) * BLOCK;
    let (rows, columns) = (OUT.min(height - top), OUT.min(width - left));
    let last = (rows - 1) * scale * line + ((columns - 1) * scale + 1) * BLOCK;
    let out = job.out.pointer(start, last);
    for (y, values) in square.iter().enumerate().take(rows) {
        for (x, value) in values.iter().enumerate().take(columns) {
            // SAFETY: within what `pointer` checked; every pixel of a block belongs to one tile and phase.
            unsafe {
                let to = out.add(y * scale * line + x * scale * BLOCK + lane);
                let value = if job.adds {
                    s.add(*value, s.load(to))
                } else {
                    *value
                };
                s.store(to, value);
            }
        }
    }
}
