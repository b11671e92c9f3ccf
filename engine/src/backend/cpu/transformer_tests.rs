//! The cpu transformer held to the reference: bounds, company in a batch, threads, errors.
#![allow(clippy::unwrap_used)]
use super::*;
use crate::{
    backend::{Place, reference},
    family::dnd::{Choice, Row, Watch, Weights, forward},
    sampling::Filter,
};

fn config(width: usize, heads: usize) -> Config {
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

fn on_cpu(config: &Config, format: Format, threads: usize) -> Transformer {
    let threads = Arc::new(Threads::new(threads).unwrap());
    let pieces = Weights::random(config).into_pieces();
    Transformer::new(config, pieces, format, threads).unwrap()
}

/// Looks at logits.
trait Open: Backend {
    fn rows(logits: &Self::Logits) -> Vec<f32>;
}

impl Open for Transformer {
    fn rows(logits: &Rows) -> Vec<f32> {
        logits.to_vec()
    }
}

impl Open for reference::Transformer {
    fn rows(logits: &candle_core::Tensor) -> Vec<f32> {
        logits.flatten_all().unwrap().to_vec1().unwrap()
    }
}

#[derive(Default)]
struct Heads(Vec<f32>);

impl<B: Open> Watch<B> for Heads {
    fn block(&mut self, _: &B, _: usize, _: &B::Hidden) -> Result<()> {
        Ok(())
    }
    fn head(&mut self, _: &B, _: usize, logits: &B::Logits) -> Result<()> {
        self.0.extend(B::rows(logits));
        Ok(())
    }
}

/// Logits and codes of pictures that grow together, each guided, along codes that the first device chose.
fn grown<B: Open>(
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

fn largest_error(expected: &[f32], found: &[f32]) -> f32 {
    assert_eq!(expected.len(), found.len());
    let most = expected.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    let errors = expected.iter().zip(found).map(|(a, b)| (a - b).abs());
    errors.fold(0.0, f32::max) / most
}

/// Mean divergence in nats of softmaxed rows.
fn divergence(expected: &[f32], found: &[f32], codebook: usize) -> f64 {
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
fn it_computes_what_the_reference_computes() {
    for (width, heads) in [(64, 2), (40, 5), (96, 1)] {
        let config = config(width, heads);
        let place = candle_core::Device::Cpu;
        let weights = Weights::random(&config);
        let mut oracle = reference::Transformer::new(&config, weights, &place).unwrap();
        let (expected, codes) = grown(&mut oracle, &config, &[0, 4, 6], None);
        for (format, error, nats) in [
            (Format::F32, 2e-5, 1e-8),
            (Format::Bf16, 3e-2, 2e-3),
            (Format::Q8_0, 5e-2, 2e-3),
            (Format::Q4_0, 4e-1, 2e-1),
        ] {
            let mut own = on_cpu(&config, format, 2);
            let (found, _) = grown(&mut own, &config, &[0, 4, 6], Some(&codes));
            let worst = largest_error(&expected, &found);
            assert!(worst < error, "{width} {}: error {worst}", format.name());
            let mean = divergence(&expected, &found, config.codebook);
            assert!(mean < nats, "{width} {}: {mean} nats", format.name());
        }
    }
}

#[test]
fn company_and_threads_change_no_bit() {
    let config = config(64, 2);
    for format in Format::ALL {
        let (logits, codes) = grown(&mut on_cpu(&config, format, 1), &config, &[1, 2, 5], None);
        for threads in [2, 3, 5] {
            let mut own = on_cpu(&config, format, threads);
            let again = grown(&mut own, &config, &[1, 2, 5], None);
            assert!(
                again == (logits.clone(), codes.clone()),
                "{}",
                format.name()
            );
        }
        let mut own = on_cpu(&config, format, 2);
        for (at, label) in [1, 2, 5].into_iter().enumerate() {
            let (_, alone) = grown(&mut own, &config, &[label], None);
            let together: Vec<&Vec<u32>> = codes.iter().skip(at).step_by(3).collect();
            assert_eq!(alone.iter().collect::<Vec<_>>(), together);
        }
    }
}

#[test]
fn what_cannot_be_is_said() {
    let config = config(64, 2);
    let mut own = on_cpu(&config, Format::F32, 1);
    let slot = own.open().unwrap();
    own.close(slot);
    let hidden = own.embed([Input::Label(0)].iter()).unwrap();
    let token = Token { slot, position: 0 };
    let error = own.write_cache(0, &hidden, &[token]).unwrap_err();
    assert!(error.to_string().contains("slot 0 is not open"), "{error}");
    let error = own.embed([Input::Label(99)].iter()).unwrap_err();
    assert!(
        error.to_string().contains("row 99 of a table of 8"),
        "{error}"
    );
    let mut weights = Weights::random(&config);
    weights.blocks[1].down[5] = f32::NAN;
    let threads = Arc::new(Threads::new(1).unwrap());
    let error = Transformer::new(&config, weights.into_pieces(), Format::Q8_0, threads)
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("NaN does not fit into q8_0"),
        "{error}"
    );
}

#[test]
fn a_file_that_was_kept_holds_the_same_weights() {
    let folder = tempfile::tempdir().unwrap();
    let about = About {
        sources: "a file of yesterday".into(),
        weights: "0f".into(),
    };
    // Rows of blocks, rows of none, and one matrix for all heads.
    for (width, heads, tied_heads) in [(64, 2, false), (40, 5, true)] {
        let config = Config {
            tied_heads,
            ..config(width, heads)
        };
        for format in Format::ALL {
            let file = folder.path().join(format.name());
            let mut own = on_cpu(&config, format, 2);
            own.keep(&file, &about).unwrap();
            let open = |format, sources| Prepared::open(&file, &config, format, sources);
            let prepared = open(format, &about.sources).unwrap();
            assert_eq!(prepared.weights, about.weights);
            let threads = Arc::new(Threads::new(2).unwrap());
            let mut mapped = Transformer::prepared(&config, prepared, threads);
            assert_eq!(mapped.bytes_per_step(), own.bytes_per_step());
            let expected = grown(&mut own, &config, &[1, 6], None);
            assert!(expected == grown(&mut mapped, &config, &[1, 6], None));

            assert!(open(format, "a file of today").is_none());
            let other = if format == Format::F32 {
                Format::Bf16
            } else {
                Format::F32
            };
            assert!(open(other, &about.sources).is_none());
            let wider = Config {
                codebook: 102,
                ..config.clone()
            };
            assert!(Prepared::open(&file, &wider, format, &about.sources).is_none());
            let bytes = std::fs::read(&file).unwrap();
            std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
            assert!(open(format, &about.sources).is_none(), "cut off");
        }
    }
    assert!(Prepared::open(&folder.path().join("none"), &config(64, 2), Format::F32, "").is_none());
}
