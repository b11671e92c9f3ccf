//! Generate and Cancel, and how far the work is.

mod data;
mod ui;

pub use data::Progress;
pub use ui::{buttons_ui, progress_ui};
