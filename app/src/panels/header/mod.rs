//! The top bar: the mode switch and the theme. Nothing of a mode's contents.

mod data;
mod ui;

pub use data::Header;
pub use ui::header_ui;
