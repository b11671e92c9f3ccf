//! The window, driven by accessible label over a scripted engine: what a person clicks, what the engine is
//! asked, what ends up on the disk. Frames are stepped by hand; only `screens` needs a graphics adapter.
#![allow(clippy::unwrap_used)]

mod branch;
mod card;
mod classes;
mod flow;
mod frames;
mod gallery;
mod library;
mod looking;
mod looking_screens;
mod models;
mod queue;
mod real;
mod sampling;
mod screens;
mod script;
mod tour;
