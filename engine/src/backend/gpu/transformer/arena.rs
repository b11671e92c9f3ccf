//! The buffers of a pass: activations, and what the host and the card tell each other.

use bytemuck::{Pod, Zeroable};
use wgpu::{Buffer, BufferUsages};

use super::{
    super::{Gpu, format::CHUNK},
    kernels::{Kernels, MOST_ROWS, Tile},
};
use crate::{
    error::Result,
    family::dnd::{Choice, Pick},
};

/// A row of a pass, as `pass.wgsl` reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub struct TokenWord {
    pub slot: u32,
    pub position: u32,
    pub input: u32,
    pub unused: u32,
}

/// `LABEL` of `embed.wgsl`.
pub const LABEL: u32 = u32::MAX;
/// `DRAWN` of `embed.wgsl`.
pub const DRAWN: u32 = u32::MAX - 1;

/// A pick at one depth, as `pick.wgsl` reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub struct PickWord {
    row: u32,
    unconditional: u32,
    way: u32,
    code: u32,
    scale: f32,
    temperature: f32,
    top_k: u32,
    top_p: f32,
    seed: [u32; 2],
    index: u32,
    position: u32,
}

/// `SAMPLE`, `RECALL` and `KNOWN` of `pick.wgsl`.
const SAMPLE: u32 = 0;
const RECALL: u32 = 1;
const KNOWN: u32 = 2;

impl PickWord {
    /// How the code of `depth` is found.
    pub fn of(pick: &Pick, depth: usize) -> Self {
        let word = Self {
            row: pick.row as u32,
            unconditional: pick.unconditional.map_or(u32::MAX, |row| row as u32),
            ..Self::default()
        };
        let (scale, filter) = match pick.depths[depth] {
            Choice::Known(code) => {
                return Self {
                    way: KNOWN,
                    code,
                    ..word
                };
            }
            Choice::Recall { scale, filter, .. } | Choice::Sample { scale, filter, .. } => {
                (scale, filter)
            }
        };
        let word = Self {
            scale,
            temperature: filter.temperature,
            top_k: filter.top_k,
            // A top-p that is no number keeps all, as one of 1 does.
            top_p: if filter.top_p < 1.0 {
                filter.top_p
            } else {
                1.0
            },
            ..word
        };
        match pick.depths[depth] {
            Choice::Sample { place, .. } => Self {
                way: SAMPLE,
                seed: [place.seed as u32, (place.seed >> 32) as u32],
                index: place.index,
                position: place.position,
                ..word
            },
            Choice::Recall { code, .. } | Choice::Known(code) => Self {
                way: RECALL,
                code,
                ..word
            },
        }
    }
}

/// What came of a pick, as `pick.wgsl` writes it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, Pod, Zeroable)]
pub struct DrawWord {
    pub code: u32,
    pub entropy: f32,
    pub log_probability: f32,
    pub bad: u32,
}

/// Bytes of a [`DrawWord`].
pub const DRAW_BYTES: u64 = size_of::<DrawWord>() as u64;

/// The buffers.
#[derive(Debug)]
pub struct Arena {
    /// Rows that there is room for.
    pub rows: usize,
    /// Rows, picks and tokens, as `pass.wgsl` has them.
    pub call: Buffer,
    /// `[rows, depth]`
    pub given: Buffer,
    /// `[depth, MOST_ROWS]`
    pub picks: Buffer,
    /// `[depth, MOST_ROWS]`
    pub draws: Buffer,
    /// `[rows, width]`
    pub hidden: Buffer,
    /// `[rows, width]`
    pub queries: Buffer,
    /// `[rows, width]`
    pub attended: Buffer,
    /// `[rows, feed_forward_width]`
    pub inner: Buffer,
    /// `[rows, codebook]`
    pub logits: Buffer,
    /// The rows of a product in whole numbers, where many are multiplied so.
    pub ready: Option<Ready>,
}

/// Rows in whole numbers, of any product.
#[derive(Debug)]
pub struct Ready {
    /// `[rows, columns]` bytes
    pub numbers: Buffer,
    /// The scale of each chunk of a row, and the sum of its squares. `[rows, chunks + 1]`
    pub scales: Buffer,
}

impl Arena {
    /// With room for so many rows.
    pub fn new(gpu: &Gpu, kernels: &Kernels, rows: usize) -> Result<Self> {
        // Products go through whole groups of rows.
        let rows = rows.next_power_of_two().max(Tile::LARGEST.rows);
        let (config, depth) = (&kernels.config, kernels.config.depth());
        let numbers = |what, columns: usize| gpu.buffer(what, rows * columns * 4);
        let width = Kernels::stride(config.width);
        let call_bytes = 16 + MOST_ROWS * size_of::<TokenWord>();
        let columns = width.max(Kernels::stride(config.feed_forward_width()));
        let ready = || {
            Ok(Ready {
                numbers: gpu.buffer("rounded activations", rows * columns)?,
                scales: gpu.buffer("their scales", rows * (columns / CHUNK + 1) * 4)?,
            })
        };
        let uniform = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
        Ok(Self {
            rows,
            call: gpu.allocate("the rows of a pass", call_bytes, uniform)?,
            given: gpu.buffer("given codes", MOST_ROWS * depth * 4)?,
            picks: gpu.buffer("picks", MOST_ROWS * depth * size_of::<PickWord>())?,
            draws: gpu.buffer("draws", MOST_ROWS * depth * size_of::<DrawWord>())?,
            hidden: numbers("activations", width)?,
            queries: numbers("queries", width)?,
            attended: numbers("attention", width)?,
            inner: numbers("feed-forward", Kernels::stride(config.feed_forward_width()))?,
            logits: numbers("logits", kernels.logits())?,
            ready: kernels.is_whole().then(ready).transpose()?,
        })
    }
}
