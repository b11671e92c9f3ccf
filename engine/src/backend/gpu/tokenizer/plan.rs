//! What a network does with a picture of one shape: every step, and every buffer.
//!
//! A plan is made without a device, so what a run needs is known before anything is allocated. What each module
//! does is `modules`'.

use std::ops::Range;

use crate::{backend::gpu::kernel::Kernel, error::Result, tokenizer::layout::Module};

use super::{
    arena::Arena,
    failed,
    form::{Form, Walk},
    kernels::{self, CHUNK, Convolution, Norm, Precision, Product},
};

/// Groups of every group norm.
const GROUPS: usize = 32;
/// Multiplications and additions that a dispatch, and a submission, does at most: about 30 ms on a card of the
/// small sort, so that the desktop stays alive.
pub const HOLD: u64 = 16_000_000_000;
/// Sizes that a kernel is told, at most.
pub const SIZES: usize = 12;

/// A picture in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Which of the plan's.
    pub buffer: usize,
    /// Channels, height, width.
    pub shape: [usize; 3],
}

impl Picture {
    /// Pixels.
    pub fn cells(self) -> usize {
        self.shape[1] * self.shape[2]
    }

    /// Numbers.
    pub fn len(self) -> usize {
        self.shape.iter().product()
    }
}

/// What a kernel binds after its sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A tensor of the state dict, by its name.
    Tensor(String),
    /// One of the plan's buffers.
    Buffer(usize),
    /// Something that the kernel does not look at.
    Nothing,
}

/// One dispatch.
#[derive(Debug)]
pub struct Step {
    /// What runs.
    pub kernel: Kernel,
    /// What it is told.
    pub sizes: [u32; SIZES],
    /// What it binds.
    pub operands: Vec<Operand>,
    /// How many workgroups.
    pub workgroups: [usize; 3],
    /// Multiplications and additions, about.
    pub work: u64,
}

/// A module's share of a plan.
#[derive(Debug)]
pub struct Stage {
    /// Its name in the state dict.
    pub name: String,
    /// Its steps.
    pub steps: Range<usize>,
    /// Its output.
    pub picture: Picture,
    /// Whether the norm, with the activation, has still to be applied to it.
    pub is_pending: bool,
}

/// All that a run does.
#[derive(Debug)]
pub struct Plan {
    /// Where the input goes.
    pub input: Picture,
    /// The modules in order.
    pub stages: Vec<Stage>,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// Numbers in each buffer.
    pub buffers: Vec<usize>,
    /// The buffer of the norms: mean, scale, bias and nothing of each channel.
    pub norms: usize,
    /// Work that a submission holds at most.
    pub hold: u64,
}

impl Plan {
    /// For an input `[channels, height, width]`.
    ///
    /// # Errors
    /// When the modules do not fit together, or the picture is too small to be halved.
    pub fn new(modules: &[Module], shape: [usize; 3], precision: Precision) -> Result<Self> {
        Self::in_pieces(modules, shape, precision, HOLD)
    }

    /// The same with a chosen limit of the work that is held together.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn in_pieces(
        modules: &[Module],
        shape: [usize; 3],
        precision: Precision,
        hold: u64,
    ) -> Result<Self> {
        let mut arena = Arena::default();
        let [norms, moments] = [arena.add(4), arena.add(2)];
        let buffer = arena.take(shape.iter().product());
        let input = Picture { buffer, shape };
        let mut planner = Planner {
            arena,
            steps: Vec::new(),
            norms,
            moments,
            precision,
            hold,
        };
        let mut stages = Vec::with_capacity(modules.len());
        let (mut picture, mut is_pending) = (input, false);
        for module in modules {
            let first = planner.steps.len();
            (picture, is_pending) = planner.module(module, picture, is_pending)?;
            stages.push(Stage {
                name: module.name().to_owned(),
                steps: first..planner.steps.len(),
                picture,
                is_pending,
            });
        }
        Ok(Self {
            input,
            stages,
            steps: planner.steps,
            buffers: planner.arena.into_sizes(),
            norms,
            hold,
        })
    }

    /// Bytes of all buffers together, which is the most that a run needs beside the weights.
    pub fn bytes(&self) -> u64 {
        self.buffers.iter().map(|&len| 4 * len as u64).sum()
    }
}

/// A convolution or a 1x1 by its name, with what is around it.
#[derive(Clone, Copy)]
pub struct Filter<'a> {
    /// Its name in the state dict.
    pub name: &'a str,
    /// Its outputs.
    pub to: usize,
    /// What is done to its source.
    pub norm: Norm,
    /// The picture that it is added to, if any.
    pub onto: Option<Picture>,
}

/// One side of a product that is not weights, or its result: where it begins, and from one row to the next.
#[derive(Clone, Copy)]
pub struct Side {
    /// Which buffer.
    pub buffer: usize,
    /// Numbers before it.
    pub start: usize,
    /// Numbers from one row to the next.
    pub row: usize,
}

/// A plan in the making.
pub struct Planner {
    pub(super) arena: Arena,
    steps: Vec<Step>,
    norms: usize,
    moments: usize,
    precision: Precision,
    hold: u64,
}

impl Planner {
    pub(super) fn push(
        &mut self,
        kernel: Kernel,
        sizes: &[usize],
        operands: Vec<Operand>,
        (workgroups, work): ([usize; 3], usize),
    ) -> &mut Step {
        let mut padded = [0; SIZES];
        for (to, &size) in padded.iter_mut().zip(sizes) {
            // Buffers have less than 2^32 numbers, or they could not be bound.
            *to = size as u32;
        }
        let at = self.steps.len();
        self.steps.push(Step {
            kernel,
            sizes: padded,
            operands,
            workgroups,
            work: work as u64,
        });
        &mut self.steps[at]
    }

    /// Room for a picture.
    pub(super) fn picture(&mut self, shape: [usize; 3]) -> Picture {
        let buffer = self.arena.take(shape.iter().product());
        Picture { buffer, shape }
    }

    fn norms(&self, norm: Norm) -> Operand {
        match norm {
            Norm::None => Operand::Nothing,
            Norm::Normed | Norm::Activated => Operand::Buffer(self.norms),
        }
    }

    /// The norms of `source`, for what comes next.
    ///
    /// # Errors
    /// When its channels cannot be shared out over the groups.
    pub(super) fn statistics(&mut self, name: &str, source: Picture) -> Result<()> {
        let (channels, cells) = (source.shape[0], source.cells());
        if !channels.is_multiple_of(GROUPS) {
            return Err(failed(format!(
                "{name} has {channels} channels, which {GROUPS} groups cannot share"
            )));
        }
        let chunks = cells.div_ceil(CHUNK);
        self.arena.widen(self.moments, 2 * channels * chunks);
        self.arena.widen(self.norms, 4 * channels);
        let [norms, moments] = [self.norms, self.moments].map(Operand::Buffer);
        let operands = vec![Operand::Buffer(source.buffer), moments.clone()];
        let work = ([chunks, channels, 1], 4 * source.len());
        self.push(kernels::moments(), &[cells, chunks], operands, work);
        let [gain, bias] = ["weight", "bias"].map(|part| Operand::Tensor(format!("{name}.{part}")));
        let sizes = [cells, chunks, channels / GROUPS];
        let work = ([GROUPS, 1, 1], 16 * channels * chunks);
        self.push(
            kernels::join(),
            &sizes,
            vec![moments, gain, bias, norms],
            work,
        );
        Ok(())
    }

    /// A 3x3 convolution.
    pub(super) fn convolve(&mut self, walk: Walk, filter: Filter, source: Picture) -> Picture {
        let [channels, source_height, source_width] = source.shape;
        let shape = [
            filter.to,
            walk.result(source_height),
            walk.result(source_width),
        ];
        let result = filter.onto.unwrap_or_else(|| self.picture(shape));
        let [outputs, height, width] = shape;
        let form = Form::of_convolution(walk, shape);
        let kernel = Convolution {
            walk,
            form,
            precision: self.precision,
            norm: filter.norm,
            adds: filter.onto.is_some(),
        }
        .kernel();
        let [rows, columns] = form.tiles(height, width).counts;
        let work = 2 * 9 * channels * result.len();
        let bands = work.div_ceil(self.hold as usize).min(rows);
        let tensor = |part| Operand::Tensor(format!("{}.{part}", filter.name));
        for band in 0..bands {
            let [first, end] = [band, band + 1].map(|band| rows * band / bands);
            let sizes = [
                channels,
                outputs,
                height,
                width,
                source_height,
                source_width,
                first,
            ];
            let operands = vec![
                tensor("weight"),
                tensor("bias"),
                Operand::Buffer(source.buffer),
                self.norms(filter.norm),
                Operand::Buffer(result.buffer),
            ];
            let workgroups = [columns, end - first, outputs.div_ceil(form.outputs())];
            self.push(kernel.clone(), &sizes, operands, (workgroups, work / bands));
        }
        result
    }

    /// A 1x1 convolution.
    pub(super) fn point(&mut self, filter: Filter, source: Picture) -> Picture {
        let [channels, height, width] = source.shape;
        let result = match filter.onto {
            Some(onto) => onto,
            None => self.picture([filter.to, height, width]),
        };
        let whole = |picture: Picture| Side {
            buffer: picture.buffer,
            start: 0,
            row: picture.cells(),
        };
        let [weight, bias] =
            ["weight", "bias"].map(|part| Operand::Tensor(format!("{}.{part}", filter.name)));
        self.multiply(Multiply {
            size: [filter.to, channels, source.cells()],
            // [channels, outputs]
            left: (weight, [1, filter.to]),
            bias: Some(bias),
            right: whole(source),
            result: whole(result),
            norm: filter.norm,
            adds: filter.onto.is_some(),
            scale: 1.0,
        });
        result
    }

    /// A product.
    pub(super) fn multiply(&mut self, product: Multiply) {
        let [outputs, terms, columns] = product.size;
        let (left, [left_output, left_term]) = product.left;
        let form = Form::of_product(outputs, columns);
        let kernel = Product {
            form,
            norm: product.norm,
            has_bias: product.bias.is_some(),
            adds: product.adds,
        }
        .kernel();
        let sizes = [
            outputs,
            columns,
            terms,
            left_output,
            left_term,
            product.right.start,
            product.right.row,
            product.result.start,
            product.result.row,
        ];
        let operands = vec![
            left,
            product.bias.unwrap_or(Operand::Nothing),
            Operand::Buffer(product.right.buffer),
            self.norms(product.norm),
            Operand::Buffer(product.result.buffer),
        ];
        let workgroups = [
            columns.div_ceil(form.span()),
            outputs.div_ceil(form.outputs()),
            1,
        ];
        let work = (workgroups, 2 * outputs * terms * columns);
        let step = self.push(kernel, &sizes, operands, work);
        step.sizes[sizes.len()] = product.scale.to_bits();
    }
}

/// `result (+)= scale * left * right + bias`, the right side normed.
pub struct Multiply {
    /// Outputs, terms, columns.
    pub size: [usize; 3],
    /// What it is, and numbers from one output and from one term to the next.
    pub left: (Operand, [usize; 2]),
    /// Of each output.
    pub bias: Option<Operand>,
    /// `[terms][columns]`.
    pub right: Side,
    /// `[outputs][columns]`.
    pub result: Side,
    /// What is done to the right side.
    pub norm: Norm,
    /// Whether it is added to what is there.
    pub adds: bool,
    /// Before the bias.
    pub scale: f32,
}
