//! Strata: a desktop image studio for the DnD-Transformer, and its headless commands.
//!
//! The window and the commands drive the same engine thread with the same commands; what both need
//! lies here at the top, what only one needs below `app` or `headless`.

pub mod actions;
pub mod app;
pub mod classes;
pub mod devices;
pub mod explain;
pub mod export;
pub mod gallery;
pub mod headless;
pub mod journal;
pub mod launch;
pub mod library;
pub mod origin;
pub mod panels;
pub mod places;
pub mod port;
pub mod ranking;
pub mod settings;
pub mod shipped;
pub mod shortcuts;
pub mod state;
pub mod theme;
pub mod times;
pub mod widgets;
pub mod wording;
pub mod world;
