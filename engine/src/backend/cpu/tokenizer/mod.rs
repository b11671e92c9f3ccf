//! The tokenizer's networks on a plain CPU, in f32.
//!
//! [`Networks`] walks the modules that `tokenizer::layout` lists; `layer` says what each does. Codes and
//! codebooks are not here.

mod arena;
mod attention;
mod direct;
mod filter;
mod layer;
mod norm;
mod planes;
mod product;
mod shared;
mod simd;
mod stage;
mod winograd;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::{
    backend::cpu::Threads,
    error::{Error, Result},
    tokenizer::layout::Module,
};

use arena::Arena;
use layer::{Layer, Run};
use norm::Norm;
use planes::Planes;

pub use layer::Tensors;
pub use simd::Level;

/// One network: modules applied in order.
pub struct Networks {
    layers: Vec<(String, Layer)>,
    level: Level,
    threads: Arc<Threads>,
}

/// A module's output, as `watch` sees it.
pub struct Stage<'a> {
    picture: &'a Planes,
    /// Still to be applied.
    norm: Option<&'a Norm>,
}

fn failed(message: String) -> Error {
    Error::Backend {
        device: "cpu",
        operation: "the tokenizer's networks",
        message,
    }
}

impl Networks {
    /// Builds `modules` from their tensors, given by their names in the state dict.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn new(modules: &[Module], tensors: &Tensors, threads: Arc<Threads>) -> Result<Self> {
        Self::with_level(modules, tensors, threads, Level::best())
    }

    /// The same with a chosen instruction set.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn with_level(
        modules: &[Module],
        tensors: &Tensors,
        threads: Arc<Threads>,
        level: Level,
    ) -> Result<Self> {
        let layers = modules
            .iter()
            .map(|module| {
                let layer = Layer::new(module, tensors, level)?;
                Ok((module.name().to_owned(), layer))
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            layers,
            level,
            threads,
        })
    }

    /// `[channels, height, width]` in, the same of the output out. `watch` sees every module's output.
    ///
    /// # Errors
    /// When the input is not of this shape, or too small.
    pub fn run(
        &self,
        input: &[f32],
        shape: [usize; 3],
        mut watch: impl FnMut(&str, &Stage),
    ) -> Result<Vec<f32>> {
        let channels = self
            .layers
            .first()
            .map_or(shape[0], |(_, first)| first.channels());
        let len = shape.iter().product::<usize>();
        if input.len() != len || len == 0 || shape[0] != channels {
            return Err(failed(format!(
                "the input has {} numbers in the shape {shape:?}, expected {channels} channels",
                input.len()
            )));
        }
        let arena = Arena::default();
        let run = Run {
            level: self.level,
            threads: &self.threads,
            arena: &arena,
        };
        let mut picture = Planes::from_channels_first(&arena, input, shape);
        let mut norm = None;
        for (name, layer) in &self.layers {
            (picture, norm) = layer.run(picture, norm, run)?;
            let stage = Stage {
                picture: &picture,
                norm: norm.as_ref(),
            };
            watch(name, &stage);
        }
        let last = Stage {
            picture: &picture,
            norm: norm.as_ref(),
        };
        Ok(last.channels_first())
    }
}

impl Stage<'_> {
    /// Channels, height, width.
    pub fn shape(&self) -> [usize; 3] {
        self.picture.shape()
    }

    /// As `[channels, height, width]`.
    pub fn channels_first(&self) -> Vec<f32> {
        self.picture.to_channels_first(|channel, value| {
            self.norm.map_or(value, |norm| norm.apply(channel, value))
        })
    }
}
