//! Keys and values of every sequence, layer by layer.

use wgpu::Buffer;

use super::{
    super::{Gpu, failed},
    kernels::Kernels,
};
use crate::{backend::Slot, error::Result};

/// Sequences that there is room for at first.
const FIRST: usize = 2;

/// The caches of all sequences: one buffer of keys and one of values for each layer.
#[derive(Debug)]
pub struct Caches {
    /// `[slots, heads, positions, head_width]`
    pub keys: Vec<Buffer>,
    /// `[slots, heads, positions, head_width]`
    pub values: Vec<Buffer>,
    /// The codes of each sequence's newest position, `[slots, depth]`.
    pub drawn: Buffer,
    /// Which slots are open.
    open: Vec<bool>,
}

impl Caches {
    pub fn new(gpu: &Gpu, kernels: &Kernels) -> Result<Self> {
        Ok(Self {
            keys: buffers(gpu, kernels, FIRST)?,
            values: buffers(gpu, kernels, FIRST)?,
            drawn: drawn(gpu, kernels, FIRST)?,
            open: vec![false; FIRST],
        })
    }

    /// Opens a slot, and says whether the buffers are others now. What open sequences hold is kept.
    pub fn open(&mut self, gpu: &Gpu, kernels: &Kernels) -> Result<(Slot, bool)> {
        let free = self.open.iter().position(|open| !open);
        let slot = free.unwrap_or(self.open.len());
        if free.is_none() {
            self.grow(gpu, kernels)?;
        }
        self.open[slot] = true;
        Ok((Slot(slot), free.is_none()))
    }

    pub fn close(&mut self, slot: Slot) {
        if let Some(open) = self.open.get_mut(slot.0) {
            *open = false;
        }
    }

    pub fn check(&self, slot: Slot) -> Result<()> {
        match self.open.get(slot.0) {
            Some(true) => Ok(()),
            _ => Err(failed(
                "finding a sequence's cache",
                format!("slot {} is not open", slot.0),
            )),
        }
    }

    fn grow(&mut self, gpu: &Gpu, kernels: &Kernels) -> Result<()> {
        let slots = 2 * self.open.len();
        let new_drawn = drawn(gpu, kernels, slots)?;
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let mut copy = |from: &Buffer, to: &Buffer| {
            encoder.copy_buffer_to_buffer(from, 0, to, 0, from.size());
        };
        copy(&self.drawn, &new_drawn);
        let mut grown = Vec::new();
        for old in [&self.keys, &self.values] {
            let new = buffers(gpu, kernels, slots)?;
            old.iter().zip(&new).for_each(|(from, to)| copy(from, to));
            grown.push(new);
        }
        gpu.queue.submit([encoder.finish()]);
        self.drawn = new_drawn;
        self.values = grown.pop().unwrap_or_default();
        self.keys = grown.pop().unwrap_or_default();
        self.open.resize(slots, false);
        Ok(())
    }
}

/// Bytes of the keys, or of the values, of one sequence in one layer.
fn bytes(kernels: &Kernels) -> usize {
    let number = if kernels.format.is_exact() { 4 } else { 2 };
    kernels.config.width * kernels.config.positions() * number
}

fn buffers(gpu: &Gpu, kernels: &Kernels, slots: usize) -> Result<Vec<Buffer>> {
    let buffer = |_| gpu.buffer("keys and values", slots * bytes(kernels));
    (0..kernels.config.layers).map(buffer).collect()
}

fn drawn(gpu: &Gpu, kernels: &Kernels, slots: usize) -> Result<Buffer> {
    gpu.buffer("drawn codes", slots * kernels.config.depth() * 4)
}
