//! Attention of every cell over all cells, one head, in blocks of queries.
//!
//! Scores are held for a few queries at a time, so memory grows with the cells and not with their square.
//! The projections around it are 1x1 convolutions and not here.

use crate::backend::cpu::Threads;

use super::{
    arena::Arena,
    planes::Planes,
    product::{self, Tile},
    shared::Shared,
    simd::{BLOCK, Kernel, Level, Simd, exp::exp},
};

/// Queries whose scores are held together.
const QUERIES: usize = 48;

/// Keys and values as panels of weights.
struct Panels {
    /// Blocks of keys, or of channels.
    blocks: usize,
    /// Blocks in a full panel.
    width: usize,
    /// Numbers in a column.
    depth: usize,
}

impl Panels {
    fn count(&self) -> usize {
        self.blocks.div_ceil(self.width)
    }

    /// First block and number of blocks of a panel.
    fn blocks(&self, index: usize) -> (usize, usize) {
        let first = index * self.width;
        (first, self.width.min(self.blocks - first))
    }

    /// Where a panel begins, and its length.
    fn range(&self, index: usize) -> (usize, usize) {
        let (first, blocks) = self.blocks(index);
        (first * BLOCK * self.depth, blocks * BLOCK * self.depth)
    }
}

/// Writes `softmax(q k^T / sqrt(channels)) v` to `out`.
pub fn attend(
    [queries, keys, values]: [&Planes; 3],
    out: &mut Planes,
    (level, threads, arena): (Level, &Threads, &Arena),
) {
    let (cells, blocks) = (queries.cells(), queries.blocks());
    let key_blocks = cells.div_ceil(BLOCK);
    let by_key = Panels {
        blocks: key_blocks,
        width: level.panel(),
        depth: blocks * BLOCK,
    };
    let by_channel = Panels {
        blocks,
        width: level.panel(),
        depth: key_blocks * BLOCK,
    };
    let size = blocks * BLOCK * key_blocks * BLOCK;
    let (mut key_panels, mut value_panels) = (arena.take(size), arena.take(size));
    let (shared_keys, shared_values) =
        (Shared::new(&mut key_panels), Shared::new(&mut value_panels));
    threads.run(by_key.count() + by_channel.count(), &|part| {
        // SAFETY: each part fills its own panel.
        if let Some(index) = part.checked_sub(by_key.count()) {
            let (start, len) = by_channel.range(index);
            // SAFETY: as above.
            let out = unsafe { shared_values.slice(start, len) };
            pack_values(values, by_channel.blocks(index), out);
        } else {
            let (start, len) = by_key.range(part);
            // SAFETY: as above.
            let out = unsafe { shared_keys.slice(start, len) };
            pack_keys(keys, by_key.blocks(part), out);
        }
    });
    let shared = Shared::new(&mut out.values);
    threads.run(cells.div_ceil(QUERIES), &|part| {
        let mut scores = arena.take(QUERIES * key_blocks * BLOCK);
        let start = part * QUERIES;
        level.run(Part {
            queries,
            start,
            rows: QUERIES.min(cells - start),
            by_key: (&by_key, &key_panels),
            by_channel: (&by_channel, &value_panels),
            scores: &mut scores,
            out: shared,
        });
        arena.give(scores);
    });
    arena.give(key_panels);
    arena.give(value_panels);
}

/// `[channel][key]` of some blocks of keys; keys beyond the last are zero.
fn pack_keys(keys: &Planes, (first, blocks): (usize, usize), out: &mut [f32]) {
    let (cells, columns) = (keys.cells(), blocks * BLOCK);
    for (block, lines) in out.chunks_exact_mut(BLOCK * columns).enumerate() {
        for column in 0..columns {
            let key = first * BLOCK + column;
            let line =
                (key < cells).then(|| &keys.values[(block * cells + key) * BLOCK..][..BLOCK]);
            for lane in 0..BLOCK {
                lines[lane * columns + column] = line.map_or(0.0, |line| line[lane]);
            }
        }
    }
}

/// `[key][channel]` of some blocks of channels; keys beyond the last are zero.
fn pack_values(values: &Planes, (first, blocks): (usize, usize), out: &mut [f32]) {
    let cells = values.cells();
    for (key, lines) in out.chunks_exact_mut(blocks * BLOCK).enumerate() {
        for (block, line) in lines.chunks_exact_mut(BLOCK).enumerate() {
            if key < cells {
                let from = ((first + block) * cells + key) * BLOCK;
                line.copy_from_slice(&values.values[from..][..BLOCK]);
            } else {
                line.fill(0.0);
            }
        }
    }
}

/// A few queries.
struct Part<'a> {
    queries: &'a Planes,
    start: usize,
    rows: usize,
    by_key: (&'a Panels, &'a [f32]),
    by_channel: (&'a Panels, &'a [f32]),
    /// `[blocks of keys][rows][16]`.
    scores: &'a mut [f32],
    out: Shared<'a>,
}

impl Kernel for Part<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (cells, rows) = (self.queries.cells(), self.rows);
        let (panels, values) = self.by_key;
        let plane = cells * BLOCK;
        let segments: Vec<usize> = (0..panels.depth / BLOCK).map(|b| b * plane).collect();
        assert!(self.queries.values.len() >= segments.len() * plane);
        assert!(self.start + rows <= cells && self.scores.len() >= panels.blocks * rows * BLOCK);
        for index in 0..panels.count() {
            let (first, blocks) = panels.blocks(index);
            let (at, len) = panels.range(index);
            let job = Tile {
                a: self.queries.values[self.start * BLOCK..].as_ptr(),
                segments: &segments,
                depth: BLOCK,
                b: values[at..][..len].as_ptr(),
                bias: std::ptr::null(),
                out: self.scores[first * rows * BLOCK..].as_mut_ptr(),
                out_block: rows * BLOCK,
                adds: false,
                next: std::ptr::null(),
                lines: 0,
            };
            // SAFETY: the queries' rows and the scores' places were checked above.
            unsafe { product::rows(s, &job, rows, blocks) };
        }
        let scale = ((panels.depth as f32).sqrt()).recip();
        for row in 0..rows {
            softmax(s, self.scores, (row, rows), cells, scale);
        }
        let (panels, values) = self.by_channel;
        let line = rows * BLOCK;
        let segments: Vec<usize> = (0..panels.depth / BLOCK).map(|b| b * line).collect();
        for index in 0..panels.count() {
            let (first, blocks) = panels.blocks(index);
            let (at, len) = panels.range(index);
            let to = first * plane + self.start * BLOCK;
            let job = Tile {
                a: self.scores.as_ptr(),
                segments: &segments,
                depth: BLOCK,
                b: values[at..][..len].as_ptr(),
                bias: std::ptr::null(),
                out: self.out.pointer(to, (blocks - 1) * plane + line),
                out_block: plane,
                adds: false,
                next: std::ptr::null(),
                lines: 0,
            };
            // SAFETY: the scores hold all keys of all rows; parts share no query.
            unsafe { product::rows(s, &job, rows, blocks) };
        }
    }
}

/// Softmax of `scale` times one row over the first `keys` of `scores` `[blocks][rows][16]`; the rest of the
/// last block becomes zero.
#[inline(always)]
fn softmax<S: Simd>(
    s: S,
    scores: &mut [f32],
    (row, rows): (usize, usize),
    keys: usize,
    scale: f32,
) {
    let blocks = keys.div_ceil(BLOCK);
    let beyond = &mut scores[((blocks - 1) * rows + row) * BLOCK..][..BLOCK];
    if !keys.is_multiple_of(BLOCK) {
        beyond[keys % BLOCK..].fill(f32::NEG_INFINITY);
    }
    assert!(scores.len() >= blocks * rows * BLOCK);
    let places = || {
        (0..blocks)
            .flat_map(move |block| (0..BLOCK).step_by(S::LANES).map(move |lane| (block, lane)))
            .map(move |(block, lane)| (block * rows + row) * BLOCK + lane)
    };
    let scores = scores.as_mut_ptr();
    // SAFETY: all places lie in the scores, as checked above.
    unsafe {
        let mut most = s.splat(f32::NEG_INFINITY);
        for at in places() {
            most = s.max(most, s.load(scores.add(at)));
        }
        let most = across(s, most)
            .into_iter()
            .fold(f32::NEG_INFINITY, f32::max);
        let (scale, origin) = (s.splat(scale), s.splat(-most * scale));
        let mut sum = s.splat(0.0);
        for at in places() {
            let e = exp(s, s.mul_add(s.load(scores.add(at)), scale, origin));
            s.store(scores.add(at), e);
            sum = s.add(sum, e);
        }
        let share = s.splat(across(s, sum).into_iter().sum::<f32>().recip());
        for at in places() {
            s.store(scores.add(at), s.mul(s.load(scores.add(at)), share));
        }
    }
}

/// The lanes of a vector; zero beyond, which neither a sum nor a maximum over a whole block sees.
#[inline(always)]
fn across<S: Simd>(s: S, v: S::V) -> impl IntoIterator<Item = f32> {
    let mut lanes = [0.0; BLOCK];
    // SAFETY: a vector has at most `BLOCK` lanes.
    unsafe { s.store(lanes.as_mut_ptr(), v) };
    lanes.into_iter().take(S::LANES)
}
