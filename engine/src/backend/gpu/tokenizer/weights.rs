//! The networks' tensors on the card, laid out for the kernels, by their names in the state dict.

use std::collections::HashMap;

use half::f16;
use wgpu::Buffer;

use crate::{
    backend::gpu::Gpu,
    error::Result,
    tokenizer::{Tensors, layout::Module},
};

use super::{failed, kernels::Precision};

/// Outputs of a convolution are filled up to a multiple of this many.
const OUTPUTS: usize = 8;

/// The tensors.
pub type Weights = HashMap<String, Buffer>;

/// Lays out and uploads the tensors of `modules`.
///
/// # Errors
/// When one is missing, has another shape, or holds a number that its precision does not; when the card has no
/// room.
pub fn upload(
    modules: &[Module],
    tensors: &Tensors,
    gpu: &Gpu,
    precision: Precision,
) -> Result<Weights> {
    let named = modules.iter().flat_map(Module::tensors);
    named
        .map(|(name, expected)| {
            let values = find(tensors, &name, &expected)?;
            let bytes = lay_out(values, &expected, precision).ok_or_else(|| {
                failed(format!(
                    "tensor {name} holds a number that 16 bits cannot hold"
                ))
            })?;
            let buffer = gpu.upload("the tokenizer's weights", &bytes)?;
            Ok((name, buffer))
        })
        .collect()
}

/// Bytes that the tensors of `modules` take.
pub fn bytes(modules: &[Module], precision: Precision) -> u64 {
    let shapes = modules.iter().flat_map(Module::tensors);
    let bytes = shapes.map(|(_, shape)| match *shape {
        [to, from, 3, 3] => {
            let size = match precision {
                Precision::Full => 4,
                Precision::Half => 2,
            };
            9 * from * to.next_multiple_of(OUTPUTS) * size
        }
        _ => 4 * shape.iter().product::<usize>(),
    });
    bytes.map(|bytes| bytes.next_multiple_of(16) as u64).sum()
}

fn find<'a>(tensors: &'a Tensors, name: &str, expected: &[usize]) -> Result<&'a [f32]> {
    match tensors.get(name) {
        Some((values, shape))
            if shape == expected && values.len() == expected.iter().product::<usize>() =>
        {
            Ok(values)
        }
        Some((_, shape)) => Err(failed(format!(
            "tensor {name} has shape {shape:?}, expected {expected:?}"
        ))),
        None => Err(failed(format!(
            "tensor {name} is missing (expected shape {expected:?})"
        ))),
    }
}

/// A 3x3 as `[from, 9, to filled up]`, a 1x1 as `[from, to]`, all others as they are. `None` when a number does not
/// fit.
fn lay_out(values: &[f32], shape: &[usize], precision: Precision) -> Option<Vec<u8>> {
    let [to, from, taps, row] = match *shape {
        [to, from, 3, 3] => [to, from, 9, to.next_multiple_of(OUTPUTS)],
        [to, from, 1, 1] => [to, from, 1, to],
        _ => return Some(bytemuck::cast_slice(values).to_vec()),
    };
    let mut turned = vec![0.0f32; from * taps * row];
    for (output, filter) in values.chunks_exact(from * taps).enumerate().take(to) {
        for (at, &value) in filter.iter().enumerate() {
            turned[at * row + output] = value;
        }
    }
    if taps == 1 || precision == Precision::Full {
        return Some(bytemuck::cast_slice(&turned).to_vec());
    }
    let halves: Vec<f16> = turned.iter().map(|&value| f16::from_f32(value)).collect();
    let all_fit = halves.iter().all(|half| half.is_finite());
    all_fit.then(|| bytemuck::cast_slice(&halves).to_vec())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_laid_out_is_as_large_as_planned() {
        let modules = [
            Module::Conv3 {
                name: "three".into(),
                from: 5,
                to: 3,
            },
            Module::Conv1 {
                name: "one".into(),
                from: 5,
                to: 3,
            },
        ];
        for precision in [Precision::Full, Precision::Half] {
            let tensors = modules.iter().flat_map(Module::tensors);
            let found = tensors.map(|(_, shape)| {
                let values = vec![0.5; shape.iter().product()];
                let bytes = lay_out(&values, &shape, precision).unwrap();
                bytes.len().next_multiple_of(16) as u64
            });
            assert_eq!(found.sum::<u64>(), bytes(&modules, precision));
        }
    }

    #[test]
    fn numbers_that_16_bits_cannot_hold_are_told() {
        let shape = [1, 1, 3, 3];
        assert!(lay_out(&[7e4; 9], &shape, Precision::Full).is_some());
        assert!(lay_out(&[7e4; 9], &shape, Precision::Half).is_none());
    }
}
