//! Strata's engine: it samples, tokenizes and shows DnD-Transformer (arXiv 2410.01912) and LlamaGen (arXiv
//! 2406.06525) models.
//!
//! The map of the house:
//!
//! | module | what lives there |
//! |---|---|
//! | [`worker`] | the engine thread: commands in, events out, the queue |
//! | [`recipe`] | everything that determines one picture |
//! | `family` | one folder per model family: configuration, weights, forward pass |
//! | `tokenizer` | RQ-VAE and VQ-GAN: pixels to codes and codes to pixels, and the linear preview |
//! | [`sampling`] | guidance, filters, counter-based noise; no tensors of a backend |
//! | `backend` | the seam that devices implement, and its implementations |
//! | [`checkpoint`] | files of weights to one typed description; nothing in them is executed |
//! | [`library`] | where models live, their manifests |
//! | [`picture`] | codes, pixels, and the PNG that carries both |
//!
//! The engine knows no window: a program sends [`Command`]s to an [`Engine`] and hears [`Event`]s.

pub mod backend;
pub mod checkpoint;
mod dice;
pub mod error;
pub mod family;
pub mod library;
mod model;
pub mod picture;
pub mod recipe;
pub mod sampling;
pub mod tokenizer;
#[cfg(any(test, fuzzing))]
pub mod trial;
pub mod worker;

pub use backend::{Device, Opened};
pub use error::{Error, Result};
pub use library::{CardPreset, Footprint, Library, Mode, ModelCard, PresetKind};
pub use model::{LookAhead, bench, plan_on_card};
pub use picture::{Codes, Picture, Pixels};
pub use recipe::{Guidance, Lineage, PerDepth, Recipe, Sampling, Schedule, Start, Subject};
pub use worker::{Command, Engine, Event, JobEvent, JobId, ModelEvent};
