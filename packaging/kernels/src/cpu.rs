//! The plain processors.

#[path = "../../../engine/src/backend/cpu/activations.rs"]
pub mod activations;
#[path = "../../../engine/src/backend/cpu/ahead.rs"]
pub mod ahead;
#[path = "../../../engine/src/backend/cpu/attention.rs"]
pub mod attention;
#[path = "../../../engine/src/backend/cpu/bytes.rs"]
pub mod bytes;
#[path = "../../../engine/src/backend/cpu/columns.rs"]
pub mod columns;
#[path = "../../../engine/src/backend/cpu/cores.rs"]
pub mod cores;
#[path = "../../../engine/src/backend/cpu/elementwise.rs"]
pub mod elementwise;
#[path = "../../../engine/src/backend/cpu/formats.rs"]
pub mod formats;
#[path = "../../../engine/src/backend/cpu/kernels/mod.rs"]
pub mod kernels;
#[path = "../../../engine/src/backend/cpu/product.rs"]
pub mod product;
#[path = "../../../engine/src/backend/cpu/threads.rs"]
pub mod threads;
#[path = "../../../engine/src/backend/cpu/tiles.rs"]
pub mod tiles;
#[path = "../../../engine/src/backend/cpu/tokenizer/mod.rs"]
pub mod tokenizer;
#[path = "../../../engine/src/backend/cpu/weights.rs"]
pub mod weights;

pub use cores::physical_cores;
pub use threads::Threads;

use crate::error::Error;

/// Says what could not be done.
fn failed(operation: &'static str, message: String) -> Error {
    Error::Backend {
        device: "cpu",
        operation,
        message,
    }
}
