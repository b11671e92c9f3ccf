//! The gallery page: the bar of filters, the grid, one picture large, and how a picture was made.

mod bar;
mod data;
mod details;
mod grid;
mod keys;
mod large;
mod ui;

pub use data::{Detail, Gallery, Period, Tile};
pub use ui::gallery_ui;
