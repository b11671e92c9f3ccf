//! The transformer's operations on plain processors.

use std::{iter::successors, path::Path, sync::Arc};

use crate::{
    backend::{
        Backend, Input, Slot, Token,
        cpu::{
            activations::{Activations, Layout},
            attention::LayerCache,
            buffers::{Buffers, Rows},
            elementwise::Norm,
            failed,
            formats::Format,
            kernels::Kernel,
            parts::{Parts, Which},
            prepared::{self, About, Prepared},
            product::{Into, expect, gated_product, product},
            threads::Threads,
            weights::Matrix,
        },
        draw_pick, known_draws, no_codes_kept,
    },
    error::{Error, Result},
    family::dnd::{Config, Pick, Piece, Row, rotary_table},
    sampling::{Draw, Sampler},
};

/// One `LayerCache` a layer.
type Cache = Vec<LayerCache>;

/// Caches that are kept for the next sequences, as many as a guided picture has: the system clears new memory page by
/// page when it is first written, which a large model's first step would wait for. What lies in them is written
/// before it is read.
const SPARE: usize = 2;

/// A DnD-Transformer on plain processors.
pub struct Transformer {
    config: Config,
    threads: Arc<Threads>,
    kernel: Kernel,
    format: Format,
    parts: Parts,
    /// `[1 + positions, head_width / 2]` each.
    rotary: (Vec<f32>, Vec<f32>),
    caches: Vec<Option<Cache>>,
    /// Those of closed sequences.
    spare: Vec<Cache>,
    buffers: Buffers,
    /// The rows that go into the product at hand.
    entering: Activations,
    drawers: Vec<Drawer>,
}

/// Draws the code of one pick, reusing its memory.
#[derive(Default)]
struct Drawer {
    sampler: Sampler,
    guided: Vec<f32>,
    drawn: Option<Result<Draw>>,
}

impl Transformer {
    /// Takes the weights over as they come, the matrices in `format`; where their rows make no whole blocks,
    /// in bfloat16.
    ///
    /// # Errors
    /// Those of the pieces, and a weight that the format cannot hold.
    pub fn new(
        config: &Config,
        pieces: impl Iterator<Item = Result<Piece>>,
        format: Format,
        threads: Arc<Threads>,
    ) -> Result<Self> {
        let parts = Parts::take(config, pieces, format, &threads)?;
        Ok(Self::of(config, parts, format, threads))
    }

    /// With weights that a file holds ready; see [`Prepared`].
    pub fn prepared(config: &Config, prepared: Prepared, threads: Arc<Threads>) -> Self {
        Self::of(config, prepared.parts, prepared.format, threads)
    }

    /// Writes the weights to a file, ready to be mapped.
    ///
    /// # Errors
    /// Those of writing.
    pub fn keep(&self, file: &Path, about: &About) -> std::io::Result<()> {
        prepared::keep(&self.parts, self.format, file, about)
    }

    /// Random weights, for measuring: no file is read, and nothing larger than a matrix is made on the way.
    ///
    /// # Errors
    /// When the format cannot hold rows of this width.
    pub fn random(config: &Config, format: Format, threads: Arc<Threads>) -> Result<Self> {
        let parts = Parts::random(config, format, &threads)?;
        Ok(Self::of(config, parts, format, threads))
    }

    fn of(config: &Config, parts: Parts, format: Format, threads: Arc<Threads>) -> Self {
        Self {
            parts,
            rotary: rotary_table(config.grid, config.head_width()),
            caches: Vec::new(),
            spare: Vec::new(),
            buffers: Buffers::default(),
            entering: Activations::default(),
            drawers: Vec::new(),
            kernel: Kernel::fastest(),
            format,
            threads,
            config: config.clone(),
        }
    }

    /// How the matrices are kept.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Bytes of weights that a step reads, whatever the number of rows: every matrix once.
    pub fn bytes_per_step(&self) -> usize {
        let of_step = successors(Some(Which::FIRST), |which| which.next(&self.config));
        of_step
            .map(|which| self.parts.matrix(which).bytes().len())
            .sum()
    }

    fn cache(&self, slot: Slot) -> Result<&Cache> {
        let cache = self.caches.get(slot.0).and_then(Option::as_ref);
        cache.ok_or_else(|| not_open(slot))
    }

    fn normed(&self, hidden: &Rows, weight: &[f32]) -> Rows {
        let mut out = self.buffers.stale(hidden.count(), hidden.columns());
        let width = hidden.columns();
        for (out, x) in out.chunks_exact_mut(width).zip(hidden.chunks_exact(width)) {
            self.kernel.run(Norm { x, weight, out });
        }
        out
    }

    fn times(&mut self, x: &[f32], which: Which, into: Into, out: &mut [f32]) {
        self.entered(x, which, |own, matrix, x| {
            product(&own.threads, own.kernel, matrix, x, into, out);
        });
    }

    /// Calls `multiply` with a matrix and the rows laid out for it.
    fn entered(
        &mut self,
        x: &[f32],
        which: Which,
        multiply: impl FnOnce(&Self, &Matrix, &Activations),
    ) {
        let mut entering = std::mem::take(&mut self.entering);
        let matrix = self.parts.matrix(which);
        let layout = Layout::from(matrix.format());
        entering.set(self.kernel, layout, x, matrix.columns());
        // After the last of a step comes the first of the next one.
        let next = which.next(&self.config).unwrap_or(Which::FIRST);
        expect(&self.threads, self.parts.matrix(next), entering.rows());
        multiply(self, matrix, &entering);
        self.entering = entering;
    }
}

fn not_open(slot: Slot) -> Error {
    let message = format!("slot {} is not open", slot.0);
    failed("finding a sequence's cache", message)
}

/// Turns adjacent pairs of `x` `[head_width]`.
fn rotate(x: &mut [f32], cosines: &[f32], sines: &[f32]) {
    let turns = cosines.iter().zip(sines);
    for (pair, (cos, sin)) in x.as_chunks_mut::<2>().0.iter_mut().zip(turns) {
        let [a, b] = *pair;
        *pair = [a * cos - b * sin, b * cos + a * sin];
    }
}

/// The codes of one depth.
pub struct Picked {
    draws: Vec<Draw>,
}

impl Backend for Transformer {
    type Hidden = Rows;
    type Queries = Rows;
    type Logits = Rows;
    type Codes = Picked;

    fn open(&mut self) -> Result<Slot> {
        let Config { heads, layers, .. } = self.config;
        let positions = self.config.positions();
        let exact = self.format.cache_bytes() == size_of::<f32>();
        let layer = || LayerCache::new(heads, positions, self.config.head_width(), exact);
        let cache = match self.spare.pop() {
            Some(cache) => cache,
            None => (0..layers).map(|_| layer()).collect::<Result<_>>()?,
        };
        let free = self.caches.iter().position(Option::is_none);
        let slot = free.unwrap_or_else(|| {
            self.caches.push(None);
            self.caches.len() - 1
        });
        self.caches[slot] = Some(cache);
        Ok(Slot(slot))
    }

    fn close(&mut self, slot: Slot) {
        let closed = self.caches.get_mut(slot.0).and_then(Option::take);
        if self.spare.len() < SPARE {
            self.spare.extend(closed);
        }
    }

    fn embed(&mut self, rows: &[Row]) -> Result<Rows> {
        let mut out = self.buffers.zeros(rows.len(), self.config.width);
        for (out, row) in out.chunks_exact_mut(self.config.width).zip(rows) {
            let (table, ids) = match &row.input {
                Input::Label(label) => (&self.parts.classes, std::slice::from_ref(label)),
                Input::Codes(codes) => (&self.parts.codes, codes.as_slice()),
                Input::Drawn => return Err(no_codes_kept("cpu")),
            };
            for id in ids {
                if *id as usize >= table.rows() {
                    let message = format!("row {id} of a table of {}", table.rows());
                    return Err(failed("embedding", message));
                }
                table.add_row(*id as usize, out);
            }
        }
        Ok(out)
    }

    fn attention_norm(&mut self, layer: usize, hidden: &Rows) -> Result<Rows> {
        Ok(self.normed(hidden, &self.parts.blocks[layer].attention_norm))
    }

    fn write_cache(&mut self, layer: usize, normed: &Rows, tokens: &[Token]) -> Result<Rows> {
        let (width, heads) = (self.config.width, self.config.heads);
        let head_width = self.config.head_width();
        let mut qkv = self.buffers.stale(normed.count(), 3 * width);
        self.times(normed, Which::Qkv(layer), Into::Set, &mut qkv);
        let mut queries = self.buffers.stale(normed.count(), width);
        let half = head_width / 2;
        for (row, token) in tokens.iter().enumerate() {
            let turn = token.position * half..(token.position + 1) * half;
            let (cosines, sines) = (&self.rotary.0[turn.clone()], &self.rotary.1[turn]);
            let qkv = &mut qkv[3 * width * row..][..3 * width];
            let (turned, values) = qkv.split_at_mut(2 * width);
            for head in turned.chunks_exact_mut(head_width) {
                rotate(head, cosines, sines);
            }
            let (query, keys) = turned.split_at(width);
            queries[width * row..][..width].copy_from_slice(query);
            let cache = self.caches.get_mut(token.slot.0).and_then(Option::as_mut);
            let cache = &mut cache.ok_or_else(|| not_open(token.slot))?[layer];
            for head in 0..heads {
                let range = head * head_width..(head + 1) * head_width;
                let (key, value) = (&keys[range.clone()], &values[range]);
                cache.write(self.kernel, head, token.position, key, value);
            }
        }
        Ok(queries)
    }

    fn attend(&mut self, layer: usize, queries: &Rows, tokens: &[Token]) -> Result<Rows> {
        let (heads, head_width) = (self.config.heads, self.config.head_width());
        let mut out = self.buffers.stale(tokens.len(), self.config.width);
        for token in tokens {
            self.cache(token.slot)?;
        }
        let caches = &self.caches;
        let queries: &[f32] = queries;
        self.threads.run_chunks(&mut out, head_width, &|part, out| {
            let token = &tokens[part / heads];
            let query = &queries[part * head_width..][..head_width];
            if let Some(Some(cache)) = caches.get(token.slot.0) {
                let seen = token.position + 1;
                cache[layer].attend(self.kernel, part % heads, seen, query, out);
            }
        });
        Ok(out)
    }

    fn add_projected(&mut self, layer: usize, attended: &Rows, hidden: &mut Rows) -> Result<()> {
        self.times(attended, Which::Out(layer), Into::Add, hidden);
        Ok(())
    }

    fn feed_forward_norm(&mut self, layer: usize, hidden: &Rows) -> Result<Rows> {
        Ok(self.normed(hidden, &self.parts.blocks[layer].feed_forward_norm))
    }

    fn add_feed_forward(&mut self, layer: usize, normed: &Rows, hidden: &mut Rows) -> Result<()> {
        let ffn = self.config.feed_forward_width();
        let mut both = self.buffers.stale(normed.count(), 2 * ffn);
        let mut inner = self.buffers.stale(normed.count(), ffn);
        self.entered(normed, Which::GateUp(layer), |own, matrix, x| {
            let out = (&mut *both, &mut *inner);
            gated_product(&own.threads, own.kernel, matrix, x, out);
        });
        self.times(&inner, Which::Down(layer), Into::Add, hidden);
        Ok(())
    }

    fn head(&mut self, depth: usize, hidden: &Rows) -> Result<Rows> {
        let normed = self.normed(hidden, &self.parts.head_norms[depth]);
        let mut out = self.buffers.stale(hidden.count(), self.config.codebook);
        self.times(&normed, Which::Head(depth), Into::Set, &mut out);
        Ok(out)
    }

    fn pick(&mut self, depth: usize, logits: &Rows, picks: &[Pick]) -> Result<Picked> {
        self.drawers
            .resize_with(picks.len().max(self.drawers.len()), Drawer::default);
        let drawers = &mut self.drawers[..picks.len()];
        self.threads.run_chunks(drawers, 1, &|pick, drawer| {
            let (Some(drawer), pick) = (drawer.first_mut(), &picks[pick]) else {
                return;
            };
            let row = |row: usize| logits.row(row);
            let (sampler, guided) = (&mut drawer.sampler, &mut drawer.guided);
            let drawn = draw_pick(sampler, guided, pick, depth, row);
            drawer.drawn = Some(drawn.map_err(|bad| bad.of("cpu")));
        });
        let drawn = drawers.iter_mut().filter_map(|drawer| drawer.drawn.take());
        Ok(Picked {
            draws: drawn.collect::<Result<_>>()?,
        })
    }

    fn known(&mut self, depth: usize, picks: &[Pick]) -> Result<Picked> {
        Ok(Picked {
            draws: known_draws(depth, picks),
        })
    }

    fn add_codes(&mut self, codes: &Picked, picks: &[Pick], hidden: &mut Rows) -> Result<()> {
        let width = self.config.width;
        for (pick, draw) in picks.iter().zip(&codes.draws) {
            for row in [Some(pick.row), pick.unconditional].into_iter().flatten() {
                let row = &mut hidden[row * width..][..width];
                self.parts.codes.add_row(draw.code as usize, row);
            }
        }
        Ok(())
    }

    fn read(&mut self, codes: Picked) -> Result<Vec<Draw>> {
        Ok(codes.draws)
    }
}

#[cfg(test)]
#[path = "transformer_tests.rs"]
mod tests;
