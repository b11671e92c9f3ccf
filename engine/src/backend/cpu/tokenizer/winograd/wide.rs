//! Many tiles: the weights are made once, then threads take rectangles of tiles.
//!
//! A rectangle's transformed inputs stay in a core's cache while all output channels are computed.

use super::{
    Job, Tiles,
    form::Form,
    pieces::{self, Operands},
    stride,
};
use crate::backend::cpu::{
    threads::Threads,
    tokenizer::{
        arena::Arena,
        filter::Panel,
        shared::Shared,
        simd::{BLOCK, Kernel, Level, Simd},
    },
};

/// Transformed inputs of a rectangle, in numbers.
const MOST_INPUTS: usize = 240 * 1024;
/// Columns of a rectangle, in tiles.
const COLUMNS: usize = 8;

/// How the tiles are cut. It follows from the shapes alone, never from the number of threads.
struct Cut {
    all: Tiles,
    rows: usize,
    columns: usize,
}

impl Cut {
    fn new<F: Form>(job: &Job, all: Tiles) -> Self {
        let tiles = MOST_INPUTS / (F::SIZE * F::SIZE * job.filter.inputs() * BLOCK);
        let across = all.columns.div_ceil(COLUMNS);
        let down = (tiles * across / all.columns).clamp(1, all.rows);
        Self {
            all,
            rows: all.rows.div_ceil(down),
            columns: across,
        }
    }

    fn parts(&self) -> usize {
        self.rows * self.columns
    }

    fn rectangle(&self, part: usize) -> Tiles {
        let (row, column) = (part / self.columns, part % self.columns);
        let share = |all: usize, parts: usize, index: usize| all * index / parts;
        let top = share(self.all.rows, self.rows, row);
        let left = share(self.all.columns, self.columns, column);
        Tiles {
            top,
            left,
            rows: share(self.all.rows, self.rows, row + 1) - top,
            columns: share(self.all.columns, self.columns, column + 1) - left,
        }
    }
}

/// Transforms all weights, then convolves rectangle by rectangle.
pub fn convolve<F: Form + Sync>(
    job: &Job,
    all: Tiles,
    (level, threads, arena): (Level, &Threads, &Arena),
) {
    let (panels, products) = (job.filter.panels(), F::SIZE * F::SIZE);
    let panel = job.filter.panel_width() * BLOCK;
    let room = products * stride(job.filter.inputs() * panel);
    let mut weights = arena.take(job.phases() * panels * room);
    let shared = Shared::new(&mut weights);
    threads.run(job.phases() * panels, &|part| {
        level.run(Weights::<F> {
            panel: job.filter.panel(part % panels),
            phase: part / panels,
            inputs: job.filter.inputs(),
            // SAFETY: each part writes its own weights.
            out: unsafe { shared.slice(part * room, room) },
            form: std::marker::PhantomData,
        });
    });
    let cut = Cut::new::<F>(job, all);
    threads.run(cut.parts(), &|part| {
        let tiles = cut.rectangle(part);
        let window = job.window::<F>(&tiles, 0).len();
        let inputs = products * stride(job.filter.inputs() * tiles.count());
        let sums = products * stride(job.filter.panel_width() * tiles.count());
        let mut scratch = arena.take(window + inputs + sums);
        level.run(Rectangle::<F> {
            job,
            tiles,
            weights: &weights,
            room,
            scratch: &mut scratch,
            form: std::marker::PhantomData,
        });
        arena.give(scratch);
    });
    arena.give(weights);
}

/// The weights of one panel in one phase.
struct Weights<'a, F> {
    panel: Panel<'a>,
    phase: usize,
    inputs: usize,
    out: &'a mut [f32],
    form: std::marker::PhantomData<F>,
}

impl<F: Form> Kernel for Weights<'_, F> {
    type Out = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        pieces::weights::<S, F>(s, &self.panel, self.phase, 0..self.inputs, self.out);
    }
}

/// One rectangle of tiles, all output channels.
struct Rectangle<'a, F> {
    job: &'a Job<'a>,
    tiles: Tiles,
    weights: &'a [f32],
    /// Numbers from one panel's weights to the next's.
    room: usize,
    scratch: &'a mut [f32],
    form: std::marker::PhantomData<F>,
}

impl<F: Form> Kernel for Rectangle<'_, F> {
    type Out = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (job, tiles) = (self.job, self.tiles);
        let blocks = job.filter.inputs();
        let line = tiles.count() * BLOCK;
        let step = stride(blocks * tiles.count());
        let (window, rest) = self.scratch.split_at_mut(job.window::<F>(&tiles, 0).len());
        let (inputs, sums) = rest.split_at_mut(F::SIZE * F::SIZE * step);
        let segments: Vec<usize> = (0..blocks).map(|block| block * line).collect();
        for phase in 0..job.phases() {
            for block in 0..blocks {
                let out = inputs[block * line..].as_mut_ptr();
                pieces::inputs::<S, F>(s, job, (block, phase), &tiles, window, out, step);
            }
            for index in 0..job.filter.panels() {
                let panel = job.filter.panel(index);
                let weights = (phase * job.filter.panels() + index) * self.room;
                let mut operands = Operands {
                    inputs,
                    step,
                    segments: &segments,
                    weights: &self.weights[weights..][..self.room],
                    sums,
                    adds: false,
                };
                pieces::products::<S, F>(s, tiles.count(), panel.blocks, &mut operands);
                pieces::outputs::<S, F>(s, job, (&panel, phase), &tiles, operands.sums);
            }
        }
    }
}
