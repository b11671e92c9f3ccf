//! The innermost loop of a blocked product: a register tile times some lines of weights.

use super::{LANES, Machine, unrolled};
use crate::backend::cpu::{activations::CHUNK, bytes::LINE};

/// Weights of a tile of `W` rows.
pub struct Job<const W: usize> {
    /// Where each row's begin: `lines` lines.
    pub weights: [*const u8; W],
    /// Lines of each.
    pub lines: usize,
    /// Bytes from there to the weights to ask for meanwhile.
    pub ahead: isize,
    /// Whether the sums begin with these.
    pub fresh: bool,
}

/// Adds the products of `rows` rows of activations, at most `R`, with a tile of weights to the sums
/// `[rows][W][LANES]`. `HALF` means that the weights are bfloat16; with `FETCH`, more are asked for.
///
/// # Safety
/// The weights are readable; from `x` on, `rows` rows of as many numbers are, [`CHUNK`] apart; `sums` are
/// writable, and hold numbers unless the job is fresh.
#[inline(always)]
pub unsafe fn multiply<
    M: Machine,
    const HALF: bool,
    const FETCH: bool,
    const W: usize,
    const R: usize,
>(
    machine: M,
    job: &Job<W>,
    rows: usize,
    x: *const f32,
    sums: *mut f32,
) {
    const { assert!(R <= 6) };
    // SAFETY: the caller's.
    unsafe {
        match rows {
            6 if R >= 6 => tile::<M, HALF, FETCH, W, 6>(machine, job, x, sums),
            5 if R >= 5 => tile::<M, HALF, FETCH, W, 5>(machine, job, x, sums),
            4 => tile::<M, HALF, FETCH, W, 4>(machine, job, x, sums),
            3 => tile::<M, HALF, FETCH, W, 3>(machine, job, x, sums),
            2 => tile::<M, HALF, FETCH, W, 2>(machine, job, x, sums),
            1 => tile::<M, HALF, FETCH, W, 1>(machine, job, x, sums),
            _ => unreachable!("{rows} rows of {R}"),
        }
    }
}

/// The same for exactly `R` rows. The lanes go one register after the other: so a tile of sums fits.
///
/// # Safety
/// As above.
#[inline(always)]
unsafe fn tile<M: Machine, const HALF: bool, const FETCH: bool, const W: usize, const R: usize>(
    machine: M,
    job: &Job<W>,
    x: *const f32,
    sums: *mut f32,
) {
    for lane in (0..LANES).step_by(M::WIDTH) {
        let mut held = [[machine.zero(); W]; R];
        // SAFETY: a row has as many numbers as there are lanes.
        let (sums, x) = unsafe { (sums.add(lane), x.add(lane)) };
        if !job.fresh {
            unrolled!(r < R, {
                unrolled!(w < W, {
                    // SAFETY: the caller's.
                    held[r][w] = unsafe { machine.load_register(sums.add((r * W + w) * LANES)) };
                });
            });
        }
        for line in 0..job.lines {
            let mut weights = job.weights;
            unrolled!(w < W, {
                weights[w] = weights[w].wrapping_add(line.wrapping_mul(LINE));
            });
            if FETCH && lane == 0 {
                unrolled!(w < W, {
                    machine.prefetch(weights[w].wrapping_offset(job.ahead));
                });
            }
            let steps = if HALF { 2 } else { 1 };
            unrolled!(half < 2, {
                if half < steps {
                    let mut own = [machine.zero(); W];
                    unrolled!(w < W, {
                        let from = weights[w].wrapping_add(4 * lane);
                        // SAFETY: the caller's: the line has these lanes.
                        own[w] = unsafe {
                            if HALF {
                                machine.load_pairs(from)[half]
                            } else {
                                machine.load_register(from.cast())
                            }
                        };
                    });
                    let x = x.wrapping_add(
                        line.wrapping_mul(steps)
                            .wrapping_add(half)
                            .wrapping_mul(LANES),
                    );
                    unrolled!(r < R, {
                        // SAFETY: the caller's: as many numbers as weights.
                        let x = unsafe { machine.load_register(x.wrapping_add(r * CHUNK)) };
                        unrolled!(w < W, {
                            held[r][w] = machine.add_product(own[w], x, held[r][w]);
                        });
                    });
                }
            });
        }
        unrolled!(r < R, {
            unrolled!(w < W, {
                // SAFETY: the caller's.
                unsafe { machine.store_register(held[r][w], sums.add((r * W + w) * LANES)) };
            });
        });
    }
}

/// Widens a tile of bfloat16 to f32, as activations are split: even and odd places sixteen by sixteen.
/// Rows are [`CHUNK`] numbers apart; more weights are asked for.
///
/// # Safety
/// The weights are readable, and so many numbers writable at `to`.
#[inline(always)]
pub unsafe fn widen<M: Machine, const W: usize>(machine: M, job: &Job<W>, to: *mut f32) {
    for line in 0..job.lines {
        unrolled!(w < W, {
            let from = job.weights[w].wrapping_add(line.wrapping_mul(LINE));
            machine.prefetch(from.wrapping_offset(job.ahead));
            let to = to.wrapping_add(CHUNK * w + 2 * LANES * line);
            for lane in (0..LANES).step_by(M::WIDTH) {
                // SAFETY: the caller's.
                unsafe {
                    let [even, odd] = machine.load_pairs(from.wrapping_add(4 * lane));
                    machine.store_register(even, to.add(lane));
                    machine.store_register(odd, to.add(LANES + lane));
                }
            }
        });
    }
}
