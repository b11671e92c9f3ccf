//! The shelf: what this session saved, newest first.

mod data;
mod ui;

pub use data::{Item, Shelf};
pub use ui::shelf_ui;
