//! The kernels one by one at the largest sizes of the published models, held to plain sums in 64 bits: what all of these
//! tests share. Outputs hold NaN before, what nobody may read holds NaN too, and behind every output lies a guard zone.
//! Drawing codes is held to the host in `sample_tests`.
#![allow(clippy::unwrap_used)]

mod attention;
mod products;
mod tables;

use wgpu::{Buffer, BufferUsages};

use super::{
    super::{Format, Gpu, kernel::Kernel},
    arena::TokenWord,
    kernels::{Kernels, MOST_ROWS},
};
use crate::family::dnd::Config;

/// NaN, in bits that no arithmetic gives.
const POISON: u32 = 0x7fc0_beef;
/// Words behind an output.
const GUARD: usize = 64;
/// Half the distance from 1 to the next number of 32 bits: what a rounding may cost.
const ROUNDING: f64 = 1.0 / (1u64 << 24) as f64;
/// Rows of a matrix that differ; they recur in its other rows. A prime, so that no workgroup has what another has.
const DISTINCT: usize = 251;

/// A number, and how far from it the card may be.
type Expected = (f64, f64);

/// The first number that is too far off.
fn strays(expected: &[Expected], found: &[f32]) -> Option<String> {
    assert_eq!(expected.len(), found.len());
    let mut pairs = expected.iter().zip(found).enumerate();
    pairs.find_map(|(at, ((value, bound), found))| {
        let is_near = (f64::from(*found) - value).abs() <= *bound;
        (!is_near).then(|| format!("number {at} is {found}, expected {value} within {bound:e}"))
    })
}

#[track_caller]
fn assert_near(what: &str, expected: &[Expected], found: &[f32]) {
    assert_eq!(strays(expected, found), None, "{what}");
}

#[test]
fn one_number_out_of_place_is_noticed() {
    let expected: Vec<Expected> = (0..999).map(|n| (f64::from(n) / 8.0, 1e-5)).collect();
    let exact: Vec<f32> = expected.iter().map(|(value, _)| *value as f32).collect();
    assert_eq!(strays(&expected, &exact), None);
    for at in [0, 500, 998] {
        for wrong in [exact[at] + 1e-3, f32::NAN, f32::INFINITY] {
            let mut found = exact.clone();
            found[at] = wrong;
            assert!(strays(&expected, &found).is_some());
        }
    }
}

/// A model with the sizes that count here.
fn kernels(heads: usize, width: usize, grid: usize, format: Format, gpu: &Gpu) -> Kernels {
    Kernels {
        config: Config {
            layers: 1,
            heads,
            width,
            codebook: 16_384,
            classes: 1000,
            unconditional: true,
            grid,
            head_layers: vec![0],
            tied_heads: false,
        },
        format,
        subgroup: gpu.subgroup(),
        halves: gpu.has_halves(),
        dots: false,
    }
}

/// A buffer with these words and a guard zone behind them.
fn guarded(gpu: &Gpu, mut words: Vec<u32>) -> Buffer {
    words.resize(words.len() + GUARD, POISON);
    let bytes = bytemuck::cast_slice(&words);
    gpu.upload("an output", bytes).unwrap()
}

fn poisoned(gpu: &Gpu, len: usize) -> Buffer {
    guarded(gpu, vec![POISON; len])
}

/// The first `len` words, after a look at the guard zone.
#[track_caller]
fn words(gpu: &Gpu, buffer: &Buffer, len: usize) -> Vec<u32> {
    let bytes = gpu.read(buffer, 0, 4 * (len + GUARD) as u64).unwrap();
    let mut words: Vec<u32> = bytemuck::pod_collect_to_vec(&bytes);
    let guard = words.split_off(len);
    let spilt = guard.iter().position(|word| *word != POISON);
    assert_eq!(spilt, None, "written behind the end");
    words
}

#[track_caller]
fn numbers(gpu: &Gpu, buffer: &Buffer, len: usize) -> Vec<f32> {
    words(gpu, buffer, len)
        .into_iter()
        .map(f32::from_bits)
        .collect()
}

fn upload(gpu: &Gpu, numbers: &[f32]) -> Buffer {
    gpu.upload("an input", bytemuck::cast_slice(numbers))
        .unwrap()
}

/// The rows of a pass: slot, position and what enters.
fn call(gpu: &Gpu, rows: &[(u32, u32, u32)]) -> Buffer {
    let mut tokens = vec![TokenWord::default(); 1 + MOST_ROWS];
    tokens[0].slot = rows.len() as u32;
    for (word, (slot, position, input)) in tokens[1..].iter_mut().zip(rows) {
        *word = TokenWord {
            slot: *slot,
            position: *position,
            input: *input,
            unused: 0,
        };
    }
    let bytes: &[u8] = bytemuck::cast_slice(&tokens);
    let usage = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
    let buffer = gpu.allocate("call", bytes.len(), usage).unwrap();
    gpu.queue.write_buffer(&buffer, 0, bytes);
    buffer
}

fn run(gpu: &Gpu, kernel: Kernel, buffers: &[&Buffer], [x, y]: [usize; 2]) {
    let pipeline = gpu.pipeline(kernel).unwrap();
    let group = gpu.bind(&pipeline, buffers);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let mut pass = encoder.begin_compute_pass(&Default::default());
    pass.set_pipeline(&pipeline.raw);
    pass.set_bind_group(0, &group, &[]);
    pass.dispatch_workgroups(x as u32, y as u32, 1);
    drop(pass);
    gpu.queue.submit([encoder.finish()]);
}
