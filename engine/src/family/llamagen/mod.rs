//! Class-conditional LlamaGen (arXiv 2406.06525): the DnD-Transformer with one head after the last block, so one
//! code a position, in state dicts that name that head without a number.
//!
//! Its sizes and what its checkpoints look like; the forward pass is [`dnd`](crate::family::dnd)'s.

mod sizes;
#[cfg(test)]
mod tests;

use crate::family::{Family, TokenizerSizes, dnd::HeadNames};

pub use sizes::{PRESETS, config, refuse_captions};

/// The family's row.
pub const FAMILY: Family = Family {
    name: "llamagen",
    presets: &PRESETS,
    heads: HeadNames::Single,
    tokenizer: TokenizerSizes::Shapes,
    check: sizes::check,
    check_checkpoint: sizes::check_checkpoint,
};
