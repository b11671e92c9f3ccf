//! The fast backend for plain processors.
//!
//! `transformer` carries out a pass, `tokenizer` the networks around it. Below both: `threads` that outlive
//! a step, `weights` in one of the `formats`, and `kernels` compiled for several instruction sets, of which
//! the best is chosen at run time. A result is the same bits for every number of threads, and for every
//! number of rows that share a pass.

mod activations;
mod ahead;
mod attention;
mod buffers;
mod bytes;
mod columns;
mod cores;
mod elementwise;
mod formats;
mod kernels;
pub mod memory;
mod parts;
mod prepared;
mod product;
mod threads;
mod tiles;
mod tokenizer;
mod transformer;
mod weights;

pub use cores::physical_cores;
pub use formats::Format;
pub use kernels::Kernel;
pub(crate) use parts::{fitting, table};
pub use prepared::{About, Prepared};
pub use threads::Threads;
pub use tokenizer::Networks;
pub use transformer::Transformer;

use crate::error::Error;

/// Says what could not be done.
fn failed(operation: &'static str, message: String) -> Error {
    Error::Backend {
        device: "cpu",
        operation,
        message,
    }
}
