//! The page of models: what is installed, what each is good for and needs, and folders that could not be read.

mod data;
mod ui;

pub use data::{Models, Status};
pub use ui::models_ui;
