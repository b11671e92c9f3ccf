//! From logits to codes: guidance, filters, noise and the draw.
//!
//! Pure functions on slices. No tensors of a backend, no state but scratch memory, no clock and no
//! global random numbers: the same logits, settings and place give the same code on every platform.

mod draw;
mod exp;
mod filter;
mod guidance;
mod noise;
mod philox;

pub(crate) use exp::exp;

pub use draw::{BadLogits, Draw, Sampler};
pub use filter::{Filter, LEAST_TEMPERATURE, probabilities};
pub use guidance::guide;
pub use noise::{MAX_NOISE, MIN_NOISE, Place, gumbel};
pub use philox::{philox4x32, uniform};
