//! What keeping the matrices in fewer bits does to the distributions that codes are drawn from.

use strata_engine::{
    Recipe, Result, Subject,
    backend::{
        Backend, Input, Token,
        cpu::{Format, Threads, Transformer},
    },
    checkpoint::{Source, StateDict},
    family::{
        Family, dnd,
        dnd::{Choice, Config, Pick, Row, Watch, Weights, forward},
    },
};
use strata_tests::conformance::{root, taught};

use super::{finished, open, recipe};

/// Most that distributions may differ from those of float32, in nats in the mean.
const BOUNDS: [(Format, f64); 3] = [
    (Format::Bf16, 1e-3),
    (Format::Q8_0, 1e-2),
    (Format::Q4_0, 1.0),
];

/// Logits of every head, `[rows, codebook]` of each.
#[derive(Default)]
pub struct Heads(pub Vec<Vec<f32>>);

impl Watch<Transformer> for Heads {
    fn block(
        &mut self,
        _: &Transformer,
        _: usize,
        _: &<Transformer as Backend>::Hidden,
    ) -> Result<()> {
        Ok(())
    }
    fn head(
        &mut self,
        _: &Transformer,
        _: usize,
        logits: &<Transformer as Backend>::Logits,
    ) -> Result<()> {
        self.0.push(logits.to_vec());
        Ok(())
    }
}

/// A picture's codes `[positions, depth]`, and the row of the class table that it was drawn by.
struct Drawn {
    label: u32,
    codes: Vec<u32>,
}

/// The heads along codes that are given.
fn heads(
    family: &Family,
    config: &Config,
    file: &Source,
    format: Format,
    drawn: &[Drawn],
) -> Vec<Vec<f32>> {
    let weights = Weights::read(family, config, StateDict::open(file).unwrap()).unwrap();
    let threads = Threads::start(None).unwrap();
    let mut network = Transformer::new(config, weights.into_pieces(), format, threads).unwrap();
    let (mut heads, depth) = (Heads::default(), config.depth());
    for Drawn { label, codes } in drawn {
        let slot = network.open().unwrap();
        let codes: Vec<&[u32]> = codes.chunks_exact(depth).collect();
        let row = |position: usize| Row {
            token: Token { slot, position },
            input: match position {
                0 => Input::Label(*label),
                _ => Input::Codes(codes[position - 1].to_vec()),
            },
        };
        let rows: Vec<Row> = (0..codes.len()).map(row).collect();
        let pick = |position: usize| Pick {
            row: position,
            unconditional: None,
            depths: codes[position].iter().copied().map(Choice::Known).collect(),
        };
        let picks: Vec<Pick> = (0..codes.len()).map(pick).collect();
        forward(&mut network, config, &rows, &picks, &mut heads).unwrap();
        network.close(slot);
    }
    heads.0
}

/// Kullback-Leibler divergence of `found` from `expected` in nats, and whether both have the same most likely code.
fn divergence(expected: &[f32], found: &[f32]) -> (f64, bool) {
    let log_softmax = |logits: &[f32]| -> Vec<f64> {
        let sum: f64 = logits.iter().map(|x| f64::from(*x).exp()).sum();
        logits.iter().map(|x| f64::from(*x) - sum.ln()).collect()
    };
    let (p, q) = (log_softmax(expected), log_softmax(found));
    let nats = p.iter().zip(&q).map(|(p, q)| p.exp() * (p - q)).sum();
    let best = |x: &[f64]| {
        x.iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(b.1))
            .map(|(code, _)| code)
    };
    (nats, best(&p) == best(&q))
}

fn hold(what: &str, family: &Family, config: &Config, file: &Source, drawn: &[Drawn]) {
    let expected = heads(family, config, file, Format::F32, drawn);
    for (format, bound) in BOUNDS {
        let found = heads(family, config, file, format, drawn);
        let rows = |heads: &[Vec<f32>]| -> Vec<Vec<f32>> {
            let rows = heads
                .iter()
                .flat_map(|head| head.chunks_exact(config.codebook));
            rows.map(<[f32]>::to_vec).collect()
        };
        let (expected, found) = (rows(&expected), rows(&found));
        let each: Vec<(f64, bool)> = expected
            .iter()
            .zip(&found)
            .map(|(a, b)| divergence(a, b))
            .collect();
        let mut nats: Vec<f64> = each.iter().map(|(nats, _)| *nats).collect();
        nats.sort_by(f64::total_cmp);
        let mean = nats.iter().sum::<f64>() / nats.len() as f64;
        let same = each.iter().filter(|(_, same)| *same).count() as f64 / each.len() as f64;
        println!(
            "{what}, {}: {} distributions, {mean:.2e} nats in the mean, {:.2e} at 99 %, same first code {:.2} %",
            format.name(),
            nats.len(),
            nats[nats.len() * 99 / 100],
            100.0 * same,
        );
        assert!(mean < bound, "{what}, {}: {mean} nats", format.name());
    }
}

/// `cargo test --workspace --test engine formats -- --nocapture` says by how much.
#[test]
fn formats_of_starter_models_draw_from_the_same_distributions() {
    let session = open();
    let library = strata::shipped::library(&strata::places::Places::below(
        session.home.as_ref().unwrap().path(),
    ));
    let mut job = 0;
    for (model, subjects) in [
        (
            "illustrations",
            vec![Subject::Class(291), Subject::Class(849)],
        ),
        ("pages", vec![Subject::Page]),
        ("typewriter", vec![Subject::Page]),
    ] {
        let (home, card) = library.find(model).unwrap();
        let manifest = home.manifest().unwrap();
        let config = manifest
            .transformer(home.file("model.toml").path())
            .unwrap();
        let drawn = subjects.into_iter().map(|subject| {
            job += 1;
            session.enqueue(
                job,
                Recipe {
                    sampling: card.sampling.clone(),
                    ..recipe(model, subject)
                },
            );
            Drawn {
                label: subject.label(),
                codes: finished(&session, job).codes.values,
            }
        });
        let drawn: Vec<Drawn> = drawn.collect();
        hold(
            model,
            &dnd::FAMILY,
            &config,
            &home.file(&manifest.files.transformer),
            &drawn,
        );
    }
}

#[test]
fn formats_of_conformance_models_draw_from_the_same_distributions() {
    let Some(root) = root() else { return };
    for name in [
        "transformer-imagenet",
        "transformer-text",
        "transformer-arxiv",
        "transformer-tied",
        "llamagen-transformer",
    ] {
        let Ok(case) = taught(&root.join(name)) else {
            continue;
        };
        let drawn = case.pictures.into_iter();
        let drawn: Vec<Drawn> = drawn.map(|(label, codes)| Drawn { label, codes }).collect();
        hold(
            name,
            case.family,
            &case.config,
            &Source::File(case.file),
            &drawn,
        );
    }
}
