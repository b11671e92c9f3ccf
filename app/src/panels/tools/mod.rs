//! The row under the canvas: overlays, magnification, comparing, full screen, and the legend of the
//! uncertainty.

mod data;
mod ui;

pub use data::Tools;
pub use ui::tools_ui;
