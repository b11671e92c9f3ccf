//! The rows that go into a product, made ready once for all the weights that they meet.
//!
//! For weights in blocks they are quantised, 32 numbers to a scale; for bfloat16 weights they are
//! reordered; always filled up with zeros to a whole number of steps.

use crate::backend::cpu::{
    bytes::{LINE, Line},
    formats::{BLOCK, Format},
    kernels::{Block, Kernel, LANES, Machine, Work},
};

/// Numbers of a row that lie together where there are many rows: the others' follow before its next ones, so
/// that what is multiplied side by side lies side by side.
pub const CHUNK: usize = 16 * BLOCK;
/// The most rows that lie one after the other, each as a whole.
const FEW: usize = 3;

/// How rows are laid out for a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// As they are.
    Plain,
    /// Of 32 numbers, first those at even and then those at odd places: two bfloat16 share a word.
    Split,
    /// Quantised.
    Blocks,
}

impl From<Format> for Layout {
    fn from(format: Format) -> Self {
        match format {
            Format::F32 => Self::Plain,
            Format::Bf16 => Self::Split,
            Format::Q8_0 | Format::Q4_0 => Self::Blocks,
        }
    }
}

/// Rows in one of the layouts; its memory serves one product after the other.
#[derive(Debug)]
pub struct Activations {
    layout: Layout,
    rows: usize,
    columns: usize,
    /// Lines of floats.
    lines: Vec<Line>,
    blocks: Vec<Block>,
}

impl Default for Activations {
    fn default() -> Self {
        Self {
            layout: Layout::Plain,
            rows: 0,
            columns: 0,
            lines: Vec::new(),
            blocks: Vec::new(),
        }
    }
}

impl Activations {
    /// Takes over rows `x` `[rows, columns]`. Memory is allocated only when there were never so many.
    ///
    /// # Panics
    /// When `x` makes no whole rows.
    pub fn set(&mut self, kernel: Kernel, layout: Layout, x: &[f32], columns: usize) {
        assert!(columns > 0 && x.len().is_multiple_of(columns), "whole rows");
        self.layout = layout;
        self.columns = columns;
        self.rows = x.len() / columns;
        let steps = self.rows * columns.div_ceil(BLOCK);
        if layout == Layout::Blocks {
            self.blocks.resize(steps, Block::ZERO);
        } else {
            let numbers = match self.in_chunks() {
                true => self.rows * columns.next_multiple_of(CHUNK),
                false => steps * BLOCK,
            };
            let bytes = numbers * size_of::<f32>();
            self.lines.resize(bytes.div_ceil(LINE), Line::ZERO);
        }
        kernel.run(Fill { x, into: self });
    }

    /// How the rows are laid out.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Numbers of a row, those that fill it up not counted.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Whether the rows of floats are so many that they lie in chunks.
    pub fn in_chunks(&self) -> bool {
        self.rows > FEW
    }

    /// One chunk of all rows, where they lie in chunks: [`CHUNK`] numbers each, filled up.
    pub fn chunk(&self, n: usize) -> &[f32] {
        debug_assert!(self.in_chunks());
        let length = self.rows * CHUNK;
        &bytemuck::cast_slice(&self.lines)[n * length..][..length]
    }

    /// A row's numbers, where they do not, filled up to a multiple of 32.
    pub fn floats(&self, row: usize) -> &[f32] {
        debug_assert!(!self.in_chunks());
        let length = self.columns.next_multiple_of(BLOCK);
        &bytemuck::cast_slice(&self.lines)[row * length..][..length]
    }

    /// The blocks of all rows, one row after the other.
    pub fn all_blocks(&self) -> &[Block] {
        &self.blocks[..self.rows * self.columns.div_ceil(BLOCK)]
    }
}

struct Fill<'a> {
    x: &'a [f32],
    into: &'a mut Activations,
}

impl Work for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn run<M: Machine>(self, _: M) {
        let in_chunks = self.into.in_chunks();
        let Activations {
            layout,
            rows,
            columns,
            lines,
            blocks,
        } = self.into;
        let floats: &mut [f32] = bytemuck::cast_slice_mut(lines);
        let steps = columns.div_ceil(BLOCK);
        for (row, x) in self.x.chunks_exact(*columns).enumerate() {
            for (step, x) in x.chunks(BLOCK).enumerate() {
                let mut full = [0.0; BLOCK];
                full[..x.len()].copy_from_slice(x);
                if *layout == Layout::Blocks {
                    blocks[row * steps + step] = quantised(&full);
                    continue;
                }
                let start = step * BLOCK;
                let at = match in_chunks {
                    true => (start / CHUNK * *rows + row) * CHUNK + start % CHUNK,
                    false => row * steps * BLOCK + start,
                };
                let floats = &mut floats[at..][..BLOCK];
                match layout {
                    Layout::Split => {
                        for n in 0..LANES {
                            floats[n] = full[2 * n];
                            floats[n + LANES] = full[2 * n + 1];
                        }
                    }
                    _ => floats.copy_from_slice(&full),
                }
            }
        }
    }
}

/// As whole numbers up to 127 times a scale. A number that is not finite makes the scale NaN, and so
/// everything that is computed from it; a block that is all but zero becomes zero.
#[inline(always)]
fn quantised(x: &[f32; BLOCK]) -> Block {
    /// Adding it rounds to a whole number, which then stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    const SIGN: u32 = 1 << 31;
    const INFINITE: u32 = 0x7f80_0000;
    /// Below, 127 over the number overflows.
    const LEAST: f32 = 1e-30;
    // Without their signs, floats are in the order of their bits; NaN comes last.
    let most = x.iter().fold(0, |most, x| most.max(x.to_bits() & !SIGN));
    let largest = f32::from_bits(most);
    let (scale, inverse) = if most >= INFINITE {
        (f32::NAN, 0.0)
    } else if largest < LEAST {
        (0.0, 0.0)
    } else {
        (largest / 127.0, 127.0 / largest)
    };
    // No `map`, which is not sure to be inlined, and no check for an overflow that cannot be: both would keep
    // compilers from wide instructions.
    let (mut numbers, mut sum) = ([0; BLOCK], 0_i32);
    for (number, x) in numbers.iter_mut().zip(x) {
        *number = ((x * inverse + ROUND).to_bits() & 0xff) as u8 as i8;
        sum = sum.wrapping_add(i32::from(*number));
    }
    Block {
        numbers,
        scale,
        corrections: [-128 * sum, -8 * sum],
    }
}
