//! Codes, pixels, and the PNG that carries both.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::recipe::Recipe;

/// An RGB picture, 8 bits a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// `[height, width, 3]`.
    pub rgb: Vec<u8>,
}

/// The codes of one picture, complete or up to some position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codes {
    /// Rows of the grid.
    pub rows: usize,
    /// Columns of the grid.
    pub columns: usize,
    /// Codes a position.
    pub depth: usize,
    /// Codes are below this.
    pub codebook: usize,
    /// `[positions, depth]` in raster order; shorter than the grid while the picture grows.
    pub values: Vec<u32>,
}

impl Codes {
    /// Positions that have their codes.
    pub fn positions(&self) -> usize {
        self.values.len() / self.depth
    }

    /// Whether every position has its codes.
    pub fn is_complete(&self) -> bool {
        self.values.len() == self.rows * self.columns * self.depth
    }
}

/// A picture with everything that made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// What made it.
    pub recipe: Recipe,
    /// Its codes; incomplete when the job was cancelled.
    pub codes: Codes,
    /// Its pixels; the unsampled part of a cancelled picture is its preview.
    pub pixels: Arc<Pixels>,
    /// Wall-clock seconds from the first step to the last.
    pub seconds: f32,
}

/// Keeps serde in view until the PNG format is written.
#[derive(Serialize, Deserialize)]
struct Placeholder;
