//! Tests across the readers: honest files, hostile files, and honest files with a few bytes changed.
#![allow(clippy::unwrap_used)]

mod config;
mod conformance;
mod forge;
mod gguf;
mod honest;
mod hostile;
mod mutation;
mod safetensors;
