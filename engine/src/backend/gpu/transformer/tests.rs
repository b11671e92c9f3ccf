//! The gpu transformer held to the reference: bounds, company in a batch, passes in flight, errors.
#![allow(clippy::unwrap_used)]
use std::time::Duration;

use cpu_time::ThreadTime;

use super::super::tests::{card, own_card};
use super::{flight::Took, *};
use crate::{
    backend::{
        Place as Noise,
        parity::{Open, config, divergence, grown, grown_on_reference, largest_error},
    },
    family::dnd::{Choice, NoWatch, Weights, forward, gather, record},
    sampling::Filter,
};

impl Open for Transformer {
    fn rows(&self, logits: &Logits) -> Vec<f32> {
        self.logits(logits).unwrap()
    }
}

fn on_card(config: &Config, format: Format, gpu: &Arc<Gpu>) -> Transformer {
    let pieces = Weights::random(config).into_pieces();
    Transformer::new(config, pieces, format, Arc::clone(gpu)).unwrap()
}

/// In every way that there are to multiply, whatever the card has instructions for: with rows as they are, and in
/// whole numbers.
fn in_every_way(config: &Config, format: Format, gpu: &Arc<Gpu>) -> Vec<Transformer> {
    let kernels = [false, true].map(|dots| Kernels {
        config: config.clone(),
        format,
        subgroup: gpu.subgroup(),
        halves: gpu.has_halves(),
        dots,
    });
    let differ = kernels.into_iter().filter(|own| own.dots == own.is_whole());
    let made = |kernels| {
        let pieces = Weights::random(config).into_pieces();
        Transformer::of(kernels, pieces, Arc::clone(gpu)).unwrap()
    };
    differ.map(made).collect()
}

/// The bounds: float32 differs by the order of summation and by the card's exponentials (Vulkan allows some units in
/// the last place), which 40 columns and three layers leave below 2e-5; the others by what their numbers round.
#[test]
fn it_computes_what_the_reference_computes() {
    let Some(gpu) = card() else { return };
    for (width, heads) in [(64, 2), (40, 5), (96, 1)] {
        let config = config(width, heads);
        let (expected, codes) = grown_on_reference(&config, &[0, 4, 6]);
        for (format, error, nats) in [
            (Format::F32, 2e-5, 1e-8),
            (Format::F16, 3e-3, 2e-5),
            (Format::Q8_0, 3e-2, 1e-3),
            (Format::Q4_0, 4e-1, 2e-1),
        ] {
            for mut own in in_every_way(&config, format, &gpu) {
                let what = format!("{width} {} {}", format.name(), own.kernels.is_whole());
                let (found, _) = grown(&mut own, &config, &[0, 4, 6], Some(&codes));
                let worst = largest_error(&expected, &found);
                let mean = divergence(&expected, &found, config.codebook);
                println!("{what}: {worst:.1e}, {mean:.1e} nats");
                assert!(worst < error, "{what}: error {worst}");
                assert!(mean < nats, "{what}: {mean} nats");
            }
        }
    }
}

#[test]
fn company_changes_no_bit() {
    let Some(gpu) = card() else { return };
    let config = config(64, 2);
    let ways = Format::ALL.map(|format| in_every_way(&config, format, &gpu));
    for mut own in ways.into_iter().flatten() {
        // More than eight go in blocks, and where numbers are whole, are rounded by a kernel of its own.
        let labels = [1, 2, 5, 0, 3, 4, 0, 6, 2, 1, 5];
        let (logits, codes) = grown(&mut own, &config, &labels, None);
        let heads = logits.chunks_exact(2 * labels.len() * config.codebook);
        for (at, label) in labels.into_iter().enumerate() {
            let (alone, own_codes) = grown(&mut own, &config, &[label], None);
            let what = format!("{} {}", own.format().name(), own.kernels.is_whole());
            let together: Vec<&Vec<u32>> = codes.iter().skip(at).step_by(labels.len()).collect();
            assert_eq!(own_codes.iter().collect::<Vec<_>>(), together, "{what}");
            let rows = heads.clone().flat_map(|head| {
                let row = |row: usize| &head[row * config.codebook..][..config.codebook];
                [row(at), row(labels.len() + at)].concat()
            });
            let differ = rows.zip(&alone).filter(|(a, b)| a.to_bits() != b.to_bits());
            assert_eq!(differ.count(), 0, "{what}");
        }
    }
}

fn sampled(position: usize, depth: usize) -> Choice {
    Choice::Sample {
        scale: 1.5,
        filter: Filter {
            temperature: 1.0,
            top_k: 40,
            top_p: 0.95,
        },
        place: Noise {
            seed: 3,
            index: 1,
            position: position as u32,
            depth: depth as u32,
        },
    }
}

/// Codes of a guided picture whose passes are all on their way before the first is read.
#[test]
fn codes_that_never_leave_the_card_are_the_same() {
    let Some(gpu) = card() else { return };
    let config = config(64, 2);
    let mut own = on_card(&config, Format::F32, &gpu);
    let slots = [own.open().unwrap(), own.open().unwrap()];
    let labels = [4, config.null_label().unwrap()];
    let rows = |position: usize, input: &dyn Fn(usize) -> Input| -> Vec<Row> {
        let row = |row: usize| Row {
            token: Token {
                slot: slots[row],
                position,
            },
            input: input(row),
        };
        (0..2).map(row).collect()
    };
    let picks = |position: usize| {
        [Pick {
            row: 0,
            unconditional: Some(1),
            depths: (0..2).map(|depth| sampled(position, depth)).collect(),
        }]
    };
    let mut one_by_one: Vec<Vec<u32>> = Vec::new();
    for position in 0..config.positions() {
        let input = |row: usize| match one_by_one.last() {
            None => Input::Label(labels[row]),
            Some(codes) => Input::Codes(codes.clone()),
        };
        let rows = rows(position, &input);
        let draws = forward(&mut own, &config, &rows, &picks(position), &mut NoWatch).unwrap();
        one_by_one.push(draws[0].iter().map(|draw| draw.code).collect());
    }
    let mut on_the_way = Vec::new();
    for position in 0..config.positions() {
        let input = |row: usize| match position {
            0 => Input::Label(labels[row]),
            _ => Input::Drawn,
        };
        let rows = rows(position, &input);
        let codes = record(&mut own, &config, &rows, &picks(position), &mut NoWatch).unwrap();
        on_the_way.push(codes);
    }
    let later = on_the_way.into_iter().map(|codes| {
        let draws = gather(&mut own, codes, 1).unwrap();
        draws[0].iter().map(|draw| draw.code).collect::<Vec<u32>>()
    });
    assert_eq!(later.collect::<Vec<_>>(), one_by_one);
}

/// What a guided step of the published class model costs the processor, which its number of layers decides and not their
/// width: `cargo test --workspace --lib recording_a_step -- --nocapture` says how long it takes.
#[test]
fn recording_a_step_is_246_dispatches_in_one_submission() {
    let Some(gpu) = card() else { return };
    let config = Config {
        layers: 48,
        head_layers: vec![39, 47],
        ..config(64, 2)
    };
    let mut own = on_card(&config, Format::F16, &gpu);
    let slots = [own.open().unwrap(), own.open().unwrap()];
    let labels = [4, config.null_label().unwrap()];
    let [mut recorded, mut sent] = [Vec::new(), Vec::new()];
    for position in (0..config.positions()).cycle().take(36) {
        let row = |row: usize| Row {
            token: Token {
                slot: slots[row],
                position,
            },
            input: match position {
                0 => Input::Label(labels[row]),
                _ => Input::Drawn,
            },
        };
        let picks = [Pick {
            row: 0,
            unconditional: Some(1),
            depths: (0..2).map(|depth| sampled(position, depth)).collect(),
        }];
        // As where a card is fast enough for a step to go in one.
        own.recording.get_mut().learn(Took {
            time: Duration::ZERO,
            dispatches: 1,
        });
        let start = ThreadTime::now();
        let codes = record(&mut own, &config, &[row(0), row(1)], &picks, &mut NoWatch).unwrap();
        recorded.push(start.elapsed());
        own.send().unwrap();
        sent.push(start.elapsed());
        gather(&mut own, codes, 1).unwrap();
    }
    let work = own.work();
    assert_eq!(work.dispatches, 246 * work.passes);
    assert_eq!(work.submissions, work.passes);
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times[times.len() / 2]
    };
    let (recorded, sent) = (median(recorded), median(sent));
    println!(
        "a step takes {recorded:?} of a processor to be recorded, and {sent:?} until it is submitted, in the median"
    );
}

#[test]
fn what_cannot_be_is_said() {
    let Some(gpu) = card() else { return };
    let config = config(64, 2);
    let mut own = on_card(&config, Format::F32, &gpu);
    let slot = own.open().unwrap();
    let row = |slot, position, input| Row {
        token: Token { slot, position },
        input,
    };
    let mut said = |rows: &[Row]| own.embed(rows).unwrap_err().to_string();
    let closed = Slot(1);
    assert!(said(&[row(closed, 0, Input::Label(0))]).contains("slot 1 is not open"));
    assert!(said(&[row(slot, 0, Input::Label(99))]).contains("row 99 of a table of 8"));
    let codes = Input::Codes(vec![0, 101]);
    assert!(said(&[row(slot, 1, codes)]).contains("row 101 of a table of 101"));
    let many = vec![row(slot, 0, Input::Label(0)); MOST_ROWS + 1];
    assert!(said(&many).contains("257 rows"));
    let mut weights = Weights::random(&config);
    weights.blocks[1].down[5] = f32::NAN;
    let made = Transformer::new(&config, weights.into_pieces(), Format::Q8_0, gpu);
    let error = made.err().unwrap().to_string();
    assert!(error.contains("NaN does not fit into q8_0"), "{error}");
}

/// A card that the driver takes away.
#[test]
fn a_lost_card_is_an_error_and_no_panic() {
    let Some(gpu) = own_card().map(Arc::new) else {
        return;
    };
    let config = config(64, 2);
    let mut own = on_card(&config, Format::F32, &gpu);
    let slot = own.open().unwrap();
    let rows = [Row {
        token: Token { slot, position: 0 },
        input: Input::Label(3),
    }];
    let picks = [Pick {
        row: 0,
        unconditional: None,
        depths: (0..2).map(|depth| sampled(0, depth)).collect(),
    }];
    forward(&mut own, &config, &rows, &picks, &mut NoWatch).unwrap();
    gpu.destroy();
    let error = forward(&mut own, &config, &rows, &picks, &mut NoWatch).unwrap_err();
    assert!(matches!(error, crate::Error::DeviceLost { .. }), "{error}");
    assert!(matches!(
        own.gpu().check(),
        Err(crate::Error::DeviceLost { .. })
    ));
}
