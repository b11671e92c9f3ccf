//! What a blocked product is cut into, and the memory that it works in. How it is computed is in `blocked`.

use std::{mem::MaybeUninit, ops::Range};

use super::LANES;
use crate::backend::cpu::activations::CHUNK;

/// The most tiles of a panel.
pub const TILES: usize = 8;
/// Floats of widened weights that a panel may have: what stays in a core's own cache beside the rest.
pub const WIDENED: usize = 32 << 10;

/// Some neighbouring columns of both sides of the product.
#[derive(Clone, Copy)]
pub struct Piece {
    /// The first of them.
    pub start: usize,
    /// Lines of weights.
    pub lines: usize,
    /// Whether it is what fills no line.
    pub rest: bool,
}

impl Piece {
    /// All that `columns` are cut into, if a line has `step` weights: chunks, and what fills no line.
    pub fn all(columns: usize, step: usize) -> impl Iterator<Item = Self> {
        let whole = columns / step * step;
        let chunks = (0..whole).step_by(CHUNK).map(move |start| Self {
            start,
            lines: (whole - start).min(CHUNK) / step,
            rest: false,
        });
        chunks.chain((whole < columns).then_some(Self {
            start: whole,
            lines: 1,
            rest: true,
        }))
    }
}

/// A tile: its first row of weights, and its number in the panel; and a piece of it.
#[derive(Clone, Copy)]
pub struct Place {
    pub tile: usize,
    pub n: usize,
    pub piece: Piece,
}

/// Some groups of all rows.
pub struct Block {
    /// Which.
    pub groups: Range<usize>,
    /// How many groups there are in all.
    pub of: usize,
    /// How many rows there are in all.
    pub rows: usize,
}

impl Block {
    /// Each group's rows: nearly equally many.
    pub fn rows(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (rows, of) = (self.rows, self.of);
        let start = move |n: usize| rows * n / of;
        self.groups.clone().map(move |n| start(n)..start(n + 1))
    }
}

/// The sums of a tile and a group.
pub type Sums<const W: usize, const R: usize> = [[[f32; LANES]; W]; R];

/// What is between memory and registers, for a panel and a block. It begins with a line.
#[repr(align(64))]
pub struct Scratch<const W: usize, const R: usize, const G: usize> {
    sums: MaybeUninit<[[Sums<W, R>; G]; TILES]>,
    widened: MaybeUninit<[f32; WIDENED]>,
}

impl<const W: usize, const R: usize, const G: usize> Default for Scratch<W, R, G> {
    #[inline(always)]
    fn default() -> Self {
        Self {
            sums: MaybeUninit::uninit(),
            widened: MaybeUninit::uninit(),
        }
    }
}

impl<const W: usize, const R: usize, const G: usize> Scratch<W, R, G> {
    /// Room for the sums of a tile and each group.
    #[inline(always)]
    pub fn sums(&mut self, tile: usize) -> *mut Sums<W, R> {
        let tiles = self.sums.as_mut_ptr().cast::<[Sums<W, R>; G]>();
        tiles.wrapping_add(tile).cast()
    }

    /// Room for widened weights.
    #[inline(always)]
    pub fn widened(&mut self, at: usize) -> *mut f32 {
        self.widened.as_mut_ptr().cast::<f32>().wrapping_add(at)
    }
}
