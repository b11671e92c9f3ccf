//! The backend for graphics cards, on a wgpu device of its own: Vulkan, Metal or DirectX 12.
//!
//! `adapter` says what there is, `device` opens one, `driver` asks it what wgpu does not tell, `kernel` puts the
//! WGSL texts of `kernels/` together and compiles them. `transformer` carries out a pass without ever waiting for the card, `tokenizer` the networks around it,
//! and `plan` says beforehand whether a model fits.

mod adapter;
mod bandwidth;
mod device;
mod driver;
mod format;
mod kernel;
pub mod plan;
#[cfg(test)]
mod tests;
pub mod tokenizer;
mod transformer;

pub use adapter::{About, Adapter, Kind};
pub use device::Gpu;
pub use format::Format;
pub use tokenizer::Networks;
pub use transformer::{Transformer, Work};

use crate::error::Error;

/// Says what could not be done.
fn failed(operation: &'static str, message: impl Into<String>) -> Error {
    Error::Backend {
        device: "gpu",
        operation,
        message: message.into(),
    }
}
