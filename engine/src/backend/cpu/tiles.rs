//! Block weights rearranged in place, so that what is multiplied side by side lies side by side.
//!
//! A tile is sixteen rows, block column by block column: the sixteen scales, then the numbers, four bytes
//! of every row in turn. The same bytes in another order; rows beyond the last whole tile stay as they are.

use crate::backend::cpu::{
    bytes::{Aligned, Bytes},
    formats::Format,
    kernels::TILE,
    threads::Threads,
    weights::{Arrangement, Matrix},
};
use crate::error::Result;

/// Bytes of a scale.
const SCALE: usize = 2;
/// Bytes of a row's numbers that stay together.
const WORD: usize = 4;

/// A rearranged copy of a matrix of blocks; any other is given back as it is.
///
/// # Errors
/// When the system has no memory for it.
pub fn tiled(matrix: &Matrix, threads: &Threads) -> Result<Matrix> {
    if matrix.format().block() == 1 || matrix.arrangement() == Arrangement::Tiles {
        return Ok(matrix.clone());
    }
    let tile = TILE * matrix.row_bytes();
    let mut bytes = Aligned::zeros(matrix.bytes().len())?;
    let tiles = matrix.rows() / TILE;
    let (whole, rest) = bytes.get_mut().split_at_mut(tiles * tile);
    rest.copy_from_slice(&matrix.bytes()[tiles * tile..]);
    threads.run_chunks(whole, tile.max(1), &|n, to| {
        arrange(matrix.format(), &matrix.bytes()[n * tile..][..tile], to);
    });
    Ok(matrix.rearranged(Bytes::new(bytes)))
}

/// Writes sixteen rows as a tile.
fn arrange(format: Format, rows: &[u8], tile: &mut [u8]) {
    let row_bytes = rows.len() / TILE;
    places(format, row_bytes, |row, at, length, to| {
        tile[to..][..length].copy_from_slice(&rows[row * row_bytes + at..][..length]);
    });
}

/// Writes one row of a tile as it was before.
#[cfg(test)]
pub fn row_of_tile(format: Format, tile: &[u8], row: usize, to: &mut [u8]) {
    places(format, tile.len() / TILE, |of, at, length, from| {
        if of == row {
            to[at..][..length].copy_from_slice(&tile[from..][..length]);
        }
    });
}

/// Calls `each` with a row, a place in it, a number of bytes, and their place in the tile.
fn places(format: Format, row_bytes: usize, mut each: impl FnMut(usize, usize, usize, usize)) {
    let block = format.block_bytes();
    for start in (0..row_bytes).step_by(block) {
        let column = start * TILE;
        for row in 0..TILE {
            each(row, start, SCALE, column + row * SCALE);
            for (n, at) in (SCALE..block).step_by(WORD).enumerate() {
                let word = column + SCALE * TILE + (n * TILE + row) * WORD;
                each(row, start + at, WORD, word);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_tile_is_its_rows_in_another_order() {
        for format in [Format::Q8_0, Format::Q4_0] {
            let row_bytes = 3 * format.block_bytes();
            let rows: Vec<u8> = (0..TILE * row_bytes).map(|n| (n * 7 % 251) as u8).collect();
            let mut tile = vec![0; rows.len()];
            arrange(format, &rows, &mut tile);
            for row in 0..TILE {
                let mut back = vec![0; row_bytes];
                row_of_tile(format, &tile, row, &mut back);
                assert_eq!(back, rows[row * row_bytes..][..row_bytes]);
            }
            let mut sorted = [rows.clone(), tile.clone()];
            sorted.iter_mut().for_each(|bytes| bytes.sort_unstable());
            assert_eq!(sorted[0], sorted[1]);
            // The second block column begins with the scales of the sixteen rows.
            let column = TILE * format.block_bytes();
            assert_eq!(tile[column..column + 2], rows[format.block_bytes()..][..2]);
            assert_eq!(
                tile[column + 2..column + 4],
                rows[row_bytes + format.block_bytes()..][..2]
            );
        }
    }

    #[test]
    fn rows_beyond_the_last_tile_stay() {
        let threads = Threads::new(2).unwrap();
        let bytes: Vec<u8> = (0..37 * 34).map(|n| (n % 255) as u8).collect();
        let plain = Matrix::new(Bytes::new(bytes.clone()), Format::Q8_0, 37, 32).unwrap();
        let tiled = tiled(&plain, &threads).unwrap();
        assert_eq!(tiled.bytes()[32 * 34..], bytes[32 * 34..]);
        for row in 0..37 {
            let mut back = vec![0; 34];
            tiled.copy_row(row, &mut back);
            assert_eq!(back, bytes[row * 34..][..34], "row {row}");
        }
    }
}
