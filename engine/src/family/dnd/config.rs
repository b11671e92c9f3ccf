//! The sizes of a DnD-Transformer: the published ones by name, any other from numbers.

use crate::error::{Error, Result};

/// The sizes of one transformer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Transformer blocks.
    pub layers: usize,
    /// Attention heads of a block.
    pub heads: usize,
    /// Width of the residual stream.
    pub width: usize,
    /// Codes in the codebook, `V`.
    pub codebook: usize,
    /// Classes; labels are `0..classes`.
    pub classes: usize,
    /// Whether the class table has an unconditional row at index `classes` (class dropout in training).
    pub unconditional: bool,
    /// Rows, and columns, of the square grid of positions.
    pub grid: usize,
    /// The layer after which each depth's head sits (0-based, ascending, one per depth).
    pub head_layers: Vec<usize>,
    /// Whether all heads share one output matrix (their norms stay separate).
    pub tied_heads: bool,
}

/// A published size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its published name.
    pub name: &'static str,
    /// Transformer blocks.
    pub layers: usize,
    /// Attention heads of a block.
    pub heads: usize,
    /// Width of the residual stream.
    pub width: usize,
}

/// A row of a family's table.
pub const fn preset(name: &'static str, layers: usize, heads: usize, width: usize) -> Preset {
    Preset {
        name,
        layers,
        heads,
        width,
    }
}

/// The published sizes, smallest first.
pub const PRESETS: [Preset; 9] = [
    preset("B", 12, 12, 768),
    preset("L", 24, 16, 1024),
    preset("XL", 36, 20, 1280),
    preset("1B", 22, 32, 2048),
    preset("XXL", 48, 24, 1536),
    preset("XXXL", 48, 32, 2048),
    preset("XXL-64", 64, 28, 1792),
    preset("3B", 24, 32, 3200),
    preset("7B", 32, 32, 4096),
];

impl Preset {
    /// The preset of a published name, in any case and with or without the prefix `GPT-`.
    pub fn named(name: &str) -> Option<Self> {
        super::FAMILY.preset(name)
    }
}

impl Config {
    /// A published class model of this size: 256 pixels, two codes a position, the heads where XXL and XXXL have them
    /// (arXiv 2410.01912, table 1).
    ///
    /// # Panics
    /// When the size has fewer than two layers, as no published one has.
    pub fn published(size: Preset) -> Self {
        Self {
            layers: size.layers,
            heads: size.heads,
            width: size.width,
            codebook: 16_384,
            classes: 1000,
            unconditional: true,
            grid: 16,
            head_layers: vec![size.layers * 5 / 6 - 1, size.layers - 1],
            tied_heads: false,
        }
    }

    /// Checks the numbers and sorts the head layers, which a file may list in any order.
    ///
    /// # Errors
    /// [`Error::Config`] saying which number is impossible and why.
    pub fn checked(mut self) -> Result<Self> {
        let refuse = |reason: String| Err(Error::Config(reason));
        for (name, value, most) in [
            ("layers", self.layers, 1024),
            ("heads", self.heads, 1024),
            ("width", self.width, 65_536),
            ("codebook", self.codebook, 1 << 24),
            ("classes", self.classes, 1 << 20),
            ("grid", self.grid, 1024),
        ] {
            if value == 0 || value > most {
                return refuse(format!("{name} is {value}, expected 1 to {most}"));
            }
        }
        if !self.width.is_multiple_of(self.heads) {
            return refuse(format!(
                "width {} is not a multiple of {} heads",
                self.width, self.heads
            ));
        }
        if !self.head_width().is_multiple_of(4) {
            return refuse(format!(
                "a head is {} wide, expected a multiple of 4 for rotary positions of rows and columns",
                self.head_width()
            ));
        }
        self.head_layers.sort_unstable();
        if self.head_layers.is_empty() {
            return refuse("there are no head positions".into());
        }
        if self.head_layers.windows(2).any(|pair| pair[0] == pair[1]) {
            return refuse(format!(
                "head positions {:?} name a layer twice",
                self.head_layers
            ));
        }
        if self.head_layers.iter().any(|&layer| layer >= self.layers) {
            return refuse(format!(
                "head positions {:?} are not all below {} layers",
                self.head_layers, self.layers
            ));
        }
        Ok(self)
    }

    /// Codes a position.
    pub fn depth(&self) -> usize {
        self.head_layers.len()
    }

    /// Positions of the grid, the number of steps of a picture.
    pub fn positions(&self) -> usize {
        self.grid * self.grid
    }

    /// Width of one attention head.
    pub fn head_width(&self) -> usize {
        self.width / self.heads
    }

    /// Width of the gated feed-forward: 8/3 of the width, rounded down, then up to a multiple of 256.
    pub fn feed_forward_width(&self) -> usize {
        (8 * self.width / 3).next_multiple_of(256)
    }

    /// Rows of the class table.
    pub fn class_rows(&self) -> usize {
        self.classes + usize::from(self.unconditional)
    }

    /// The label of the unconditional row, if there is one.
    pub fn null_label(&self) -> Option<u32> {
        self.unconditional.then_some(self.classes as u32)
    }

    /// The depth whose head sits after `layer`.
    pub fn head_after(&self, layer: usize) -> Option<usize> {
        self.head_layers.binary_search(&layer).ok()
    }

    /// Output matrices: one for each depth, or one for all.
    pub fn output_matrices(&self) -> usize {
        if self.tied_heads { 1 } else { self.depth() }
    }

    /// Parameters in all, a tied output matrix counted once.
    pub fn parameters(&self) -> usize {
        let block = 4 * self.width * self.width
            + 3 * self.width * self.feed_forward_width()
            + 2 * self.width;
        let outputs = self.output_matrices();
        self.layers * block
            + (self.class_rows() + (1 + outputs) * self.codebook + self.depth()) * self.width
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn official(name: &str, head_layers: &[usize], codebook: usize, classes: usize) -> Config {
        let preset = Preset::named(name).unwrap();
        Config {
            layers: preset.layers,
            heads: preset.heads,
            width: preset.width,
            codebook,
            classes,
            unconditional: classes > 1,
            grid: 16,
            head_layers: head_layers.to_vec(),
            tied_heads: false,
        }
    }

    #[test]
    fn parameters_are_those_of_the_published_models() {
        assert_eq!(
            official("XXL", &[39, 47], 16_384, 1000).parameters(),
            1_436_140_032
        );
        assert_eq!(
            official("gpt-xxxl", &[39, 47], 16_384, 1000).parameters(),
            2_569_164_800
        );
        assert_eq!(
            official("L", &[19, 23], 16_384, 1000).parameters(),
            359_689_216
        );
        assert_eq!(
            official("B", &[9, 11], 16_384, 1000).parameters(),
            123_472_128
        );
    }

    #[test]
    fn head_positions_in_any_order_are_sorted() {
        let config = official("B", &[11, 9], 64, 10).checked().unwrap();
        assert_eq!(config.head_layers, [9, 11]);
        assert_eq!(config.head_after(9), Some(0));
        assert_eq!(config.head_after(10), None);
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let good = official("B", &[9, 11], 64, 10);
        for bad in [
            Config {
                heads: 7,
                ..good.clone()
            },
            Config {
                head_layers: vec![],
                ..good.clone()
            },
            Config {
                head_layers: vec![3, 3],
                ..good.clone()
            },
            Config {
                head_layers: vec![12],
                ..good.clone()
            },
            Config {
                grid: 0,
                ..good.clone()
            },
            Config {
                width: 12,
                ..good.clone()
            },
        ] {
            assert!(matches!(bad.checked(), Err(Error::Config(_))));
        }
    }
}
