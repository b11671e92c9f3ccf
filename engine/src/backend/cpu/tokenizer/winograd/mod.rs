//! 3x3 convolution in tiles of 4x4 outputs, with a quarter of the products.
//!
//! Also 3x3 on a picture doubled by nearest neighbours, as four 2x2 convolutions of the small one.
//! `form` has the algebra, `pieces` the passes over memory, `wide` and `deep` share them out.

// Lines and columns of a tile are counted.
#![allow(clippy::needless_range_loop)]

mod deep;
mod form;
mod pieces;
mod wide;

use crate::backend::cpu::Threads;

use super::{
    arena::Arena,
    filter::Filter,
    planes::Planes,
    shared::Shared,
    simd::{BLOCK, Level},
    stage::{Source, Window},
};
use form::{Form, OUT, ThreeTaps, TwoTaps};

/// Up to this many tiles, threads share output channels and make their own weights; beyond, tiles.
const FEW_TILES: usize = 64;

/// Whether the picture is doubled before it is convolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// As it is.
    Same,
    /// Every pixel four times.
    Doubled,
}

/// One convolution.
struct Job<'a> {
    filter: &'a Filter,
    source: Source<'a>,
    /// `[blocks][scale * height][scale * width][16]`.
    out: Shared<'a>,
    scale: Scale,
    adds: bool,
}

/// A rectangle of tiles.
#[derive(Clone, Copy, Debug)]
struct Tiles {
    top: usize,
    left: usize,
    rows: usize,
    columns: usize,
}

/// Writes the convolution of `source` to `out`, or adds it.
pub fn convolve(
    filter: &Filter,
    source: Source,
    out: &mut Planes,
    (scale, adds): (Scale, bool),
    run: (Level, &Threads, &Arena),
) {
    assert!(filter.side == 3 && filter.depth() == BLOCK);
    let job = Job {
        filter,
        source,
        out: Shared::new(&mut out.values),
        scale,
        adds,
    };
    match scale {
        Scale::Same => job.convolve::<ThreeTaps>(run),
        Scale::Doubled => job.convolve::<TwoTaps>(run),
    }
}

impl Job<'_> {
    fn convolve<F: Form + Sync>(&self, run: (Level, &Threads, &Arena)) {
        let all = self.all_tiles();
        if all.count() <= FEW_TILES {
            deep::convolve::<F>(self, all, run);
        } else {
            wide::convolve::<F>(self, all, run);
        }
    }

    fn all_tiles(&self) -> Tiles {
        Tiles {
            top: 0,
            left: 0,
            rows: self.source.picture.height.div_ceil(OUT),
            columns: self.source.picture.width.div_ceil(OUT),
        }
    }

    /// Kernels that share the picture: one for each place within a doubled pixel.
    fn phases(&self) -> usize {
        match self.scale {
            Scale::Same => 1,
            Scale::Doubled => 4,
        }
    }

    /// Input pixels that `tiles` read in `phase`.
    fn window<F: Form>(&self, tiles: &Tiles, phase: usize) -> Window {
        let halo = F::SIZE - OUT;
        Window {
            top: (tiles.top * OUT + phase / 2) as isize - 1,
            left: (tiles.left * OUT + phase % 2) as isize - 1,
            rows: tiles.rows * OUT + halo,
            columns: tiles.columns * OUT + halo,
            splits: false,
        }
    }
}

impl Tiles {
    fn count(&self) -> usize {
        self.rows * self.columns
    }
}

/// Numbers from one of a form's products to the next, for `lines` lines in each. One line more than
/// needed, or powers of two would fall into the same cache sets.
fn stride(lines: usize) -> usize {
    (lines + 1) * BLOCK
}
