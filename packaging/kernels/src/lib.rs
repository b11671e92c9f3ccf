//! The engine's own files, as many as the kernels of the `cpu` backend and their tests need, where they lie.
//!
//! Nothing is computed here. What the files use of the rest of the engine is here by the same name.
#![allow(dead_code)]

mod backend;
#[path = "../../../engine/src/dice.rs"]
mod dice;
mod sampling;
mod tokenizer;

/// What a layout is made from, and no kernel needs.
mod checkpoint {
    pub struct RqVaeConfig {
        pub embed_dim: usize,
        pub codebook: usize,
        pub codes: [usize; 3],
        pub shared_codebook: bool,
        pub z_channels: usize,
        pub resolution: usize,
        pub in_channels: usize,
        pub out_channels: usize,
        pub channels: usize,
        pub channel_mult: Vec<usize>,
        pub blocks: usize,
        pub attention_resolutions: Vec<usize>,
        pub double_z: bool,
    }
}

use error::Result;

/// The one error that a kernel has.
mod error {
    pub type Result<T, E = Error> = std::result::Result<T, E>;

    #[derive(Debug, thiserror::Error)]
    pub enum Error {
        #[error("{operation} on {device}: {message}")]
        Backend {
            device: &'static str,
            operation: &'static str,
            message: String,
        },
    }
}
