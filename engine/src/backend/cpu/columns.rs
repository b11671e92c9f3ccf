//! A matrix of results whose columns are computed by several threads at once.
//!
//! The one place where a `&mut [f32]` is shared out in pieces that are not contiguous.

use std::{marker::PhantomData, ops::Range};

/// A matrix `[rows, columns]` in parts of some whole columns each.
pub struct Columns<'a> {
    numbers: *mut f32,
    rows: usize,
    columns: usize,
    /// Columns of a part; the last one may have fewer.
    step: usize,
    borrow: PhantomData<&'a mut [f32]>,
}

// SAFETY: it is an exclusive borrow of numbers; how its parts may be used is said at `part`.
unsafe impl Sync for Columns<'_> {}

/// Some neighbouring columns.
pub struct Part<'a> {
    numbers: *mut f32,
    rows: usize,
    columns: usize,
    range: Range<usize>,
    borrow: PhantomData<&'a mut [f32]>,
}

impl<'a> Columns<'a> {
    /// `numbers` as `rows` rows, `step` columns a part.
    ///
    /// # Panics
    /// When they make no whole rows, or `step` is 0.
    pub fn new(numbers: &'a mut [f32], rows: usize, step: usize) -> Self {
        let columns = numbers.len().checked_div(rows).unwrap_or(0);
        assert_eq!(rows * columns, numbers.len(), "whole rows");
        assert!(step > 0, "a part has columns");
        Self {
            numbers: numbers.as_mut_ptr(),
            rows,
            columns,
            step,
            borrow: PhantomData,
        }
    }

    /// How many parts there are.
    pub fn parts(&self) -> usize {
        self.columns.div_ceil(self.step)
    }

    /// The columns of part `n`; none when there is no such part.
    ///
    /// # Safety
    /// No two parts of the same number exist at a time.
    pub unsafe fn part(&self, n: usize) -> Part<'_> {
        let start = (n * self.step).min(self.columns);
        let end = (start + self.step).min(self.columns);
        Part {
            numbers: self.numbers,
            rows: self.rows,
            columns: self.columns,
            range: start..end,
            borrow: PhantomData,
        }
    }
}

impl Part<'_> {
    /// Which columns of the matrix these are.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// How many rows they have.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// These columns in one row.
    ///
    /// # Panics
    /// When there is no such row.
    #[inline(always)]
    pub fn row(&mut self, row: usize) -> &mut [f32] {
        assert!(row < self.rows);
        // SAFETY: inside the numbers that `Columns` borrows; no other part has these columns, and this
        // one gives out one row at a time.
        unsafe {
            let start = self.numbers.add(row * self.columns + self.range.start);
            std::slice::from_raw_parts_mut(start, self.range.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_every_column_once() {
        for (rows, columns, step) in [(1, 1, 1), (3, 10, 4), (2, 8, 8), (2, 8, 9), (5, 0, 3)] {
            let mut numbers = vec![0.0; rows * columns];
            let shared = Columns::new(&mut numbers, rows, step);
            for n in 0..shared.parts() + 1 {
                // SAFETY: one part at a time.
                let mut part = unsafe { shared.part(n) };
                for row in 0..rows {
                    let start = part.range().start;
                    for (n, number) in part.row(row).iter_mut().enumerate() {
                        *number += (row * columns + start + n) as f32 + 1.0;
                    }
                }
            }
            let expected: Vec<f32> = (0..rows * columns).map(|n| n as f32 + 1.0).collect();
            assert_eq!(numbers, expected);
        }
    }
}
