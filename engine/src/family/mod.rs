//! One folder per model family: configuration, weights by name, forward pass.
//!
//! A family's forward pass is written once, over the operations of [`crate::backend`]; nothing here
//! touches a device. What sets a family apart from the ones it shares that pass with is its row in [`FAMILIES`].

pub mod dnd;
pub mod llamagen;

use crate::{checkpoint::StateDict, error::Result};
use dnd::{Config, HeadNames, Preset};

/// The families, each a row.
pub static FAMILIES: [Family; 2] = [dnd::FAMILY, llamagen::FAMILY];

/// What sets a family apart.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// Its name in `model.toml`.
    pub name: &'static str,
    /// Its published sizes, smallest first.
    pub presets: &'static [Preset],
    /// What its state dicts call the heads.
    pub heads: HeadNames,
    /// Where the sizes of its tokenizer stand.
    pub tokenizer: TokenizerSizes,
    /// Whether sizes that are possible are also possible in this family; [`Error::Config`](crate::Error::Config)
    /// says why not.
    pub check: fn(&Config) -> Result<()>,
    /// Whether a checkpoint is of this family and these sizes, as far as its names and shapes tell without any
    /// numbers being read.
    pub check_checkpoint: fn(&Config, &StateDict) -> Result<()>,
}

/// Where the sizes of a tokenizer stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenizerSizes {
    /// In a `config.yaml` beside the weights: it is an RQ-VAE.
    ConfigYaml,
    /// In the shapes of its tensors: it is a VQ-GAN with one code a position.
    Shapes,
}

impl Family {
    /// The family of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FAMILIES.iter().find(|family| family.name == name)
    }

    /// Its published size of this name, in any case and with or without the prefix `GPT-`.
    pub fn preset(&self, name: &str) -> Option<Preset> {
        let bare = name.trim().to_ascii_uppercase();
        let bare = bare.strip_prefix("GPT-").unwrap_or(&bare);
        self.presets
            .iter()
            .copied()
            .find(|preset| preset.name == bare)
    }
}
