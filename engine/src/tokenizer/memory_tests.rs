//! How much memory a published tokenizer takes. In a process of its own: what counts is the most it ever had.

#![allow(clippy::unwrap_used)]

use std::time::Instant;

use super::{Layout, Tokenizer};
use crate::{backend::Device, model::bench::peak_rss, picture::Codes, worker::Depths};

/// `cargo test --workspace --lib memory_of_the_published_decoder -- --ignored --nocapture`: pictures of 256 and
/// then of 512 pixels, the whole tokenizer and its making included.
#[test]
#[ignore = "measures; alone in its process, with 1 GB of memory"]
fn memory_of_the_published_decoder() {
    const GIB: u64 = 1 << 30;
    let device = Device::default().open().unwrap();
    for (grid, bound) in [(16, GIB), (32, 3 * GIB)] {
        let layout = Layout::published([grid, grid, 2]);
        let tokenizer = Tokenizer::random(&layout, &device).unwrap();
        let made = peak_rss().unwrap();
        let cells = layout.codes.iter().product();
        let codes = Codes {
            rows: grid,
            columns: grid,
            depth: 2,
            codebook: layout.codebook,
            values: (0..cells)
                .map(|n: usize| (n * 7919 % layout.codebook) as u32)
                .collect(),
        };
        let start = Instant::now();
        let image = tokenizer.decode(&codes, Depths::ALL).unwrap();
        let secs = start.elapsed().as_secs_f64();
        let peak = peak_rss().unwrap();
        println!(
            "{} pixels: made with {} MiB, then at most {} MiB; {secs:.2} s",
            image.width,
            made >> 20,
            peak >> 20,
        );
        assert_eq!((image.width, image.height), (16 * grid, 16 * grid));
        assert!(peak < bound, "{peak} bytes");
    }
}
