//! Every operation against `reference`, on whatever adapter there is; kernels and plans without one.
//!
//! In tests buffers hold NaN before a run and have guard zones behind them, which are looked at afterwards.
#![allow(clippy::unwrap_used, missing_docs)]

mod compare;
mod kernels;
mod networks;
mod operations;
mod plans;

use super::Networks;
use crate::{
    backend::{gpu::Gpu, reference},
    dice::Dice,
    tokenizer::{Kind, Layout, Tensors, layout::Module},
};

/// Weights for `modules` that keep numbers of ordinary size.
pub fn tensors(dice: &mut Dice, modules: &[Module]) -> Tensors {
    let named = modules.iter().flat_map(Module::tensors);
    named
        .map(|(name, shape)| {
            let len: usize = shape.iter().product();
            let values = match (shape.len(), name.ends_with("weight")) {
                (1, true) => dice.weights(len, 30).iter().map(|v| 1.0 + v).collect(),
                (1, false) => dice.weights(len, 30),
                _ => dice.weights(len, len / shape[0]),
            };
            (name, (values, shape))
        })
        .collect()
}

/// Evenly spread from -1 to 1.
pub fn numbers(dice: &mut Dice, shape: [usize; 3]) -> Vec<f32> {
    (0..shape.iter().product()).map(|_| dice.number()).collect()
}

/// What `reference` makes of an input.
pub fn expected(
    modules: &[Module],
    tensors: &Tensors,
    input: &[f32],
    shape: [usize; 3],
) -> Vec<f32> {
    let networks = reference::Networks::new(modules, tensors, &candle_core::Device::Cpu);
    networks.unwrap().run(input, shape, |_, _| {}).unwrap()
}

/// Insists that nothing was written behind a buffer.
#[track_caller]
pub fn assert_intact(networks: &Networks, gpu: &Gpu) {
    let kept = networks.prepared.lock().unwrap();
    let spilt = kept.as_ref().unwrap().spilt(gpu).unwrap();
    assert_eq!(spilt, None, "something was written behind a buffer");
}

/// The published tokenizer of ImageNet, for pictures of `16 * grid` pixels.
pub fn official(grid: usize) -> Layout {
    Layout {
        kind: Kind::RqVae {
            shared_codebook: true,
        },
        codes: [grid, grid, 2],
        codebook: 16384,
        dim: 256,
        encoded: 256,
        z_channels: 256,
        in_channels: 3,
        out_channels: 3,
        channels: 128,
        channel_mult: vec![1, 1, 2, 2, 4],
        blocks: 2,
        attends: vec![false, false, false, false, true],
    }
}
