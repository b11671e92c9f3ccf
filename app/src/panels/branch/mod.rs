//! Growing again: what is kept of the picture that is looked at, on the picture itself and in a section
//! beside it, the tree of its branches, and the button that begins with a picture of one's own.

mod data;
mod overlay;
mod tree;
mod ui;

pub use data::{Branch, Choice, Overlay, TreeRow};
pub use overlay::overlay_ui;
pub use ui::{branch_ui, entry_ui};
