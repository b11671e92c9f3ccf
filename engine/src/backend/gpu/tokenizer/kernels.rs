//! The kernels, put together from the texts of `kernels/tokenizer`.

use crate::backend::gpu::kernel::{
    Bind::{self, Read, Uniform, Write},
    Kernel,
};

use super::form::{Form, Walk};

/// Terms of a product that are brought near at a time.
const TERMS: usize = 16;
/// Cells whose moments are taken together.
pub const CHUNK: usize = 4096;
/// Queries that a workgroup of the softmax takes.
pub const QUERIES: usize = 32;

/// Sizes, left or weights, bias, right or source, norms, result.
const PRODUCT: &[Bind] = &[Uniform, Read, Read, Read, Read, Write];

/// What a lane keeps.
const TILE: &str = include_str!("../kernels/tokenizer/tile.wgsl");

/// How the weights of convolutions are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// In 32 bits, as published.
    #[default]
    Full,
    /// In 16 bits: half the memory, and half the digits.
    Half,
}

/// What is done to numbers on their way into a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Norm {
    /// Nothing.
    None = 0,
    /// The group norm.
    Normed = 1,
    /// The group norm, then the activation.
    Activated = 2,
}

/// A 3x3 convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Convolution {
    /// What it does with resolution.
    pub walk: Walk,
    /// Its workgroups.
    pub form: Form,
    /// Its weights.
    pub precision: Precision,
    /// What is done to the source.
    pub norm: Norm,
    /// Whether the result is added to what is there.
    pub adds: bool,
}

impl Convolution {
    /// Its text.
    pub fn kernel(self) -> Kernel {
        let Self { walk, form, .. } = self;
        let (name, column) = match walk {
            Walk::Same => (
                "convolve",
                include_str!("../kernels/tokenizer/column_one.wgsl"),
            ),
            Walk::Doubling => (
                "double and convolve",
                include_str!("../kernels/tokenizer/column_one.wgsl"),
            ),
            Walk::Halving => (
                "halve and convolve",
                include_str!("../kernels/tokenizer/column_two.wgsl"),
            ),
        };
        let weights = match self.precision {
            Precision::Full => include_str!("../kernels/formats/table_f32.wgsl"),
            Precision::Half => include_str!("../kernels/formats/table_f16.wgsl"),
        };
        // Two halves of a team lie four rows apart, which would be the same banks.
        let apart = if form.columns == 16 { 2 } else { 0 };
        let constants = [
            ("WORKERS", form.workers),
            ("LANES", form.lanes),
            ("COLUMNS", form.columns),
            ("DEPTH", form.depth(walk)),
            ("STRIDE", walk.stride()),
            ("ZOOM", walk.zoom()),
            ("PADDING", walk.padding()),
            ("APART", apart),
            ("NORM", self.norm as usize),
            ("ADDS", usize::from(self.adds)),
        ];
        let norm = include_str!("../kernels/tokenizer/norm.wgsl");
        let main = include_str!("../kernels/tokenizer/convolve.wgsl");
        let parts = [weights, norm, TILE, column, main];
        Kernel::new(name, PRODUCT, &constants, &parts)
    }
}

/// A matrix product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Product {
    /// Its workgroups.
    pub form: Form,
    /// What is done to the right side.
    pub norm: Norm,
    /// Whether every output has a bias.
    pub has_bias: bool,
    /// Whether the result is added to what is there.
    pub adds: bool,
}

impl Product {
    /// Its text.
    pub fn kernel(self) -> Kernel {
        let constants = [
            ("WORKERS", self.form.workers),
            ("LANES", self.form.lanes),
            ("DEPTH", TERMS),
            ("NORM", self.norm as usize),
            ("BIAS", usize::from(self.has_bias)),
            ("ADDS", usize::from(self.adds)),
        ];
        let norm = include_str!("../kernels/tokenizer/norm.wgsl");
        let main = include_str!("../kernels/tokenizer/product.wgsl");
        Kernel::new("multiply", PRODUCT, &constants, &[norm, TILE, main])
    }
}

/// Moments of parts of channels: sizes, source, moments.
pub fn moments() -> Kernel {
    let main = include_str!("../kernels/tokenizer/moments.wgsl");
    Kernel::new(
        "moments",
        &[Uniform, Read, Write],
        &[("CHUNK", CHUNK)],
        &[main],
    )
}

/// Norms from moments: sizes, moments, gain, bias, norms.
pub fn join() -> Kernel {
    let main = include_str!("../kernels/tokenizer/join.wgsl");
    let binds = &[Uniform, Read, Read, Read, Write];
    Kernel::new("join moments", binds, &[("CHUNK", CHUNK)], &[main])
}

/// Softmax: sizes, scores.
pub fn softmax() -> Kernel {
    let main = include_str!("../kernels/tokenizer/softmax.wgsl");
    Kernel::new("softmax", &[Uniform, Write], &[("LANES", QUERIES)], &[main])
}
