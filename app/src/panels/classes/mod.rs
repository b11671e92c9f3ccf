//! The class panel: search while typing, what is chosen, and the classes to choose from, as a list, a
//! tree, favourites and recent ones.

mod chips;
mod data;
mod face;
mod keys;
mod list;
mod ui;

pub use data::{Branch, Chip, Classes, Line, Row, SmallPicture};
pub use ui::{PaintPicture, classes_ui};
