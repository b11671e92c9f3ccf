//! Every operation against a plain f64 loop.
//!
//! Buffers have guard zones in tests: whatever writes beside one panics when it is dropped.
#![allow(clippy::unwrap_used, missing_docs)]

mod compare;
mod networks;
mod operations;
mod plain;
mod simd;

use super::layer::Tensors;
use crate::tokenizer::layout::Module;

/// Evenly spread numbers between -1 and 1.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    pub fn many(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| self.next()).collect()
    }

    /// Numbers that keep a sum over `fan` inputs of ordinary size.
    pub fn weights(&mut self, len: usize, fan: usize) -> Vec<f32> {
        let reach = (3.0 / fan as f32).sqrt();
        self.many(len).into_iter().map(|v| v * reach).collect()
    }

    /// Weights for `modules`.
    pub fn tensors(&mut self, modules: &[Module]) -> Tensors {
        let named = modules.iter().flat_map(Module::tensors);
        named
            .map(|(name, shape)| {
                let len: usize = shape.iter().product();
                let values = match (shape.len(), name.ends_with("weight")) {
                    (1, true) => self.many(len).iter().map(|v| 1.0 + 0.3 * v).collect(),
                    (1, false) => self.weights(len, 30),
                    _ => self.weights(len, len / shape[0]),
                };
                (name, (values, shape))
            })
            .collect()
    }
}
