//! Convolution as an implicit matrix product: register tiles read their pixels where they lie.
//!
//! For 1x1 in place, for 3x3 in staged rows; for few input channels, stride two and small pictures.
//! Larger pictures go through `winograd`.

use crate::backend::cpu::Threads;

use super::{
    arena::Arena,
    filter::Filter,
    planes::Planes,
    product::{self, Tile},
    shared::Shared,
    simd::{BLOCK, Kernel, Level, Simd},
    stage::{Source, Window, stage},
};

/// Pixels that a part computes, about.
const PIXELS: usize = 192;
/// Parts that a small picture is cut into at least, by output channels. The same for any thread count.
const PARTS: usize = 16;

/// How a convolution walks over its picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// Every pixel, with a border of one zero.
    Same,
    /// Every other pixel, with one zero column on the right and one zero row at the bottom.
    Halving,
}

/// One convolution.
struct Direct<'a> {
    filter: &'a Filter,
    source: Source<'a>,
    out: Shared<'a>,
    height: usize,
    width: usize,
    adds: bool,
    walk: Walk,
}

/// Output rows and panels of one part.
struct Part<'a> {
    direct: &'a Direct<'a>,
    rows: std::ops::Range<usize>,
    panels: std::ops::Range<usize>,
    scratch: &'a mut [f32],
}

/// Writes the convolution of `source` to `out`, or adds it.
pub fn convolve(
    filter: &Filter,
    source: Source,
    out: &mut Planes,
    (walk, adds): (Walk, bool),
    (level, threads, arena): (Level, &Threads, &Arena),
) {
    let (height, width) = match filter.side {
        // In place, so a picture is as good as one long row; parts are runs of pixels.
        1 => (out.cells().div_ceil(PIXELS), PIXELS),
        _ => (out.height, out.width),
    };
    let direct = Direct {
        filter,
        source,
        height: out.height,
        width: out.width,
        out: Shared::new(&mut out.values),
        adds,
        walk,
    };
    let strip = PIXELS.div_ceil(width);
    let strips = height.div_ceil(strip);
    let groups = PARTS.div_ceil(strips).min(filter.panels());
    threads.run(strips * groups, &|part| {
        let (index, group) = (part / groups, part % groups);
        let rows = index * strip..height.min((index + 1) * strip);
        let panels = filter.panels();
        let panels = panels * group / groups..panels * (group + 1) / groups;
        let mut scratch = arena.take(direct.window(&rows).len() * filter.inputs());
        let part = Part {
            direct: &direct,
            rows,
            panels,
            scratch: &mut scratch,
        };
        level.run(part);
        arena.give(scratch);
    });
}

impl Direct<'_> {
    /// What these rows of the output read.
    fn window(&self, rows: &std::ops::Range<usize>) -> Window {
        match (self.filter.side, self.walk) {
            (1, _) => Window {
                top: 0,
                left: 0,
                rows: 0,
                columns: 0,
                splits: false,
            },
            (_, Walk::Same) => Window {
                top: rows.start as isize - 1,
                left: -1,
                rows: rows.len() + 2,
                columns: self.width + 2,
                splits: false,
            },
            (_, Walk::Halving) => Window {
                top: 2 * rows.start as isize,
                left: 0,
                rows: 2 * rows.len() + 1,
                columns: 2 * self.width + 1,
                splits: true,
            },
        }
    }
}

impl Kernel for Part<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        if self.direct.filter.side == 1 {
            self.points(s);
        } else {
            self.windows(s);
        }
    }
}

impl Part<'_> {
    /// 1x1: the runs of pixels `rows`.
    #[inline(always)]
    fn points<S: Simd>(self, s: S) {
        let direct = self.direct;
        let cells = direct.height * direct.width;
        let plane = cells * BLOCK;
        let picture = direct.source.picture;
        let segments: Vec<usize> = (0..direct.filter.inputs()).map(|b| b * plane).collect();
        assert!(direct.source.norm.is_none() && picture.cells() == cells);
        assert!(picture.values.len() >= segments.len() * plane);
        let (start, end) = (self.rows.start * PIXELS, cells.min(self.rows.end * PIXELS));
        for panel in self.panels {
            let panel = direct.filter.panel(panel);
            let at = panel.block * plane + start * BLOCK;
            let len = (panel.blocks - 1) * plane + (end - start) * BLOCK;
            let job = Tile {
                a: picture.values[start * BLOCK..].as_ptr(),
                segments: &segments,
                depth: direct.filter.depth(),
                b: panel.values.as_ptr(),
                bias: panel.bias.as_ptr(),
                out: direct.out.pointer(at, len),
                out_block: plane,
                adds: direct.adds,
                next: std::ptr::null(),
                lines: 0,
            };
            // SAFETY: pixels `start..end` of every block exist; parts share no pixel of a panel.
            unsafe { product::rows(s, &job, end - start, panel.blocks) };
        }
    }

    /// 3x3: stages what the rows read, then multiplies line by line.
    #[inline(always)]
    fn windows<S: Simd>(self, s: S) {
        let direct = self.direct;
        let window = direct.window(&self.rows);
        let inputs = direct.filter.inputs();
        let staged = self.scratch[..inputs * window.len()].chunks_exact_mut(window.len());
        for (block, out) in staged.enumerate() {
            stage(s, &direct.source, block, &window, out);
        }
        let taps = |block: usize| {
            (0..9).map(move |tap| {
                let line = tap / 3 * window.columns + window.place(tap % 3);
                block * window.len() + line * BLOCK
            })
        };
        let segments: Vec<usize> = (0..inputs).flat_map(taps).collect();
        let plane = direct.height * direct.width * BLOCK;
        let step = if direct.walk == Walk::Halving { 2 } else { 1 };
        for panel in self.panels {
            let panel = direct.filter.panel(panel);
            for y in self.rows.clone() {
                let line = (y - self.rows.start) * step * window.columns * BLOCK;
                let at = panel.block * plane + y * direct.width * BLOCK;
                let len = (panel.blocks - 1) * plane + direct.width * BLOCK;
                let job = Tile {
                    a: self.scratch[line..].as_ptr(),
                    segments: &segments,
                    depth: direct.filter.depth(),
                    b: panel.values.as_ptr(),
                    bias: panel.bias.as_ptr(),
                    out: direct.out.pointer(at, len),
                    out_block: plane,
                    adds: direct.adds,
                    next: std::ptr::null(),
                    lines: 0,
                };
                // SAFETY: tap 2 of the last pixel is the window's last column, its last row tap 2 of
                // the last line; parts share no line of a panel.
                unsafe { product::rows(s, &job, direct.width, panel.blocks) };
            }
        }
    }
}
