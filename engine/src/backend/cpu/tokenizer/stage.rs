//! Brings a window of one block of channels near: with zeros around the picture, normalised and activated.
//!
//! Convolutions read windows only, so none of them knows a border or a norm. What they do with a window
//! is not here.

use super::{
    norm::Norm,
    planes::Planes,
    simd::{BLOCK, Simd, exp::silu},
};

/// What an operation reads.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The picture.
    pub picture: &'a Planes,
    /// What is done to its pixels on the way.
    pub norm: Option<&'a Norm>,
}

/// A rectangle of pixels, which may reach beyond the picture.
#[derive(Clone, Copy)]
pub struct Window {
    /// First row.
    pub top: isize,
    /// First column.
    pub left: isize,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Whether a row is laid out with its even columns first, for operations of stride two.
    pub splits: bool,
}

impl Window {
    /// Numbers it takes up.
    pub fn len(&self) -> usize {
        self.rows * self.columns * BLOCK
    }

    /// Where a column lies within a row.
    pub fn place(&self, column: usize) -> usize {
        if self.splits {
            column / 2 + column % 2 * self.columns.div_ceil(2)
        } else {
            column
        }
    }

    /// The columns that lie inside a picture of this width, counted from the window's first.
    fn inside(&self, width: usize) -> std::ops::Range<usize> {
        let start = (-self.left).clamp(0, self.columns as isize) as usize;
        let end = (width as isize - self.left).clamp(start as isize, self.columns as isize);
        start..end as usize
    }
}

/// Writes `window` of `block` to `out` `[rows][columns][16]`.
#[inline(always)]
pub fn stage<S: Simd>(s: S, source: &Source, block: usize, window: &Window, out: &mut [f32]) {
    let picture = source.picture;
    let plane = &picture.values[block * picture.cells() * BLOCK..][..picture.cells() * BLOCK];
    let inside = window.inside(picture.width);
    // From the last row of a block to the first of the next.
    let beyond = (picture.cells() + picture.width).saturating_sub(window.rows * picture.width);
    let lines = out[..window.len()].chunks_exact_mut(window.columns * BLOCK);
    for (row, line) in lines.enumerate() {
        let y = window.top + row as isize;
        if y < 0 || y >= picture.height as isize || inside.is_empty() {
            line.fill(0.0);
            continue;
        }
        for column in (0..inside.start).chain(inside.end..window.columns) {
            line[window.place(column) * BLOCK..][..BLOCK].fill(0.0);
        }
        let x = (window.left + inside.start as isize) as usize;
        let from = &plane[(y as usize * picture.width + x) * BLOCK..][..inside.len() * BLOCK];
        // Rows are too short and too far apart for the processor to see what comes next.
        let below = if row + 1 < window.rows {
            picture.width
        } else {
            beyond
        };
        for pixel in 0..inside.len() {
            s.prefetch(from.as_ptr().wrapping_add((below + pixel) * BLOCK));
        }
        if window.splits {
            for (column, pixel) in inside.clone().zip(from.chunks_exact(BLOCK)) {
                let to = &mut line[window.place(column) * BLOCK..][..BLOCK];
                copy(s, source.norm, block, pixel, to);
            }
        } else {
            let to = &mut line[inside.start * BLOCK..inside.end * BLOCK];
            copy(s, source.norm, block, from, to);
        }
    }
}

/// Copies pixels of a block, normalised.
#[inline(always)]
pub fn copy<S: Simd>(s: S, norm: Option<&Norm>, block: usize, from: &[f32], to: &mut [f32]) {
    let Some(norm) = norm else {
        to.copy_from_slice(from);
        return;
    };
    let pixels = from.len() / BLOCK;
    let channels = block * BLOCK..(block + 1) * BLOCK;
    let (means, scales) = (&norm.mean[channels.clone()], &norm.scale[channels.clone()]);
    let biases = &norm.bias[channels];
    assert!(from.len() == to.len() && from.len() == pixels * BLOCK);
    for lane in (0..BLOCK).step_by(S::LANES) {
        // SAFETY: whole lines of slices whose lengths were just checked.
        unsafe {
            let mean = s.load(means.as_ptr().add(lane));
            let scale = s.load(scales.as_ptr().add(lane));
            let bias = s.load(biases.as_ptr().add(lane));
            for pixel in 0..pixels {
                let at = pixel * BLOCK + lane;
                let value = s.sub(s.load(from.as_ptr().add(at)), mean);
                let value = s.mul_add(value, scale, bias);
                let value = if norm.activates {
                    silu(s, value)
                } else {
                    value
                };
                s.store(to.as_mut_ptr().add(at), value);
            }
        }
    }
}
