//! The transformer's operations on candle tensors.

use candle_core::{D, DType, Device, IndexOp, Tensor};
use candle_nn::ops::{rms_norm, silu, softmax_last_dim};

use crate::{
    backend::{
        Backend, Input, Slot, Token, draw_pick, known_draws, no_codes_kept, reference::failed,
    },
    error::{Error, Result},
    family::dnd::{Block, Config, Pick, Row, Weights, rotary_table},
    sampling::{Draw, Sampler},
};

/// Epsilon of every RMS norm.
const NORM_EPSILON: f32 = 1e-5;

struct BlockTensors {
    qkv: Tensor,
    out: Tensor,
    gate: Tensor,
    up: Tensor,
    down: Tensor,
    attention_norm: Tensor,
    feed_forward_norm: Tensor,
}

/// Keys and values of one sequence, a pair `[heads, positions, head_width]` for each layer.
type Cache = Vec<(Tensor, Tensor)>;

/// A DnD-Transformer in f32 on a candle device.
pub struct Transformer {
    config: Config,
    device: Device,
    classes: Tensor,
    codes: Tensor,
    blocks: Vec<BlockTensors>,
    head_norms: Vec<Tensor>,
    outputs: Vec<Tensor>,
    /// `[1 + positions, head_width / 2]` each.
    rotary: (Tensor, Tensor),
    caches: Vec<Option<Cache>>,
    sampler: Sampler,
}

impl Transformer {
    /// Takes the weights over to `device`.
    ///
    /// # Errors
    /// When the device has no room for them.
    pub fn new(config: &Config, weights: Weights, device: &Device) -> Result<Self> {
        let (width, ffn) = (config.width, config.feed_forward_width());
        let put = |values: Vec<f32>, shape: &[usize]| {
            Tensor::from_vec(values, shape, device).map_err(failed("taking weights over"))
        };
        let block = |block: Block| -> Result<BlockTensors> {
            Ok(BlockTensors {
                qkv: put(block.qkv, &[3 * width, width])?,
                out: put(block.out, &[width, width])?,
                gate: put(block.gate, &[ffn, width])?,
                up: put(block.up, &[ffn, width])?,
                down: put(block.down, &[width, ffn])?,
                attention_norm: put(block.attention_norm, &[width])?,
                feed_forward_norm: put(block.feed_forward_norm, &[width])?,
            })
        };
        let (cosines, sines) = rotary_table(config.grid, config.head_width());
        let table = [1 + config.positions(), config.head_width() / 2];
        let each = |matrices: Vec<Vec<f32>>, shape: &[usize]| {
            matrices
                .into_iter()
                .map(|matrix| put(matrix, shape))
                .collect::<Result<Vec<_>>>()
        };
        Ok(Self {
            classes: put(weights.classes, &[config.class_rows(), width])?,
            codes: put(weights.codes, &[config.codebook, width])?,
            blocks: weights
                .blocks
                .into_iter()
                .map(block)
                .collect::<Result<_>>()?,
            head_norms: each(weights.head_norms, &[width])?,
            outputs: each(weights.outputs, &[config.codebook, width])?,
            rotary: (put(cosines, &table)?, put(sines, &table)?),
            caches: Vec::new(),
            sampler: Sampler::default(),
            config: config.clone(),
            device: device.clone(),
        })
    }

    /// Bytes of weights that a step of one row reads.
    pub fn bytes_per_step(&self) -> usize {
        let block = |block: &BlockTensors| {
            let matrices = [&block.qkv, &block.out, &block.gate, &block.up, &block.down];
            matrices.map(Tensor::elem_count)
        };
        let numbers = self.blocks.iter().flat_map(block);
        let head = |depth: usize| match self.config.tied_heads {
            true => self.outputs[0].elem_count(),
            false => self.outputs[depth].elem_count(),
        };
        let numbers = numbers.chain((0..self.config.depth()).map(head));
        numbers.sum::<usize>() * size_of::<f32>()
    }

    fn cache(&mut self, slot: Slot, layer: usize) -> Result<&mut (Tensor, Tensor)> {
        let cache = self.caches.get_mut(slot.0).and_then(Option::as_mut);
        cache
            .map(|cache| &mut cache[layer])
            .ok_or_else(|| Error::Backend {
                device: "reference",
                operation: "finding a sequence's cache",
                message: format!("slot {} is not open", slot.0),
            })
    }

    /// Turns adjacent pairs of `x` `[heads, head_width]` by the angles of `position`.
    fn rotate(&self, x: &Tensor, position: usize) -> candle_core::Result<Tensor> {
        let (heads, head_width) = x.dims2()?;
        let cos = self.rotary.0.i(position)?;
        let sin = self.rotary.1.i(position)?;
        let pairs = x.reshape((heads, head_width / 2, 2))?;
        let (a, b) = (pairs.i((.., .., 0))?, pairs.i((.., .., 1))?);
        let turned_a = (a.broadcast_mul(&cos)? - b.broadcast_mul(&sin)?)?;
        let turned_b = (b.broadcast_mul(&cos)? + a.broadcast_mul(&sin)?)?;
        Tensor::stack(&[turned_a, turned_b], 2)?.reshape((heads, head_width))
    }

    /// Splits one row's `[3 * width]` into rotated queries, rotated keys and values, `[heads, head_width]`.
    fn split(
        &self,
        qkv: &Tensor,
        position: usize,
    ) -> candle_core::Result<(Tensor, Tensor, Tensor)> {
        let parts = qkv.reshape((3, self.config.heads, self.config.head_width()))?;
        Ok((
            self.rotate(&parts.i(0)?, position)?,
            self.rotate(&parts.i(1)?, position)?,
            parts.i(2)?.contiguous()?,
        ))
    }
}

/// `x [rows, in]` times `weight [out, in]` transposed, row by row.
fn product(x: &Tensor, weight: &Tensor) -> candle_core::Result<Tensor> {
    let transposed = weight.t()?;
    let rows = (0..x.dim(0)?)
        .map(|row| x.narrow(0, row, 1)?.matmul(&transposed))
        .collect::<candle_core::Result<Vec<_>>>()?;
    Tensor::cat(&rows, 0)
}

/// One query `[heads, head_width]` over keys and values `[heads, positions, head_width]`.
fn attend_one(query: &Tensor, keys: &Tensor, values: &Tensor) -> candle_core::Result<Tensor> {
    let scale = 1.0 / (query.dim(D::Minus1)? as f64).sqrt();
    let scores = (query.unsqueeze(1)?.matmul(&keys.t()?)? * scale)?;
    softmax_last_dim(&scores)?.matmul(values)?.flatten_all()
}

/// The code and entropy of each pick.
pub struct Picked {
    draws: Vec<Draw>,
}

impl Backend for Transformer {
    type Hidden = Tensor;
    type Queries = Tensor;
    type Logits = Tensor;
    type Codes = Picked;

    fn open(&mut self) -> Result<Slot> {
        let shape = (
            self.config.heads,
            self.config.positions(),
            self.config.head_width(),
        );
        let zeros = || {
            Tensor::zeros(shape, DType::F32, &self.device)
                .map_err(failed("allocating the KV cache"))
        };
        let cache = (0..self.config.layers)
            .map(|_| Ok((zeros()?, zeros()?)))
            .collect::<Result<Cache>>()?;
        let free = self.caches.iter().position(Option::is_none);
        let slot = free.unwrap_or_else(|| {
            self.caches.push(None);
            self.caches.len() - 1
        });
        self.caches[slot] = Some(cache);
        Ok(Slot(slot))
    }

    fn close(&mut self, slot: Slot) {
        if let Some(cache) = self.caches.get_mut(slot.0) {
            *cache = None;
        }
    }

    fn embed(&mut self, rows: &[Row]) -> Result<Tensor> {
        if rows.iter().any(|row| matches!(row.input, Input::Drawn)) {
            return Err(no_codes_kept("reference"));
        }
        let rows = rows
            .iter()
            .map(|row| match &row.input {
                Input::Label(label) => self.classes.i(*label as usize),
                Input::Codes(codes) => {
                    let ids = Tensor::new(codes.as_slice(), &self.device)?;
                    self.codes.index_select(&ids, 0)?.sum(0)
                }
                Input::Drawn => Tensor::zeros(self.config.width, DType::F32, &self.device),
            })
            .collect::<candle_core::Result<Vec<_>>>();
        rows.and_then(|rows| Tensor::stack(&rows, 0))
            .map_err(failed("embedding"))
    }

    fn attention_norm(&mut self, layer: usize, hidden: &Tensor) -> Result<Tensor> {
        rms_norm(hidden, &self.blocks[layer].attention_norm, NORM_EPSILON)
            .map_err(failed("RMS norm"))
    }

    fn write_cache(&mut self, layer: usize, normed: &Tensor, tokens: &[Token]) -> Result<Tensor> {
        let failed = failed("queries, keys and values");
        let qkv = product(normed, &self.blocks[layer].qkv).map_err(&failed)?;
        let mut queries = Vec::with_capacity(tokens.len());
        for (row, token) in tokens.iter().enumerate() {
            let (query, key, value) = qkv
                .i(row)
                .and_then(|qkv| self.split(&qkv, token.position))
                .map_err(&failed)?;
            let (keys, values) = self.cache(token.slot, layer)?;
            let write = |cache: &Tensor, new: &Tensor| {
                cache.slice_set(&new.unsqueeze(1)?, 1, token.position)
            };
            write(keys, &key)
                .and_then(|()| write(values, &value))
                .map_err(&failed)?;
            queries.push(query);
        }
        Tensor::stack(&queries, 0).map_err(&failed)
    }

    fn attend(&mut self, layer: usize, queries: &Tensor, tokens: &[Token]) -> Result<Tensor> {
        let failed = failed("attention");
        let mut rows = Vec::with_capacity(tokens.len());
        for (row, token) in tokens.iter().enumerate() {
            let (keys, values) = self.cache(token.slot, layer)?;
            let seen = |cache: &Tensor| cache.narrow(1, 0, token.position + 1);
            let attended = seen(keys)
                .and_then(|keys| attend_one(&queries.i(row)?, &keys, &seen(values)?))
                .map_err(&failed)?;
            rows.push(attended);
        }
        Tensor::stack(&rows, 0).map_err(&failed)
    }

    fn add_projected(
        &mut self,
        layer: usize,
        attended: &Tensor,
        hidden: &mut Tensor,
    ) -> Result<()> {
        *hidden = product(attended, &self.blocks[layer].out)
            .and_then(|projected| &*hidden + projected)
            .map_err(failed("attention projection"))?;
        Ok(())
    }

    fn feed_forward_norm(&mut self, layer: usize, hidden: &Tensor) -> Result<Tensor> {
        rms_norm(hidden, &self.blocks[layer].feed_forward_norm, NORM_EPSILON)
            .map_err(failed("RMS norm"))
    }

    fn add_feed_forward(
        &mut self,
        layer: usize,
        normed: &Tensor,
        hidden: &mut Tensor,
    ) -> Result<()> {
        let block = &self.blocks[layer];
        *hidden = product(normed, &block.gate)
            .and_then(|gate| silu(&gate)? * product(normed, &block.up)?)
            .and_then(|inner| &*hidden + product(&inner, &block.down)?)
            .map_err(failed("feed-forward"))?;
        Ok(())
    }

    fn head(&mut self, depth: usize, hidden: &Tensor) -> Result<Tensor> {
        let output = if self.config.tied_heads {
            &self.outputs[0]
        } else {
            &self.outputs[depth]
        };
        rms_norm(hidden, &self.head_norms[depth], NORM_EPSILON)
            .and_then(|normed| product(&normed, output))
            .map_err(failed("head"))
    }

    fn pick(&mut self, depth: usize, logits: &Tensor, picks: &[Pick]) -> Result<Picked> {
        let logits = logits.to_vec2::<f32>().map_err(failed("reading logits"))?;
        let (sampler, mut guided) = (&mut self.sampler, Vec::new());
        let drawn = picks
            .iter()
            .map(|pick| draw_pick(sampler, &mut guided, pick, depth, |row| &logits[row]));
        let draws = drawn.collect::<std::result::Result<_, _>>();
        Ok(Picked {
            draws: draws.map_err(|bad| bad.of("reference"))?,
        })
    }

    fn known(&mut self, depth: usize, picks: &[Pick]) -> Result<Picked> {
        Ok(Picked {
            draws: known_draws(depth, picks),
        })
    }

    fn add_codes(&mut self, codes: &Picked, picks: &[Pick], hidden: &mut Tensor) -> Result<()> {
        let mut of_row = vec![None; hidden.dim(0).map_err(failed("adding codes"))?];
        for (pick, draw) in picks.iter().zip(&codes.draws) {
            of_row[pick.row] = Some(draw.code);
            if let Some(unconditional) = pick.unconditional {
                of_row[unconditional] = Some(draw.code);
            }
        }
        let rows = of_row.iter().map(|code| match code {
            Some(code) => self.codes.i(*code as usize),
            None => Tensor::zeros(self.config.width, DType::F32, &self.device),
        });
        *hidden = rows
            .collect::<candle_core::Result<Vec<_>>>()
            .and_then(|rows| &*hidden + Tensor::stack(&rows, 0)?)
            .map_err(failed("adding codes"))?;
        Ok(())
    }

    fn read(&mut self, codes: Picked) -> Result<Vec<Draw>> {
        Ok(codes.draws)
    }
}
