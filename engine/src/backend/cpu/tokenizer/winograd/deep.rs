//! Few tiles and many channels: all inputs are transformed once, then threads take output channels.
//!
//! A part makes its own weights a few input channels at a time, so that they never leave a core's cache:
//! whole, they would be four times the convolution's weights.

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
        shared::Shared,
        simd::{BLOCK, Kernel, Level, Simd},
    },
};

/// Blocks of input channels whose weights are made together.
const SLAB: usize = 4;

/// Transforms all inputs, then convolves panel by panel.
pub fn convolve<F: Form + Sync>(
    job: &Job,
    tiles: Tiles,
    (level, threads, arena): (Level, &Threads, &Arena),
) {
    let (blocks, products) = (job.filter.inputs(), F::SIZE * F::SIZE);
    let step = stride(blocks * tiles.count());
    let window = job.window::<F>(&tiles, 0).len();
    let mut inputs = arena.take(job.phases() * products * step);
    let shared = Shared::new(&mut inputs);
    threads.run(job.phases() * blocks, &|part| {
        let mut scratch = arena.take(window);
        level.run(Inputs::<F> {
            job,
            tiles,
            phase: part / blocks,
            block: part % blocks,
            window: &mut scratch,
            out: shared,
            form: std::marker::PhantomData,
        });
        arena.give(scratch);
    });
    let panel = job.filter.panel_width();
    let weights = products * stride(SLAB * BLOCK * panel);
    let sums = products * stride(panel * tiles.count());
    threads.run(job.filter.panels(), &|index| {
        let mut scratch = arena.take(weights + sums);
        level.run(Channels::<F> {
            job,
            tiles,
            index,
            inputs: &inputs,
            weights,
            scratch: &mut scratch,
            form: std::marker::PhantomData,
        });
        arena.give(scratch);
    });
    arena.give(inputs);
}

/// The transformed inputs of one block in one phase.
struct Inputs<'a, F> {
    job: &'a Job<'a>,
    tiles: Tiles,
    phase: usize,
    block: usize,
    window: &'a mut [f32],
    out: Shared<'a>,
    form: std::marker::PhantomData<F>,
}

impl<F: Form> Kernel for Inputs<'_, F> {
    type Out = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let line = self.tiles.count() * BLOCK;
        let step = stride(self.job.filter.inputs() * self.tiles.count());
        let products = F::SIZE * F::SIZE;
        let start = self.phase * products * step + self.block * line;
        let out = self.out.pointer(start, (products - 1) * step + line);
        let place = (self.block, self.phase);
        pieces::inputs::<S, F>(s, self.job, place, &self.tiles, self.window, out, step);
    }
}

/// The output channels of one panel, all tiles.
struct Channels<'a, F> {
    job: &'a Job<'a>,
    tiles: Tiles,
    index: usize,
    inputs: &'a [f32],
    /// Room for the weights in the scratch.
    weights: usize,
    scratch: &'a mut [f32],
    form: std::marker::PhantomData<F>,
}

impl<F: Form> Kernel for Channels<'_, F> {
    type Out = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (job, tiles) = (self.job, self.tiles);
        let panel = job.filter.panel(self.index);
        let blocks = job.filter.inputs();
        let line = tiles.count() * BLOCK;
        let step = stride(blocks * tiles.count());
        let segments: Vec<usize> = (0..blocks).map(|block| block * line).collect();
        let (weights, sums) = self.scratch.split_at_mut(self.weights);
        for phase in 0..job.phases() {
            let inputs = &self.inputs[phase * F::SIZE * F::SIZE * step..];
            for first in (0..blocks).step_by(SLAB) {
                let slab = first..blocks.min(first + SLAB);
                pieces::weights::<S, F>(s, &panel, phase, slab.clone(), weights);
                let mut operands = Operands {
                    inputs,
                    step,
                    segments: &segments[slab],
                    weights,
                    sums,
                    adds: first > 0,
                };
                pieces::products::<S, F>(s, tiles.count(), panel.blocks, &mut operands);
            }
            pieces::outputs::<S, F>(s, job, (&panel, phase), &tiles, sums);
        }
    }
}
