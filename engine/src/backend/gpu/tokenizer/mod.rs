//! The tokenizer's networks on a graphics card, in f32.
//!
//! [`Networks`] walks the modules that `tokenizer::layout` lists. For every shape of picture a `plan` is made once:
//! `modules` says what each module does, `form` how it is shared out, `kernels` by which text, `arena` where. Norms
//! and activations are applied where the next convolution reads, upsampling likewise, and residues are added where
//! one writes. Codes and codebooks are not here.

mod arena;
mod form;
mod kernels;
mod later;
mod modules;
mod plan;
mod prepared;
mod weights;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    backend::gpu::{self, Gpu},
    error::{Error, Result},
    tokenizer::{Tensors, layout::Module},
};

use plan::{HOLD, Plan};
use prepared::Prepared;
use weights::Weights;

pub use kernels::Precision;
pub use later::Later;

/// One network: modules applied in order.
pub struct Networks {
    modules: Vec<Module>,
    weights: Weights,
    precision: Precision,
    gpu: Arc<Gpu>,
    /// Work that a submission holds at most.
    hold: u64,
    /// For the shape of the last input.
    prepared: Mutex<Option<Arc<Prepared>>>,
}

/// A module's output, as `watch` sees it.
pub struct Stage<'a> {
    prepared: &'a Prepared,
    stage: &'a plan::Stage,
    gpu: &'a Arc<Gpu>,
}

fn failed(message: impl Into<String>) -> Error {
    gpu::failed("the tokenizer's networks", message)
}

/// Bytes of the card that `modules` need for an input `[channels, height, width]`: weights, and pictures on the way.
///
/// # Errors
/// When the modules do not fit together, or the picture is too small.
pub fn bytes_needed(modules: &[Module], shape: [usize; 3], precision: Precision) -> Result<u64> {
    let plan = Plan::new(modules, shape, precision)?;
    Ok(plan.bytes() + weights::bytes(modules, precision))
}

/// Bytes of the largest single buffer that `modules` need for an input of this shape.
///
/// # Errors
/// As [`bytes_needed`].
pub fn largest_buffer(modules: &[Module], shape: [usize; 3]) -> Result<u64> {
    let plan = Plan::new(modules, shape, Precision::Full)?;
    let most = plan.buffers.iter().max().copied().unwrap_or_default();
    Ok(4 * most as u64)
}

impl Networks {
    /// Builds `modules` from their tensors, given by their names in the state dict.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape; when the card has no room.
    pub fn new(modules: &[Module], tensors: &Tensors, gpu: Arc<Gpu>) -> Result<Self> {
        Self::with_precision(modules, tensors, gpu, Precision::Full)
    }

    /// The same with a chosen precision of the 3x3 convolutions' weights.
    ///
    /// # Errors
    /// When a tensor is missing, has another shape or does not fit; when the card has no room.
    pub fn with_precision(
        modules: &[Module],
        tensors: &Tensors,
        gpu: Arc<Gpu>,
        precision: Precision,
    ) -> Result<Self> {
        Ok(Self {
            weights: weights::upload(modules, tensors, &gpu, precision)?,
            modules: modules.to_vec(),
            precision,
            gpu,
            hold: HOLD,
            prepared: Mutex::default(),
        })
    }

    /// `[channels, height, width]` in, the same of the output out. `watch` sees every module's output, which it may
    /// or may not fetch.
    ///
    /// # Errors
    /// When the input is not of this shape, or too small; when the card fails.
    pub fn run(
        &self,
        input: &[f32],
        shape: [usize; 3],
        mut watch: impl FnMut(&str, &Stage),
    ) -> Result<Vec<f32>> {
        let later = self.submit(input, shape, |stage| watch(&stage.stage.name, stage))?;
        later.wait()
    }

    /// The same without waiting: the caller polls. The card does things in the order of submission, so whatever is
    /// submitted meanwhile waits for the picture there; the host does not.
    ///
    /// # Errors
    /// As [`Networks::run`].
    pub fn run_later(&self, input: &[f32], shape: [usize; 3]) -> Result<Later> {
        self.submit(input, shape, |_| {})
    }

    fn submit(
        &self,
        input: &[f32],
        shape: [usize; 3],
        mut watch: impl FnMut(&Stage),
    ) -> Result<Later> {
        let len = shape.iter().product::<usize>();
        if input.len() != len || len == 0 {
            return Err(failed(format!(
                "the input has {} numbers in the shape {shape:?}",
                input.len()
            )));
        }
        let prepared = self.prepare(shape)?;
        let (gpu, plan) = (&self.gpu, &prepared.plan);
        let start = prepared.buffer(plan.input.buffer);
        gpu.queue
            .write_buffer(start, 0, bytemuck::cast_slice(input));
        for stage in &plan.stages {
            prepared.submit(stage, gpu);
            watch(&Stage {
                prepared: &prepared,
                stage,
                gpu,
            });
        }
        match plan.stages.last() {
            Some(last) => Later::of(&prepared, last, gpu),
            None => Err(failed("there are no modules")),
        }
    }

    /// Compiles and allocates what a run of this shape needs.
    ///
    /// # Errors
    /// When the picture is too small, or the card has no room.
    pub fn get_ready(&self, shape: [usize; 3]) -> Result<()> {
        self.prepare(shape).map(drop)
    }

    /// The plan for this shape, ready to run. One is kept, so that pictures of one size find it; the memory of
    /// another shape is given back first.
    fn prepare(&self, shape: [usize; 3]) -> Result<Arc<Prepared>> {
        let mut kept = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(prepared) = kept.as_ref().filter(|kept| kept.plan.input.shape == shape) {
            return Ok(Arc::clone(prepared));
        }
        *kept = None;
        let plan = Plan::in_pieces(&self.modules, shape, self.precision, self.hold)?;
        let prepared = Arc::new(Prepared::new(plan, &self.weights, &self.gpu)?);
        *kept = Some(Arc::clone(&prepared));
        Ok(prepared)
    }
}

impl Stage<'_> {
    /// Channels, height, width.
    pub fn shape(&self) -> [usize; 3] {
        self.stage.picture.shape
    }

    /// As `[channels, height, width]`, after waiting for it.
    ///
    /// # Errors
    /// When the card fails.
    pub fn channels_first(&self) -> Result<Vec<f32>> {
        Later::of(self.prepared, self.stage, self.gpu)?.wait()
    }
}
