//! Small pictures and rows for the tests of the index.
#![allow(clippy::unwrap_used)]

use std::{path::Path, sync::Arc};

use strata_engine::{Codes, Guidance, Picture, Pixels, Recipe, Sampling, Subject};

use super::row::{Content, Facts, Found, Identity, Row};

/// A picture of 16 x 16 pixels whose codes follow from its seed and index.
pub fn picture(class: u32, seed: u64, index: u32) -> Picture {
    let side = 16;
    let value = |at: usize| ((at as u64 * 7 + seed * 3 + u64::from(index)) % 251) as u8;
    Picture {
        recipe: Recipe {
            model: "m".into(),
            weights: None,
            subject: Subject::Class(class),
            seed,
            index,
            guidance: Guidance::constant(2.0),
            sampling: Sampling::default(),
            start: None,
        },
        codes: Codes {
            rows: 4,
            columns: 4,
            depth: 1,
            codebook: 256,
            values: (0..16).map(|at| u32::from(value(at))).collect(),
        },
        pixels: Arc::new(Pixels {
            width: side,
            height: side,
            rgb: (0..side * side * 3).map(value).collect(),
        }),
        log_likelihood: None,
        seconds: 0.0,
    }
}

/// A PNG that is not ours.
pub fn plain_png(path: &Path) {
    let pixels = Pixels {
        width: 2,
        height: 2,
        rgb: vec![9; 12],
    };
    pixels.write_png(path).unwrap();
}

/// One of many made-up pictures, each different; no file is behind it.
pub fn row(number: u64) -> Row {
    let mut identity = [0; 16];
    identity[..8].copy_from_slice(&number.to_le_bytes());
    let class = (number * 37 % 1000) as u32;
    let page = number % 50 == 49;
    let facts = Facts {
        identity: Identity(identity),
        width: 256,
        height: 256,
        model: ["imagenet-xl", "starter", "pages"][(number % 3) as usize].into(),
        subject: if page {
            Subject::Page
        } else {
            Subject::Class(class)
        },
        seed: number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 1_000_000_000,
        index: (number % 4) as u32,
        depth: 2,
        guidance: 3.0,
        temperature: 1.0,
        complete: number % 100 != 99,
    };
    let file = Found {
        path: format!("{number:05}-picture-{}-{}.png", facts.seed, facts.index),
        bytes: 100_000 + number,
        modified_nanos: (1_700_000_000 + (number as i64 * 7919 % 1_000_000)) * 1_000_000_000,
    };
    Row::new(file, Content::Picture(facts))
}
