//! The canvas: the batch as tiles that fill in, or one picture large, and a line of words about the
//! picture that is looked at; over them the grid, the sampled position and uncertainty.

mod caption;
mod compare;
mod data;
mod large;
mod layout;
mod overlay;
mod tile;
mod ui;
mod waver;

pub use data::{Canvas, Caption, Comparison, File, Tile, tile};
pub use layout::{centred, shown_size};
pub use tile::paint_tile;
pub use ui::canvas_ui;
pub use waver::{Legend, Waver};
