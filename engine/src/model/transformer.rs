//! The transformer on whichever device the model runs.

use std::{path::Path, sync::Arc};

use crate::{
    backend::{
        Backend, Opened, Slot,
        cpu::{self, About, Format, Prepared, Threads},
        gpu, reference,
    },
    error::Result,
    family::dnd::{self, Config, NoWatch, Pick, Piece, Row, Weights},
    sampling::Draw,
};

/// A transformer on its device.
pub(super) enum Transformer {
    Reference(Box<reference::Transformer>),
    Cpu(Box<cpu::Transformer>),
    Gpu(Box<gpu::Transformer>),
}

/// A pass whose codes may still be on the device.
pub(super) enum Pending {
    /// They are not.
    Done(Vec<Vec<Draw>>),
    /// The codes of each depth, and how many picks there were.
    Gpu(Vec<<gpu::Transformer as Backend>::Codes>, usize),
}

impl Transformer {
    /// Takes the weights over as they come.
    pub(super) fn new(
        config: &Config,
        pieces: impl Iterator<Item = Result<Piece>>,
        device: &Opened,
    ) -> Result<Self> {
        Ok(match device {
            Opened::Reference => {
                let weights = pieces.collect::<Result<_>>()?;
                let made = reference::Transformer::new(config, weights, &reference::place()?)?;
                Self::Reference(Box::new(made))
            }
            Opened::Cpu { threads, format } => {
                let format = format.unwrap_or(Format::usual(config.parameters()));
                let made = cpu::Transformer::new(config, pieces, format, Arc::clone(threads))?;
                Self::Cpu(Box::new(made))
            }
            Opened::Gpu { gpu, format } => {
                let format = format.unwrap_or(gpu::Format::usual(config.parameters()));
                let made = gpu::Transformer::new(config, pieces, format, Arc::clone(gpu))?;
                Self::Gpu(Box::new(made))
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
            Self::Reference(_) | Self::Gpu(_) => Ok(()),
            Self::Cpu(own) => own.keep(file, about),
        }
    }

    /// Random weights, made where they stay. The same every time.
    pub(super) fn random(config: &Config, device: &Opened) -> Result<Self> {
        match device {
            Opened::Cpu { threads, format } => {
                let format = format.unwrap_or(Format::usual(config.parameters()));
                let made = cpu::Transformer::random(config, format, Arc::clone(threads))?;
                Ok(Self::Cpu(Box::new(made)))
            }
            _ => Self::new(config, Weights::random_pieces(config).map(Ok), device),
        }
    }

    /// The device's name.
    pub(super) fn device(&self) -> &'static str {
        match self {
            Self::Reference(_) => "reference",
            Self::Cpu(_) => "cpu",
            Self::Gpu(_) => "gpu",
        }
    }

    /// How its matrices are kept.
    pub(super) fn format(&self) -> &'static str {
        match self {
            Self::Reference(_) => Format::F32.name(),
            Self::Cpu(own) => own.format().name(),
            Self::Gpu(own) => own.format().name(),
        }
    }

    /// Bytes of weights that a step reads.
    pub(super) fn bytes_per_step(&self) -> usize {
        match self {
            Self::Reference(own) => own.bytes_per_step(),
            Self::Cpu(own) => own.bytes_per_step(),
            Self::Gpu(own) => own.bytes_per_step(),
        }
    }

    /// Whether a pass can go on from codes that are still on the device.
    pub(super) fn keeps_codes(&self) -> bool {
        match self {
            Self::Reference(_) => reference::Transformer::KEEPS_CODES,
            Self::Cpu(_) => cpu::Transformer::KEEPS_CODES,
            Self::Gpu(_) => gpu::Transformer::KEEPS_CODES,
        }
    }

    pub(super) fn open(&mut self) -> Result<Slot> {
        match self {
            Self::Reference(own) => own.open(),
            Self::Cpu(own) => own.open(),
            Self::Gpu(own) => own.open(),
        }
    }

    pub(super) fn close(&mut self, slot: Slot) {
        match self {
            Self::Reference(own) => own.close(slot),
            Self::Cpu(own) => own.close(slot),
            Self::Gpu(own) => own.close(slot),
        }
    }

    /// Keeps what the device compiled for the next start.
    pub(super) fn keep_kernels(&self) {
        if let Self::Gpu(own) = self {
            own.gpu().keep_kernels();
        }
    }

    /// What was recorded and submitted so far, where that is how the device works.
    pub(super) fn work(&self) -> Option<gpu::Work> {
        match self {
            Self::Gpu(own) => Some(own.work()),
            _ => None,
        }
    }

    /// Gives up passes that were begun and not ended.
    pub(super) fn forget(&mut self) {
        if let Self::Gpu(own) = self {
            own.forget();
        }
    }

    /// One pass; see [`dnd::forward`].
    pub(super) fn forward(
        &mut self,
        config: &Config,
        rows: &[Row],
        picks: &[Pick],
    ) -> Result<Vec<Vec<Draw>>> {
        let pending = self.begin(config, rows, picks)?;
        self.end(pending)
    }

    /// Begins a pass. On a device that computes by itself nothing is waited for.
    pub(super) fn begin(
        &mut self,
        config: &Config,
        rows: &[Row],
        picks: &[Pick],
    ) -> Result<Pending> {
        Ok(Pending::Done(match self {
            Self::Reference(own) => dnd::forward(&mut **own, config, rows, picks, &mut NoWatch)?,
            Self::Cpu(own) => dnd::forward(&mut **own, config, rows, picks, &mut NoWatch)?,
            Self::Gpu(own) => {
                let codes = dnd::record(&mut **own, config, rows, picks, &mut NoWatch)?;
                own.send()?;
                return Ok(Pending::Gpu(codes, picks.len()));
            }
        }))
    }

    /// The draws of a pass that was begun: one per depth for each pick.
    pub(super) fn end(&mut self, pending: Pending) -> Result<Vec<Vec<Draw>>> {
        match (self, pending) {
            (_, Pending::Done(draws)) => Ok(draws),
            (Self::Gpu(own), Pending::Gpu(codes, picks)) => dnd::gather(&mut **own, codes, picks),
            (_, Pending::Gpu(..)) => Ok(Vec::new()),
        }
    }
}
