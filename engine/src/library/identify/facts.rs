//! What the names and shapes in one file tell.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::What;
use crate::{
    checkpoint::{RqVaeConfig, Source, StateDict, Variant},
    error::{Error, Result},
    family::{
        Family,
        dnd::{self, HeadNames},
        llamagen,
    },
    library::{Precision, inventory::Inventory},
    tokenizer::{Layout, vq},
};

/// Most heads that anyone would have trained; the published ones have up to eight.
const MOST_HEADS: usize = 64;
/// What a head is wide in all published models but one.
const HEAD_WIDTH: usize = 64;

/// A transformer, as far as its file tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transformer {
    /// Its family, by name.
    pub family: &'static str,
    /// The published size of these numbers.
    pub preset: Option<&'static str>,
    /// Blocks.
    pub layers: usize,
    /// Width of the residual stream.
    pub width: usize,
    /// Attention heads: those of the published size, for shapes do not tell.
    pub heads: Option<usize>,
    /// Codes a position, which is heads with an output matrix.
    pub depth: usize,
    /// Codes in the codebook.
    pub codebook: usize,
    /// Rows of the table of classes; the last may be the unconditional one.
    pub class_rows: usize,
    /// Whether all heads share one output matrix.
    pub tied: bool,
    /// Rows and columns of the grid, where the file carries the table of positions.
    pub grid: Option<usize>,
    /// Weights, a tied matrix counted once.
    pub parameters: u64,
    /// What most weights are kept in.
    pub precision: Option<Precision>,
    /// Whether a running average of the weights lies in the file too (`ema`).
    pub averaged: bool,
}

/// A tokenizer, as far as its file tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tokenizer {
    /// Its family, by name.
    pub family: &'static str,
    /// Codes a position: as the configuration says, or as many as there are codebooks.
    pub depth: usize,
    /// Codes in a codebook.
    pub codebook: usize,
    /// Pixels along one side of a position's patch.
    pub cell: usize,
    /// The configuration that fits it, where its family has one.
    pub config: Option<PathBuf>,
    /// Rows and columns of the grid, where the configuration says so.
    pub grid: Option<usize>,
    /// What most weights are kept in.
    pub precision: Option<Precision>,
    /// Whether a running average of the weights lies in the file too (`state_dict_ema`, `ema`).
    pub averaged: bool,
}

/// A tokenizer's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Config {
    /// What it says.
    #[serde(serialize_with = "summary")]
    pub sizes: RqVaeConfig,
}

fn summary<S: serde::Serializer>(sizes: &RqVaeConfig, to: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Summary {
        codes: [usize; 3],
        codebook: usize,
        resolution: usize,
    }
    Summary {
        codes: sizes.codes,
        codebook: sizes.codebook,
        resolution: sizes.resolution,
    }
    .serialize(to)
}

/// What a file of weights is.
pub(super) fn of(source: &Source) -> Result<What> {
    let state = StateDict::open(source)?;
    let has = |name: &str| state.contains(name);
    if has("tok_embeddings.weight") {
        Transformer::of(&state).map(What::Transformer)
    } else if has("quantizer.codebooks.0.weight") {
        Tokenizer::residual(&state).map(What::Tokenizer)
    } else if has("quantize.embedding.weight") {
        Tokenizer::vq(&state).map(What::Tokenizer)
    } else {
        let mut names = state.names();
        let first = names.next().unwrap_or("nothing");
        let reason = format!(
            "its tensors are neither a transformer's (tok_embeddings.weight) nor a tokenizer's \
             (quantizer.codebooks.0.weight or quantize.embedding.weight), found {first}"
        );
        Err(Error::malformed("model", state.path(), reason))
    }
}

impl Transformer {
    fn of(state: &StateDict) -> Result<Self> {
        let family = match state.contains("norm.0.weight") {
            true => &dnd::FAMILY,
            false => &llamagen::FAMILY,
        };
        llamagen::refuse_captions(state)?;
        let [codebook, width] = state.sizes("tok_embeddings.weight")?;
        let [class_rows, _] = state.sizes("cls_embedding.embedding_table.weight")?;
        let layers = state.count("layers.");
        let depth = match family.heads {
            HeadNames::Numbered => state.count("norm."),
            HeadNames::Single => 1,
        };
        if !(1..=MOST_HEADS.min(layers)).contains(&depth) {
            let reason = format!(
                "it has {depth} heads and {layers} layers, expected 1 to {MOST_HEADS} heads and no more than layers"
            );
            return Err(Error::malformed("model", state.path(), reason));
        }
        let outputs = [0, 1].map(|depth| family.heads.of("output", depth));
        let [first, second] = &outputs;
        let tied = depth > 1 && (!state.contains(second) || state.is_same(first, second));
        let preset = family
            .presets
            .iter()
            .find(|preset| (preset.layers, preset.width) == (layers, width));
        let mut facts = Self {
            family: family.name,
            preset: preset.map(|preset| preset.name),
            layers,
            width,
            heads: preset.map(|preset| preset.heads),
            depth,
            codebook,
            class_rows,
            tied,
            grid: grid(state),
            parameters: 0,
            precision: Precision::of(state),
            averaged: state.has_averages(),
        };
        // Which layers the heads sit at and how wide an attention head is changes no shape; any will do to check them.
        let config = facts.config(facts.grid.unwrap_or(1), 1, (0..depth).collect(), false);
        let config = config
            .checked()
            .map_err(|error| Error::malformed("model", state.path(), error))?;
        Inventory::of_transformer(family, &config).check(state)?;
        facts.parameters = config.parameters() as u64;
        Ok(facts)
    }

    /// Its family.
    pub fn family(&self) -> &'static Family {
        // The name is one of a family.
        Family::named(self.family).unwrap_or(&dnd::FAMILY)
    }

    /// Numbers of attention heads that are possible, the likeliest first.
    pub fn possible_heads(&self) -> Vec<usize> {
        let mut heads: Vec<usize> = (1..=self.width / 4)
            .filter(|heads| self.width.is_multiple_of(*heads))
            .filter(|heads| (self.width / heads).is_multiple_of(4))
            .collect();
        let off = |heads: &usize| (self.width / heads).abs_diff(HEAD_WIDTH);
        heads.sort_by_key(off);
        heads
    }

    /// Its sizes with what its file does not tell.
    pub(in crate::library) fn config(
        &self,
        grid: usize,
        heads: usize,
        head_layers: Vec<usize>,
        unconditional: bool,
    ) -> dnd::Config {
        dnd::Config {
            layers: self.layers,
            heads,
            width: self.width,
            codebook: self.codebook,
            classes: self.class_rows - usize::from(unconditional && self.class_rows > 0),
            unconditional,
            grid,
            head_layers,
            tied_heads: self.tied,
        }
    }
}

/// The side of the grid that a file's table of positions is for, with a row more for the class.
fn grid(state: &StateDict) -> Option<usize> {
    let positions = state.shape("freqs_cis")?.first()?.checked_sub(1)?;
    let side = positions.isqrt();
    (side > 0 && side * side == positions).then_some(side)
}

impl Tokenizer {
    /// An RQ-VAE, whose sizes are in a configuration.
    fn residual(state: &StateDict) -> Result<Self> {
        let [rows, _] = state.sizes("quantizer.codebooks.0.weight")?;
        let levels = state.count("encoder.down.");
        if !(1..=12).contains(&levels) {
            let reason = format!("it has {levels} levels (encoder.down), expected 1 to 12");
            return Err(Error::malformed("model", state.path(), reason));
        }
        Ok(Self {
            family: dnd::FAMILY.name,
            depth: state.count("quantizer.codebooks."),
            // One row of padding at its end.
            codebook: rows.saturating_sub(1),
            cell: 1 << (levels - 1),
            config: None,
            grid: None,
            precision: Precision::of(state),
            averaged: state.has_averages(),
        })
    }

    /// A VQ-GAN, whose sizes its shapes tell but for the grid.
    fn vq(state: &StateDict) -> Result<Self> {
        let layout = vq::layout(state, [1, 1])?;
        Inventory::of_tokenizer(&layout).check(state)?;
        Ok(Self {
            family: llamagen::FAMILY.name,
            depth: 1,
            codebook: layout.codebook,
            cell: layout.cell(),
            config: None,
            grid: None,
            precision: Precision::of(state),
            averaged: state.has_averages(),
        })
    }

    /// Finds the configuration that fits: among those that were dropped, or the one beside the weights.
    pub(super) fn find_config(&mut self, path: &Path, dropped: &[(PathBuf, RqVaeConfig)]) {
        if self.family != dnd::FAMILY.name {
            return;
        }
        let Ok(state) = StateDict::open(&Source::File(path.to_owned())) else {
            return;
        };
        let beside = path.with_file_name("config.yaml");
        let beside = RqVaeConfig::from_source(&Source::File(beside.clone()))
            .ok()
            .map(|sizes| (beside, sizes));
        // One in the same folder goes before those from elsewhere.
        let mut dropped: Vec<_> = dropped.iter().collect();
        dropped.sort_by_key(|(config, _)| config.parent() != path.parent());
        let fits = |(_, sizes): &&(PathBuf, RqVaeConfig)| {
            Inventory::of_tokenizer(&Layout::from(sizes))
                .check(&state)
                .is_ok()
        };
        let found = dropped.into_iter().chain(&beside).find(fits);
        if let Some((config, sizes)) = found {
            self.depth = sizes.codes[2];
            self.grid = Some(sizes.codes[0]);
            self.config = Some(config.clone());
        }
    }

    /// Its layout in a file, on a grid where its family does not say one.
    ///
    /// # Errors
    /// When the file or its configuration cannot be read any longer.
    pub(in crate::library) fn layout(
        &self,
        file: &Source,
        variant: Variant,
        grid: usize,
    ) -> Result<Layout> {
        match &self.config {
            Some(config) => Ok(Layout::from(&RqVaeConfig::from_source(&Source::File(
                config.clone(),
            ))?)),
            None => vq::layout(&StateDict::open_variant(file, variant)?, [grid, grid]),
        }
    }
}
