//! Best of several: the dialog that says how many, and the ranking beside the canvas.

mod data;
mod dialog;
mod ui;

pub use data::{Dialog, DraftView, Ranking};
pub use dialog::{dialog_ui, entry_ui};
pub use ui::ranking_ui;
