//! A transformer's weights as they are multiplied.

use crate::{
    backend::cpu::{
        bytes::{Aligned, Bytes},
        failed,
        formats::Format,
        kernels::TILE,
        threads::Threads,
        tiles::tiled,
        weights::Matrix,
    },
    dice::Dice,
    error::Result,
    family::dnd::{Block, Config, Piece},
};

/// A layer's.
pub struct BlockMatrices {
    pub qkv: Matrix,
    pub out: Matrix,
    /// Sixteen rows of gate and sixteen of up in turn: `[2 * feed_forward_width, width]`.
    pub gate_up: Matrix,
    pub down: Matrix,
    pub attention_norm: Vec<f32>,
    pub feed_forward_norm: Vec<f32>,
}

/// All weights.
pub struct Parts {
    pub classes: Matrix,
    pub codes: Matrix,
    pub blocks: Vec<BlockMatrices>,
    pub head_norms: Vec<Vec<f32>>,
    /// One a depth, or one for all.
    pub outputs: Vec<Matrix>,
}

/// A matrix of a layer, or of a depth's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Qkv(usize),
    Out(usize),
    GateUp(usize),
    Down(usize),
    Head(usize),
}

impl Which {
    /// The first that a step reads.
    pub const FIRST: Self = Self::Qkv(0);

    /// The one that a step reads next, if it is not the last.
    pub fn next(self, config: &Config) -> Option<Self> {
        let after = |layer| {
            let last = config.head_layers.last();
            last.filter(|last| layer < **last)
                .map(|_| Self::Qkv(layer + 1))
        };
        match self {
            Self::Qkv(layer) => Some(Self::Out(layer)),
            Self::Out(layer) => Some(Self::GateUp(layer)),
            Self::GateUp(layer) => Some(Self::Down(layer)),
            Self::Down(layer) => config.head_after(layer).map(Self::Head).or(after(layer)),
            Self::Head(depth) => after(config.head_layers[depth]),
        }
    }
}

impl Parts {
    /// A matrix.
    pub fn matrix(&self, which: Which) -> &Matrix {
        match which {
            Which::Qkv(layer) => &self.blocks[layer].qkv,
            Which::Out(layer) => &self.blocks[layer].out,
            Which::GateUp(layer) => &self.blocks[layer].gate_up,
            Which::Down(layer) => &self.blocks[layer].down,
            Which::Head(depth) => &self.outputs[depth.min(self.outputs.len() - 1)],
        }
    }

    /// Takes the pieces over as they come, so that no two are in memory as f32.
    ///
    /// # Errors
    /// Those of the pieces, and a weight that the format cannot hold.
    pub fn take(
        config: &Config,
        pieces: impl Iterator<Item = Result<Piece>>,
        format: Format,
        threads: &Threads,
    ) -> Result<Self> {
        let (width, ffn) = (config.width, config.feed_forward_width());
        let put = |values: Vec<f32>, columns: usize| {
            let rows = rows(&values, columns, fitting(format, columns))?;
            tiled(&rows, threads)
        };
        let block = |block: Block| -> Result<BlockMatrices> {
            // The width of the feed-forward is a multiple of 256.
            let gates = block.gate.chunks(TILE * width);
            let in_turn = gates.zip(block.up.chunks(TILE * width));
            let gate_up = in_turn.flat_map(|(gate, up)| [gate, up]).flatten();
            Ok(BlockMatrices {
                qkv: put(block.qkv, width)?,
                out: put(block.out, width)?,
                gate_up: put(gate_up.copied().collect(), width)?,
                down: put(block.down, ffn)?,
                attention_norm: block.attention_norm,
                feed_forward_norm: block.feed_forward_norm,
            })
        };
        let [mut classes, mut codes] = [None, None];
        let (mut blocks, mut head_norms, mut outputs) = (Vec::new(), Vec::new(), Vec::new());
        for piece in pieces {
            match piece? {
                Piece::Classes(table) => classes = Some(rows(&table, width, self::table(format))?),
                Piece::Codes(table) => codes = Some(rows(&table, width, self::table(format))?),
                Piece::Block(own) => blocks.push(block(own)?),
                Piece::Head { norm, output } => {
                    head_norms.push(norm);
                    if let Some(output) = output {
                        outputs.push(put(output, width)?);
                    }
                }
            }
        }
        let missing = || failed("taking weights over", "a table is missing".into());
        Ok(Self {
            classes: classes.ok_or_else(missing)?,
            codes: codes.ok_or_else(missing)?,
            blocks,
            head_norms,
            outputs,
        })
    }

    /// Random weights, the same every time.
    ///
    /// # Errors
    /// When the format cannot hold rows of this width.
    pub fn random(config: &Config, format: Format, threads: &Threads) -> Result<Self> {
        let (width, ffn) = (config.width, config.feed_forward_width());
        let mut dice = Dice::default();
        let mut matrix = |rows: usize, columns: usize| -> Result<Matrix> {
            let random = random_rows(&mut dice, rows, columns, format)?;
            tiled(&random, threads)
        };
        let block = |_| -> Result<BlockMatrices> {
            Ok(BlockMatrices {
                qkv: matrix(3 * width, width)?,
                out: matrix(width, width)?,
                gate_up: matrix(2 * ffn, width)?,
                down: matrix(width, ffn)?,
                attention_norm: vec![1.0; width],
                feed_forward_norm: vec![1.0; width],
            })
        };
        let blocks = (0..config.layers).map(block).collect::<Result<_>>()?;
        let outputs = (0..config.output_matrices()).map(|_| matrix(config.codebook, width));
        let outputs = outputs.collect::<Result<_>>()?;
        Ok(Self {
            classes: random_rows(&mut dice, config.class_rows(), width, table(format))?,
            codes: random_rows(&mut dice, config.codebook, width, table(format))?,
            blocks,
            head_norms: vec![vec![1.0; width]; config.depth()],
            outputs,
        })
    }
}

/// A matrix in `format`, row after row.
fn rows(values: &[f32], columns: usize, format: Format) -> Result<Matrix> {
    let mut bytes = Vec::new();
    format.write(values, &mut bytes).map_err(|bad| {
        let bad = format!("{} does not fit into {}", bad.value, format.name());
        failed("taking weights over", bad)
    })?;
    let bytes = Bytes::new(Aligned::copy(&bytes)?);
    Matrix::new(bytes, format, values.len() / columns, columns)
        .map_err(|bad| failed("taking weights over", format!("{bad:?}")))
}

/// How tables are kept whose rows are read one by one.
pub fn table(format: Format) -> Format {
    match format {
        Format::F32 => Format::F32,
        _ => Format::Bf16,
    }
}

/// Random rows, 64 of them again and again.
fn random_rows(dice: &mut Dice, rows: usize, columns: usize, format: Format) -> Result<Matrix> {
    let format = fitting(format, columns);
    let some = self::rows(&dice.weights(64 * columns, columns), columns, format)?;
    let length = rows * some.row_bytes();
    let bytes: Vec<u8> = some.bytes().iter().copied().cycle().take(length).collect();
    Matrix::new(Bytes::new(bytes), format, rows, columns)
        .map_err(|bad| failed("making random weights", format!("{bad:?}")))
}

/// The format, or bfloat16 where rows make no whole blocks.
pub fn fitting(format: Format, columns: usize) -> Format {
    match format.row_bytes(columns) {
        Some(_) => format,
        None => Format::Bf16,
    }
}
