//! The oracle: candle, f32, one row at a time, never optimised.
//!
//! A matrix product over several rows may sum in another order than one over a single row, so every
//! row goes through its own product. That keeps a picture independent of its batch, and costs nothing
//! here: candle's product of two rows is slower than two products of one.

mod tokenizer;
mod transformer;

pub use tokenizer::Networks;
pub use transformer::Transformer;

use crate::error::Error;

/// Names the operation that candle could not do.
fn failed(operation: &'static str) -> impl Fn(candle_core::Error) -> Error {
    move |error| Error::Backend {
        device: "reference",
        operation,
        message: error.to_string(),
    }
}
