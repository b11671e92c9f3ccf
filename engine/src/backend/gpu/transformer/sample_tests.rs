//! The sampling kernel held to `sampling`: the same codes, or two that lie within the bound; entropies and
//! likelihoods.
#![allow(clippy::unwrap_used)]

use super::super::tests::card;
use super::{
    arena::{DRAW_BYTES, DrawWord, PickWord, TokenWord},
    kernels::{Kernels, MOST_ROWS},
    *,
};
use crate::{
    backend::{Place as Noise, draw_pick},
    family::dnd::Choice,
    sampling::{Filter, Sampler, guide, gumbel},
};

/// Most by which two sums of logit and noise may differ that the card takes for each other: its divisions, its
/// exponentials and its logarithms are each right to a few units in the last place of numbers up to 32.
const BOUND: f32 = 2e-5;

/// Draws on the card from logits `[rows, codebook]`.
fn on_card(gpu: &Arc<Gpu>, logits: &[f32], codebook: usize, picks: &[Pick]) -> Vec<DrawWord> {
    let kernels = Kernels {
        config: Config {
            codebook,
            ..crate::backend::parity::config(64, 2)
        },
        format: Format::F32,
        subgroup: None,
        dots: false,
        halves: false,
    };
    let pipeline = gpu.pipeline(kernels.sample(0)).unwrap();
    let rows = logits.len() / codebook;
    let mut padded = vec![f32::NAN; rows * kernels.logits()];
    for (out, row) in padded
        .chunks_exact_mut(kernels.logits())
        .zip(logits.chunks_exact(codebook))
    {
        out[..codebook].copy_from_slice(row);
    }
    let words: Vec<PickWord> = picks.iter().map(|pick| PickWord::of(pick, 0)).collect();
    let call_bytes = 16 + MOST_ROWS * size_of::<TokenWord>();
    let usage = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
    let call = gpu.allocate("call", call_bytes, usage).unwrap();
    let logits = gpu.upload("logits", bytemuck::cast_slice(&padded)).unwrap();
    let picked = gpu.upload("picks", bytemuck::cast_slice(&words)).unwrap();
    // One more than is drawn: the guard zone.
    let poison = vec![0xabad_cafe_u32; (picks.len() + 1) * 4];
    let draws = gpu.upload("draws", bytemuck::cast_slice(&poison)).unwrap();
    let drawn = gpu
        .upload("drawn", bytemuck::cast_slice(&[0xabad_cafe_u32; 16]))
        .unwrap();
    let group = gpu.bind(&pipeline, &[&call, &logits, &picked, &draws, &drawn]);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let mut pass = encoder.begin_compute_pass(&Default::default());
    pass.set_pipeline(&pipeline.raw);
    pass.set_bind_group(0, &group, &[]);
    pass.dispatch_workgroups(picks.len() as u32, 1, 1);
    drop(pass);
    gpu.queue.submit([encoder.finish()]);
    let bytes = DRAW_BYTES * (picks.len() as u64 + 1);
    let words: Vec<DrawWord> = bytemuck::pod_collect_to_vec(&gpu.read(&draws, 0, bytes).unwrap());
    assert_eq!(words[picks.len()].code, 0xabad_cafe, "written past the end");
    // All picks are of the first sequence and the first depth.
    let drawn: Vec<u32> = bytemuck::pod_collect_to_vec(&gpu.read(&drawn, 0, 64).unwrap());
    let others = &drawn[1..];
    assert!(others.iter().all(|word| *word == 0xabad_cafe), "{drawn:?}");
    words[..picks.len()].to_vec()
}

fn sample(row: usize, guided: bool, scale: f32, filter: Filter, position: u32) -> Pick {
    Pick {
        row,
        unconditional: guided.then_some(row + 1),
        depths: vec![Choice::Sample {
            scale,
            filter,
            place: Noise {
                seed: 0x0123_4567_89ab_cdef,
                index: 5,
                position,
                depth: 0,
            },
        }],
    }
}

/// Logits that look like a head's.
fn noisy(count: usize, spread: f32, seed: u64) -> Vec<f32> {
    let place = |at: usize| Noise {
        seed,
        index: 0,
        position: at as u32 / 4096,
        depth: 9,
    };
    let number = |at: usize| gumbel(place(at), at as u32 % 4096);
    (0..count).map(|at| number(at) * spread).collect()
}

/// Logit over temperature and noise of a code, as the host computes them.
fn sum_of(logits: &[f32], codebook: usize, pick: &Pick, code: u32) -> f32 {
    let Choice::Sample {
        scale,
        filter,
        place,
    } = pick.depths[0]
    else {
        panic!("only sampled picks have noise");
    };
    let mut row = logits[pick.row * codebook..][..codebook].to_vec();
    if let Some(other) = pick.unconditional.filter(|_| scale > 1.0) {
        guide(&mut row, &logits[other * codebook..][..codebook], scale);
    }
    match filter.temperature {
        0.0 => row[code as usize],
        temperature => row[code as usize] / temperature + gumbel(place, code),
    }
}

fn filters() -> Vec<Filter> {
    let mut all = Vec::new();
    for temperature in [0.0, 0.2, 1.0, 3.0] {
        for top_k in [0, 1, 7, 50, 2000] {
            for top_p in [1.0, 0.999, 0.9, 0.3, 0.0] {
                all.push(Filter {
                    temperature,
                    top_k,
                    top_p,
                });
            }
        }
    }
    all
}

#[test]
fn it_draws_what_the_host_draws() {
    let Some(gpu) = card() else { return };
    let (mut all, mut others) = (0, 0);
    // The largest codebook is slow where the processor plays the card: there every seventh setting will do.
    for (codebook, spread, every) in [(5, 1.0, 1), (101, 1.0, 1), (1021, 3.0, 2), (16_384, 2.0, 7)]
    {
        let logits = noisy(2 * codebook, spread, codebook as u64);
        let picks: Vec<Pick> = (0..)
            .zip(filters())
            .step_by(every)
            .flat_map(|(at, filter)| {
                [(false, 1.0), (true, 1.7)]
                    .map(|(guided, scale)| sample(0, guided, scale, filter, at))
            })
            .collect();
        let found = on_card(&gpu, &logits, codebook, &picks);
        let (mut sampler, mut guided) = (Sampler::default(), Vec::new());
        for (pick, found) in picks.iter().zip(found) {
            let row = |row: usize| &logits[row * codebook..][..codebook];
            let expected = draw_pick(&mut sampler, &mut guided, pick, 0, row).unwrap();
            let what = format!("{codebook} codes, {pick:?}: {found:?}, expected {expected:?}");
            assert_eq!(found.bad, 0, "{what}");
            all += 1;
            if found.code != expected.code {
                others += 1;
                let sum = |code| sum_of(&logits, codebook, pick, code);
                let apart = (sum(found.code) - sum(expected.code)).abs();
                assert!(apart < BOUND, "{apart} apart, {what}");
                continue;
            }
            assert!((found.entropy - expected.entropy).abs() < 2e-4, "{what}");
            let apart = (found.log_probability - expected.log_probability).abs();
            assert!(apart < 2e-4, "{what}");
        }
    }
    println!("{others} of {all} draws fell on another code within {BOUND:e}");
    assert!(others * 100 < all, "{others} of {all}");
}

#[test]
fn ties_and_codes_that_cannot_be_drawn_are_as_on_the_host() {
    let Some(gpu) = card() else { return };
    let minus = f32::NEG_INFINITY;
    let rows: [&[f32]; 4] = [
        &[1.0, 2.0, 2.0, 0.0, 2.0, -0.0],
        &[minus, 0.0, minus, 0.0, minus, minus],
        &[3.0, 3.0, 3.0, 3.0, 3.0, 3.0],
        &[0.0, -0.0, -1.0, 0.0, -0.0, minus],
    ];
    let logits = rows.concat();
    let picks: Vec<Pick> = (0..rows.len())
        .flat_map(|row| filters().into_iter().map(move |filter| (row, filter)))
        .zip(0..)
        .map(|((row, filter), at)| sample(row, false, 1.0, filter, at))
        .collect();
    let mut sampler = Sampler::default();
    for part in picks.chunks(MOST_ROWS) {
        for (pick, found) in part.iter().zip(on_card(&gpu, &logits, 6, part)) {
            let row = |row: usize| rows[row];
            let expected = draw_pick(&mut sampler, &mut Vec::new(), pick, 0, row).unwrap();
            assert_eq!((found.bad, found.code), (0, expected.code), "{pick:?}");
            assert!((found.entropy - expected.entropy).abs() < 1e-4, "{pick:?}");
        }
    }
}

#[test]
fn bad_logits_are_told_and_known_codes_taken() {
    let Some(gpu) = card() else { return };
    let mut logits = noisy(4 * 300, 1.0, 8);
    logits[3] = f32::NAN;
    logits[300 + 299] = f32::INFINITY;
    logits[600..900].fill(f32::NEG_INFINITY);
    let plain = Filter::NONE;
    let mut picks: Vec<Pick> = (0..4)
        .map(|row| sample(row, false, 1.0, plain, 0))
        .collect();
    let place = |depths| Pick {
        row: 3,
        unconditional: None,
        depths: vec![depths],
    };
    picks.push(place(Choice::Known(299)));
    picks.push(place(Choice::Recall {
        code: 17,
        scale: 1.0,
        filter: plain,
    }));
    let found = on_card(&gpu, &logits, 300, &picks);
    let bad = found.iter().map(|draw| draw.bad);
    assert_eq!(bad.collect::<Vec<_>>(), [4, 300, u32::MAX, 0, 0, 0]);
    let said = |at: usize| draw_of(found[at]).unwrap_err().to_string();
    assert_eq!(said(0), "the logit of code 3 is NaN or infinity");
    assert_eq!(said(2), "every logit is minus infinity");
    assert_eq!((found[4].code, found[4].entropy), (299, 0.0));
    let told = Sampler::default()
        .recall(&logits[900..], &plain, 17)
        .unwrap();
    assert_eq!(found[5].code, 17);
    assert!((found[5].entropy - told.entropy).abs() < 1e-4);
    assert!((found[5].log_probability - told.log_probability).abs() < 1e-4);
}
