//! What the tests of every device share: pictures grown on it and on the reference, and how far apart they are.
#![allow(clippy::unwrap_used)]

use crate::{
    backend::{Backend, Input, Place, Slot, Token, reference},
    error::Result,
    family::dnd::{Choice, Config, Pick, Row, Watch, Weights, forward},
    sampling::Filter,
};

/// Logits and codes of pictures that the reference draws with the random weights of a model.
pub fn grown_on_reference(config: &Config, labels: &[u32]) -> (Vec<f32>, Vec<Vec<u32>>) {
    let (weights, place) = (Weights::random(config), candle_core::Device::Cpu);
    let mut oracle = reference::Transformer::new(config, weights, &place).unwrap();
    grown(&mut oracle, config, labels, None)
}

/// A model small enough to be computed anywhere.
pub fn config(width: usize, heads: usize) -> Config {
    Config {
        layers: 3,
        heads,
        width,
        codebook: 101,
        classes: 7,
        unconditional: true,
        grid: 3,
        head_layers: vec![1, 2],
        tied_heads: false,
    }
    .checked()
    .unwrap()
}

/// Looks at logits.
pub trait Open: Backend {
    fn rows(&self, logits: &Self::Logits) -> Vec<f32>;
}

impl Open for reference::Transformer {
    fn rows(&self, logits: &candle_core::Tensor) -> Vec<f32> {
        logits.flatten_all().unwrap().to_vec1().unwrap()
    }
}

#[derive(Default)]
struct Heads(Vec<f32>);

impl<B: Open> Watch<B> for Heads {
    fn block(&mut self, _: &B, _: usize, _: &B::Hidden) -> Result<()> {
        Ok(())
    }
    fn head(&mut self, backend: &B, _: usize, logits: &B::Logits) -> Result<()> {
        self.0.extend(backend.rows(logits));
        Ok(())
    }
}

/// Logits and codes of pictures that grow together, each guided, along codes that the first device chose.
pub fn grown<B: Open>(
    backend: &mut B,
    config: &Config,
    labels: &[u32],
    along: Option<&[Vec<u32>]>,
) -> (Vec<f32>, Vec<Vec<u32>>) {
    let count = labels.len();
    let slots: Vec<Slot> = (0..2 * count).map(|_| backend.open().unwrap()).collect();
    let (mut heads, mut told) = (Heads::default(), Vec::<Vec<u32>>::new());
    for position in 0..config.positions() {
        let rows: Vec<Row> = slots
            .iter()
            .enumerate()
            .map(|(row, slot)| Row {
                token: Token {
                    slot: *slot,
                    position,
                },
                input: match (position, row < count) {
                    (0, true) => Input::Label(labels[row]),
                    (0, false) => Input::Label(config.null_label().unwrap()),
                    _ => Input::Codes(told[(position - 1) * count + row % count].clone()),
                },
            })
            .collect();
        let choice = |picture: usize, depth: usize| match along {
            Some(codes) => Choice::Known(codes[position * count + picture][depth]),
            None => Choice::Sample {
                scale: 1.5,
                filter: Filter {
                    temperature: 1.0,
                    top_k: 0,
                    top_p: 1.0,
                },
                place: Place {
                    seed: 3,
                    index: labels[picture],
                    position: position as u32,
                    depth: depth as u32,
                },
            },
        };
        let picks: Vec<Pick> = (0..count)
            .map(|picture| Pick {
                row: picture,
                unconditional: Some(count + picture),
                depths: (0..2).map(|depth| choice(picture, depth)).collect(),
            })
            .collect();
        let draws = forward(backend, config, &rows, &picks, &mut heads).unwrap();
        let codes = draws
            .iter()
            .map(|draws| draws.iter().map(|draw| draw.code).collect());
        told.extend(codes);
    }
    slots.into_iter().for_each(|slot| backend.close(slot));
    (heads.0, told)
}

pub fn largest_error(expected: &[f32], found: &[f32]) -> f32 {
    assert_eq!(expected.len(), found.len());
    let most = expected.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    let errors = expected.iter().zip(found).map(|(a, b)| (a - b).abs());
    errors.fold(0.0, f32::max) / most
}

/// Mean divergence in nats of softmaxed rows.
pub fn divergence(expected: &[f32], found: &[f32], codebook: usize) -> f64 {
    let log_softmax = |row: &[f32]| -> Vec<f64> {
        let sum: f64 = row.iter().map(|x| f64::from(*x).exp()).sum();
        row.iter().map(|x| f64::from(*x) - sum.ln()).collect()
    };
    let rows = expected
        .chunks_exact(codebook)
        .zip(found.chunks_exact(codebook));
    let each = rows.map(|(a, b)| {
        let pairs = log_softmax(a).into_iter().zip(log_softmax(b));
        pairs.map(|(a, b)| a.exp() * (a - b)).sum::<f64>()
    });
    each.sum::<f64>() / (expected.len() / codebook) as f64
}

#[test]
fn the_comparison_notices_one_number() {
    let expected: Vec<f32> = (0..303).map(|n| (n as f32 / 7.0).sin()).collect();
    assert_eq!(largest_error(&expected, &expected), 0.0);
    assert_eq!(divergence(&expected, &expected, 101), 0.0);
    let mut found = expected.clone();
    found[200] += 0.01;
    assert!(largest_error(&expected, &found) > 9e-3);
    assert!(divergence(&expected, &found, 101) > 1e-9);
}
