//! The sampling panel: model, guidance, temperature and filters, seed, count.

mod data;
mod ui;

pub use data::{ModelChoice, Sampling};
pub use ui::{sampling_ui, seed_ui};
