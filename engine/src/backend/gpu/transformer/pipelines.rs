//! The compiled kernels of one model.

use std::{cell::OnceCell, sync::Arc};

use super::{
    super::{Gpu, device::Pipeline, format::Packed, kernel::Kernel},
    kernels::{End, Kernels, Tile},
};
use crate::error::Result;

/// A product of the transformer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Qkv,
    Out,
    GateUp,
    Down,
    Head,
}

impl Op {
    const ALL: [Self; 5] = [Self::Qkv, Self::Out, Self::GateUp, Self::Down, Self::Head];

    /// Its matrix, whether it norms its rows, what becomes of the sums, and numbers of a row of them.
    fn about(self, kernels: &Kernels) -> (Packed, bool, End, usize) {
        let config = &kernels.config;
        let (width, ffn) = (config.width, config.feed_forward_width());
        let stride = Kernels::stride;
        let packed = |outputs, columns| kernels.packed(outputs, columns);
        match self {
            Self::Qkv => (packed(3 * width, width), true, End::Cache, stride(width)),
            Self::Out => (packed(width, width), false, End::Add, stride(width)),
            Self::GateUp => (packed(2 * ffn, width), true, End::Gate, stride(ffn)),
            Self::Down => (packed(width, ffn), false, End::Add, stride(width)),
            Self::Head => (
                packed(config.codebook, width),
                true,
                End::Set,
                kernels.logits(),
            ),
        }
    }
}

/// The kernels. Products for a number of rows are compiled when they are first needed.
#[derive(Debug)]
pub struct Pipelines {
    pub embed: Arc<Pipeline>,
    pub attend: Arc<Pipeline>,
    /// One for each depth.
    pub samples: Vec<Arc<Pipeline>>,
    /// One for each depth but the last.
    pub add_codes: Vec<Arc<Pipeline>>,
    /// A product that writes the cache, for its layout.
    pub cache: Arc<Pipeline>,
    /// A product that does not, for its layout.
    pub plain: Arc<Pipeline>,
    /// What rounds the rows of a product, for its layout.
    pub round: Option<Arc<Pipeline>>,
    products: [[OnceCell<Arc<Pipeline>>; Tile::ALL.len()]; Op::ALL.len()],
    rounds: [OnceCell<Arc<Pipeline>>; Op::ALL.len()],
}

impl Pipelines {
    pub fn new(gpu: &Gpu, kernels: &Kernels) -> Result<Self> {
        let depth = kernels.config.depth();
        let compiled = |kernel| gpu.pipeline(kernel);
        Ok(Self {
            embed: compiled(kernels.embed())?,
            attend: compiled(kernels.attend())?,
            samples: (0..depth)
                .map(|depth| compiled(kernels.sample(depth)))
                .collect::<Result<_>>()?,
            add_codes: (0..depth - 1)
                .map(|depth| compiled(kernels.add_codes(depth)))
                .collect::<Result<_>>()?,
            cache: compiled(kernel(kernels, Op::Qkv, Tile::ALL[0]))?,
            plain: compiled(kernel(kernels, Op::Out, Tile::ALL[0]))?,
            round: match kernels.is_whole() {
                true => Some(compiled(round(kernels, Op::Out))?),
                false => None,
            },
            products: Default::default(),
            rounds: Default::default(),
        })
    }

    /// The kernel of a product for so many rows, and how many workgroups do it.
    pub fn product(
        &self,
        gpu: &Gpu,
        kernels: &Kernels,
        op: Op,
        rows: usize,
    ) -> Result<(Arc<Pipeline>, [usize; 2])> {
        let tile = Tile::of(rows);
        let cell = &self.products[op as usize][tile];
        let tile = Tile::ALL[tile];
        let pipeline = made_once(cell, || gpu.pipeline(kernel(kernels, op, tile)))?;
        let (matrix, ..) = op.about(kernels);
        Ok((pipeline, tile.groups(rows, &matrix)))
    }

    /// What rounds the rows of a product.
    pub fn round(&self, gpu: &Gpu, kernels: &Kernels, op: Op) -> Result<Arc<Pipeline>> {
        made_once(&self.rounds[op as usize], || {
            gpu.pipeline(round(kernels, op))
        })
    }
}

fn made_once(
    cell: &OnceCell<Arc<Pipeline>>,
    make: impl FnOnce() -> Result<Arc<Pipeline>>,
) -> Result<Arc<Pipeline>> {
    Ok(match cell.get() {
        Some(pipeline) => Arc::clone(pipeline),
        None => {
            let made = make()?;
            Arc::clone(cell.get_or_init(|| made))
        }
    })
}

fn kernel(kernels: &Kernels, op: Op, tile: Tile) -> Kernel {
    let (matrix, normed, end, stride) = op.about(kernels);
    kernels.product(&matrix, tile, normed, end, stride)
}

fn round(kernels: &Kernels, op: Op) -> Kernel {
    let (matrix, normed, ..) = op.about(kernels);
    kernels.round(&matrix, normed)
}
