//! The DnD-Transformer (arXiv 2410.01912): a decoder-only transformer whose heads sit at chosen layers,
//! so that one forward pass predicts all `depth` codes of a position.

mod config;
mod forward;
mod rotary;
mod weights;

use crate::family::{Family, TokenizerSizes};

pub(super) use config::preset;
pub use config::{Config, PRESETS, Preset};
pub use forward::{Choice, NoWatch, Pick, Row, Watch, forward, gather, record};
pub use rotary::rotary_table;
pub use weights::{Block, HeadNames, Piece, Pieces, Weights, is_spare, tensors};

/// The family's row.
pub const FAMILY: Family = Family {
    name: "dnd",
    presets: &PRESETS,
    heads: HeadNames::Numbered,
    tokenizer: TokenizerSizes::ConfigYaml,
    check: |_| Ok(()),
    check_checkpoint: |_, _| Ok(()),
};
