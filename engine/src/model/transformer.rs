//! The transformer on whichever device the model runs.

use std::{path::Path, sync::Arc};

use crate::{
    backend::{
        Backend as _, Device, Slot,
        cpu::{self, About, Format, Prepared, Threads},
        reference,
    },
    error::Result,
    family::dnd::{self, Config, NoWatch, Pick, Piece, Row, Weights},
    sampling::Draw,
};

/// A transformer on its device.
pub(super) enum Transformer {
    Reference(Box<reference::Transformer>),
    Cpu(Box<cpu::Transformer>),
}

impl Transformer {
    /// Takes the weights over as they come; `threads` are the model's, where the device has any.
    pub(super) fn new(
        config: &Config,
        pieces: impl Iterator<Item = Result<Piece>>,
        device: &Device,
        threads: &Arc<Threads>,
    ) -> Result<Self> {
        Ok(match device {
            Device::Reference => {
                let (weights, place) = (pieces.collect::<Result<_>>()?, candle_core::Device::Cpu);
                let made = reference::Transformer::new(config, weights, &place)?;
                Self::Reference(Box::new(made))
            }
            Device::Cpu { format, .. } => {
                let format = format.unwrap_or(Format::usual(config.parameters()));
                let made = cpu::Transformer::new(config, pieces, format, Arc::clone(threads))?;
                Self::Cpu(Box::new(made))
            }
        })
    }

    /// With weights that lie ready in a file.
    pub(super) fn prepared(config: &Config, prepared: Prepared, threads: &Arc<Threads>) -> Self {
        let made = cpu::Transformer::prepared(config, prepared, Arc::clone(threads));
        Self::Cpu(Box::new(made))
    }

    /// Writes the weights ready to a file, where the device has such.
    pub(super) fn keep(&self, file: &Path, about: &About) -> std::io::Result<()> {
        match self {
            Self::Reference(_) => Ok(()),
            Self::Cpu(own) => own.keep(file, about),
        }
    }

    /// Random weights, made where they stay. The same every time.
    pub(super) fn random(config: &Config, device: &Device, threads: &Arc<Threads>) -> Result<Self> {
        Ok(match device {
            Device::Reference => {
                let (weights, place) = (Weights::random(config), candle_core::Device::Cpu);
                let made = reference::Transformer::new(config, weights, &place)?;
                Self::Reference(Box::new(made))
            }
            Device::Cpu { format, .. } => {
                let format = format.unwrap_or(Format::usual(config.parameters()));
                let made = cpu::Transformer::random(config, format, Arc::clone(threads))?;
                Self::Cpu(Box::new(made))
            }
        })
    }

    /// The device's name.
    pub(super) fn device(&self) -> &'static str {
        match self {
            Self::Reference(_) => "reference",
            Self::Cpu(_) => "cpu",
        }
    }

    /// How its matrices are kept.
    pub(super) fn format(&self) -> &'static str {
        match self {
            Self::Reference(_) => Format::F32.name(),
            Self::Cpu(own) => own.format().name(),
        }
    }

    /// Bytes of weights that a step reads.
    pub(super) fn bytes_per_step(&self) -> usize {
        match self {
            Self::Reference(own) => own.bytes_per_step(),
            Self::Cpu(own) => own.bytes_per_step(),
        }
    }

    pub(super) fn open(&mut self) -> Result<Slot> {
        match self {
            Self::Reference(own) => own.open(),
            Self::Cpu(own) => own.open(),
        }
    }

    pub(super) fn close(&mut self, slot: Slot) {
        match self {
            Self::Reference(own) => own.close(slot),
            Self::Cpu(own) => own.close(slot),
        }
    }

    /// One pass; see [`dnd::forward`].
    pub(super) fn forward(
        &mut self,
        config: &Config,
        rows: &[Row],
        picks: &[Pick],
    ) -> Result<Vec<Vec<Draw>>> {
        match self {
            Self::Reference(own) => dnd::forward(&mut **own, config, rows, picks, &mut NoWatch),
            Self::Cpu(own) => dnd::forward(&mut **own, config, rows, picks, &mut NoWatch),
        }
    }
}
