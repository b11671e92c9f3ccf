//! Whole networks: the number of threads, wrong inputs, buffers that are too small.
//!
//! Values are `conformance`'s.

use std::sync::Arc;

use super::{Random, compare::close};
use crate::{
    backend::cpu::{
        threads::Threads,
        tokenizer::{Level, Networks, arena::Buffer},
    },
    tokenizer::layout::{self, Kind, Layout},
};

fn small() -> Layout {
    Layout {
        kind: Kind::RqVae {
            shared_codebook: true,
        },
        codes: [18, 18, 1],
        codebook: 8,
        dim: 32,
        encoded: 32,
        z_channels: 32,
        in_channels: 3,
        out_channels: 3,
        channels: 32,
        channel_mult: vec![1, 2, 3],
        blocks: 1,
        attends: vec![false, false, true],
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for (modules, shape) in [
        (layout::encoder(&small()), [3, 72, 44]),
        (layout::decoder(&small()), [32, 18, 11]),
    ] {
        let mut random = Random::new(5);
        let tensors = random.tensors(&modules);
        let input = random.many(shape.iter().product());
        for level in Level::available() {
            let outputs = [1, 2, 3, 7].map(|count| {
                let threads = Arc::new(Threads::new(count).unwrap());
                let networks = Networks::with_level(&modules, &tensors, threads, level).unwrap();
                let mut stages = Vec::new();
                let out = networks
                    .run(&input, shape, |name, stage| {
                        stages.push((name.to_owned(), stage.shape(), stage.channels_first()));
                    })
                    .unwrap();
                assert_eq!(stages.len(), modules.len());
                assert_eq!(stages.last().unwrap().2, out);
                (stages, out)
            });
            assert!(
                outputs.iter().all(|other| *other == outputs[0]),
                "{level:?}"
            );
        }
    }
}

#[test]
fn instruction_sets_agree() {
    let modules = layout::decoder(&small());
    let mut random = Random::new(6);
    let tensors = random.tensors(&modules);
    let (input, shape) = (random.many(32 * 18 * 18), [32, 18, 18]);
    let run = |level| {
        let networks = Networks::with_level(
            &modules,
            &tensors,
            Arc::new(Threads::new(2).unwrap()),
            level,
        );
        networks.unwrap().run(&input, shape, |_, _| {}).unwrap()
    };
    let levels = Level::available();
    let first: Vec<f64> = run(levels[0]).into_iter().map(f64::from).collect();
    for level in &levels[1..] {
        close(&first, &run(*level), 1e-4).unwrap();
    }
}

#[test]
fn wrong_tensors_and_inputs_are_errors_by_name() {
    let modules = layout::encoder(&small());
    let tensors = Random::new(1).tensors(&modules);
    let threads = Arc::new(Threads::new(2).unwrap());
    let name = "encoder.down.1.block.0.nin_shortcut.weight";
    let mut lacking = tensors.clone();
    lacking.remove(name);
    let mut twisted = tensors.clone();
    twisted.get_mut(name).unwrap().1.swap(0, 1);
    for wrong in [lacking, twisted] {
        let Err(error) = Networks::new(&modules, &wrong, Arc::clone(&threads)) else {
            panic!("{name} was not missed");
        };
        assert!(format!("{error:?}").contains(name));
    }
    let networks = Networks::new(&modules, &tensors, threads).unwrap();
    let fails = |input: &[f32], shape| networks.run(input, shape, |_, _| {}).is_err();
    assert!(fails(&[0.0; 7], [3, 8, 8]));
    assert!(fails(&[], [3, 0, 8]));
    assert!(fails(&[0.0; 3 * 8 * 3], [3, 8, 3]));
    assert!(fails(&[0.0; 4 * 8 * 8], [4, 8, 8]));
}

#[test]
#[should_panic(expected = "beside a buffer")]
fn a_guard_zone_notices_a_write_beside_it() {
    let mut buffer = Buffer::zeros(40);
    let end = buffer.as_mut_ptr().wrapping_add(40);
    // SAFETY: in tests the guard zone lies there.
    unsafe { end.write(1.0) };
}
