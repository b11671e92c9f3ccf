//! Codes, pixels, and the PNG that carries both.
//!
//! What a picture is, how it is written and how it is read back. Making one is the worker's business;
//! finding one again in a folder is the program's.

use std::sync::Arc;

use crate::{error::Result, recipe::Recipe};

pub mod animated;
pub mod atomic;
mod codes;
mod document;
mod encode;
mod parameters;
mod pixels;
pub mod sequence;
pub mod sheet;

#[cfg(any(test, fuzzing))]
pub(crate) use document::trial;
pub use document::{Document, Header, from_png_bytes, read_header, read_png};

/// Pictures are at most this many pixels wide and high.
pub const MAX_SIDE: usize = 16_384;

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
    /// The sum over all codes that were drawn, not kept, of the logarithm of their probability (nats), as
    /// [`crate::sampling::Draw::log_probability`] has it. Drafts of one recipe compare by it; the
    /// higher, the likelier. `None` when a file does not tell.
    pub log_likelihood: Option<f32>,
    /// Wall-clock seconds from the first step of the job that finished it to the last; 0 when read back
    /// from a file, which does not hold it, because the same recipe gives the same bytes.
    pub seconds: f32,
}

impl Picture {
    /// The picture as a PNG with its recipe, its codes, and the `parameters` text of other studios,
    /// whose first line is `title` (the class's name; derived from the recipe when empty). The same
    /// picture and title give the same bytes.
    ///
    /// # Errors
    /// [`crate::Error::Picture`] when codes or pixels contradict themselves.
    pub fn to_png(&self, title: &str) -> Result<Vec<u8>> {
        encode::png(&self.pixels, &self.texts(title)?)
    }

    /// Writes [`Self::to_png`] to a file, which afterwards is there entirely or not at all.
    ///
    /// # Errors
    /// As `to_png`, and [`crate::Error::File`] for a full disk, an unwritable folder and the like.
    pub fn write_png(&self, path: impl AsRef<std::path::Path>, title: &str) -> Result<()> {
        atomic::write_bytes(path, &self.to_png(title)?)
    }

    /// The texts that its file carries: keyword and text.
    fn texts(&self, title: &str) -> Result<[(&'static str, String); 2]> {
        let document = document::to_json(self)?;
        Ok([
            ("parameters", parameters::text(self, title)),
            (document::KEYWORD, document),
        ])
    }
}
