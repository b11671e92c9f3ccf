//! One folder per model family: configuration, weights by name, forward pass.
//!
//! A family's forward pass is written once, over the operations of [`crate::backend`]; nothing here
//! touches a device.

pub mod dnd;
