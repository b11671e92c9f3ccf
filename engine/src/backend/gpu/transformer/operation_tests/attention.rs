//! Attention.

use half::f16;

use super::{
    super::{
        super::{Format, Gpu, tests::card},
        kernels::Kernels,
    },
    Expected, ROUNDING, assert_near, call, kernels, numbers, poisoned, run, upload,
};
use crate::dice::Dice;

#[test]
fn attention_over_every_position_of_the_largest_grids() {
    let Some(gpu) = card() else { return };
    for (format, grid) in [(Format::F32, 16), (Format::F16, 24)] {
        attends(&gpu, &kernels(40, 2560, grid, format, &gpu));
    }
}

fn attends(gpu: &Gpu, kernels: &Kernels) {
    let (heads, width, head) = (40, 2560, 64);
    let positions = kernels.config.positions();
    let rows: Vec<(u32, u32, u32)> = [0, 254, positions as u32 - 1]
        .into_iter()
        .zip([1, 0, 1])
        .map(|(position, slot)| (slot, position, 1))
        .collect();
    let mut dice = Dice::default();
    let queries: Vec<f32> = (0..rows.len() * width).map(|_| dice.number()).collect();
    // Of 16 bits, which both caches hold exactly; what lies behind a row's own position is not read.
    let seen = [rows[1].1, rows[2].1];
    let mut number = |at: usize| {
        let (position, slot) = (at / head % positions, at / (head * positions * heads));
        match position as u32 <= seen[slot] {
            true => f16::from_f32(dice.number()),
            false => f16::NAN,
        }
    };
    let [keys, values] = [(); 2].map(|()| {
        (0..2 * heads * positions * head)
            .map(&mut number)
            .collect::<Vec<f16>>()
    });
    let there = |numbers: &[f16]| match kernels.format {
        Format::F32 => {
            let wide: Vec<f32> = numbers.iter().map(|number| number.to_f32()).collect();
            upload(gpu, &wide)
        }
        _ => gpu
            .upload("a cache", bytemuck::cast_slice(numbers))
            .unwrap(),
    };
    let result = poisoned(gpu, rows.len() * width);
    let buffers = [
        &call(gpu, &rows),
        &upload(gpu, &queries),
        &there(&keys),
        &there(&values),
        &result,
    ];
    run(gpu, kernels.attend(), &buffers, [heads, rows.len()]);
    let found = numbers(gpu, &result, rows.len() * width);
    for (at, (slot, position, _)) in rows.iter().enumerate() {
        for own in 0..heads {
            let place = at * width + own * head;
            let cache = (*slot as usize * heads + own) * positions * head;
            let rows = |cache_of: &[f16]| -> Vec<Vec<f64>> {
                let count = (*position as usize + 1) * head;
                let rows = cache_of[cache..][..count].chunks_exact(head);
                rows.map(|row| row.iter().map(|x| x.to_f64()).collect())
                    .collect()
            };
            let expected = attended(&queries[place..][..head], &rows(&keys), &rows(&values));
            assert_near("attention", &expected, &found[place..][..head]);
        }
    }
}

/// Softmax attention of a query. The bound: a score of 64 products of at most 1 is right to 64 roundings of their
/// sizes, an exponential to that and some units more, and the weights are summed over up to 576 positions, 16 chains
/// at a time.
fn attended(query: &[f32], keys: &[Vec<f64>], values: &[Vec<f64>]) -> Vec<Expected> {
    let scale = (query.len() as f64).sqrt().recip();
    let products = |key: &Vec<f64>| -> Vec<f64> {
        let pairs = query.iter().zip(key);
        pairs.map(|(q, k)| f64::from(*q) * k * scale).collect()
    };
    let (mut off, mut scores) = (0.0_f64, Vec::new());
    for key in keys {
        let products = products(key);
        off = off.max(products.iter().map(|product| product.abs()).sum::<f64>());
        scores.push(products.iter().sum::<f64>());
    }
    let largest = scores.iter().copied().fold(f64::MIN, f64::max);
    let weights: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
    let total: f64 = weights.iter().sum();
    let of_weight = (66.0 * off + 3.0 + 2.0 * (2.0 * off)) * ROUNDING;
    let of_sums = (keys.len().div_ceil(16) + 16 + 4) as f64 * ROUNDING;
    let column = |at: usize| {
        let sum: f64 = weights
            .iter()
            .zip(values)
            .map(|(weight, row)| weight * row[at])
            .sum();
        (sum / total, 2.0 * (of_weight + of_sums))
    };
    (0..query.len()).map(column).collect()
}
