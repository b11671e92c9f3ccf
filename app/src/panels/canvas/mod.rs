//! The canvas: the batch as tiles that fill in, or one picture large, and a line of words about the
//! picture that is looked at.

mod caption;
mod data;
mod layout;
mod ui;

pub use data::{Canvas, Caption, File, Tile};
pub use layout::{centred, shown_size};
pub use ui::canvas_ui;
