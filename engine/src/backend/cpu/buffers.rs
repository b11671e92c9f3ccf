//! Memory for activations that goes from operation to operation: nothing is allocated inside a step.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
};

/// Where buffers wait for their next use.
#[derive(Clone, Debug, Default)]
pub struct Buffers(Arc<Mutex<Vec<Vec<f32>>>>);

/// Rows of numbers `[rows, columns]`; its memory goes back when it is dropped.
#[derive(Debug)]
pub struct Rows {
    /// At least as many as there are in the rows.
    values: Vec<f32>,
    length: usize,
    columns: usize,
    home: Buffers,
}

impl Buffers {
    /// Rows of zeros.
    pub fn zeros(&self, rows: usize, columns: usize) -> Rows {
        let mut rows = self.stale(rows, columns);
        rows.fill(0.0);
        rows
    }

    /// Rows of whatever was left in them, to be written before they are read.
    pub fn stale(&self, rows: usize, columns: usize) -> Rows {
        let mut values = self.lock().pop().unwrap_or_default();
        let length = rows * columns;
        if values.len() < length {
            values.resize(length, 0.0);
        }
        Rows {
            values,
            length,
            columns,
            home: self.clone(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Vec<f32>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    /// Numbers of a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.length.checked_div(self.columns).unwrap_or(0)
    }

    /// A row.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self[row * self.columns..][..self.columns]
    }
}

impl Deref for Rows {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.values[..self.length]
    }
}

impl DerefMut for Rows {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[..self.length]
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        self.home.lock().push(std::mem::take(&mut self.values));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again_and_is_zero() {
        let buffers = Buffers::default();
        let mut first = buffers.zeros(2, 3);
        first[4] = 7.0;
        assert_eq!((first.count(), first.row(1)), (2, &[0.0, 7.0, 0.0][..]));
        let place = first.as_ptr();
        drop(first);
        let second = buffers.zeros(1, 5);
        assert_eq!(second.as_ptr(), place);
        assert_eq!(*second, [0.0; 5]);
    }
}
