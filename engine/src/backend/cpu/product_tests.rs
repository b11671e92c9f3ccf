//! Products against a plain sum, and what they reach.

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
        let terms = numbers.iter().zip(x);
        let terms: Vec<f64> = terms.map(|(w, x)| f64::from(*w) * f64::from(*x)).collect();
        let size = terms.iter().map(|term| term * term).sum::<f64>().sqrt();
        (terms.iter().sum(), size)
    };
    (0..weights.rows()).map(row).collect()
}

/// Weights of a format, row after row.
fn matrix(format: Format, numbers: &[f32], columns: usize) -> Matrix {
    let mut bytes = Vec::new();
    format.write(numbers, &mut bytes).unwrap();
    let bytes = Bytes::new(Aligned::copy(&bytes).unwrap());
    Matrix::new(bytes, format, numbers.len() / columns, columns).unwrap()
}

/// `x` times the weights.
fn times(threads: &Threads, kernel: Kernel, weights: &Matrix, x: &[f32]) -> Vec<f32> {
    let mut ready = Activations::default();
    let layout = Layout::from(weights.format());
    ready.set(kernel, layout, x, weights.columns());
    let mut out = vec![f32::NAN; ready.rows() * weights.rows()];
    product(threads, kernel, weights, &ready, Into::Set, &mut out);
    let once = out.clone();
    product(threads, kernel, weights, &ready, Into::Add, &mut out);
    assert!(out.iter().zip(&once).all(|(two, one)| *two == one + one));
    once
}

/// Every size on every instruction set: as exact as it has to be, and the same bits wherever that is promised.
fn check(formats: &[Format], sizes: &[(usize, usize, usize)]) {
    let mut dice = Dice::default();
    let threads = Threads::new(2).unwrap();
    for (rows, outputs, columns) in sizes.iter().copied() {
        let x = dice.weights(rows * columns, 3);
        let numbers = dice.weights(outputs * columns, columns);
        for format in formats.iter().copied() {
            let plain = matrix(format, &numbers, columns);
            let expected: Vec<(f64, f64)> = x
                .chunks_exact(columns)
                .flat_map(|x| exact(&plain, x))
                .collect();
            let mut same: Option<Vec<u32>> = None;
            for kernel in Kernel::available() {
                for weights in [&plain, &tiled(&plain, &threads).unwrap()] {
                    let what = format!(
                        "{rows} rows, {outputs} x {columns}, {} on {}, {:?}",
                        format.name(),
                        kernel.name(),
                        weights.arrangement()
                    );
                    let out = times(&threads, kernel, weights, &x);
                    for (found, (value, size)) in out.iter().zip(&expected) {
                        let error = (f64::from(*found) - value).abs() / size;
                        assert!(error < bound(format), "{what}: {error}");
                    }
                    // Whole numbers are the same everywhere, floats wherever they are fused.
                    if format.block() > 1 || kernel.is_fused() {
                        let bits: Vec<u32> = out.iter().map(|x| x.to_bits()).collect();
                        assert!(*same.get_or_insert_with(|| bits.clone()) == bits, "{what}");
                    }
                }
            }
        }
    }
}

/// Sizes around every edge: one row and more than go at a time, rows of weights that fill no tile, and
/// columns that fill no step.
#[test]
fn products_on_every_instruction_set() {
    check(
        &Format::ALL,
        &[
            (1, 1, 32),
            (1, 118, 96),
            (2, 16, 64),
            (2, 213, 160),
            (3, 37, 96),
            (5, 7, 224),
            (9, 50, 1056),
            (67, 33, 544),
        ],
    );
}

/// Columns that floats alone can have: fewer than a line, some beyond the last line, a chunk and one, more
/// than can be widened beforehand.
#[test]
fn products_of_floats_with_odd_sizes() {
    check(
        &[Format::F32, Format::Bf16],
        &[
            (1, 3, 1),
            (4, 5, 3),
            (13, 19, 31),
            (7, 23, 513),
            (25, 41, 1000),
            (26, 70, 1537),
            (31, 9, 8203),
        ],
    );
}

/// What a row comes to has nothing to do with how many others there are, nor with the threads.
#[test]
fn a_row_is_the_same_bits_whatever_shares_its_pass() {
    const MOST: usize = 50;
    let mut dice = Dice::default();
    let threads = [1, 2, 3].map(|count| Threads::new(count).unwrap());
    for (outputs, columns) in [(45, 32), (130, 1088)] {
        let x = dice.weights(MOST * columns, 3);
        let numbers = dice.weights(outputs * columns, columns);
        for (format, kernel) in Format::ALL.iter().flat_map(|format| {
            Kernel::available()
                .into_iter()
                .map(|kernel| (*format, kernel))
        }) {
            let weights = tiled(&matrix(format, &numbers, columns), &threads[1]).unwrap();
            let single: Vec<u32> = x
                .chunks_exact(columns)
                .flat_map(|x| times(&threads[0], kernel, &weights, x))
                .map(f32::to_bits)
                .collect();
            for rows in [2, 3, 4, 5, 7, 8, 9, 13, 24, 25, 26, MOST] {
                for threads in &threads {
                    let out = times(threads, kernel, &weights, &x[..rows * columns]);
                    assert!(
                        out.iter()
                            .map(|x| x.to_bits())
                            .eq(single[..rows * outputs].iter().copied()),
                        "{rows} rows, {outputs} x {columns}, {} on {}, {} threads",
                        format.name(),
                        kernel.name(),
                        threads.count()
                    );
                }
            }
        }
    }
}

/// The sums of four are those of each.
#[test]
fn four_sums_are_the_same_bits_as_each() {
    struct Sums([[f32; LANES]; 4]);
    impl Work for Sums {
        type Output = ([f32; 4], [f32; 4]);
        #[inline(always)]
        fn run<M: Machine>(self, machine: M) -> Self::Output {
            let [a, b, c, d] = self.0;
            let [a, b, c, d] = [
                machine.load(&a),
                machine.load(&b),
                machine.load(&c),
                machine.load(&d),
            ];
            let each = [
                machine.sum(a),
                machine.sum(b),
                machine.sum(c),
                machine.sum(d),
            ];
            (machine.sum_four([a, b, c, d]), each)
        }
    }
    let mut dice = Dice::default();
    for kernel in Kernel::available() {
        for _ in 0..100 {
            let numbers = std::array::from_fn(|_| std::array::from_fn(|_| dice.number()));
            let (together, each) = kernel.run(Sums(numbers));
            assert_eq!(
                together.map(f32::to_bits),
                each.map(f32::to_bits),
                "{}",
                kernel.name()
            );
        }
    }
}

/// Multiplies and adds in registers alone; how many of both in a second, on one thread.
struct Peak;

impl Work for Peak {
    type Output = f64;

    #[inline(always)]
    fn run<M: Machine>(self, machine: M) -> f64 {
        const TURNS: usize = 500_000;
        let numbers = std::hint::black_box([0.999; LANES]);
        // SAFETY: as many as any register holds.
        let a = unsafe { machine.load_register(numbers.as_ptr()) };
        // As many as hide how long an operation takes.
        let mut sums = [[a; 6]; 2];
        let start = Instant::now();
        for _ in 0..TURNS {
            unrolled!(n < 6, {
                sums[0][n] = machine.add_product(sums[0][n], a, a);
                sums[1][n] = machine.add_product(sums[1][n], a, a);
            });
        }
        // Looked at before the clock, so that they are there by then.
        let mut seen = [0.0; LANES];
        for sum in sums.as_flattened() {
            // SAFETY: room for any register.
            unsafe { machine.store_register(*sum, seen.as_mut_ptr()) };
            std::hint::black_box(&mut seen);
        }
        let secs = start.elapsed().as_secs_f64();
        (TURNS * 12 * M::WIDTH) as f64 / secs
    }
}

/// `cargo test --workspace --lib of_the_peak -- --ignored --nocapture`: matrices of the 1.4B model at many rows.
#[test]
#[ignore = "measures"]
fn of_the_peak() {
    let mut dice = Dice::default();
    let threads = Threads::new(2).unwrap();
    let (outputs, columns) = (4096, 1536);
    let numbers = dice.weights(outputs * columns, columns);
    for kernel in Kernel::available() {
        for format in Format::ALL {
            let weights = tiled(&matrix(format, &numbers, columns), &threads).unwrap();
            for rows in [2, 4, 8, 16, 64] {
                let x = dice.weights(rows * columns, 3);
                let (share, rate) = measured(&threads, kernel, &weights, &x);
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

/// A product's multiply-adds a second, and their share of what the registers alone reach just before: medians.
fn measured(threads: &Threads, kernel: Kernel, weights: &Matrix, x: &[f32]) -> (f64, f64) {
    const TIMES: usize = 15;
    const TURNS: usize = 4;
    let mut ready = Activations::default();
    ready.set(kernel, Layout::from(weights.format()), x, weights.columns());
    let mut out = vec![0.0; ready.rows() * weights.rows()];
    let done = (TURNS * out.len() * weights.columns()) as f64;
    let mut shares: Vec<(f64, f64)> = (0..TIMES)
        .map(|_| {
            let peak = Mutex::new(0.0);
            threads.run(threads.count(), &|_| {
                let own = kernel.run(Peak);
                *peak.lock().unwrap() += own;
            });
            let peak = peak.into_inner().unwrap();
            let start = Instant::now();
            for _ in 0..TURNS {
                product(threads, kernel, weights, &ready, Into::Set, &mut out);
            }
            let rate = done / start.elapsed().as_secs_f64();
            (rate / peak, rate)
        })
        .collect();
    shares.sort_by(|a, b| a.0.total_cmp(&b.0));
    shares[TIMES / 2]
}
