//! Strata: a desktop image studio for the DnD-Transformer, and its headless commands.
//!
//! The window and the commands drive the same engine thread with the same commands; what both need
//! lies here at the top, what only one needs below `app` or `headless`.

pub mod app;
pub mod classes;
pub mod explain;
pub mod headless;
pub mod launch;
pub mod places;
pub mod shipped;
