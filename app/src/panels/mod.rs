//! The panels of the window, a folder each: `data.rs` makes plain view data from the state, `ui.rs` draws
//! it and says what a person did. No panel reads the state while it draws, and none changes it.

pub mod branch;
pub mod canvas;
pub mod classes;
pub mod device;
pub mod documents;
pub mod drafts;
pub mod dropping;
pub mod gallery;
pub mod header;
pub mod keys;
pub mod lanes;
pub mod models;
pub mod notices;
pub mod progress;
pub mod queue;
pub mod sampling;
pub mod sheet;
pub mod shelf;
pub mod timeline;
pub mod tools;

#[cfg(test)]
pub(crate) mod fixture;
