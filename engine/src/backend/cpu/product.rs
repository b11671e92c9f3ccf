//! Activations times weights, on all threads.
//!
//! Every weight comes from memory once, whatever the number of rows. A result is the same bits whatever
//! rows share the pass and however many threads there are: how it is added up is said in
//! `kernels/blocks.rs` and `kernels/dense.rs`, and how the work is cut has no part in it.

use crate::backend::cpu::{
    activations::{Activations, Layout},
    columns::{Columns, Part},
    elementwise::Gate,
    formats::Format,
    kernels::{
        Kernel, TILE,
        blocked::Blocked,
        blocks::{Blocks, SIDE_BY_SIDE, Weights},
        dense::Dense,
    },
    threads::Threads,
    weights::{Arrangement, Matrix},
};

/// Bytes of weights in a part: little enough to share out evenly, much enough to outweigh the handing out.
const FEW: usize = 64 << 10;
/// The same for many rows of activations: what stays in a core's own cache while the rows go by.
const MANY: usize = 256 << 10;

/// Parts for each thread, so that one that is held up leaves its last ones to the others.
const PARTS_EACH: usize = 4;

/// What becomes of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Into {
    /// It replaces what was there.
    Set,
    /// It is added to what was there.
    Add,
}

/// `out[row][n] = weights[n] · x[row]`, or that added.
///
/// # Panics
/// When the shapes do not fit each other, or `x` is laid out for another format.
pub fn product(
    threads: &Threads,
    kernel: Kernel,
    weights: &Matrix,
    x: &Activations,
    into: Into,
    out: &mut [f32],
) {
    let out = Columns::new(out, x.rows(), step(weights, x.rows(), threads.count()));
    threads.run(out.parts(), &|part| {
        // SAFETY: every part is run once.
        let mut part = unsafe { out.part(part) };
        product_part(kernel, weights, x, into, &mut part);
    });
}

/// `both = weights · x`, and `out = silu(gate) * up` of it: `weights` have sixteen rows of gate and sixteen of up in
/// turn, so that whoever computes them gates them, while they are in its cache. `out` has half the columns of `both`.
///
/// # Panics
/// As [`product`].
pub fn gated_product(
    threads: &Threads,
    kernel: Kernel,
    weights: &Matrix,
    x: &Activations,
    (both, out): (&mut [f32], &mut [f32]),
) {
    let step = step(weights, x.rows(), threads.count()).next_multiple_of(2 * TILE);
    let both = Columns::new(both, x.rows(), step);
    let out = Columns::new(out, x.rows(), step / 2);
    threads.run(both.parts(), &|part| {
        // SAFETY: every part is run once.
        let (mut both, mut out) = unsafe { (both.part(part), out.part(part)) };
        product_part(kernel, weights, x, Into::Set, &mut both);
        for row in 0..x.rows() {
            kernel.run(Gate {
                both: both.row(row),
                out: out.row(row),
            });
        }
    });
}

/// Says that a product with `weights` comes after the next call: who waits for it fetches some of them.
pub fn expect(threads: &Threads, weights: &Matrix, rows: usize) {
    let step = step(weights, rows, threads.count());
    let parts = weights.rows().div_ceil(step);
    let read = |part| weights.bytes().get(part * step * weights.row_bytes()..);
    threads.expect(parts, |part| read(part).unwrap_or_default());
}

/// Columns of a part of a product.
pub fn step(weights: &Matrix, rows: usize, threads: usize) -> usize {
    let bytes = if rows <= 8 { FEW } else { MANY };
    let columns = bytes / weights.row_bytes().max(1);
    let side_by_side = SIDE_BY_SIDE * TILE;
    let is_block = weights.format().block() > 1;
    // As many as go side by side, where that leaves every thread a choice.
    let choice = weights.rows() >= side_by_side * threads * PARTS_EACH;
    let unit = match is_block && rows <= 2 && choice {
        true => side_by_side,
        false => TILE,
    };
    (columns / unit * unit).max(unit)
}

/// The columns of `part` of a product, on this thread.
///
/// # Panics
/// As [`product`].
pub fn product_part(
    kernel: Kernel,
    matrix: &Matrix,
    x: &Activations,
    into: Into,
    out: &mut Part<'_>,
) {
    assert_eq!(x.columns(), matrix.columns(), "numbers of a row");
    assert_eq!(x.layout(), Layout::from(matrix.format()), "layout");
    assert!(out.range().end <= matrix.rows(), "rows of weights");
    let add = into == Into::Add;
    let weights = Weights {
        bytes: matrix.bytes(),
        row_bytes: matrix.row_bytes(),
        tiled: match matrix.arrangement() {
            Arrangement::Rows => 0,
            Arrangement::Tiles => matrix.rows() / TILE * TILE,
        },
    };
    match matrix.format() {
        Format::F32 if x.in_chunks() => kernel.run(Blocked::<false> {
            weights,
            x,
            add,
            out,
        }),
        Format::F32 => kernel.run(Dense::<false> {
            weights,
            x,
            add,
            out,
        }),
        Format::Bf16 if x.in_chunks() => kernel.run(Blocked::<true> {
            weights,
            x,
            add,
            out,
        }),
        Format::Bf16 => kernel.run(Dense::<true> {
            weights,
            x,
            add,
            out,
        }),
        Format::Q8_0 => kernel.run(Blocks::<true> {
            weights,
            x: x.all_blocks(),
            add,
            out,
        }),
        Format::Q4_0 => kernel.run(Blocks::<false> {
            weights,
            x: x.all_blocks(),
            add,
            out,
        }),
    }
}

#[cfg(test)]
#[path = "product_tests.rs"]
mod tests;
