//! The class panel: search while typing, what is chosen, and the classes to choose from.

mod data;
mod ui;

pub use data::{Chip, Classes, Line, Row};
pub use ui::classes_ui;
