//! The transformer's kernels for one model: which texts, with which sizes.

use super::super::{
    Format,
    format::{OUTPUTS_A_GROUP, Packed},
    kernel::{Bind, Kernel},
};
use crate::family::dnd::Config;

use Bind::{Read, Uniform, Write};

/// Rows of a pass at most: `MOST_ROWS` in `pass.wgsl`.
pub const MOST_ROWS: usize = 256;
/// Lanes that share a row's sums, in `product.wgsl` and `round.wgsl`.
const TEAM: usize = 32;
/// Teams of a workgroup of `product.wgsl`.
const TEAMS: usize = 2;

// A matrix is filled up to whole workgroups, whatever the tile.
const _: () = assert!(OUTPUTS_A_GROUP == TEAMS * Tile::LARGEST.outputs);

/// What a team of lanes computes of a product: so many rows of so many outputs, whose sums it holds in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    pub rows: usize,
    pub outputs: usize,
}

impl Tile {
    /// Few rows, for which a product waits for weights; and a block, for which it waits for its multiplications: as many
    /// outputs as rows, so that what is loaded meets most of the other.
    pub const ALL: [Self; 5] = [
        Self::new(1, 4),
        Self::new(2, 4),
        Self::new(4, 4),
        Self::new(8, 4),
        Self::new(8, 8),
    ];

    /// The one that passes of many rows use.
    pub const LARGEST: Self = Self::ALL[Self::ALL.len() - 1];

    const fn new(rows: usize, outputs: usize) -> Self {
        Self { rows, outputs }
    }

    /// Which of them a pass of so many rows uses.
    pub fn of(rows: usize) -> usize {
        let holding = Self::ALL.iter().position(|tile| rows <= tile.rows);
        holding.unwrap_or(Self::ALL.len() - 1)
    }

    /// Workgroups for so many rows of a matrix.
    pub fn groups(self, rows: usize, matrix: &Packed) -> [usize; 2] {
        [
            rows.div_ceil(self.rows),
            matrix.rows() / (TEAMS * self.outputs),
        ]
    }
}

const PASS: &str = include_str!("../kernels/pass.wgsl");
const PICK: &str = include_str!("../kernels/pick.wgsl");
const PRODUCT: &str = include_str!("../kernels/product.wgsl");
const SOURCE: &str = include_str!("../kernels/rows/source.wgsl");
const ROUNDED: &str = include_str!("../kernels/rows/rounded.wgsl");
const ROUND: &str = include_str!("../kernels/rows/round.wgsl");

/// What becomes of the sums of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// They are the result.
    Set,
    /// They are added to the residual stream.
    Add,
    /// Pairs of gate and value.
    Gate,
    /// Queries, keys and values.
    Cache,
}

/// Makes the kernels of one model.
#[derive(Clone, Debug)]
pub struct Kernels {
    /// The model.
    pub config: Config,
    /// How its matrices are kept.
    pub format: Format,
    /// Lanes of a subgroup at least, where subgroups are used.
    pub subgroup: Option<usize>,
    /// Whether 16-bit numbers are a type.
    pub halves: bool,
    /// Whether rows are rounded where the format has whole numbers, since the card multiplies four of them at a time.
    pub dots: bool,
}

impl Kernels {
    /// Numbers of a row of activations of so many columns: whole chunks, so that a product can read them.
    pub fn stride(columns: usize) -> usize {
        columns.next_multiple_of(super::super::format::CHUNK)
    }

    /// Numbers of a row of logits.
    pub fn logits(&self) -> usize {
        self.config.codebook.next_multiple_of(4)
    }

    /// A matrix of so many outputs and columns.
    pub fn packed(&self, outputs: usize, columns: usize) -> Packed {
        Packed {
            format: self.format,
            outputs,
            columns,
        }
    }

    /// Whether products are of whole numbers.
    pub fn is_whole(&self) -> bool {
        self.dots && self.format.order_text().is_some()
    }

    /// Whether a product of such tiles takes rows that were rounded before it.
    pub fn takes_ready(&self, tile: Tile) -> bool {
        self.is_whole() && tile == Tile::LARGEST
    }

    /// How the rows of a product are multiplied.
    fn rows_text(&self, tile: Tile) -> Vec<&'static str> {
        let whole = include_str!("../kernels/rows/whole.wgsl");
        match self.format.order_text().filter(|_| self.dots) {
            None => vec![SOURCE, include_str!("../kernels/rows/floats.wgsl")],
            Some(_) if self.takes_ready(tile) => {
                vec![ROUNDED, include_str!("../kernels/rows/ready.wgsl"), whole]
            }
            Some(order) => vec![SOURCE, ROUNDED, order, ROUND, whole],
        }
    }

    /// Lanes next to each other that add up without memory.
    fn together(&self) -> usize {
        self.subgroup.unwrap_or(1).min(TEAM)
    }

    fn reduce_text(&self) -> &'static str {
        match self.subgroup {
            None => include_str!("../kernels/reduce_shared.wgsl"),
            Some(_) => include_str!("../kernels/reduce_subgroup.wgsl"),
        }
    }

    fn cache_text(&self) -> &'static str {
        match self.format.is_exact() {
            true => include_str!("../kernels/formats/cache_f32.wgsl"),
            false => include_str!("../kernels/formats/cache_f16.wgsl"),
        }
    }

    fn table_text(&self) -> &'static str {
        match self.format.is_exact() {
            true => include_str!("../kernels/formats/table_f32.wgsl"),
            false => include_str!("../kernels/formats/table_f16.wgsl"),
        }
    }

    /// A product, into rows of `stride` numbers.
    pub fn product(
        &self,
        matrix: &Packed,
        tile: Tile,
        normed: bool,
        end: End,
        stride: usize,
    ) -> Kernel {
        let constants = [
            ("ROWS", tile.rows),
            ("TILE", tile.outputs),
            ("TEAM", TEAM),
            ("TEAMS", TEAMS),
            ("WIDTH", self.together()),
            ("CHUNKS", matrix.chunks()),
            ("COLUMNS", matrix.columns),
            ("OUTPUTS", matrix.outputs),
            ("SCALES", matrix.scales()),
            ("SCALES_A_ROW", matrix.scales_a_row()),
            ("NORM", usize::from(normed)),
            ("STRIDE", stride),
            ("HEAD", self.config.head_width()),
            ("POSITIONS", self.config.positions()),
        ];
        let end_text = match end {
            End::Set => include_str!("../kernels/ends/set.wgsl"),
            End::Add => include_str!("../kernels/ends/add.wgsl"),
            End::Gate => include_str!("../kernels/ends/gate.wgsl"),
            End::Cache => include_str!("../kernels/ends/cache.wgsl"),
        };
        let cache = match end {
            End::Cache => self.cache_text(),
            _ => "",
        };
        let mut parts = vec![PASS, matrix.format.text(self.halves)];
        parts.extend(self.rows_text(tile));
        parts.extend([self.reduce_text(), cache, end_text, PRODUCT]);
        let binds: &[Bind] = match end {
            End::Cache => &[Uniform, Read, Read, Read, Write, Write, Write, Read],
            _ => &[Uniform, Read, Read, Read, Write],
        };
        let name = format!(
            "product {end:?} {}x{} of {}x{}",
            tile.rows, tile.outputs, matrix.outputs, matrix.columns
        );
        let made = Kernel::new(name, binds, &constants, &parts);
        match self.halves && matrix.format == Format::F16 {
            true => made.with_halves(),
            false => made,
        }
    }

    /// Rounds rows for the products of a matrix.
    pub fn round(&self, matrix: &Packed, normed: bool) -> Kernel {
        let constants = [
            ("TEAM", TEAM),
            ("TEAMS", 1),
            ("WIDTH", self.together()),
            ("CHUNKS", matrix.chunks()),
            ("NORM", usize::from(normed)),
        ];
        let parts = [
            PASS,
            SOURCE,
            ROUNDED,
            matrix.format.order_text().unwrap_or_default(),
            ROUND,
            self.reduce_text(),
            include_str!("../kernels/round.wgsl"),
        ];
        let binds = &[Uniform, Write, Read, Read, Write];
        let name = format!("round {} columns", matrix.columns);
        Kernel::new(name, binds, &constants, &parts)
    }

    /// Attention over the cache.
    pub fn attend(&self) -> Kernel {
        let constants = [
            ("HEAD", self.config.head_width()),
            ("HEADS", self.config.heads),
            ("POSITIONS", self.config.positions()),
            ("STRIDE", Self::stride(self.config.width)),
        ];
        let parts = [
            PASS,
            self.cache_text(),
            include_str!("../kernels/attend.wgsl"),
        ];
        Kernel::new(
            "attend",
            &[Uniform, Read, Read, Read, Write],
            &constants,
            &parts,
        )
    }

    /// Class rows and summed embeddings.
    pub fn embed(&self) -> Kernel {
        let constants = [
            ("QUADS", self.config.width / 4),
            ("DEPTH", self.config.depth()),
            ("STRIDE", Self::stride(self.config.width)),
        ];
        let parts = [
            PASS,
            self.table_text(),
            include_str!("../kernels/embed.wgsl"),
        ];
        let binds = &[Uniform, Read, Read, Read, Read, Write];
        Kernel::new("embed", binds, &constants, &parts)
    }

    /// Draws the codes of one depth.
    pub fn sample(&self, depth: usize) -> Kernel {
        let constants = [
            ("CODEBOOK", self.config.codebook),
            ("LOGITS", self.logits()),
            ("DEPTHS", self.config.depth()),
            ("AT_DEPTH", depth),
        ];
        let parts = [
            PASS,
            PICK,
            include_str!("../kernels/guided.wgsl"),
            include_str!("../kernels/filter.wgsl"),
            include_str!("../kernels/noise.wgsl"),
            include_str!("../kernels/sample.wgsl"),
        ];
        let binds = &[Uniform, Read, Read, Write, Write];
        Kernel::new(format!("sample {depth}"), binds, &constants, &parts)
    }

    /// Adds the embeddings of one depth's codes.
    pub fn add_codes(&self, depth: usize) -> Kernel {
        let constants = [
            ("QUADS", self.config.width / 4),
            ("STRIDE", Self::stride(self.config.width)),
            ("AT_DEPTH", depth),
        ];
        let parts = [
            PASS,
            PICK,
            self.table_text(),
            include_str!("../kernels/add_codes.wgsl"),
        ];
        let binds = &[Uniform, Read, Read, Read, Write];
        Kernel::new(format!("add codes {depth}"), binds, &constants, &parts)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::kernel::checks::check;
    use super::*;

    /// The official sizes, and small odd ones.
    fn configs() -> Vec<Config> {
        let config = |layers, heads, width, codebook, head_layers: &[usize]| Config {
            layers,
            heads,
            width,
            codebook,
            classes: 1000,
            unconditional: true,
            grid: 16,
            head_layers: head_layers.to_vec(),
            tied_heads: false,
        };
        vec![
            config(48, 24, 1536, 16_384, &[39, 47]),
            config(48, 40, 2560, 16_384, &[39, 47]),
            config(24, 32, 3200, 16_384, &[23]),
            config(3, 5, 40, 101, &[1, 2]),
        ]
    }

    #[test]
    fn every_kernel_is_valid_without_a_card() {
        for config in configs() {
            for format in Format::ALL {
                for subgroup in [None, Some(4), Some(8), Some(64)] {
                    let kernels = Kernels {
                        config: config.clone(),
                        format,
                        subgroup,
                        halves: subgroup.is_some(),
                        dots: false,
                    };
                    every(&kernels).iter().for_each(check);
                    let dots = Kernels {
                        dots: true,
                        ..kernels
                    };
                    if dots.is_whole() {
                        every(&dots).iter().for_each(check);
                    }
                }
            }
        }
    }

    fn every(kernels: &Kernels) -> Vec<Kernel> {
        let (width, ffn) = (kernels.config.width, kernels.config.feed_forward_width());
        let mut all = vec![
            kernels.attend(),
            kernels.embed(),
            kernels.sample(0),
            kernels.add_codes(0),
        ];
        for tile in Tile::ALL {
            for (outputs, columns, normed, end) in [
                (3 * width, width, true, End::Cache),
                (width, width, false, End::Add),
                (2 * ffn, width, true, End::Gate),
                (kernels.config.codebook, width, true, End::Set),
            ] {
                let packed = kernels.packed(outputs, columns);
                all.push(kernels.product(&packed, tile, normed, end, outputs));
                if kernels.takes_ready(tile) {
                    all.push(kernels.round(&packed, normed));
                }
            }
        }
        all
    }
}
