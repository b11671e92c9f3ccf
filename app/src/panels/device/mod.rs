//! The menu of devices that models run on.

mod data;
mod ui;

pub use data::Device;
pub use ui::device_ui;
