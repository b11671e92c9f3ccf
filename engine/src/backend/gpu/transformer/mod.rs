//! The transformer's operations on a graphics card.
//!
//! Operations are recorded and not waited for: a step's codes stay on the card, where the next step takes them from,
//! and come to the host some steps later. The residual stream is one buffer that operations change in place, so a
//! backend works on one pass at a time. Norms cost no dispatch of their own: products norm the rows that they read.
//! Where they multiply whole numbers they round them, too, unless there are many, which are rounded once before.

mod arena;
mod caches;
mod flight;
mod groups;
mod kernels;
mod pipelines;
mod recording;
mod weights;

use std::{cell::RefCell, sync::Arc};

use wgpu::{BindGroup, Buffer};

use super::{Format, Gpu, device::Pipeline, failed};
use crate::{
    backend::{Backend, Input, Slot, Token},
    error::Result,
    family::dnd::{Config, Pick, Piece, Row, rotary_table},
    sampling::{BadLogits, Draw},
};

use arena::{Arena, DRAWN, DrawWord, LABEL, PickWord, TokenWord};
use caches::Caches;
use flight::Flight;
use groups::{Groups, ProductGroups, groups};
use kernels::{Kernels, MOST_ROWS, Tile};
use pipelines::{Op, Pipelines};
use recording::Recording;
pub use recording::Work;
use weights::Weights;

/// A DnD-Transformer on a graphics card.
pub struct Transformer {
    gpu: Arc<Gpu>,
    kernels: Kernels,
    weights: Weights,
    /// `[1 + positions, head_width / 2]` cosines and sines in turn.
    rotary: Buffer,
    pipelines: Pipelines,
    arena: Arena,
    caches: Caches,
    groups: Groups,
    recording: RefCell<Recording>,
    flight: Flight,
    /// The pass at hand.
    pass: Pass,
}

/// The pass at hand.
#[derive(Debug, Default)]
struct Pass {
    /// Its number, from 1.
    serial: u64,
    /// Picks of each depth so far; empty once it has left.
    counts: Vec<usize>,
}

/// Rows of activations.
#[derive(Clone, Copy, Debug)]
pub struct Hidden {
    rows: usize,
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The residual stream; norms of it are made by whoever reads them.
    Stream,
    /// What attention gave.
    Attended,
}

/// Rows of queries.
#[derive(Clone, Copy, Debug)]
pub struct Queries(());

/// Rows of logits.
#[derive(Clone, Copy, Debug)]
pub struct Logits {
    rows: usize,
}

/// The codes of one depth of a pass.
#[derive(Clone, Copy, Debug)]
pub struct Picked {
    serial: u64,
    depth: usize,
}

impl Transformer {
    /// Takes the weights over as they come, the matrices in `format`.
    ///
    /// # Errors
    /// Those of the pieces, a weight that the format cannot hold, and the device's.
    pub fn new(
        config: &Config,
        pieces: impl Iterator<Item = Result<Piece>>,
        format: Format,
        gpu: Arc<Gpu>,
    ) -> Result<Self> {
        let kernels = Kernels {
            config: config.clone(),
            format,
            subgroup: gpu.subgroup(),
            halves: gpu.has_halves(),
            dots: gpu.has_dots(),
        };
        Self::of(kernels, pieces, gpu)
    }

    fn of(
        kernels: Kernels,
        pieces: impl Iterator<Item = Result<Piece>>,
        gpu: Arc<Gpu>,
    ) -> Result<Self> {
        let config = &kernels.config;
        let weights = Weights::take(&gpu, &kernels, pieces)?;
        let (cosines, sines) = rotary_table(config.grid, config.head_width());
        let turns: Vec<[f32; 2]> = cosines.into_iter().zip(sines).map(Into::into).collect();
        let rotary = gpu.upload("rotary table", bytemuck::cast_slice(&turns))?;
        let pipelines = Pipelines::new(&gpu, &kernels)?;
        let arena = Arena::new(&gpu, &kernels, 2)?;
        let caches = Caches::new(&gpu, &kernels)?;
        let groups = groups(&gpu, &pipelines, &weights, (&arena, &caches), &rotary);
        Ok(Self {
            gpu,
            kernels,
            weights,
            rotary,
            pipelines,
            arena,
            caches,
            groups,
            recording: RefCell::default(),
            flight: Flight::default(),
            pass: Pass::default(),
        })
    }

    /// The device that it runs on.
    pub fn gpu(&self) -> &Arc<Gpu> {
        &self.gpu
    }

    /// How the matrices are kept.
    pub fn format(&self) -> Format {
        self.kernels.format
    }

    /// Bytes of weights that a step reads, whatever the number of rows up to eight: every matrix once.
    pub fn bytes_per_step(&self) -> usize {
        self.weights.bytes_per_step(&self.kernels.config)
    }

    /// What was done so far.
    pub fn work(&self) -> Work {
        self.recording.borrow().work
    }

    /// Activations on the host, `[rows, width]`. Waits for the device.
    ///
    /// # Errors
    /// The device's.
    pub fn hidden(&self, hidden: &Hidden) -> Result<Vec<f32>> {
        let buffer = match hidden.place {
            Place::Stream => &self.arena.hidden,
            Place::Attended => &self.arena.attended,
        };
        let width = self.kernels.config.width;
        self.rows(buffer, hidden.rows, Kernels::stride(width), width)
    }

    /// Logits on the host, `[rows, codebook]`. Waits for the device.
    ///
    /// # Errors
    /// The device's.
    pub fn logits(&self, logits: &Logits) -> Result<Vec<f32>> {
        let stride = self.kernels.logits();
        let codebook = self.kernels.config.codebook;
        self.rows(&self.arena.logits, logits.rows, stride, codebook)
    }

    fn rows(&self, buffer: &Buffer, rows: usize, stride: usize, width: usize) -> Result<Vec<f32>> {
        self.recording.borrow_mut().submit(&self.gpu);
        let bytes = self.gpu.read(buffer, 0, (rows * stride * 4) as u64)?;
        let numbers: Vec<f32> = bytemuck::pod_collect_to_vec(&bytes);
        let rows = numbers.chunks_exact(stride).flat_map(|row| &row[..width]);
        Ok(rows.copied().collect())
    }

    /// Sends the pass at hand off. Its codes can be read from now on without anything else being waited for; the
    /// next pass may be recorded before.
    ///
    /// # Errors
    /// The device's.
    pub fn send(&mut self) -> Result<()> {
        let counts = std::mem::take(&mut self.pass.counts);
        if counts.is_empty() {
            return Ok(());
        }
        let (mut encoder, dispatches) = self.recording.get_mut().end_pass(&self.gpu);
        let about = (self.pass.serial, counts, dispatches);
        let leaving = self
            .flight
            .leave(&self.gpu, &self.arena, &mut encoder, about)?;
        let submission = self.gpu.queue.submit([encoder.finish()]);
        self.flight.left(leaving, submission);
        Ok(())
    }

    /// Gives up what is on its way: nobody will read it.
    pub fn forget(&mut self) {
        self.recording.get_mut().forget();
        self.pass.counts.clear();
        self.flight.forget();
    }

    /// Makes room for so many rows; nothing may be recorded.
    fn make_room(&mut self, rows: usize) -> Result<()> {
        if rows > MOST_ROWS {
            let message = format!("a pass of {rows} rows; at most {MOST_ROWS} go together");
            return Err(failed("starting a pass", message));
        }
        if rows > self.arena.rows {
            self.arena = Arena::new(&self.gpu, &self.kernels, rows)?;
            self.rebind();
        }
        Ok(())
    }

    fn rebind(&mut self) {
        let buffers = (&self.arena, &self.caches);
        self.groups = groups(
            &self.gpu,
            &self.pipelines,
            &self.weights,
            buffers,
            &self.rotary,
        );
    }

    fn dispatch(&self, pipeline: &Pipeline, group: &BindGroup, size: [usize; 2]) {
        let mut recording = self.recording.borrow_mut();
        recording.dispatch(&self.gpu, pipeline, group, size);
    }

    /// A product for so many rows.
    fn product(&self, op: Op, groups: &ProductGroups, rows: usize) -> Result<()> {
        let (pipeline, size) = self.pipelines.product(&self.gpu, &self.kernels, op, rows)?;
        let tile = Tile::ALL[Tile::of(rows)];
        let group = match groups.ready.as_ref() {
            Some(ready) if self.kernels.takes_ready(tile) => {
                let round = self.pipelines.round(&self.gpu, &self.kernels, op)?;
                self.dispatch(&round, &ready.round, [rows, 1]);
                &ready.product
            }
            _ => &groups.plain,
        };
        self.dispatch(&pipeline, group, size);
        Ok(())
    }

    fn write_call(&self, rows: &[Row]) {
        let depth = self.kernels.config.depth();
        let mut given = vec![0_u32; rows.len() * depth];
        let mut words = vec![TokenWord::default(); rows.len() + 1];
        words[0].slot = rows.len() as u32;
        for (at, row) in rows.iter().enumerate() {
            let (input, ids): (u32, &[u32]) = match &row.input {
                Input::Label(label) => (LABEL, std::slice::from_ref(label)),
                Input::Codes(codes) => (codes.len() as u32, codes),
                Input::Drawn => (DRAWN, &[]),
            };
            given[at * depth..][..ids.len()].copy_from_slice(ids);
            words[at + 1] = TokenWord {
                slot: row.token.slot.0 as u32,
                position: row.token.position as u32,
                input,
                unused: 0,
            };
        }
        let write = |buffer: &Buffer, bytes: &[u8]| self.gpu.queue.write_buffer(buffer, 0, bytes);
        write(&self.arena.call, bytemuck::cast_slice(&words));
        write(&self.arena.given, bytemuck::cast_slice(&given));
    }

    fn check_inputs(&self, rows: &[Row]) -> Result<()> {
        let config = &self.kernels.config;
        for row in rows {
            self.caches.check(row.token.slot)?;
            let (ids, most): (&[u32], usize) = match &row.input {
                Input::Label(label) => (std::slice::from_ref(label), config.class_rows()),
                Input::Codes(codes) => (codes, config.codebook),
                Input::Drawn => (&[], 0),
            };
            if let Some(id) = ids.iter().find(|id| **id as usize >= most) {
                let message = format!("row {id} of a table of {most}");
                return Err(failed("embedding", message));
            }
            if ids.len() > config.depth() || row.token.position >= config.positions() {
                let message = format!("position {} with {} codes", row.token.position, ids.len());
                return Err(failed("embedding", message));
            }
        }
        Ok(())
    }

    /// Draws the codes of a depth; logits are needed only where a pick does not know its code.
    fn draw(&mut self, depth: usize, picks: &[Pick]) -> Picked {
        let words: Vec<PickWord> = picks.iter().map(|pick| PickWord::of(pick, depth)).collect();
        let offset = (depth * MOST_ROWS * size_of::<PickWord>()) as u64;
        let bytes = bytemuck::cast_slice(&words);
        self.gpu
            .queue
            .write_buffer(&self.arena.picks, offset, bytes);
        self.dispatch(
            &self.pipelines.samples[depth],
            &self.groups.samples[depth],
            [picks.len(), 1],
        );
        self.pass.counts[depth] = picks.len();
        Picked {
            serial: self.pass.serial,
            depth,
        }
    }
}

/// A draw as the card tells it.
fn draw_of(word: DrawWord) -> Result<Draw, BadLogits> {
    match word.bad {
        0 => Ok(Draw {
            code: word.code,
            entropy: word.entropy,
            log_probability: word.log_probability,
        }),
        u32::MAX => Err(BadLogits::NothingLeft),
        one_more => Err(BadLogits::NotFinite {
            code: one_more as usize - 1,
            value: "NaN or infinity",
        }),
    }
}

impl Backend for Transformer {
    type Hidden = Hidden;
    type Queries = Queries;
    type Logits = Logits;
    type Codes = Picked;

    const KEEPS_CODES: bool = true;

    fn open(&mut self) -> Result<Slot> {
        let (slot, moved) = self.caches.open(&self.gpu, &self.kernels)?;
        if moved {
            self.rebind();
        }
        Ok(slot)
    }

    fn close(&mut self, slot: Slot) {
        self.caches.close(slot);
    }

    fn embed(&mut self, rows: &[Row]) -> Result<Hidden> {
        self.send()?;
        self.check_inputs(rows)?;
        self.make_room(rows.len())?;
        self.pass = Pass {
            serial: self.pass.serial + 1,
            counts: vec![0; self.kernels.config.depth()],
        };
        self.recording.get_mut().begin_pass();
        self.write_call(rows);
        self.dispatch(&self.pipelines.embed, &self.groups.embed, [rows.len(), 1]);
        Ok(Hidden {
            rows: rows.len(),
            place: Place::Stream,
        })
    }

    fn attention_norm(&mut self, _: usize, hidden: &Hidden) -> Result<Hidden> {
        Ok(*hidden)
    }

    fn write_cache(&mut self, layer: usize, normed: &Hidden, _: &[Token]) -> Result<Queries> {
        self.product(Op::Qkv, &self.groups.layers[layer].qkv, normed.rows)?;
        Ok(Queries(()))
    }

    fn attend(&mut self, layer: usize, _: &Queries, tokens: &[Token]) -> Result<Hidden> {
        let size = [self.kernels.config.heads, tokens.len()];
        self.dispatch(
            &self.pipelines.attend,
            &self.groups.layers[layer].attend,
            size,
        );
        Ok(Hidden {
            rows: tokens.len(),
            place: Place::Attended,
        })
    }

    fn add_projected(&mut self, layer: usize, attended: &Hidden, _: &mut Hidden) -> Result<()> {
        self.product(Op::Out, &self.groups.layers[layer].out, attended.rows)
    }

    fn feed_forward_norm(&mut self, _: usize, hidden: &Hidden) -> Result<Hidden> {
        Ok(*hidden)
    }

    fn add_feed_forward(&mut self, layer: usize, normed: &Hidden, _: &mut Hidden) -> Result<()> {
        let groups = &self.groups.layers[layer];
        self.product(Op::GateUp, &groups.gate_up, normed.rows)?;
        self.product(Op::Down, &groups.down, normed.rows)
    }

    fn head(&mut self, depth: usize, hidden: &Hidden) -> Result<Logits> {
        self.product(Op::Head, &self.groups.heads[depth], hidden.rows)?;
        Ok(Logits { rows: hidden.rows })
    }

    fn pick(&mut self, depth: usize, _: &Logits, picks: &[Pick]) -> Result<Picked> {
        Ok(self.draw(depth, picks))
    }

    fn known(&mut self, depth: usize, picks: &[Pick]) -> Result<Picked> {
        Ok(self.draw(depth, picks))
    }

    fn add_codes(&mut self, codes: &Picked, picks: &[Pick], _: &mut Hidden) -> Result<()> {
        let depth = codes.depth;
        let size = [picks.len(), 1];
        self.dispatch(
            &self.pipelines.add_codes[depth],
            &self.groups.add_codes[depth],
            size,
        );
        Ok(())
    }

    fn read(&mut self, codes: Picked) -> Result<Vec<Draw>> {
        if codes.serial == self.pass.serial {
            self.send()?;
        }
        let (words, took) = self.flight.draws(&self.gpu, codes.serial, codes.depth)?;
        if let Some(took) = took {
            self.recording.get_mut().learn(took);
        }
        let draws = words.into_iter().map(draw_of);
        draws
            .collect::<Result<_, BadLogits>>()
            .map_err(|bad| bad.of("gpu"))
    }
}

#[cfg(test)]
mod operation_tests;
#[cfg(test)]
mod sample_tests;
#[cfg(test)]
mod tests;
