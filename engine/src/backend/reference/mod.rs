//! The oracle: candle, f32, one row at a time, never optimised.
//!
//! A matrix product over several rows may sum in another order than one over a single row, so every
//! row goes through its own product. That keeps a picture independent of its batch, and costs nothing
//! here: candle's product of two rows is slower than two products of one.

mod tokenizer;
mod transformer;

pub use tokenizer::Networks;
pub use transformer::Transformer;

use candle_core::Device;

use crate::error::{Error, Result};

/// Where candle computes: the processor, or the first card of the kind that the features `cuda` and `metal` are for.
///
/// # Errors
/// When the program was built for a card and this machine has none.
pub fn place() -> Result<Device> {
    let opened = if cfg!(feature = "cuda") {
        Device::new_cuda(0)
    } else if cfg!(feature = "metal") {
        Device::new_metal(0)
    } else {
        Ok(Device::Cpu)
    };
    opened.map_err(failed("opening the card that this build is for"))
}

/// Names the operation that candle could not do.
fn failed(operation: &'static str) -> impl Fn(candle_core::Error) -> Error {
    move |error| Error::Backend {
        device: "reference",
        operation,
        message: error.to_string(),
    }
}
