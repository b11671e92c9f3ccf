//! The queue: what is being made, what waits, in which order. It opens from the corner of the progress
//! bar, where cancelled pictures can be kept as well.

mod data;
mod ui;

pub use data::{Job, Queue};
pub use ui::corner_ui;
