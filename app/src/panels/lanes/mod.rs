//! The strip under the canvas: the selected picture with one depth, two depths, and so on to all, or with each
//! depth alone.

mod data;
mod ui;

pub use data::{Lane, Lanes};
pub use ui::lanes_ui;
