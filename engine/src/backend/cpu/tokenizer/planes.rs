//! A picture as the networks hold it: blocks of 16 channels, each a plane of pixels.
//!
//! `[channels / 16][height][width][16]`, so that a pixel of a block is one cache line. Channels beyond the
//! last are zero. What is computed on pictures is not here.

use super::{
    arena::{Arena, Buffer},
    simd::BLOCK,
};

/// A picture.
pub struct Planes {
    /// Channels that count.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// At least `[blocks][height][width][16]`.
    pub values: Buffer,
}

impl Planes {
    /// A picture with whatever the pool's buffer holds.
    pub fn take(arena: &Arena, [channels, height, width]: [usize; 3]) -> Self {
        let lines = channels.div_ceil(BLOCK) * height * width;
        Self {
            channels,
            height,
            width,
            values: arena.take(lines * BLOCK),
        }
    }

    /// From `[channels, height, width]`.
    pub fn from_channels_first(arena: &Arena, values: &[f32], shape: [usize; 3]) -> Self {
        let mut picture = Self::take(arena, shape);
        let cells = picture.cells();
        for (block, plane) in picture.planes_mut().enumerate() {
            for lane in 0..BLOCK {
                let lanes = plane.iter_mut().skip(lane).step_by(BLOCK);
                match values.get((block * BLOCK + lane) * cells..) {
                    Some(from) if block * BLOCK + lane < shape[0] => {
                        lanes.zip(from).for_each(|(to, from)| *to = *from);
                    }
                    _ => lanes.for_each(|to| *to = 0.0),
                }
            }
        }
        picture
    }

    /// As `[channels, height, width]`, each number through `map` with its channel.
    pub fn to_channels_first(&self, map: impl Fn(usize, f32) -> f32) -> Vec<f32> {
        let plane = self.cells() * BLOCK;
        let mut out = Vec::with_capacity(self.channels * self.cells());
        for channel in 0..self.channels {
            let from = &self.values[channel / BLOCK * plane..][..plane];
            let lane = from.iter().skip(channel % BLOCK).step_by(BLOCK);
            out.extend(lane.map(|&value| map(channel, value)));
        }
        out
    }

    /// Channels, height, width.
    pub fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }

    /// Pixels.
    pub fn cells(&self) -> usize {
        self.height * self.width
    }

    /// Blocks of channels.
    pub fn blocks(&self) -> usize {
        self.channels.div_ceil(BLOCK)
    }

    /// Numbers that count.
    pub fn len(&self) -> usize {
        self.blocks() * self.cells() * BLOCK
    }

    /// The planes, block by block.
    fn planes_mut(&mut self) -> impl Iterator<Item = &mut [f32]> {
        let (len, plane) = (self.len(), self.cells() * BLOCK);
        self.values[..len].chunks_exact_mut(plane)
    }
}
