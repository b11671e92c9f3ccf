//! Encoder or decoder on whichever device the model runs.

use std::sync::Arc;

use crate::{
    backend::{Opened, cpu, gpu, reference},
    error::Result,
    tokenizer::layout::Module,
};

/// Named tensors of a state dict: values and shape.
pub type Tensors = std::collections::HashMap<String, (Vec<f32>, Vec<usize>)>;

/// Sees a module's name, and gets its output `[channels, height, width]` if it asks for it.
pub trait Watch: FnMut(&str, &dyn Fn() -> Vec<f32>) {}

impl<F: FnMut(&str, &dyn Fn() -> Vec<f32>)> Watch for F {}

/// An output that may still be on its way.
pub(super) enum Running {
    /// It is here; given once.
    Done(Option<Vec<f32>>),
    Gpu(gpu::tokenizer::Later),
}

impl Running {
    /// The output `[channels, height, width]`, once it is here; never waits.
    pub(super) fn poll(&mut self) -> Result<Option<Vec<f32>>> {
        match self {
            Self::Done(output) => Ok(output.take()),
            Self::Gpu(later) => later.poll(),
        }
    }
}

pub(super) enum Networks {
    Reference(reference::Networks),
    Cpu(cpu::Networks),
    Gpu(gpu::Networks),
}

impl Networks {
    pub(super) fn new(modules: &[Module], tensors: &Tensors, device: &Opened) -> Result<Self> {
        Ok(match device {
            Opened::Reference => {
                let place = reference::place()?;
                Self::Reference(reference::Networks::new(modules, tensors, &place)?)
            }
            Opened::Cpu { threads, .. } => {
                Self::Cpu(cpu::Networks::new(modules, tensors, Arc::clone(threads))?)
            }
            Opened::Gpu { gpu, .. } => {
                Self::Gpu(gpu::Networks::new(modules, tensors, Arc::clone(gpu))?)
            }
        })
    }

    /// Makes all that a run of this shape needs beforehand, where that takes time.
    pub(super) fn get_ready(&self, shape: [usize; 3]) -> Result<()> {
        match self {
            Self::Gpu(own) => own.get_ready(shape),
            Self::Reference(_) | Self::Cpu(_) => Ok(()),
        }
    }

    /// `[channels, height, width]` in; the output is waited for only where the host makes it.
    pub(super) fn begin(&self, input: &[f32], shape: [usize; 3]) -> Result<Running> {
        Ok(match self {
            Self::Gpu(own) => Running::Gpu(own.run_later(input, shape)?),
            _ => Running::Done(Some(self.run(input, shape, |_, _| {})?)),
        })
    }

    /// `[channels, height, width]` in, the same of the output out.
    pub(super) fn run(
        &self,
        input: &[f32],
        shape: [usize; 3],
        mut watch: impl Watch,
    ) -> Result<Vec<f32>> {
        match self {
            Self::Reference(own) => own.run(input, shape, |name, stage| {
                let values = || {
                    let flat = stage.flatten_all().and_then(|flat| flat.to_vec1());
                    flat.unwrap_or_default()
                };
                watch(name, &values);
            }),
            Self::Cpu(own) => own.run(input, shape, |name, stage| {
                watch(name, &|| stage.channels_first());
            }),
            // A card that fails here fails the run too.
            Self::Gpu(own) => own.run(input, shape, |name, stage| {
                watch(name, &|| stage.channels_first().unwrap_or_default());
            }),
        }
    }
}
