//! What went wrong, above the canvas: a sentence, the next step, and buttons that do it. The words and
//! the remedies are the reducer's.

mod ui;

pub use ui::notices_ui;
