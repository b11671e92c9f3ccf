//! The window, driven by accessible label over a scripted engine: what a person clicks, what the engine is
//! asked, what ends up on the disk. Frames are stepped by hand; only `screens` needs a graphics adapter.
#![allow(clippy::unwrap_used)]

mod branch;
mod flow;
mod real;
mod screens;
mod script;
