//! The tensors of a DnD-Transformer, by their names in a state dict.

use crate::{checkpoint::StateDict, dice::Dice, error::Result, family::dnd::Config};

/// One block's matrices, all `[out, in]` row-major.
#[derive(Clone, Debug)]
pub struct Block {
    /// `[3 * width, width]`: queries, then keys, then values.
    pub qkv: Vec<f32>,
    /// `[width, width]`.
    pub out: Vec<f32>,
    /// `[feed_forward_width, width]`.
    pub gate: Vec<f32>,
    /// `[feed_forward_width, width]`.
    pub up: Vec<f32>,
    /// `[width, feed_forward_width]`.
    pub down: Vec<f32>,
    /// `[width]`.
    pub attention_norm: Vec<f32>,
    /// `[width]`.
    pub feed_forward_norm: Vec<f32>,
}

/// All weights in f32, as a backend takes them over.
#[derive(Clone, Debug)]
pub struct Weights {
    /// `[class_rows, width]`.
    pub classes: Vec<f32>,
    /// `[codebook, width]`, one table for all depths.
    pub codes: Vec<f32>,
    /// One per layer.
    pub blocks: Vec<Block>,
    /// `[width]` per depth.
    pub head_norms: Vec<Vec<f32>>,
    /// `[codebook, width]` per depth; only the first when heads are tied.
    pub outputs: Vec<Vec<f32>>,
}

impl Weights {
    /// Random weights, the same every time; for measuring.
    pub(crate) fn random(config: &Config) -> Self {
        let (width, ffn) = (config.width, config.feed_forward_width());
        let mut dice = Dice::default();
        let mut matrix = |rows: usize, columns: usize| dice.weights(rows * columns, columns);
        let heads = match config.tied_heads {
            true => 1,
            false => config.depth(),
        };
        Self {
            classes: matrix(config.class_rows(), width),
            codes: matrix(config.codebook, width),
            outputs: (0..heads).map(|_| matrix(config.codebook, width)).collect(),
            blocks: (0..config.layers)
                .map(|_| Block {
                    qkv: matrix(3 * width, width),
                    out: matrix(width, width),
                    gate: matrix(ffn, width),
                    up: matrix(ffn, width),
                    down: matrix(width, ffn),
                    attention_norm: vec![1.0; width],
                    feed_forward_norm: vec![1.0; width],
                })
                .collect(),
            head_norms: vec![vec![1.0; width]; config.depth()],
        }
    }

    /// Takes every tensor of `config` from `state`, and insists that nothing is left over.
    ///
    /// # Errors
    /// A missing, extra, wrong-shaped or non-finite tensor, by name.
    pub fn read(
        config: &Config,
        mut state: StateDict,
        mut progress: impl FnMut(f32),
    ) -> Result<Self> {
        let (width, ffn) = (config.width, config.feed_forward_width());
        let classes = state.take(
            "cls_embedding.embedding_table.weight",
            &[config.class_rows(), width],
        )?;
        let codes = state.take("tok_embeddings.weight", &[config.codebook, width])?;
        let mut blocks = Vec::with_capacity(config.layers);
        for layer in 0..config.layers {
            let mut take = |name: &str, shape: &[usize]| {
                state.take(&format!("layers.{layer}.{name}.weight"), shape)
            };
            blocks.push(Block {
                qkv: take("attention.wqkv", &[3 * width, width])?,
                out: take("attention.wo", &[width, width])?,
                gate: take("feed_forward.w1", &[ffn, width])?,
                up: take("feed_forward.w3", &[ffn, width])?,
                down: take("feed_forward.w2", &[width, ffn])?,
                attention_norm: take("attention_norm", &[width])?,
                feed_forward_norm: take("ffn_norm", &[width])?,
            });
            progress((layer + 1) as f32 / config.layers as f32);
        }
        let mut head_norms = Vec::new();
        let mut outputs: Vec<Vec<f32>> = Vec::new();
        for depth in 0..config.depth() {
            head_norms.push(state.take(&format!("norm.{depth}.weight"), &[width])?);
            let name = format!("output.{depth}.weight");
            // A tied matrix is listed once per head in published files; once is enough.
            if config.tied_heads && depth > 0 && !state.contains(&name) {
                continue;
            }
            let output = state.take(&name, &[config.codebook, width])?;
            match outputs.first() {
                Some(first) if config.tied_heads => check_tied(&state, depth, first, &output)?,
                _ => outputs.push(output),
            }
        }
        // State dicts taken after generation carry the caches; they are no weights.
        state.ignore(|name| name.contains(".attention.kv_cache.") || name == "freqs_cis");
        state.finish()?;
        Ok(Self {
            classes,
            codes,
            blocks,
            head_norms,
            outputs,
        })
    }
}

fn check_tied(state: &StateDict, depth: usize, first: &[f32], output: &[f32]) -> Result<()> {
    if first == output {
        return Ok(());
    }
    Err(crate::Error::Mismatch {
        model: state.path().display().to_string(),
        what: "output matrix",
        first: "output.0.weight".into(),
        expected: "one matrix shared by all heads (share_prediction_heads)".into(),
        second: format!("output.{depth}.weight"),
        found: "other numbers".into(),
    })
}
