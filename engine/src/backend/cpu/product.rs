//! Activations times weights, on all threads.
//!
//! Every weight comes from memory once, whatever the number of rows. A result is the same bits whatever
//! rows share the pass and however many threads there are: how it is added up is said in
//! `kernels/blocks.rs` and `kernels/dense.rs`, and how the work is cut has no part in it.

use crate::backend::cpu::{
    activations::{Activations, Layout},
    columns::{Columns, Part},
    formats::Format,
    kernels::{
        Kernel, TILE,
        blocks::{Blocks, Weights},
        dense::Dense,
    },
    threads::Threads,
    weights::{Arrangement, Matrix},
};

/// Bytes of weights in a part: little enough to share out evenly, much enough to outweigh the handing out.
const FEW: usize = 64 << 10;
/// The same for many rows of activations: what stays in a core's own cache while the rows go by.
const MANY: usize = 256 << 10;

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
    let out = Columns::new(out, x.rows(), step(weights, x.rows()));
    threads.run(out.parts(), &|part| {
        // SAFETY: every part is run once.
        let mut part = unsafe { out.part(part) };
        product_part(kernel, weights, x, into, &mut part);
    });
}

/// Columns of a part of a product.
pub fn step(weights: &Matrix, rows: usize) -> usize {
    let bytes = if rows <= 8 { FEW } else { MANY };
    let rows = bytes / weights.row_bytes().max(1);
    (rows / TILE * TILE).max(TILE)
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
        Format::F32 => kernel.run(Dense::<false> {
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
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::{sync::Mutex, time::Instant};

    use super::*;
    use crate::{
        backend::cpu::{
            bytes::{Aligned, Bytes},
            kernels::{LANES, Machine, Work, unrolled},
            tiles::tiled,
        },
        dice::Dice,
    };

    /// What a format may be off by, of `sqrt(sum (w x)^2)`: weights as they are stored, activations as they were.
    fn bound(format: Format) -> f64 {
        match format {
            Format::F32 | Format::Bf16 => 2e-6,
            Format::Q8_0 | Format::Q4_0 => 2e-2,
        }
    }

    /// The product of the stored weights in f64, and the size that errors are measured by.
    fn exact(weights: &Matrix, x: &[f32]) -> Vec<(f64, f64)> {
        let row = |row: usize| {
            let mut numbers = vec![0.0; weights.columns()];
            weights.add_row(row, &mut numbers);
            let terms = numbers.iter().zip(x).map(|(w, x)| f64::from(w * x));
            let terms: Vec<f64> = terms.collect();
            let size = terms.iter().map(|term| term * term).sum::<f64>().sqrt();
            (terms.iter().sum(), size)
        };
        (0..weights.rows()).map(row).collect()
    }

    /// Sizes around every edge: one row and more than go at a time, rows of weights that fill no tile, and
    /// columns that fill no step.
    #[test]
    fn products_on_every_instruction_set() {
        let mut dice = Dice::default();
        let threads = Threads::new(2).unwrap();
        for (rows, outputs, columns) in [
            (1, 1, 32),
            (2, 16, 64),
            (3, 37, 96),
            (5, 7, 224),
            (9, 50, 1056),
            (67, 33, 544),
        ] {
            let x = dice.weights(rows * columns, 3);
            let numbers = dice.weights(outputs * columns, columns);
            for format in Format::ALL {
                let mut bytes = Vec::new();
                format.write(&numbers, &mut bytes).unwrap();
                let plain = Matrix::new(Bytes::new(bytes), format, outputs, columns).unwrap();
                let expected: Vec<(f64, f64)> = x
                    .chunks_exact(columns)
                    .flat_map(|x| exact(&plain, x))
                    .collect();
                let mut same: Option<Vec<u32>> = None;
                for kernel in Kernel::available() {
                    for weights in [&plain, &tiled(&plain, &threads)] {
                        let what = format!(
                            "{rows} rows, {outputs} x {columns}, {} on {}, {:?}",
                            format.name(),
                            kernel.name(),
                            weights.arrangement()
                        );
                        let mut ready = Activations::default();
                        ready.set(kernel, Layout::from(format), &x, columns);
                        let mut out = vec![f32::NAN; rows * outputs];
                        product(&threads, kernel, weights, &ready, Into::Set, &mut out);
                        for (found, (value, size)) in out.iter().zip(&expected) {
                            let error = (f64::from(*found) - value).abs() / size;
                            assert!(error < bound(format), "{what}: {error}");
                        }
                        // Whole numbers are the same everywhere, floats wherever they are fused.
                        if format.block() > 1 || kernel.is_fused() {
                            let bits: Vec<u32> = out.iter().map(|x| x.to_bits()).collect();
                            assert!(*same.get_or_insert_with(|| bits.clone()) == bits, "{what}");
                        }
                        let once = out.clone();
                        product(&threads, kernel, weights, &ready, Into::Add, &mut out);
                        assert!(out.iter().zip(&once).all(|(two, one)| *two == one + one));
                    }
                }
            }
        }
    }

    /// Multiplies and adds in registers alone; how many of both in a second, on one thread.
    struct Peak;

    impl Work for Peak {
        type Output = f64;

        #[inline(always)]
        fn run<M: Machine>(self, machine: M) -> f64 {
            const TURNS: usize = 1_000_000;
            let [a, b] = std::hint::black_box([0.999, 0.001]).map(|x| machine.splat(x));
            let mut sums = [machine.splat(1.0); 6];
            let start = Instant::now();
            for _ in 0..TURNS {
                unrolled!(n < 6, {
                    sums[n] = machine.mul_add(sums[n], a, b);
                });
            }
            // Looked at before the clock, so that they are there by then.
            std::hint::black_box(sums.map(|sum| machine.sum(sum)));
            let secs = start.elapsed().as_secs_f64();
            (TURNS * 6 * LANES) as f64 / secs
        }
    }

    /// `cargo test --workspace --lib of_the_peak -- --ignored --nocapture`: matrices of the 1.4B model at many rows.
    #[test]
    #[ignore = "measures"]
    fn of_the_peak() {
        let mut dice = Dice::default();
        let kernel = Kernel::fastest();
        let threads = Threads::new(2).unwrap();
        let (outputs, columns) = (4096, 1536);
        let numbers = dice.weights(outputs * columns, columns);
        for format in Format::ALL {
            let mut bytes = Vec::new();
            format.write(&numbers, &mut bytes).unwrap();
            let bytes = Bytes::new(Aligned::from(&*bytes));
            let plain = Matrix::new(bytes, format, outputs, columns).unwrap();
            let weights = tiled(&plain, &threads);
            for rows in [2, 8, 16, 64] {
                let x = dice.weights(rows * columns, 3);
                let mut ready = Activations::default();
                ready.set(kernel, Layout::from(format), &x, columns);
                let mut out = vec![0.0; rows * outputs];
                let mut shares: Vec<(f64, f64)> = (0..9)
                    .map(|_| {
                        let peak = Mutex::new(0.0);
                        threads.run(2, &|_| *peak.lock().unwrap() += kernel.run(Peak));
                        let peak = peak.into_inner().unwrap();
                        let start = Instant::now();
                        (0..10).for_each(|_| {
                            product(&threads, kernel, &weights, &ready, Into::Set, &mut out);
                        });
                        let done = (10 * rows * outputs * columns) as f64;
                        let rate = done / start.elapsed().as_secs_f64();
                        (rate / peak, rate)
                    })
                    .collect();
                shares.sort_by(|a, b| a.0.total_cmp(&b.0));
                let (share, rate) = shares[4];
                println!(
                    "{}, {}, {rows} rows: {:.1} G multiply-adds a second, {share:.2} of float32 in registers",
                    kernel.name(),
                    format.name(),
                    rate / 1e9,
                );
            }
        }
    }
}
