//! What the fuzz targets have in common: one reader on one input, and what a refusal may cost.
//!
//! The readers and what must hold of them are in the engine's `trial`. How to run them stands in
//! `packaging/measured.md`.

pub use libfuzzer_sys::fuzz_target;
pub use strata_engine::trial;

use peak_alloc::PeakAlloc;
use strata_engine::Result;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Runs a reader. A refusal takes less memory than it may and has a message that a person can read.
pub fn run(reader: fn(&[u8]) -> Result<()>, bytes: &[u8]) {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    if let Err(error) = reader(bytes) {
        let taken = HEAP.peak_usage().saturating_sub(before);
        assert!(
            taken < trial::MOST_MEMORY,
            "{taken} bytes of memory for: {error}"
        );
        trial::fit_to_be_read(&error);
    }
}

/// A fuzz target for the reader of this name.
#[macro_export]
macro_rules! reader {
    ($name:ident) => {
        $crate::fuzz_target!(|bytes: &[u8]| $crate::run($crate::trial::$name, bytes));
    };
}
