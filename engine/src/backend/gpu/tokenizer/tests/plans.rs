//! Plans, without a device: memory, the limits of dispatches, what does not fit together.

use super::official;
use crate::{
    backend::gpu::tokenizer::{
        Precision, bytes_needed, largest_buffer,
        plan::{HOLD, Operand, Plan},
    },
    tokenizer::layout::{self, Module},
};

const MIB: u64 = 1 << 20;

fn plans() -> Vec<Plan> {
    let mut plans = Vec::new();
    for grid in [1, 16, 18, 32] {
        let layout = official(grid);
        for (modules, shape) in [
            (layout::decoder(&layout), [256, grid, grid]),
            (layout::encoder(&layout), [3, 16 * grid, 16 * grid]),
        ] {
            plans.push(Plan::new(&modules, shape, Precision::Full).unwrap());
        }
    }
    plans
}

#[test]
fn no_step_exceeds_what_every_adapter_offers() {
    for plan in plans() {
        assert!(plan.buffers.iter().all(|&len| 4 * len as u64 <= 128 * MIB));
        for step in &plan.steps {
            let counts = step.workgroups;
            assert!(counts.iter().all(|count| (1..=65535).contains(count)));
            assert!(step.work <= HOLD, "{}", step.kernel.name);
            assert_eq!(step.operands.len() + 1, step.kernel.binds.len());
        }
    }
}

#[test]
fn no_step_writes_what_it_reads() {
    for step in plans().iter().flat_map(|plan| &plan.steps) {
        let Some((Operand::Buffer(written), read)) = step.operands.split_last() else {
            panic!("{} writes nothing", step.kernel.name);
        };
        assert!(
            !read.contains(&Operand::Buffer(*written)),
            "{}",
            step.kernel.name
        );
    }
}

#[test]
fn two_pictures_and_little_else_are_alive_at_a_time() {
    let modules = layout::decoder(&official(32));
    let shape = [256, 32, 32];
    // 128 channels of 512 x 512 pixels.
    assert_eq!(largest_buffer(&modules, shape).unwrap(), 128 * MIB);
    let plan = Plan::new(&modules, shape, Precision::Full).unwrap();
    assert!(
        plan.bytes() < 2 * 128 * MIB + 64 * MIB,
        "{}",
        plan.bytes() / MIB
    );
    let all = [Precision::Full, Precision::Half]
        .map(|precision| bytes_needed(&modules, shape, precision).unwrap());
    assert!(all[0] > plan.bytes() && all[1] < all[0]);
}

#[test]
fn modules_that_do_not_fit_together_are_told_by_name() {
    let conv = |name: &str, from, to| Module::Conv3 {
        name: name.into(),
        from,
        to,
    };
    let norm = |channels| Module::NormAct {
        name: "norm".into(),
        channels,
    };
    let up = Module::Upsample {
        name: "up".into(),
        channels: 32,
    };
    let down = Module::Downsample {
        name: "down".into(),
        channels: 3,
    };
    for (modules, named) in [
        (vec![conv("first", 3, 4), conv("second", 5, 6)], "second"),
        (vec![conv("first", 4, 4)], "first"),
        (vec![conv("first", 3, 48), norm(48)], "norm"),
        (vec![conv("first", 3, 32), norm(32), up], "up"),
        (vec![down.clone(), down], "halved"),
    ] {
        let error = Plan::new(&modules, [3, 2, 2], Precision::Full).unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
    }
}
