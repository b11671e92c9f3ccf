//! One slice that many threads write, each its own places.
//!
//! The places are rectangles of pictures, which slices cannot express; whoever writes says why they are
//! disjoint.

use std::marker::PhantomData;

/// A slice whose borrow is split by hand.
#[derive(Clone, Copy)]
pub struct Shared<'a> {
    start: *mut f32,
    len: usize,
    borrow: PhantomData<&'a mut [f32]>,
}

// SAFETY: it is a mutable slice; every access through it is unsafe and vouches for being the only one.
unsafe impl Send for Shared<'_> {}
// SAFETY: as above.
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    /// Splits `values`.
    pub fn new(values: &'a mut [f32]) -> Self {
        Self {
            start: values.as_mut_ptr(),
            len: values.len(),
            borrow: PhantomData,
        }
    }

    /// A pointer to `len` numbers from `at`.
    ///
    /// # Panics
    /// When they do not lie in the slice.
    pub fn pointer(&self, at: usize, len: usize) -> *mut f32 {
        assert!(
            at <= self.len && len <= self.len - at,
            "{len} numbers at {at} of {}",
            self.len
        );
        // SAFETY: `at` is within the slice.
        unsafe { self.start.add(at) }
    }

    /// `len` numbers from `at`.
    ///
    /// # Safety
    /// Nobody else may use these numbers while the slice lives.
    pub unsafe fn slice(&self, at: usize, len: usize) -> &'a mut [f32] {
        // SAFETY: `pointer` checks the range, the caller vouches for the rest.
        unsafe { std::slice::from_raw_parts_mut(self.pointer(at, len), len) }
    }
}
