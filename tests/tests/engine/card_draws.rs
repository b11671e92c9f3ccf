//! The card draws what the processor draws: starter models, guidance, every kind of filter.

use std::sync::Arc;

use strata_engine::{
    Subject,
    backend::{
        Backend, Input, Place, Slot, Token,
        cpu::{self, Threads},
        gpu,
    },
    checkpoint::StateDict,
    family::{
        dnd,
        dnd::{Choice, Config, NoWatch, Pick, Row, Weights, forward},
    },
    sampling::{Draw, Filter, guide, gumbel},
};
use strata_tests::card::card;

use super::{formats::Heads, open};

/// Positions of each picture, which is most of what the test takes where the processor plays the card.
const POSITIONS: usize = 10;
/// Most by which guided logits of both differ: a few hundred products summed in another order, of logits below 30,
/// amplified by guidance up to three times.
const BOUND: f32 = 2e-4;

/// How a picture is drawn: guidance scale, temperature, top-k, top-p.
const WAYS: [(f32, f32, u32, f32); 6] = [
    (1.25, 0.2, 0, 1.0),
    (2.0, 1.0, 0, 1.0),
    (3.0, 1.0, 50, 1.0),
    (2.0, 1.3, 0, 0.9),
    (1.0, 0.7, 400, 0.95),
    (2.0, 0.0, 0, 1.0),
];

fn choice(way: usize, position: usize, depth: usize) -> Choice {
    let (scale, temperature, top_k, top_p) = WAYS[way];
    Choice::Sample {
        scale,
        filter: Filter {
            temperature,
            top_k,
            top_p,
        },
        place: Place {
            seed: 77,
            index: way as u32,
            position: position as u32,
            depth: depth as u32,
        },
    }
}

/// The rows and picks of a position: a picture for each way, each with a row without its class where there is such.
fn pass(
    config: &Config,
    slots: &[Slot],
    label: u32,
    position: usize,
    before: &[Vec<Draw>],
) -> (Vec<Row>, Vec<Pick>) {
    let (mut rows, mut picks) = (Vec::new(), Vec::new());
    for way in 0..WAYS.len() {
        let row = rows.len();
        for label in [Some(label), config.null_label()].into_iter().flatten() {
            let input = match before.get(way) {
                None => Input::Label(label),
                Some(draws) => Input::Codes(draws.iter().map(|draw| draw.code).collect()),
            };
            rows.push(Row {
                token: Token {
                    slot: slots[rows.len()],
                    position,
                },
                input,
            });
        }
        picks.push(Pick {
            row,
            unconditional: (rows.len() > row + 1).then_some(row + 1),
            depths: (0..config.depth())
                .map(|depth| choice(way, position, depth))
                .collect(),
        });
    }
    (rows, picks)
}

fn slots(network: &mut impl Backend) -> Vec<Slot> {
    (0..2 * WAYS.len())
        .map(|_| network.open().unwrap())
        .collect()
}

/// Guided logit over temperature plus noise: the code with most is drawn.
fn sum_of(logits: &[f32], codebook: usize, pick: &Pick, depth: usize, code: u32) -> f32 {
    let Choice::Sample {
        scale,
        filter,
        place,
    } = pick.depths[depth]
    else {
        panic!("every code is sampled");
    };
    let row = |row: usize| &logits[row * codebook..][..codebook];
    let mut guided = row(pick.row).to_vec();
    if let Some(other) = pick.unconditional.filter(|_| scale > 1.0) {
        guide(&mut guided, row(other), scale);
    }
    match filter.temperature {
        0.0 => guided[code as usize],
        temperature => guided[code as usize] / temperature + gumbel(place, code),
    }
}

/// `cargo test --workspace --test engine card_draws -- --nocapture` says how many draws differ.
#[test]
fn cards_draw_the_codes_of_the_processor() {
    let Some(gpu) = card().unwrap() else { return };
    let session = open();
    let home = session.home.as_ref().unwrap();
    let library = strata::shipped::library(&strata::places::Places::below(home.path()));
    for (model, subject) in [
        ("illustrations", Subject::Class(849)),
        ("pages", Subject::Page),
        ("typewriter", Subject::Page),
    ] {
        let (home, _) = library.find(model).unwrap();
        let manifest = home.manifest().unwrap();
        let config = manifest
            .transformer(home.file("model.toml").path())
            .unwrap();
        let weights = || {
            let state = StateDict::open(&home.file(&manifest.files.transformer)).unwrap();
            Weights::read(&dnd::FAMILY, &config, state).unwrap()
        };
        let threads = Threads::start(None).unwrap();
        let mut host =
            cpu::Transformer::new(&config, weights().into_pieces(), cpu::Format::F32, threads)
                .unwrap();
        let mut card = gpu::Transformer::new(
            &config,
            weights().into_pieces(),
            gpu::Format::F32,
            Arc::clone(&gpu),
        )
        .unwrap();
        let (host_slots, card_slots) = (slots(&mut host), slots(&mut card));
        let (mut all, mut others, mut before) = (0, 0, Vec::new());
        for position in 0..POSITIONS {
            let place = |slots| pass(&config, slots, subject.label(), position, &before);
            let ((rows, picks), (card_rows, _)) = (place(&host_slots), place(&card_slots));
            let mut heads = Heads::default();
            let expected = forward(&mut host, &config, &rows, &picks, &mut heads).unwrap();
            let found = forward(&mut card, &config, &card_rows, &picks, &mut NoWatch).unwrap();
            for ((pick, expected), found) in picks.iter().zip(&expected).zip(&found) {
                for (depth, (expected, found)) in expected.iter().zip(found).enumerate() {
                    all += 1;
                    let what = format!("{model}, position {position}, depth {depth}, {pick:?}");
                    if expected.code == found.code {
                        let apart = (expected.log_probability - found.log_probability).abs();
                        assert!(apart < 1e-2, "{what}: {expected:?}, {found:?}");
                        continue;
                    }
                    others += 1;
                    let sum = |code| sum_of(&heads.0[depth], config.codebook, pick, depth, code);
                    let apart = (sum(found.code) - sum(expected.code)).abs();
                    let Choice::Sample { filter, .. } = pick.depths[depth] else {
                        panic!("every code is sampled");
                    };
                    let bound = match filter.temperature {
                        0.0 => BOUND,
                        temperature => BOUND / temperature,
                    };
                    assert!(
                        apart < bound,
                        "{what}: {apart} apart, {expected:?}, {found:?}"
                    );
                    // Later depths of this position have seen another code.
                    break;
                }
            }
            before = expected;
        }
        println!("{model}: {others} of {all} draws fell on another code than on the processor");
        assert!(others * 50 < all, "{model}: {others} of {all}");
    }
}
