//! What attention needs of sampling.

#[path = "../../../engine/src/sampling/exp.rs"]
mod all;

pub(crate) use all::exp;
