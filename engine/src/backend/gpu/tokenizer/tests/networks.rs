//! Whole networks: stages, repeated runs, other shapes, wrong inputs, a device that is lost.

use std::sync::Arc;

use super::{assert_intact, compare::assert_close, expected, numbers, tensors};
use crate::{
    backend::gpu::{
        Gpu,
        tests::{card, own_card},
        tokenizer::Networks,
    },
    dice::Dice,
    error::Error,
    tokenizer::{
        Kind, Layout,
        layout::{self, Module},
    },
};

fn small() -> Layout {
    Layout {
        kind: Kind::RqVae {
            shared_codebook: true,
        },
        codes: [6, 6, 1],
        codebook: 8,
        dim: 32,
        encoded: 32,
        z_channels: 32,
        in_channels: 3,
        out_channels: 3,
        channels: 32,
        channel_mult: vec![1, 2],
        blocks: 1,
        attends: vec![false, true],
    }
}

/// A network, its tensors and an input.
fn network(
    modules: &[Module],
    gpu: &Arc<Gpu>,
    shape: [usize; 3],
) -> (Networks, Vec<f32>, Vec<f32>) {
    let mut dice = Dice::default();
    let tensors = tensors(&mut dice, modules);
    let input = numbers(&mut dice, shape);
    let expected = expected(modules, &tensors, &input, shape);
    let networks = Networks::new(modules, &tensors, Arc::clone(gpu)).unwrap();
    (networks, input, expected)
}

#[test]
fn both_networks_agree_with_the_reference() {
    let Some(gpu) = card() else { return };
    for (modules, shape) in [
        (layout::encoder(&small()), [3, 12, 10]),
        (layout::decoder(&small()), [32, 6, 5]),
    ] {
        let (networks, input, expected) = network(&modules, &gpu, shape);
        let mut stages = Vec::new();
        let keep = |name: &str, stage: &super::super::Stage| {
            stages.push((
                name.to_owned(),
                stage.shape(),
                stage.channels_first().unwrap(),
            ));
        };
        let watched = networks.run(&input, shape, keep).unwrap();
        // Errors grow from module to module.
        assert_close("network", &expected, &watched, 1e-4);
        assert_eq!(stages.len(), modules.len());
        for (_, shape, values) in &stages {
            assert_eq!(shape.iter().product::<usize>(), values.len());
        }
        assert_eq!(stages.last().unwrap().2, watched);
        // Unwatched, again, and after another shape: the same bits.
        let again = networks.run(&input, shape, |_, _| {}).unwrap();
        assert_eq!(again, watched);
        let other = [shape[0], 8, 4];
        networks
            .run(&vec![0.5; shape[0] * 32], other, |_, _| {})
            .unwrap();
        let mut later = networks.run_later(&input, shape).unwrap();
        let polled = loop {
            if let Some(found) = later.poll().unwrap() {
                break found;
            }
        };
        assert_eq!(polled, watched);
        assert!(later.poll().is_err(), "a picture is given once");
        assert_intact(&networks, &gpu);
    }
}

#[test]
fn work_in_small_pieces_gives_the_same_bits() {
    let Some(gpu) = card() else { return };
    let shape = [32, 9, 12];
    let (mut networks, input, _) = network(&layout::decoder(&small()), &gpu, shape);
    let whole = networks.run(&input, shape, |_, _| {}).unwrap();
    let steps = |networks: &Networks| {
        let kept = networks.prepared.lock().unwrap();
        kept.as_ref().unwrap().plan.steps.len()
    };
    let few = steps(&networks);
    *networks.prepared.lock().unwrap() = None;
    networks.hold = 1_000_000;
    let pieces = networks.run(&input, shape, |_, _| {}).unwrap();
    assert!(
        steps(&networks) > few + 5,
        "convolutions were not cut into bands"
    );
    assert_eq!(pieces, whole);
    assert_intact(&networks, &gpu);
}

#[test]
fn wrong_tensors_and_inputs_are_errors_by_name() {
    let Some(gpu) = card() else { return };
    let modules = layout::encoder(&small());
    let tensors = tensors(&mut Dice::default(), &modules);
    let name = "encoder.down.1.block.0.nin_shortcut.weight";
    let mut lacking = tensors.clone();
    lacking.remove(name);
    let mut twisted = tensors.clone();
    twisted.get_mut(name).unwrap().1.swap(0, 1);
    for wrong in [lacking, twisted] {
        let Err(error) = Networks::new(&modules, &wrong, Arc::clone(&gpu)) else {
            panic!("{name} was not missed");
        };
        assert!(error.to_string().contains(name));
    }
    let networks = Networks::new(&modules, &tensors, gpu).unwrap();
    let fails = |input: &[f32], shape| networks.run(input, shape, |_, _| {}).is_err();
    assert!(fails(&[0.0; 7], [3, 8, 8]));
    assert!(fails(&[], [3, 0, 8]));
    assert!(fails(&[0.0; 3 * 8], [3, 8, 1]));
    assert!(fails(&[0.0; 4 * 8 * 8], [4, 8, 8]));
}

#[test]
fn a_guard_zone_notices_a_write_behind_a_buffer() {
    let Some(gpu) = card() else { return };
    let modules = layout::decoder(&small());
    let (networks, input, _) = network(&modules, &gpu, [32, 2, 2]);
    networks.run(&input, [32, 2, 2], |_, _| {}).unwrap();
    assert_intact(&networks, &gpu);
    let kept = networks.prepared.lock().unwrap();
    let prepared = kept.as_ref().unwrap();
    prepared.spill(2, &gpu);
    assert_eq!(prepared.spilt(&gpu).unwrap(), Some(2));
}

#[test]
fn a_lost_device_is_an_error_of_that_name() {
    let Some(gpu) = own_card().map(Arc::new) else {
        return;
    };
    let shape = [32, 4, 4];
    let (networks, input, _) = network(&layout::decoder(&small()), &gpu, shape);
    networks.run(&input, shape, |_, _| {}).unwrap();
    let later = networks.run_later(&input, shape).unwrap();
    gpu.destroy();
    let lost = |error| matches!(error, Error::DeviceLost { .. });
    // What was submitted before may still be done.
    assert!(later.wait().is_ok_and(|found| !found.is_empty()) || gpu.check().is_err());
    let error = networks.run(&input, shape, |_, _| {}).unwrap_err();
    assert!(lost(error.clone()), "{error}");
}
