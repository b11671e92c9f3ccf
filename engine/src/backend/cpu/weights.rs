//! A matrix of weights, in whatever format, where its bytes lie.
//!
//! What a weight matrix means to the model is no business of this file.

use crate::backend::cpu::{bytes::Bytes, formats::Format};

/// A matrix `[rows, columns]`, row after row.
#[derive(Clone, Debug)]
pub struct Matrix {
    bytes: Bytes,
    format: Format,
    rows: usize,
    columns: usize,
    row_bytes: usize,
    arrangement: Arrangement,
}

/// In which order the bytes lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// Row after row, as in a file of GGUF.
    Rows,
    /// As `tiles` says.
    Tiles,
}

/// Why bytes are not a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadMatrix {
    /// The rows make no whole blocks.
    Columns {
        /// Numbers in a row.
        found: usize,
        /// What they have to be a multiple of.
        block: usize,
    },
    /// The bytes are not as many as the shape says.
    Length {
        /// As the shape says.
        expected: usize,
        /// The bytes there are.
        found: usize,
    },
}

impl Matrix {
    /// A look at `bytes` as a matrix.
    ///
    /// # Errors
    /// When their number is not what the shape says, or a row makes no whole blocks.
    pub fn new(
        bytes: Bytes,
        format: Format,
        rows: usize,
        columns: usize,
    ) -> Result<Self, BadMatrix> {
        let row_bytes = format.row_bytes(columns).ok_or(BadMatrix::Columns {
            found: columns,
            block: format.block(),
        })?;
        let found = bytes.get().len();
        let expected = rows.saturating_mul(row_bytes);
        if found != expected {
            return Err(BadMatrix::Length { expected, found });
        }
        Ok(Self {
            bytes,
            format,
            rows,
            columns,
            row_bytes,
            arrangement: Arrangement::Rows,
        })
    }

    /// The same matrix, its bytes in tiles.
    ///
    /// # Panics
    /// When they are not as many.
    pub fn rearranged(&self, bytes: Bytes) -> Self {
        assert_eq!(bytes.get().len(), self.bytes().len(), "the same bytes");
        Self {
            bytes,
            arrangement: Arrangement::Tiles,
            ..self.clone()
        }
    }

    /// In which order the bytes lie.
    pub fn arrangement(&self) -> Arrangement {
        self.arrangement
    }

    /// The type of its numbers.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Rows: numbers that come out of a product.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns: numbers that go into a product.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Bytes of a row.
    pub fn row_bytes(&self) -> usize {
        self.row_bytes
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get()
    }

    /// Adds a row's numbers to `to`.
    ///
    /// # Panics
    /// When there is no such row, or `to` is not as long as one.
    pub fn add_row(&self, row: usize, to: &mut [f32]) {
        assert_eq!(to.len(), self.columns, "numbers of a row");
        assert_eq!(
            self.arrangement,
            Arrangement::Rows,
            "rows are read where they lie together"
        );
        let bytes = &self.bytes()[row * self.row_bytes..][..self.row_bytes];
        self.format.read(bytes, |n, value| to[n] += value);
    }

    /// The bytes of a row as they are in a file of GGUF, whatever the arrangement.
    ///
    /// # Panics
    /// When there is no such row, or `to` is not as long as one.
    #[cfg(test)]
    pub fn copy_row(&self, row: usize, to: &mut [u8]) {
        use crate::backend::cpu::{kernels::TILE, tiles::row_of_tile};
        assert!(row < self.rows, "row {row} of {}", self.rows);
        let first = row / TILE * TILE;
        let bytes = &self.bytes()[first * self.row_bytes..];
        if self.arrangement == Arrangement::Tiles && first + TILE <= self.rows {
            row_of_tile(
                self.format,
                &bytes[..TILE * self.row_bytes],
                row - first,
                to,
            );
        } else {
            to.copy_from_slice(&bytes[(row - first) * self.row_bytes..][..self.row_bytes]);
        }
    }
}
