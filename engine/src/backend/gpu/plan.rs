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
    /// The largest single buffer beside the caches.
    pub largest: u64,
    /// Keys, or values, of one sequence in one layer.
    pub cache: u64,
}

/// What a model needs in every format that its matrices can have on a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What they are kept in where there is room.
    usual: Format,
    /// In the order of [`Format::ALL`].
    needs: [Needs; Format::ALL.len()],
}

/// What a card has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// For all pictures that were asked for, with the matrices in this format.
    Enough(Format),
    /// For so many at a time, in this format.
    Fewer(usize, Format),
    /// For none.
    None,
}

impl Needs {
    /// Those of the transformer, with its matrices in `format`.
    fn of(config: &Config, format: Format) -> Self {
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
        let cache = (config.positions() * width * number) as u64;
        let buffers = [head, tables];
        Self {
            weights: block.iter().sum::<u64>() * config.layers as u64
                + head * config.output_matrices() as u64
                + 2 * tables,
            sequence: 2 * config.layers as u64 * cache,
            tokenizer: 0,
            largest: block.into_iter().chain(buffers).max().unwrap_or_default(),
            cache,
        }
    }

    /// All of them with so many sequences.
    pub fn total(&self, sequences: u64) -> u64 {
        self.weights + self.tokenizer + rooms(sequences) * self.sequence
    }

    /// Whether a card has room for so many sequences. What is not known is no reason against it.
    fn fit(&self, about: &About, sequences: u64) -> bool {
        let room = about.memory.map(|memory| memory as f64 * SHARE);
        // Where the processor plays the card, its memory is the machine's.
        let room = room.filter(|_| about.is_real());
        let fits = room.is_none_or(|room| self.total(sequences) as f64 <= room);
        let largest = self.largest.max(self.cache * rooms(sequences));
        fits && largest <= about.largest_tensor
    }
}

/// Caches are made in powers of two.
fn rooms(sequences: u64) -> u64 {
    sequences.next_power_of_two().max(SEQUENCES)
}

impl Plan {
    /// That of a model whose matrices are kept in `usual` where there is room.
    ///
    /// # Errors
    /// When the tokenizer's modules do not fit together.
    pub fn of(config: &Config, layout: &Layout, usual: Format) -> Result<Self> {
        let [rows, columns, _] = layout.codes;
        let (encoder, decoder) = (layout::encoder(layout), layout::decoder(layout));
        let (latent, cell) = ([layout.dim, rows, columns], layout.cell());
        let picture = [layout.in_channels, rows * cell, columns * cell];
        let bytes = |modules, shape| tokenizer::bytes_needed(modules, shape, Precision::Full);
        let tokenizer = bytes(&decoder, latent)? + bytes(&encoder, picture)?;
        let largest = tokenizer::largest_buffer(&decoder, latent)?;
        let needs = Format::ALL.map(|format| {
            let own = Needs::of(config, format);
            Needs {
                tokenizer,
                largest: own.largest.max(largest),
                ..own
            }
        });
        Ok(Self { usual, needs })
    }

    /// What the matrices are kept in where there is room and nobody says otherwise.
    pub fn usual(&self) -> Format {
        self.usual
    }

    /// What is needed with the matrices in `format`.
    pub fn needs(&self, format: Format) -> &Needs {
        &self.needs[format as usize]
    }

    /// The format in which a guided picture fits on a card: the one that a person chose and no other, or the usual
    /// one or the next smaller.
    pub fn format(&self, about: &About, chosen: Option<Format>) -> Option<Format> {
        let wanted = chosen.unwrap_or(self.usual);
        let most = self.needs(wanted).weights;
        let smaller = [Format::Q8_0, Format::Q4_0].into_iter();
        let smaller = smaller.filter(|format| {
            chosen.is_none() && *format != wanted && self.needs(*format).weights < most
        });
        let mut formats = std::iter::once(wanted).chain(smaller);
        formats.find(|format| self.needs(*format).fit(about, SEQUENCES))
    }

    /// What a card has room for, of so many pictures with so many sequences each. The format does not depend on their
    /// number: it is that of the model once it is loaded.
    pub fn room(
        &self,
        about: &About,
        chosen: Option<Format>,
        (pictures, sequences): (usize, usize),
    ) -> Room {
        let Some(format) = self.format(about, chosen) else {
            return Room::None;
        };
        let needs = self.needs(format);
        let fit = |pictures: &usize| needs.fit(about, (*pictures * sequences) as u64);
        match (1..=pictures).rev().find(fit) {
            Some(fitting) if fitting < pictures => Room::Fewer(fitting, format),
            _ => Room::Enough(format),
        }
    }

    /// As [`Plan::format`], told in the log where it is not what was wanted.
    ///
    /// # Errors
    /// When the model fits in none, or not in the chosen one; with what is needed, what there is, and which would fit.
    pub fn choose(&self, about: &About, chosen: Option<Format>) -> Result<Format> {
        let wanted = chosen.unwrap_or(self.usual);
        if let Some(format) = self.format(about, chosen) {
            if format != wanted {
                let (card, format) = (about.title(), format.name());
                tracing::info!(card, format, "the model fits on the card in fewer bits");
            }
            return Ok(format);
        }
        let gigabytes = |bytes: u64| format!("{:.1} GB", bytes as f64 / 1e9);
        let has = match about.memory {
            Some(memory) => gigabytes(memory),
            None => format!("{} at a time", gigabytes(about.largest_tensor)),
        };
        let (even, least) = match chosen {
            Some(format) => ("", format),
            None => ("even ", Format::Q4_0),
        };
        let smaller = self.format(about, None).map(Format::name);
        let smaller = smaller.map(|name| format!("; in {name} it would fit"));
        let message = format!(
            "it needs {} with one picture {even}in {}, and {} has {has}{}",
            gigabytes(self.needs(least).total(SEQUENCES)),
            least.name(),
            about.title(),
            smaller.unwrap_or_default(),
        );
        Err(Error::Backend {
            device: "gpu",
            operation: "making room for the model",
            message,
        })
    }
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
        Config::published(Preset::named("XXL").unwrap())
    }

    fn plan() -> Plan {
        Plan::of(&xxl(), &Layout::published([16, 16, 2]), Format::F16).unwrap()
    }

    #[test]
    fn the_published_size_fits_in_as_many_bits_as_there_is_room_for() {
        assert_eq!(plan().choose(&card(8.0), None), Ok(Format::F16));
        assert_eq!(plan().choose(&card(4.0), None), Ok(Format::Q8_0));
        assert_eq!(plan().choose(&card(2.2), None), Ok(Format::Q4_0));
        let error = plan().choose(&card(1.0), None).unwrap_err();
        assert!(error.is_of_card());
        let told = error.to_string();
        assert!(told.contains("A card") && told.contains("1.0 GB"), "{told}");
        assert!(!told.contains("would fit"), "{told}");
    }

    #[test]
    fn a_chosen_format_that_does_not_fit_is_refused_with_one_that_does() {
        let of = |gigabytes, format| plan().choose(&card(gigabytes), Some(format));
        assert_eq!(of(4.0, Format::Q4_0), Ok(Format::Q4_0));
        assert_eq!(of(8.0, Format::F16), Ok(Format::F16));
        let error = of(4.0, Format::F16).unwrap_err();
        assert!(error.is_of_card(), "the studio goes on with the processor");
        let told = error.to_string();
        assert!(
            told.contains("in f16") && told.ends_with("in q8_0 it would fit"),
            "{told}"
        );
    }

    #[test]
    fn a_card_that_takes_small_tensors_only_is_refused() {
        let small = About {
            largest_tensor: 16 << 20,
            ..card(80.0)
        };
        assert!(plan().choose(&small, None).is_err());
    }

    #[test]
    fn there_is_room_for_all_pictures_for_fewer_or_for_none() {
        let room = |gigabytes, pictures| plan().room(&card(gigabytes), None, (pictures, 2));
        assert_eq!(room(8.0, 1), Room::Enough(Format::F16));
        assert_eq!(room(8.0, 8), Room::Enough(Format::F16));
        assert_eq!(room(2.2, 1), Room::Enough(Format::Q4_0));
        assert_eq!(room(1.0, 1), Room::None);
        // A card with room for four guided pictures in 8 bits, and for not a byte more.
        let four = plan().needs(Format::Q8_0).total(8) as f64 / SHARE / 1e9 + 1e-6;
        assert_eq!(room(four, 4), Room::Enough(Format::Q8_0));
        assert_eq!(room(four, 8), Room::Fewer(4, Format::Q8_0));
        // What a person chose is taken as it is.
        let chosen = |format| plan().room(&card(4.0), Some(format), (1, 2));
        assert_eq!(chosen(Format::F16), Room::None);
        assert_eq!(chosen(Format::Q4_0), Room::Enough(Format::Q4_0));
    }

    #[test]
    fn every_format_finds_its_own_needs() {
        let plan = plan();
        let weights = Format::ALL.map(|format| plan.needs(format).weights);
        assert!(weights.is_sorted_by(|a, b| a > b), "{weights:?}");
    }

    #[test]
    fn needs_are_near_what_the_weights_have() {
        let plan = plan();
        let needs = plan.needs(Format::F16);
        let weights = 2 * xxl().parameters() as u64;
        assert!(needs.weights >= weights, "{needs:?}");
        assert!(needs.weights < weights + weights / 10, "{needs:?}");
        // 48 layers of 256 positions, 1536 keys and as many values of 16 bits.
        assert_eq!(needs.sequence, 48 * 256 * 2 * 1536 * 2);
    }
}
