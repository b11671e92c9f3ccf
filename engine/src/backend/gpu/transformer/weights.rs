//! The transformer's weights in a card's memory.

use half::f16;
use wgpu::Buffer;

use super::{
    super::{Format, Gpu, failed, format::Packed},
    kernels::Kernels,
};
use crate::{
    error::Result,
    family::dnd::{Block, Config, Piece},
};

/// A matrix.
#[derive(Debug)]
pub struct Matrix {
    pub sizes: Packed,
    pub buffer: Buffer,
}

/// One layer's weights.
#[derive(Debug)]
pub struct Layer {
    /// `[3 * width, width]`
    pub qkv: Matrix,
    /// `[width, width]`
    pub out: Matrix,
    /// `[2 * feed_forward_width, width]`: gate and value in turn.
    pub gate_up: Matrix,
    /// `[width, feed_forward_width]`
    pub down: Matrix,
    pub attention_norm: Buffer,
    pub feed_forward_norm: Buffer,
}

/// All weights.
#[derive(Debug)]
pub struct Weights {
    /// `[class_rows, width]`
    pub classes: Buffer,
    /// `[codebook, width]`
    pub codes: Buffer,
    pub layers: Vec<Layer>,
    pub head_norms: Vec<Buffer>,
    /// `[codebook, width]` for each depth, or one for all.
    pub outputs: Vec<Matrix>,
}

impl Weights {
    /// Takes the pieces over as they come.
    ///
    /// # Errors
    /// Those of the pieces, a weight that the format cannot hold, and the device's.
    pub fn take(
        gpu: &Gpu,
        kernels: &Kernels,
        pieces: impl Iterator<Item = Result<Piece>>,
    ) -> Result<Self> {
        let (mut classes, mut codes) = (None, None);
        let (mut layers, mut head_norms, mut outputs) = (Vec::new(), Vec::new(), Vec::new());
        let loader = Loader { gpu, kernels };
        let width = kernels.config.width;
        for piece in pieces {
            match piece? {
                Piece::Classes(table) => classes = Some(loader.table("class embeddings", &table)?),
                Piece::Codes(table) => codes = Some(loader.table("code embeddings", &table)?),
                Piece::Block(block) => layers.push(loader.layer(&block)?),
                Piece::Head { norm, output } => {
                    head_norms.push(loader.norm(&norm)?);
                    if let Some(output) = output {
                        let rows = kernels.config.codebook;
                        let row = |n: usize| &output[n * width..][..width];
                        outputs.push(loader.matrix("head", rows, width, row)?);
                    }
                }
            }
        }
        let missing = || failed("taking the weights over", "a table is missing");
        Ok(Self {
            classes: classes.ok_or_else(missing)?,
            codes: codes.ok_or_else(missing)?,
            layers,
            head_norms,
            outputs,
        })
    }

    /// The output matrix of a depth.
    pub fn output(&self, depth: usize) -> &Matrix {
        &self.outputs[depth.min(self.outputs.len() - 1)]
    }

    /// Bytes of weights that a step reads: every matrix up to the last head once.
    pub fn bytes_per_step(&self, config: &Config) -> usize {
        let used = config.head_layers.last().map_or(0, |last| last + 1);
        let layer = |layer: &Layer| {
            let all = [&layer.qkv, &layer.out, &layer.gate_up, &layer.down];
            all.map(|matrix| matrix.sizes.bytes()).iter().sum::<usize>()
        };
        let heads = (0..config.depth()).map(|depth| self.output(depth).sizes.bytes());
        self.layers.iter().take(used).map(layer).chain(heads).sum()
    }
}

/// Packs and uploads.
struct Loader<'a> {
    gpu: &'a Gpu,
    kernels: &'a Kernels,
}

impl Loader<'_> {
    fn layer(&self, block: &Block) -> Result<Layer> {
        let config = &self.kernels.config;
        let (width, ffn) = (config.width, config.feed_forward_width());
        let qkv = |n: usize| &block.qkv[n * width..][..width];
        let out = |n: usize| &block.out[n * width..][..width];
        let down = |n: usize| &block.down[n * ffn..][..ffn];
        let gate_up = |n: usize| {
            let from = if n.is_multiple_of(2) {
                &block.gate
            } else {
                &block.up
            };
            &from[n / 2 * width..][..width]
        };
        Ok(Layer {
            qkv: self.matrix("queries, keys and values", 3 * width, width, qkv)?,
            out: self.matrix("attention projection", width, width, out)?,
            gate_up: self.matrix("feed-forward gate", 2 * ffn, width, gate_up)?,
            down: self.matrix("feed-forward", width, ffn, down)?,
            attention_norm: self.norm(&block.attention_norm)?,
            feed_forward_norm: self.norm(&block.feed_forward_norm)?,
        })
    }

    fn matrix<'a>(
        &self,
        what: &'static str,
        outputs: usize,
        columns: usize,
        row: impl Fn(usize) -> &'a [f32],
    ) -> Result<Matrix> {
        let sizes = self.kernels.packed(outputs, columns);
        let bytes = sizes.pack(row).map_err(|(row, column, value)| {
            let name = sizes.format.name();
            let message = format!("{value} does not fit into {name} (row {row}, column {column})");
            failed(what, message)
        })?;
        let buffer = self.gpu.upload(what, &bytes)?;
        Ok(Matrix { sizes, buffer })
    }

    /// Norms are read in whole chunks; past the end they are zero.
    fn norm(&self, weights: &[f32]) -> Result<Buffer> {
        let mut padded = weights.to_vec();
        padded.resize(Kernels::stride(weights.len()), 0.0);
        self.gpu.upload("norm", bytemuck::cast_slice(&padded))
    }

    fn table(&self, what: &'static str, numbers: &[f32]) -> Result<Buffer> {
        match self.kernels.format {
            Format::F32 => self.gpu.upload(what, bytemuck::cast_slice(numbers)),
            _ => {
                let halves: Vec<f16> = numbers.iter().map(|n| f16::from_f32(*n)).collect();
                self.gpu.upload(what, bytemuck::cast_slice(&halves))
            }
        }
    }
}
