//! Cases of kind `transformer`: greedy codes, logits of every head, and the teacher-forced pass.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use candle_core::Tensor;
use strata_engine::{
    Guidance,
    backend::{Backend, Input, Place, Slot, Token, cpu, gpu, reference},
    checkpoint::{Source, StateDict},
    family::{
        Family,
        dnd::{Choice, Config, HeadNames, Pick, Row, Watch, Weights, forward, rotary_table},
        llamagen,
    },
    sampling::{Filter, guide},
};

use super::{Case, Expected, TOLERANCE};
use crate::{
    card::card,
    compare::{close, same},
};

/// The configuration of a case.
pub fn config(case: &Case) -> Result<Config> {
    let family = case.family()?;
    if family.heads == HeadNames::Single {
        return llamagen_config(case);
    }
    let heads = case.json["config"]["pred_head_positions"]
        .as_array()
        .context("no head positions")?;
    let head = |layer: &serde_json::Value| Ok(layer.as_u64().context("a head position")? as usize);
    let dropout = case.json["config"]["class_dropout_prob"]
        .as_f64()
        .unwrap_or(0.0);
    let config = Config {
        layers: case.size("n_layer")?,
        heads: case.size("n_head")?,
        width: case.size("dim")?,
        codebook: case.size("vocab_size")?,
        classes: case.size("num_classes")?,
        unconditional: dropout > 0.0,
        grid: case.size("block_size")?.isqrt(),
        head_layers: heads.iter().map(head).collect::<Result<_>>()?,
        tied_heads: case.size("share_prediction_heads").unwrap_or(0) != 0,
    };
    Ok(config.checked()?)
}

/// The configuration of a LlamaGen case, as its weights tell it.
fn llamagen_config(case: &Case) -> Result<Config> {
    let file = &case.weights("checkpoint")?[0];
    let state = StateDict::open(&Source::File(file.to_owned()))?;
    let grid = case.size("block_size")?.isqrt();
    let config = llamagen::config(&state, grid, Some(case.size("n_head")?))?;
    let told = [config.layers, config.width, config.codebook, config.classes];
    let keys = ["n_layer", "dim", "vocab_size", "num_classes"];
    let expected = keys.map(|key| case.size(key));
    same(
        "sizes",
        &expected.into_iter().collect::<Result<Vec<_>>>()?,
        &told,
    )?;
    Ok(config)
}

/// A device whose numbers can be looked at.
pub trait Open: Backend {
    /// `[rows, width]`, one row after the other.
    fn hidden(&self, hidden: &Self::Hidden) -> Vec<f32>;
    /// `[rows, codebook]`, one row after the other.
    fn logits(&self, logits: &Self::Logits) -> Vec<f32>;
}

impl Open for reference::Transformer {
    fn hidden(&self, hidden: &Tensor) -> Vec<f32> {
        flat(hidden)
    }
    fn logits(&self, logits: &Tensor) -> Vec<f32> {
        flat(logits)
    }
}

impl Open for cpu::Transformer {
    fn hidden(&self, hidden: &Self::Hidden) -> Vec<f32> {
        hidden.to_vec()
    }
    fn logits(&self, logits: &Self::Logits) -> Vec<f32> {
        logits.to_vec()
    }
}

// What cannot be read is empty, which no expected tensor is.
impl Open for gpu::Transformer {
    fn hidden(&self, hidden: &Self::Hidden) -> Vec<f32> {
        self.hidden(hidden).unwrap_or_default()
    }
    fn logits(&self, logits: &Self::Logits) -> Vec<f32> {
        self.logits(logits).unwrap_or_default()
    }
}

fn flat(tensor: &Tensor) -> Vec<f32> {
    tensor
        .flatten_all()
        .and_then(|tensor| tensor.to_vec1())
        .unwrap_or_default()
}

/// The weights in one file of a case.
pub fn weights(family: &Family, config: &Config, file: &Path) -> Result<Weights> {
    let state = StateDict::open(&Source::File(file.to_owned()))?;
    Ok(Weights::read(family, config, state)?)
}

/// The transformer in one weight file of a case, on the reference device.
pub fn reference(family: &Family, config: &Config, file: &Path) -> Result<reference::Transformer> {
    let weights = weights(family, config, file)?;
    let device = candle_core::Device::Cpu;
    Ok(reference::Transformer::new(config, weights, &device)?)
}

/// The same on processors, in a format.
pub fn on_cpu(
    family: &Family,
    config: &Config,
    file: &Path,
    format: cpu::Format,
) -> Result<cpu::Transformer> {
    let weights = weights(family, config, file)?;
    let threads = cpu::Threads::start(None)?;
    Ok(cpu::Transformer::new(
        config,
        weights.into_pieces(),
        format,
        threads,
    )?)
}

/// The same on the graphics card, where there is one.
pub fn on_card(
    family: &Family,
    config: &Config,
    file: &Path,
    format: gpu::Format,
) -> Result<Option<gpu::Transformer>> {
    let Some(card) = card()? else {
        return Ok(None);
    };
    let pieces = weights(family, config, file)?.into_pieces();
    Ok(Some(gpu::Transformer::new(config, pieces, format, card)?))
}

/// What the teacher-forced pass of a case goes along.
pub struct Taught {
    /// The transformer's family.
    pub family: &'static Family,
    /// The transformer's configuration.
    pub config: Config,
    /// Its weights.
    pub file: PathBuf,
    /// Label and codes `[positions, depth]` of each picture.
    pub pictures: Vec<(u32, Vec<u32>)>,
}

/// The teacher-forced pass of the case in a folder.
///
/// # Errors
/// When the folder holds no such case.
pub fn taught(folder: &Path) -> Result<Taught> {
    let case = Case::open(folder)?;
    let config = config(&case)?;
    let expected = case.expected()?;
    let (labels, codes) = (expected.codes("labels")?, expected.codes("teacher.codes")?);
    let each = codes.chunks_exact(config.positions() * config.depth());
    Ok(Taught {
        family: case.family()?,
        file: case.weights("checkpoint")?.swap_remove(0),
        pictures: labels.into_iter().zip(each.map(<[u32]>::to_vec)).collect(),
        config,
    })
}

/// Runs the case with each of its weight files.
pub fn run(case: &Case) -> Result<()> {
    let config = config(case)?;
    let (family, expected) = (case.family()?, case.expected()?);
    check_rotary(&config, &expected)?;
    for file in case.weights("checkpoint")? {
        let place = || file.display().to_string();
        let mut transformer = reference(family, &config, &file)?;
        run_on(&mut transformer, case, &config, &expected).with_context(place)?;
        let mut transformer = on_cpu(family, &config, &file, cpu::Format::F32)?;
        run_on(&mut transformer, case, &config, &expected)
            .with_context(place)
            .context("on the cpu device")?;
        if let Some(mut transformer) = on_card(family, &config, &file, gpu::Format::F32)? {
            run_on(&mut transformer, case, &config, &expected)
                .with_context(place)
                .context("on the gpu device")?;
        }
    }
    Ok(())
}

fn run_on(
    transformer: &mut impl Open,
    case: &Case,
    config: &Config,
    expected: &Expected,
) -> Result<()> {
    for (name, guidance) in case.guidances()? {
        check_greedy(transformer, config, expected, &name, &guidance).with_context(|| name)?;
    }
    check_teacher(transformer, config, expected)
}

fn check_rotary(config: &Config, expected: &Expected) -> Result<()> {
    let (cosines, sines) = rotary_table(config.grid, config.head_width());
    let pairs: Vec<f32> = cosines
        .iter()
        .zip(&sines)
        .flat_map(|(c, s)| [*c, *s])
        .collect();
    close("freqs_cis", &expected.f32("freqs_cis")?, &pairs, 1e-6)
}

/// Keeps what a pass shows.
#[derive(Default)]
struct Record {
    /// `[rows, width]` of each layer.
    blocks: Vec<Vec<f32>>,
    /// `[rows, codebook]` of each head.
    heads: Vec<Vec<f32>>,
}

impl<B: Open> Watch<B> for Record {
    fn block(
        &mut self,
        backend: &B,
        layer: usize,
        hidden: &B::Hidden,
    ) -> strata_engine::Result<()> {
        assert_eq!(layer, self.blocks.len());
        self.blocks.push(backend.hidden(hidden));
        Ok(())
    }
    fn head(&mut self, backend: &B, depth: usize, logits: &B::Logits) -> strata_engine::Result<()> {
        assert_eq!(depth, self.heads.len());
        self.heads.push(backend.logits(logits));
        Ok(())
    }
}

/// One step of `pictures`: conditional rows first, then unconditional ones, where there are any. Returns `[B, H]`
/// codes.
fn step<B: Open>(
    transformer: &mut B,
    config: &Config,
    slots: &[Slot],
    inputs: &[Input],
    (position, pictures): (usize, usize),
    scale: f32,
    watch: &mut impl Watch<B>,
) -> Result<Vec<Vec<u32>>> {
    let rows: Vec<Row> = slots
        .iter()
        .zip(inputs)
        .map(|(&slot, input)| Row {
            token: Token { slot, position },
            input: input.clone(),
        })
        .collect();
    let greedy = Choice::Sample {
        scale,
        filter: Filter {
            temperature: 0.0,
            top_k: 0,
            top_p: 1.0,
        },
        place: Place {
            seed: 0,
            index: 0,
            position: position as u32,
            depth: 0,
        },
    };
    let picks: Vec<Pick> = (0..pictures)
        .map(|row| Pick {
            row,
            unconditional: (rows.len() > pictures).then_some(pictures + row),
            depths: vec![greedy; config.depth()],
        })
        .collect();
    let draws = forward(transformer, config, &rows, &picks, watch)?;
    Ok(draws
        .into_iter()
        .map(|draws| draws.into_iter().map(|draw| draw.code).collect())
        .collect())
}

/// Greedy codes `[B, T, H]` of `labels` with guidance; `seen` gets each step's head logits and codes.
pub fn greedy(
    transformer: &mut impl Open,
    config: &Config,
    labels: &[u32],
    guidance: &Guidance,
    mut seen: impl FnMut(usize, &[Vec<f32>], &[Vec<u32>]) -> Result<()>,
) -> Result<Vec<u32>> {
    let guided = guidance.is_on(config.positions(), config.depth());
    let rows = labels.len() * if guided { 2 } else { 1 };
    let slots = (0..rows)
        .map(|_| Ok(transformer.open()?))
        .collect::<Result<Vec<_>>>()?;
    let null = if guided {
        config.null_label().context("no unconditional row")?
    } else {
        0
    };
    let unconditional = std::iter::repeat_n(null, rows - labels.len());
    let mut inputs: Vec<Input> = labels
        .iter()
        .copied()
        .chain(unconditional)
        .map(Input::Label)
        .collect();
    let mut codes = vec![Vec::new(); labels.len()];
    for position in 0..config.positions() {
        let mut record = Record::default();
        let found = step(
            transformer,
            config,
            &slots,
            &inputs,
            (position, labels.len()),
            guidance.at(position, config.positions(), 0),
            &mut record,
        )?;
        seen(position, &record.heads, &found)?;
        for (codes, found) in codes.iter_mut().zip(&found) {
            codes.extend(found);
        }
        inputs = found
            .iter()
            .cycle()
            .take(rows)
            .cloned()
            .map(Input::Codes)
            .collect();
    }
    slots.into_iter().for_each(|slot| transformer.close(slot));
    Ok(codes.concat())
}

fn check_greedy(
    transformer: &mut impl Open,
    config: &Config,
    expected: &Expected,
    name: &str,
    guidance: &Guidance,
) -> Result<()> {
    let labels = expected.codes("labels")?;
    let head_logits = expected.f32(&format!("greedy.{name}.head_logits"))?;
    let guided_logits = match guidance.is_on(config.positions(), config.depth()) {
        true => Some(expected.f32(&format!("greedy.{name}.guided_logits"))?),
        false => None,
    };
    let check = |position: usize, heads: &[Vec<f32>], _: &[Vec<u32>]| -> Result<()> {
        for (depth, found) in heads.iter().enumerate() {
            let what = format!("position {position}, head {depth}");
            let at = position * config.depth() + depth;
            let rows = &head_logits[at * found.len()..][..found.len()];
            close(&format!("{what}, head logits"), rows, found, TOLERANCE)?;
            let Some(guided) = &guided_logits else {
                continue;
            };
            let (conditional, unconditional) = found.split_at(found.len() / 2);
            let mut mixed = conditional.to_vec();
            let scale = guidance.at(position, config.positions(), depth);
            if scale > 1.0 {
                guide(&mut mixed, unconditional, scale);
            }
            let rows = &guided[at * mixed.len()..][..mixed.len()];
            // Guidance stretches the error of the difference by the scale.
            close(
                &format!("{what}, guided logits"),
                rows,
                &mixed,
                TOLERANCE * (2.0 * scale - 1.0),
            )?;
        }
        Ok(())
    };
    let codes = greedy(transformer, config, &labels, guidance, check)?;
    same(
        "greedy codes",
        &expected.codes(&format!("greedy.{name}.codes"))?,
        &codes,
    )
}

/// The full forward pass on given codes, as one window of all positions of all pictures.
fn check_teacher(transformer: &mut impl Open, config: &Config, expected: &Expected) -> Result<()> {
    let labels = expected.codes("labels")?;
    let codes = expected.codes("teacher.codes")?;
    let (pictures, positions, depth) = (labels.len(), config.positions(), config.depth());
    let mut rows = Vec::new();
    let mut picks = Vec::new();
    let slots = labels
        .iter()
        .map(|_| Ok(transformer.open()?))
        .collect::<Result<Vec<_>>>()?;
    for picture in 0..pictures {
        let own = &codes[picture * positions * depth..][..positions * depth];
        for position in 0..positions {
            let input = match position {
                0 => Input::Label(labels[picture]),
                _ => Input::Codes(own[(position - 1) * depth..position * depth].to_vec()),
            };
            let known = own[position * depth..][..depth]
                .iter()
                .copied()
                .map(Choice::Known);
            picks.push(Pick {
                row: rows.len(),
                unconditional: None,
                depths: known.collect(),
            });
            rows.push(Row {
                token: Token {
                    slot: slots[picture],
                    position,
                },
                input,
            });
        }
    }
    let mut record = Record::default();
    forward(transformer, config, &rows, &picks, &mut record)?;
    slots.into_iter().for_each(|slot| transformer.close(slot));

    // Blocks after the last head affect nothing and do not run, so there may be fewer than layers.
    let hidden = expected.f32("teacher.hidden")?;
    close(
        "teacher.hidden",
        &hidden[..record.blocks.concat().len()],
        &record.blocks.concat(),
        TOLERANCE,
    )?;
    let logits = expected.f32("teacher.logits")?;
    let window = positions * config.codebook;
    let mut loss = 0.0;
    for (head, found) in record.heads.iter().enumerate() {
        for picture in 0..pictures {
            let at = (picture * depth + head) * window;
            let found = &found[picture * window..][..window];
            close("teacher.logits", &logits[at..][..window], found, TOLERANCE)?;
            for (position, row) in found.chunks_exact(config.codebook).enumerate() {
                let target = codes[(picture * positions + position) * depth + head];
                loss += cross_entropy(row, target as usize);
            }
        }
    }
    let mean = loss / (pictures * positions * depth) as f64;
    close(
        "teacher.loss",
        &expected.f32("teacher.loss")?,
        &[mean as f32],
        TOLERANCE,
    )
}

fn cross_entropy(logits: &[f32], target: usize) -> f64 {
    let sum: f64 = logits.iter().map(|&v| f64::from(v).exp()).sum();
    sum.ln() - f64::from(logits[target])
}

/// Greedy codes without looking at the logits.
pub fn greedy_codes(
    transformer: &mut impl Open,
    config: &Config,
    labels: &[u32],
    guidance: &Guidance,
) -> Result<Vec<u32>> {
    greedy(transformer, config, labels, guidance, |_, _, _| Ok(()))
}
