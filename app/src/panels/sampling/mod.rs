//! The sampling panel: model, presets, guidance, temperature and filters for all depths or for each, the
//! guidance curve, warnings; seed, count, and what a batch will take.

mod curve;
mod curve_ui;
mod data;
mod numbers;
mod presets;
mod ui;

pub use curve::{Curve, Handle};
pub use data::{ModelChoice, NamingRow, PresetRow, Sampling, Warning};
pub use ui::{forecast_ui, height, sampling_ui, seed_ui};
