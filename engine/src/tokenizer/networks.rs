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
