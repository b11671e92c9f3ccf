//! Each module alone: odd sizes, a single row, column and pixel, and every shape of workgroup.

use std::sync::Arc;

use super::{assert_intact, compare::assert_close, expected, numbers, tensors};
use crate::{
    backend::gpu::{
        Gpu,
        tests::card,
        tokenizer::{
            Networks, Precision,
            form::{Form, Walk},
        },
    },
    dice::Dice,
    tokenizer::layout::Module,
};

/// Sums over a few thousand products of ordinary size, in another order: about the square root of their number
/// times the last digit.
const BOUND: f32 = 2e-5;

fn conv3(from: usize, to: usize) -> Module {
    Module::Conv3 {
        name: "conv".into(),
        from,
        to,
    }
}

fn conv1(from: usize, to: usize) -> Module {
    Module::Conv1 {
        name: "point".into(),
        from,
        to,
    }
}

fn walked(walk: Walk, channels: usize) -> Module {
    let name = "conv".into();
    match walk {
        Walk::Same => conv3(channels, channels),
        Walk::Doubling => Module::Upsample { name, channels },
        Walk::Halving => Module::Downsample { name, channels },
    }
}

/// Runs `modules` on both backends.
#[track_caller]
fn check(gpu: &Arc<Gpu>, modules: &[Module], shape: [usize; 3], bound: f32) {
    let mut dice = Dice::default();
    let tensors = tensors(&mut dice, modules);
    let input = numbers(&mut dice, shape);
    let networks = Networks::new(modules, &tensors, Arc::clone(gpu)).unwrap();
    let found = networks.run(&input, shape, |_, _| {}).unwrap();
    let what = format!("{:?} on {shape:?}", modules[0]);
    assert_close(
        &what,
        &expected(modules, &tensors, &input, shape),
        &found,
        bound,
    );
    assert_intact(&networks, gpu);
}

#[test]
fn convolutions_of_odd_sizes() {
    let Some(gpu) = card() else { return };
    for (from, to) in [(1, 1), (3, 32), (5, 9), (32, 3), (33, 67)] {
        for [height, width] in [[1, 1], [1, 9], [7, 1], [5, 18], [19, 33]] {
            check(&gpu, &[conv3(from, to)], [from, height, width], BOUND);
            check(&gpu, &[conv1(from, to)], [from, height, width], BOUND);
        }
    }
}

#[test]
fn resolution_changes_of_odd_sizes() {
    let Some(gpu) = card() else { return };
    for channels in [1, 6, 35] {
        for [height, width] in [[1, 1], [1, 5], [4, 1], [9, 17]] {
            let shape = [channels, height, width];
            check(&gpu, &[walked(Walk::Doubling, channels)], shape, BOUND);
            let shape = [channels, height + 1, width + 1];
            check(&gpu, &[walked(Walk::Halving, channels)], shape, BOUND);
        }
    }
}

#[test]
fn every_form_of_a_convolution() {
    let Some(gpu) = card() else { return };
    for walk in Walk::ALL {
        let mut forms = Vec::new();
        for (channels, area) in [(3, 1200), (9, 1200), (9, 12400)] {
            for width in [8, 16, 32] {
                // Tall enough for many workgroups, and of an odd height.
                let [width, height] = match walk {
                    Walk::Same => [width, (area / width) | 1],
                    Walk::Doubling => [width / 2, (area / width / 2) | 1],
                    Walk::Halving => [2 * width, 2 * (area / width) + 1],
                };
                let result = [channels, walk.result(height), walk.result(width)];
                forms.push(Form::of_convolution(walk, result));
                check(
                    &gpu,
                    &[walked(walk, channels)],
                    [channels, height, width],
                    BOUND,
                );
            }
        }
        for form in Form::all(walk) {
            assert!(forms.contains(&form), "{walk:?}: {form:?} was not tried");
        }
    }
}

#[test]
fn norms_on_their_way_into_a_convolution() {
    let Some(gpu) = card() else { return };
    for (channels, shape) in [(32, [5, 7]), (64, [1, 1]), (96, [67, 66])] {
        let norm = Module::NormAct {
            name: "norm".into(),
            channels,
        };
        let shape = [channels, shape[0], shape[1]];
        // The norm alone is applied by the host.
        check(&gpu, std::slice::from_ref(&norm), shape, BOUND);
        check(&gpu, &[norm.clone(), conv3(channels, 5)], shape, BOUND);
        check(&gpu, &[norm, conv1(channels, 5)], shape, BOUND);
    }
}

#[test]
fn a_norm_keeps_its_digits_beside_large_numbers() {
    let Some(gpu) = card() else { return };
    let shape = [64, 9, 70];
    let modules = [Module::NormAct {
        name: "norm".into(),
        channels: 64,
    }];
    let mut dice = Dice::default();
    let tensors = tensors(&mut dice, &modules);
    let mut input = numbers(&mut dice, shape);
    // Far from zero, and a group all alike.
    input
        .iter_mut()
        .for_each(|value| *value = *value / 4.0 + 100.0);
    input[..2 * 630].fill(1000.0);
    let networks = Networks::new(&modules, &tensors, Arc::clone(&gpu)).unwrap();
    let found = networks.run(&input, shape, |_, _| {}).unwrap();
    let exact = plain_norm(&input, shape, &tensors);
    // The input's last digit is 8e-6, and the norm multiplies it by about seven.
    assert_close("norm", &exact, &found, 1e-4);
}

/// Group norm and activation in 64 bits.
fn plain_norm(input: &[f32], shape: [usize; 3], tensors: &crate::tokenizer::Tensors) -> Vec<f32> {
    let cells = shape[1] * shape[2];
    let group = shape[0] / 32 * cells;
    let [gain, bias] = ["norm.weight", "norm.bias"].map(|name| &tensors[name].0);
    let groups = input.chunks_exact(group).enumerate();
    let normed = groups.flat_map(|(index, numbers)| {
        let numbers: Vec<f64> = numbers.iter().map(|&value| f64::from(value)).collect();
        let mean = numbers.iter().sum::<f64>() / group as f64;
        let squares = numbers.iter().map(|value| (value - mean).powi(2));
        let inverse = (squares.sum::<f64>() / group as f64 + 1e-6).sqrt().recip();
        let place = move |(at, value): (usize, f64)| {
            let channel = (index * group + at) / cells;
            let scale = f64::from(gain[channel]) * inverse;
            let value = (value - mean) * scale + f64::from(bias[channel]);
            (value / (1.0 + (-value).exp())) as f32
        };
        numbers
            .into_iter()
            .enumerate()
            .map(place)
            .collect::<Vec<_>>()
    });
    normed.collect()
}

#[test]
fn residual_blocks_with_and_without_a_shortcut() {
    let Some(gpu) = card() else { return };
    for (from, to) in [(32, 32), (32, 64), (64, 32)] {
        for [height, width] in [[1, 1], [3, 21], [17, 16]] {
            let module = Module::Residual {
                name: "block".into(),
                from,
                to,
            };
            check(&gpu, &[module], [from, height, width], BOUND);
        }
    }
}

#[test]
fn attention_over_few_and_many_cells() {
    let Some(gpu) = card() else { return };
    // The last takes its queries in two blocks, the second of another size.
    for (channels, [height, width]) in [(32, [1, 1]), (64, [1, 37]), (96, [9, 15]), (32, [53, 53])]
    {
        let module = Module::Attention {
            name: "attention".into(),
            channels,
        };
        check(&gpu, &[module], [channels, height, width], BOUND);
    }
}

#[test]
fn the_widest_layer_of_the_published_models() {
    let Some(gpu) = card() else { return };
    check(&gpu, &[conv3(512, 512)], [512, 16, 16], BOUND);
}

#[test]
fn weights_of_16_bits_cost_digits_and_nothing_else() {
    let Some(gpu) = card() else { return };
    let (modules, shape) = ([conv3(40, 12)], [40, 9, 11]);
    let mut dice = Dice::default();
    let mut tensors = tensors(&mut dice, &modules);
    let input = numbers(&mut dice, shape);
    // With weights that 16 bits hold exactly, nothing is lost.
    for value in &mut tensors.get_mut("conv.weight").unwrap().0 {
        *value = half::f16::from_f32(*value).to_f32();
    }
    let networks =
        Networks::with_precision(&modules, &tensors, Arc::clone(&gpu), Precision::Half).unwrap();
    let found = networks.run(&input, shape, |_, _| {}).unwrap();
    assert_close(
        "halves",
        &expected(&modules, &tensors, &input, shape),
        &found,
        BOUND,
    );
    assert_intact(&networks, &gpu);
}
