//! The seam between model families and devices.
//!
//! A [`Backend`] holds one transformer's weights and key-value caches on a device and carries out
//! model-shaped operations on them. `reference` (candle, f32) is the oracle that the fast ones are tested
//! against; `cpu` is the fast one of a machine without a graphics card, `gpu` that of one with. A new device is a
//! folder here and an arm in [`Device`], in [`Opened`], and where its networks are made.

pub mod cpu;
pub mod gpu;
#[cfg(test)]
mod parity;
pub mod reference;

use std::{path::Path, sync::Arc};

use crate::{
    error::{Error, Result},
    family::dnd::{Choice, Pick, Row},
    sampling::{BadLogits, Draw, Sampler, guide},
};

pub use crate::sampling::Place;

/// What a model runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// The best graphics card where there is a real one, else plain processors.
    Auto,
    /// The oracle: slow, f32, on one thread for the most part.
    Reference,
    /// Plain processors.
    Cpu {
        /// How many threads; `None` is one for each physical core.
        threads: Option<usize>,
        /// How the transformer's matrices are kept; `None` lets their size decide.
        format: Option<cpu::Format>,
    },
    /// A graphics card.
    Gpu {
        /// Part of its name, or its place in the list; `None` is the best there is.
        adapter: Option<String>,
        /// How the transformer's matrices are kept; `None` lets their size decide.
        format: Option<gpu::Format>,
    },
}

/// A device that is ready: what all models on it share.
#[derive(Clone)]
pub enum Opened {
    /// The oracle.
    Reference,
    /// Plain processors.
    Cpu {
        /// What models compute with.
        threads: Arc<cpu::Threads>,
        /// As in [`Device::Cpu`].
        format: Option<cpu::Format>,
    },
    /// A graphics card.
    Gpu {
        /// The card.
        gpu: Arc<gpu::Gpu>,
        /// As in [`Device::Gpu`].
        format: Option<gpu::Format>,
    },
}

impl Default for Device {
    fn default() -> Self {
        Self::Cpu {
            threads: None,
            format: None,
        }
    }
}

impl Device {
    /// What [`Device::Auto`] comes to on this machine; others stay as they are.
    pub fn resolved(&self) -> Self {
        if *self != Self::Auto {
            return self.clone();
        }
        match gpu::Adapter::usual() {
            Some(best) => Self::Gpu {
                adapter: Some(best.about().title()),
                format: None,
            },
            None => Self::default(),
        }
    }

    /// Makes it ready.
    ///
    /// # Errors
    /// When the operating system gives no more threads, or the graphics card cannot be opened.
    pub fn open(&self) -> Result<Opened> {
        self.open_keeping(None)
    }

    /// The same; what a card compiles is kept in `cache` for the next start.
    ///
    /// # Errors
    /// As [`Device::open`].
    pub fn open_keeping(&self, cache: Option<&Path>) -> Result<Opened> {
        Ok(match self {
            Self::Auto => match gpu::Adapter::usual() {
                Some(best) => Opened::Gpu {
                    gpu: Arc::new(gpu::Gpu::open(&best, cache)?),
                    format: None,
                },
                None => return Self::default().open_keeping(cache),
            },
            Self::Reference => Opened::Reference,
            Self::Cpu { threads, format } => Opened::Cpu {
                threads: cpu::Threads::start(*threads)?,
                format: *format,
            },
            Self::Gpu { adapter, format } => {
                let adapter = gpu::Adapter::find(adapter.as_deref())?;
                Opened::Gpu {
                    gpu: Arc::new(gpu::Gpu::open(&adapter, cache)?),
                    format: *format,
                }
            }
        })
    }
}

impl Opened {
    /// The same, with a format where none is chosen: what the weights come in already need not be changed.
    pub(crate) fn of_format(&self, usual: cpu::Format, on_card: gpu::Format) -> Self {
        match self {
            Self::Reference => Self::Reference,
            Self::Cpu { threads, format } => Self::Cpu {
                threads: Arc::clone(threads),
                format: Some(format.unwrap_or(usual)),
            },
            Self::Gpu { gpu, format } => Self::Gpu {
                gpu: Arc::clone(gpu),
                format: Some(format.unwrap_or(on_card)),
            },
        }
    }
}

/// A sequence's place in the caches, from [`Backend::open`] to [`Backend::close`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot(pub usize);

/// One row of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Whose cache it reads and writes.
    pub slot: Slot,
    /// 0 is the class token; position `t` carries the codes of grid cell `t - 1` and predicts cell `t`.
    pub position: usize,
}

/// What enters the transformer at a row.
#[derive(Clone, Debug)]
pub enum Input {
    /// A row of the class table.
    Label(u32),
    /// The sum over depths of the embeddings of these codes.
    Codes(Vec<u32>),
    /// The sum over depths of the embeddings of the codes that the pass before picked for this sequence. They may
    /// not have left the device yet; only [`Backend::KEEPS_CODES`] ones know them.
    Drawn,
}

/// A transformer on a device. Rows are independent: what a row computes does not depend on which other
/// rows share the pass, bit for bit, so that a picture does not depend on its batch.
pub trait Backend {
    /// Activations `[rows, width]`.
    type Hidden;
    /// Queries `[rows, heads, head_width]`, rotated.
    type Queries;
    /// Logits `[rows, codebook]` in f32, before guidance.
    type Logits;
    /// The picked codes of one depth, one for each pick; they may still be on the device.
    type Codes;

    /// Whether a pass can go on from codes of the pass before that nobody has read: [`Input::Drawn`].
    const KEEPS_CODES: bool = false;

    /// A fresh, empty sequence.
    fn open(&mut self) -> Result<Slot>;
    /// Gives a sequence's memory back.
    fn close(&mut self, slot: Slot);

    /// Class rows and summed code embeddings.
    fn embed(&mut self, rows: &[Row]) -> Result<Self::Hidden>;
    /// RMS norm before attention: `x / sqrt(mean(x^2) + 1e-5) * weight`.
    fn attention_norm(&mut self, layer: usize, hidden: &Self::Hidden) -> Result<Self::Hidden>;
    /// Queries, keys and values; two-dimensional rotary positions on queries and keys; keys and values
    /// go to the cache at each row's position.
    fn write_cache(
        &mut self,
        layer: usize,
        normed: &Self::Hidden,
        tokens: &[Token],
    ) -> Result<Self::Queries>;
    /// Softmax attention of each row over its sequence's cache up to and including its own position.
    fn attend(
        &mut self,
        layer: usize,
        queries: &Self::Queries,
        tokens: &[Token],
    ) -> Result<Self::Hidden>;
    /// `hidden += out(attended)`.
    fn add_projected(
        &mut self,
        layer: usize,
        attended: &Self::Hidden,
        hidden: &mut Self::Hidden,
    ) -> Result<()>;
    /// RMS norm before the feed-forward.
    fn feed_forward_norm(&mut self, layer: usize, hidden: &Self::Hidden) -> Result<Self::Hidden>;
    /// `hidden += down(silu(gate(normed)) * up(normed))`.
    fn add_feed_forward(
        &mut self,
        layer: usize,
        normed: &Self::Hidden,
        hidden: &mut Self::Hidden,
    ) -> Result<()>;
    /// The head of `depth`: its norm, then its output matrix.
    fn head(&mut self, depth: usize, hidden: &Self::Hidden) -> Result<Self::Logits>;
    /// Guidance, filters and noise: one code for each pick.
    fn pick(&mut self, depth: usize, logits: &Self::Logits, picks: &[Pick]) -> Result<Self::Codes>;
    /// The codes of a depth that every pick knows beforehand: one for each pick, without logits.
    fn known(&mut self, depth: usize, picks: &[Pick]) -> Result<Self::Codes>;
    /// Adds the embedding of each picked code to the rows of its pick.
    fn add_codes(
        &mut self,
        codes: &Self::Codes,
        picks: &[Pick],
        hidden: &mut Self::Hidden,
    ) -> Result<()>;
    /// Brings picked codes to the host; waits for the device where they are not there yet. Codes of one pass may be
    /// read after other passes were recorded.
    fn read(&mut self, codes: Self::Codes) -> Result<Vec<Draw>>;
}

/// The codes of a depth that every pick knows.
fn known_draws(depth: usize, picks: &[Pick]) -> Vec<Draw> {
    let code = |pick: &Pick| match pick.depths[depth] {
        Choice::Known(code) | Choice::Recall { code, .. } => code,
        Choice::Sample { .. } => 0,
    };
    picks.iter().map(|pick| Draw::given(code(pick))).collect()
}

/// An input that this device has no codes for.
fn no_codes_kept(device: &'static str) -> Error {
    Error::Backend {
        device,
        operation: "embedding",
        message: "codes that nobody has read are not kept".into(),
    }
}

/// Finds the code of a pick at `depth` from the logits of its rows: guidance, filters, noise. `guided` is
/// memory that is used again.
fn draw_pick<'a>(
    sampler: &mut Sampler,
    guided: &mut Vec<f32>,
    pick: &Pick,
    depth: usize,
    row: impl Fn(usize) -> &'a [f32],
) -> Result<Draw, BadLogits> {
    let mut logits = |scale: f32| {
        guided.clear();
        guided.extend_from_slice(row(pick.row));
        if let Some(unconditional) = pick.unconditional.filter(|_| scale > 1.0) {
            guide(guided, row(unconditional), scale);
        }
    };
    match pick.depths[depth] {
        Choice::Known(code) => Ok(Draw::given(code)),
        Choice::Recall {
            code,
            scale,
            filter,
        } => {
            logits(scale);
            sampler.recall(guided, &filter, code)
        }
        Choice::Sample {
            scale,
            filter,
            place,
        } => {
            logits(scale);
            sampler.draw(guided, &filter, place)
        }
    }
}
