//! How much memory a model takes, as well as it is known without loading it.

use super::Precision;
use crate::{
    backend::{cpu::Format, gpu},
    family::dnd::Config,
    tokenizer::Layout,
};

/// Bytes of a number while it is computed with.
const NUMBER: u64 = 4;
/// Activations of the decoder's widest level that live at the same time.
const LIVE_ACTIVATIONS: u64 = 6;

/// What a model's matrices are kept in, if nobody says otherwise: a large one that was converted to 4-bit blocks is not
/// given more bits than its file has.
pub(crate) fn usual_format(config: &Config, precision: Option<Precision>) -> Format {
    match (Format::usual(config.parameters()), precision) {
        (Format::Q8_0, Some(Precision::Q4_0)) => Format::Q4_0,
        (usual, _) => usual,
    }
}

/// The same on a graphics card.
pub(crate) fn usual_on_card(config: &Config, precision: Option<Precision>) -> gpu::Format {
    match (gpu::Format::usual(config.parameters()), precision) {
        (gpu::Format::F16, Some(Precision::Q4_0)) => gpu::Format::Q4_0,
        (gpu::Format::F16, Some(Precision::Q8_0)) => gpu::Format::Q8_0,
        (usual, _) => usual,
    }
}

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
    pub(crate) fn of(config: &Config, precision: Option<Precision>) -> Self {
        let cells = 2 * config.layers * config.positions() * config.width;
        let format = usual_format(config, precision);
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
