//! The weights of one convolution, laid out once for the matrix product.
//!
//! `[panel][block of inputs][tap][input][columns]`, where a panel holds as many output channels as a
//! register tile has columns. Winograd's own weights are made from these when needed.

use super::{arena::Buffer, simd::BLOCK, simd::Level};

/// The weights of a convolution.
pub struct Filter {
    /// Input channels.
    pub from: usize,
    /// Output channels.
    pub to: usize,
    /// Taps along a side: 3 or 1.
    pub side: usize,
    /// Blocks of output channels in a full panel; the last one may be narrower.
    panel: usize,
    values: Buffer,
    bias: Buffer,
}

/// Some output channels of a filter.
#[derive(Clone, Copy)]
pub struct Panel<'a> {
    /// First block of output channels.
    pub block: usize,
    /// Blocks of output channels.
    pub blocks: usize,
    /// `[block of inputs][tap][input][blocks * 16]`.
    pub values: &'a [f32],
    /// `[blocks * 16]`.
    pub bias: &'a [f32],
}

impl Filter {
    /// From a state dict's `[to, from, side, side]` and `[to]`.
    pub fn new(weight: &[f32], bias: &[f32], [to, from, side]: [usize; 3], level: Level) -> Self {
        let panel = level.panel();
        let taps = side * side;
        let mut filter = Self {
            from,
            to,
            side,
            panel,
            values: Buffer::zeros(0),
            bias: Buffer::zeros(to.next_multiple_of(BLOCK)),
        };
        filter.bias[..to].copy_from_slice(bias);
        let depth = filter.depth();
        let mut values = Buffer::zeros(filter.bias.len() * filter.inputs() * taps * depth);
        for index in 0..filter.panels() {
            let (start, blocks) = (index * panel, filter.panel_blocks(index));
            let columns = blocks * BLOCK;
            let base = start * BLOCK * filter.inputs() * taps * depth;
            for column in 0..columns.min(to - start * BLOCK) {
                let rows = &weight[(start * BLOCK + column) * from * taps..][..from * taps];
                for (input, row) in rows.chunks_exact(taps).enumerate() {
                    for (tap, &value) in row.iter().enumerate() {
                        let line = (input / depth * taps + tap) * depth + input % depth;
                        values[base + line * columns + column] = value;
                    }
                }
            }
        }
        filter.values = values;
        filter
    }

    /// Blocks of input channels.
    pub fn inputs(&self) -> usize {
        self.from.div_ceil(BLOCK)
    }

    /// Input channels used of each block.
    pub fn depth(&self) -> usize {
        self.from.min(BLOCK)
    }

    /// Blocks of output channels.
    pub fn outputs(&self) -> usize {
        self.to.div_ceil(BLOCK)
    }

    /// Panels.
    pub fn panels(&self) -> usize {
        self.outputs().div_ceil(self.panel)
    }

    /// Blocks of output channels in a full panel.
    pub fn panel_width(&self) -> usize {
        self.panel
    }

    fn panel_blocks(&self, index: usize) -> usize {
        self.panel.min(self.outputs() - index * self.panel)
    }

    /// One panel.
    pub fn panel(&self, index: usize) -> Panel<'_> {
        let (block, blocks) = (index * self.panel, self.panel_blocks(index));
        let per_column = self.inputs() * self.side * self.side * self.depth();
        Panel {
            block,
            blocks,
            values: &self.values[block * BLOCK * per_column..][..blocks * BLOCK * per_column],
            bias: &self.bias[block * BLOCK..][..blocks * BLOCK],
        }
    }
}
