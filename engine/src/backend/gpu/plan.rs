//! Whether a model fits on a card, said before anything is allocated there.

use super::{
    About, Format,
    format::Packed,
    tokenizer::{self, Precision},
};
use crate::{
    error::{Error, Result},
    family::dnd::Config,
    tokenizer::{Layout, layout},
};

/// The share of a card's memory that a model may have; the desktop and the driver need the rest.
const SHARE: f64 = 0.85;
/// Sequences that there has to be room for: those of a guided picture.
const SEQUENCES: u64 = 2;

/// Bytes of a card's memory that a model needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// The transformer's weights.
    pub weights: u64,
    /// Keys and values of one sequence.
    pub sequence: u64,
    /// The tokenizer's weights, and its pictures on the way.
    pub tokenizer: u64,
    /// The largest single buffer.
    pub largest: u64,
}

impl Needs {
    /// Those of a model with its matrices in `format`.
    ///
    /// # Errors
    /// When the tokenizer's modules do not fit together.
    pub fn of(config: &Config, layout: &Layout, format: Format) -> Result<Self> {
        let (width, ffn) = (config.width, config.feed_forward_width());
        let matrix = |outputs, columns| {
            let packed = Packed {
                format,
                outputs,
                columns,
            };
            packed.bytes() as u64
        };
        let number = if format.is_exact() { 4 } else { 2 };
        let block = [
            matrix(3 * width, width),
            matrix(width, width),
            matrix(2 * ffn, width),
            matrix(width, ffn),
        ];
        let head = matrix(config.codebook, width);
        let tables = (config.class_rows().max(config.codebook) * width * number) as u64;
        let sequence = (2 * config.layers * config.positions() * width * number) as u64;
        let [rows, columns, _] = layout.codes;
        let (encoder, decoder) = (layout::encoder(layout), layout::decoder(layout));
        let latent = [layout.dim, rows, columns];
        let cell = layout.cell();
        let picture = [layout.in_channels, rows * cell, columns * cell];
        let bytes = |modules, shape| tokenizer::bytes_needed(modules, shape, Precision::Full);
        let cache = sequence / (2 * config.layers as u64) * SEQUENCES;
        let buffers = [
            head,
            tables,
            cache,
            tokenizer::largest_buffer(&decoder, latent)?,
        ];
        Ok(Self {
            weights: block.iter().sum::<u64>() * config.layers as u64
                + head * config.output_matrices() as u64
                + 2 * tables,
            sequence,
            tokenizer: bytes(&decoder, latent)? + bytes(&encoder, picture)?,
            largest: block.into_iter().chain(buffers).max().unwrap_or_default(),
        })
    }

    /// All of them with so many sequences.
    pub fn total(&self, sequences: u64) -> u64 {
        self.weights + self.tokenizer + sequences * self.sequence
    }

    /// Whether a card has room for a guided picture. What is not known is no reason against it.
    fn fit(&self, about: &About) -> bool {
        let room = about.memory.map(|memory| memory as f64 * SHARE);
        // Where the processor plays the card, its memory is the machine's.
        let room = room.filter(|_| about.is_real());
        let fits = room.is_none_or(|room| self.total(SEQUENCES) as f64 <= room);
        fits && self.largest <= about.largest_tensor
    }
}

/// The format in which a model fits on a card: `wanted`, or the next smaller one. Told in the log where it is not the
/// first.
///
/// # Errors
/// When it fits in none; with what is needed and what there is.
pub fn choose(about: &About, config: &Config, layout: &Layout, wanted: Format) -> Result<Format> {
    let smaller = [wanted, Format::Q8_0, Format::Q4_0];
    let mut needs = Needs::of(config, layout, wanted)?;
    for format in smaller {
        let own = Needs::of(config, layout, format)?;
        if own.weights > needs.weights {
            continue;
        }
        needs = own;
        if needs.fit(about) {
            if format != wanted {
                let (card, format) = (about.title(), format.name());
                tracing::info!(card, format, "the model fits on the card in fewer bits");
            }
            return Ok(format);
        }
    }
    let gigabytes = |bytes: u64| format!("{:.1} GB", bytes as f64 / 1e9);
    let has = match about.memory {
        Some(memory) => gigabytes(memory),
        None => format!("{} at a time", gigabytes(about.largest_tensor)),
    };
    let message = format!(
        "it needs {} with one picture even in {}, and {} has {has}",
        gigabytes(needs.total(SEQUENCES)),
        Format::Q4_0.name(),
        about.title(),
    );
    Err(Error::Backend {
        device: "gpu",
        operation: "making room for the model",
        message,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::backend::gpu::Kind;
    use crate::family::dnd::Preset;

    fn card(gigabytes: f64) -> About {
        About {
            name: "A card".into(),
            api: "Vulkan",
            kind: Kind::Discrete,
            driver: String::new(),
            memory: Some((gigabytes * 1e9) as u64),
            largest_tensor: 2 << 30,
            uses: Vec::new(),
        }
    }

    fn xxl() -> Config {
        let preset = Preset::named("XXL").unwrap();
        Config {
            layers: preset.layers,
            heads: preset.heads,
            width: preset.width,
            codebook: 16_384,
            classes: 1000,
            unconditional: true,
            grid: 16,
            head_layers: vec![39, 47],
            tied_heads: false,
        }
    }

    fn chosen(card: &About) -> Result<Format> {
        choose(card, &xxl(), &Layout::published([16, 16, 2]), Format::F16)
    }

    #[test]
    fn the_published_size_fits_in_as_many_bits_as_there_is_room_for() {
        assert_eq!(chosen(&card(8.0)), Ok(Format::F16));
        assert_eq!(chosen(&card(4.0)), Ok(Format::Q8_0));
        assert_eq!(chosen(&card(2.2)), Ok(Format::Q4_0));
        let error = chosen(&card(1.0)).unwrap_err();
        assert!(error.is_of_card());
        let told = error.to_string();
        assert!(told.contains("A card") && told.contains("1.0 GB"), "{told}");
    }

    #[test]
    fn a_card_that_takes_small_tensors_only_is_refused() {
        let small = About {
            largest_tensor: 16 << 20,
            ..card(80.0)
        };
        assert!(chosen(&small).is_err());
    }

    #[test]
    fn needs_are_near_what_the_weights_have() {
        let needs = Needs::of(&xxl(), &Layout::published([16, 16, 2]), Format::F16).unwrap();
        let weights = 2 * xxl().parameters() as u64;
        assert!(needs.weights >= weights, "{needs:?}");
        assert!(needs.weights < weights + weights / 10, "{needs:?}");
        // 48 layers of 256 positions, 1536 keys and as many values of 16 bits.
        assert_eq!(needs.sequence, 48 * 256 * 2 * 1536 * 2);
    }
}
