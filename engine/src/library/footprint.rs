//! How much memory a model takes, as well as it is known without loading it.

use crate::{backend::cpu::Format, family::dnd::Config, tokenizer::Layout};

/// Bytes of a number while it is computed with.
const NUMBER: u64 = 4;
/// Activations of the decoder's widest level that live at the same time.
const LIVE_ACTIVATIONS: u64 = 6;

/// Bytes of memory that a model needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// The weights, once.
    pub weights: u64,
    /// Keys and values of one sequence. A picture has one; a guided picture has two.
    pub sequence: u64,
    /// The decoder's work on one picture.
    pub decoding: u64,
}

impl Footprint {
    /// Of a transformer alone, on plain processors, in the format that it has there usually.
    pub(crate) fn of(config: &Config) -> Self {
        let cells = 2 * config.layers * config.positions() * config.width;
        let format = Format::usual(config.parameters());
        Self {
            weights: format.bytes(config.parameters()) as u64,
            sequence: (cells * format.cache_bytes()) as u64,
            decoding: 0,
        }
    }

    /// With the tokenizer whose file has this many bytes.
    pub(crate) fn with_tokenizer(self, layout: &Layout, file_bytes: u64) -> Self {
        let ([rows, columns, _], cell) = (layout.codes, layout.cell());
        let widest = (rows * cell * columns * cell * layout.channels) as u64;
        Self {
            weights: self.weights + file_bytes,
            decoding: widest * NUMBER * LIVE_ACTIVATIONS,
            ..self
        }
    }
}
