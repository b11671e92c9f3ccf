//! One forward pass, written once for every backend.
//!
//! A pass takes any number of rows. A row is one token of one sequence, so the same function serves
//! a step (one row, or two with guidance, for each picture) and a window of known codes.

use crate::{
    backend::{Backend, Input, Place, Token},
    error::Result,
    family::dnd::Config,
    sampling::{Draw, Filter},
};

/// One row of a pass: where it sits, and what enters there.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its sequence and position.
    pub token: Token,
    /// The class label at position 0, the codes of the previous position elsewhere.
    pub input: Input,
}

/// How the codes of one position are found, from one row or from a guided pair.
#[derive(Clone, Debug)]
pub struct Pick {
    /// The conditional row.
    pub row: usize,
    /// The unconditional row of a guided picture.
    pub unconditional: Option<usize>,
    /// What to do at each depth.
    pub depths: Vec<Choice>,
}

/// How the code of one depth is found.
#[derive(Clone, Copy, Debug)]
pub enum Choice {
    /// Sampled from the guided, filtered logits with the noise of `place`.
    Sample {
        /// Guidance scale; 1 and below mean the conditional logits alone.
        scale: f32,
        /// Temperature and filters.
        filter: Filter,
        /// Where the noise comes from.
        place: Place,
    },
    /// Drawn in an earlier run: `code` is taken as it is, and told as it was then.
    Recall {
        /// The code.
        code: u32,
        /// Guidance scale of the draw.
        scale: f32,
        /// Temperature and filters of the draw.
        filter: Filter,
    },
    /// Known beforehand: no logits are needed.
    Known(u32),
}

/// Looks at a pass from outside: tests against golden outputs use it, sampling does not.
pub trait Watch<B: Backend> {
    /// The residual stream after block `layer`, before a code is added.
    fn block(&mut self, backend: &B, layer: usize, hidden: &B::Hidden) -> Result<()>;
    /// Whether `head` is to see depths whose codes are all known, whose logits nobody else needs.
    fn wants_known_heads(&self) -> bool {
        true
    }
    /// The logits of the head of `depth`, before guidance.
    fn head(&mut self, backend: &B, depth: usize, logits: &B::Logits) -> Result<()>;
}

/// Watches nothing.
pub struct NoWatch;

impl<B: Backend> Watch<B> for NoWatch {
    fn block(&mut self, _: &B, _: usize, _: &B::Hidden) -> Result<()> {
        Ok(())
    }
    fn wants_known_heads(&self) -> bool {
        false
    }
    fn head(&mut self, _: &B, _: usize, _: &B::Logits) -> Result<()> {
        Ok(())
    }
}

/// Runs `rows` through the transformer and picks the codes of every depth: one [`Draw`] per depth for
/// each of `picks`. Blocks after the last head affect nothing and are left out.
///
/// # Errors
/// What the backend reports.
pub fn forward<B: Backend>(
    backend: &mut B,
    config: &Config,
    rows: &[Row],
    picks: &[Pick],
    watch: &mut impl Watch<B>,
) -> Result<Vec<Vec<Draw>>> {
    let codes = record(backend, config, rows, picks, watch)?;
    gather(backend, codes, picks.len())
}

/// Runs `rows` through the transformer and picks the codes of every depth, without reading them: an item for each
/// depth, for [`gather`]. On a device that computes by itself nothing is waited for.
///
/// # Errors
/// What the backend reports.
pub fn record<B: Backend>(
    backend: &mut B,
    config: &Config,
    rows: &[Row],
    picks: &[Pick],
    watch: &mut impl Watch<B>,
) -> Result<Vec<B::Codes>> {
    let tokens: Vec<Token> = rows.iter().map(|row| row.token).collect();
    let mut hidden = backend.embed(rows)?;
    let mut picked = Vec::with_capacity(config.depth());
    for layer in 0..config.layers {
        let normed = backend.attention_norm(layer, &hidden)?;
        let queries = backend.write_cache(layer, &normed, &tokens)?;
        let attended = backend.attend(layer, &queries, &tokens)?;
        backend.add_projected(layer, &attended, &mut hidden)?;
        let normed = backend.feed_forward_norm(layer, &hidden)?;
        backend.add_feed_forward(layer, &normed, &mut hidden)?;
        watch.block(backend, layer, &hidden)?;

        let Some(depth) = config.head_after(layer) else {
            continue;
        };
        let codes = if all_known(depth, picks) && !watch.wants_known_heads() {
            backend.known(depth, picks)?
        } else {
            let logits = backend.head(depth, &hidden)?;
            watch.head(backend, depth, &logits)?;
            backend.pick(depth, &logits, picks)?
        };
        let is_last = depth + 1 == config.depth();
        if !is_last {
            backend.add_codes(&codes, picks, &mut hidden)?;
        }
        picked.push(codes);
        if is_last {
            break;
        }
    }
    Ok(picked)
}

/// Reads what [`record`] picked: one [`Draw`] per depth for each of `picks`.
///
/// # Errors
/// What the backend reports.
pub fn gather<B: Backend>(
    backend: &mut B,
    picked: Vec<B::Codes>,
    picks: usize,
) -> Result<Vec<Vec<Draw>>> {
    let mut draws: Vec<Vec<Draw>> = vec![Vec::with_capacity(picked.len()); picks];
    for codes in picked {
        for (draws, draw) in draws.iter_mut().zip(backend.read(codes)?) {
            draws.push(draw);
        }
    }
    Ok(draws)
}

/// Whether every pick knows its code of a depth.
fn all_known(depth: usize, picks: &[Pick]) -> bool {
    picks
        .iter()
        .all(|pick| matches!(pick.depths[depth], Choice::Known(_)))
}
