//! How convolutions and products are shared out over workgroups.
//!
//! What the workgroups do is the kernels' affair.

/// Outputs that a thread keeps.
const OUTPUTS_A_THREAD: usize = 8;
/// Pixels below each other, or columns, that a thread keeps.
const PIXELS_A_THREAD: usize = 4;
/// With fewer workgroups than this, most of a large card has nothing to do.
const MANY: usize = 96;

/// What a 3x3 convolution does with resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Walk {
    /// Every pixel has a result.
    Same,
    /// Every pixel is doubled in both directions first.
    Doubling,
    /// Every second pixel has a result.
    Halving,
}

impl Walk {
    /// All of them.
    #[cfg(test)]
    pub const ALL: [Self; 3] = [Self::Same, Self::Doubling, Self::Halving];

    /// Source pixels from one result to the next.
    pub fn stride(self) -> usize {
        if self == Self::Halving { 2 } else { 1 }
    }

    /// How often each source pixel counts, in each direction.
    pub fn zoom(self) -> usize {
        if self == Self::Doubling { 2 } else { 1 }
    }

    /// Zeros above and on the left. Halving has them below and on the right only.
    pub fn padding(self) -> usize {
        if self == Self::Halving { 0 } else { 1 }
    }

    /// Rows or columns of the result.
    pub fn result(self, side: usize) -> usize {
        side * self.zoom() / self.stride()
    }
}

/// The shape of a workgroup and of what it computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Form {
    /// Threads.
    pub workers: usize,
    /// Threads that share their outputs.
    pub lanes: usize,
    /// Columns of a tile of pixels.
    pub columns: usize,
}

/// For most pictures: every number that is brought near is used as often as the memory near allows.
const WIDE: (usize, usize) = (256, 32);
/// For small grids: more workgroups.
const SMALL: (usize, usize) = (64, 32);
/// For the three outputs of the last convolution.
const NARROW: (usize, usize) = (256, 256);

impl Form {
    /// Columns that a tile can have.
    const COLUMNS: [usize; 3] = [32, 16, 8];

    /// For a convolution with this result.
    pub fn of_convolution(walk: Walk, [outputs, height, width]: [usize; 3]) -> Self {
        let best = |(workers, lanes)| {
            let forms = Self::COLUMNS.map(|columns| Self {
                workers,
                lanes,
                columns,
            });
            let [mut best, others @ ..] = forms;
            for form in others {
                if form.tiles(height, width).area() < best.tiles(height, width).area() {
                    best = form;
                }
            }
            best
        };
        if outputs <= OUTPUTS_A_THREAD && walk != Walk::Halving {
            return best(NARROW);
        }
        let wide = best(WIDE);
        let [rows, columns] = wide.tiles(height, width).counts;
        let groups = rows * columns * outputs.div_ceil(wide.outputs());
        if groups < MANY { best(SMALL) } else { wide }
    }

    /// For a product of this size.
    pub fn of_product(outputs: usize, columns: usize) -> Self {
        let form = |(workers, lanes)| Self {
            workers,
            lanes,
            columns: lanes,
        };
        let wide = form(WIDE);
        let groups = outputs.div_ceil(wide.outputs()) * columns.div_ceil(wide.span());
        if groups < MANY { form(SMALL) } else { wide }
    }

    /// All for convolutions.
    #[cfg(test)]
    pub fn all(walk: Walk) -> Vec<Self> {
        let narrow = (walk != Walk::Halving).then_some(NARROW);
        let sizes = [WIDE, SMALL].into_iter().chain(narrow);
        let forms = |(workers, lanes)| {
            Self::COLUMNS.map(|columns| Self {
                workers,
                lanes,
                columns,
            })
        };
        sizes.flat_map(forms).collect()
    }

    /// Outputs of a workgroup.
    pub fn outputs(self) -> usize {
        self.workers / self.lanes * OUTPUTS_A_THREAD
    }

    /// Rows of a tile of pixels.
    pub fn rows(self) -> usize {
        self.lanes / self.columns * PIXELS_A_THREAD
    }

    /// Columns of a product's tile.
    pub fn span(self) -> usize {
        self.lanes * PIXELS_A_THREAD
    }

    /// Channels that a convolution brings near at a time: as many as 16 KiB have room for.
    pub fn depth(self, walk: Walk) -> usize {
        match (self.lanes, self.workers, walk) {
            (256, ..) | (_, 256, Walk::Halving) => 2,
            _ => 4,
        }
    }

    /// Tiles that cover a picture.
    pub fn tiles(self, height: usize, width: usize) -> Tiles {
        Tiles {
            counts: [height.div_ceil(self.rows()), width.div_ceil(self.columns)],
            pixels: self.rows() * self.columns,
        }
    }
}

/// The tiles of a picture.
pub struct Tiles {
    /// Rows and columns of them.
    pub counts: [usize; 2],
    /// Pixels of each.
    pixels: usize,
}

impl Tiles {
    /// Pixels that are computed, those outside the picture with them.
    fn area(&self) -> usize {
        self.counts[0] * self.counts[1] * self.pixels
    }
}
