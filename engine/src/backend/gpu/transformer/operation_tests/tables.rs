//! Tables of embeddings.

use half::f16;

use super::{
    super::{
        super::{Format, tests::card},
        arena::{DRAWN, PickWord},
    },
    DISTINCT, call, guarded, kernels, numbers, poisoned, run,
};
use crate::{
    dice::Dice,
    family::dnd::{Choice, Pick},
};

/// What is looked up and added is exact, so the bits are the host's.
#[test]
fn embeddings_of_the_largest_table_are_the_hosts_to_the_bit() {
    let Some(gpu) = card() else { return };
    let (width, codebook) = (2560, 16_384);
    let kernels = kernels(40, width, 16, Format::F16, &gpu);
    let mut dice = Dice::default();
    let rows: Vec<Vec<f16>> = (0..DISTINCT)
        .map(|_| (0..width).map(|_| f16::from_f32(dice.number())).collect())
        .collect();
    let table: Vec<f16> = (0..codebook)
        .flat_map(|code| rows[code % DISTINCT].clone())
        .collect();
    let table = gpu.upload("codes", bytemuck::cast_slice(&table)).unwrap();
    let row_of = |code: u32| rows[code as usize % DISTINCT].iter().map(|x| x.to_f32());
    let last = codebook as u32 - 1;

    // One code from the host, and one that the card has drawn.
    let call_of_two = call(&gpu, &[(0, 1, 1), (1, 1, DRAWN)]);
    let given = gpu
        .upload("given", bytemuck::cast_slice(&[last, 0]))
        .unwrap();
    let drawn = gpu
        .upload("drawn", bytemuck::cast_slice(&[7u32, 9_000]))
        .unwrap();
    let hidden = poisoned(&gpu, 2 * width);
    let buffers = [&call_of_two, &table, &table, &given, &drawn, &hidden];
    run(&gpu, kernels.embed(), &buffers, [2, 1]);
    let expected: Vec<f32> = row_of(last).chain(row_of(9_000)).collect();
    assert_eq!(numbers(&gpu, &hidden, 2 * width), expected);

    // The code of a guided pick goes to both its rows.
    let pick = Pick {
        row: 2,
        unconditional: Some(0),
        depths: vec![Choice::Known(last)],
    };
    let picks = gpu
        .upload("picks", bytemuck::bytes_of(&PickWord::of(&pick, 0)))
        .unwrap();
    let draws = gpu
        .upload("draws", bytemuck::cast_slice(&[last, 0, 0, 0]))
        .unwrap();
    let before: Vec<f32> = (0..3 * width).map(|_| dice.number()).collect();
    let bits = before.iter().map(|number| number.to_bits()).collect();
    let hidden = guarded(&gpu, bits);
    let buffers = [&call_of_two, &table, &picks, &draws, &hidden];
    run(&gpu, kernels.add_codes(0), &buffers, [1, 1]);
    let added = before
        .chunks_exact(width)
        .enumerate()
        .flat_map(|(row, before)| {
            let is_of_pick = row != 1;
            let pairs = before.iter().zip(row_of(last));
            pairs.map(move |(before, own)| if is_of_pick { before + own } else { *before })
        });
    let added: Vec<f32> = added.collect();
    assert_eq!(numbers(&gpu, &hidden, 3 * width), added);
}
