//! The readers on the seeds of `tests/fuzz`, as they are and with changes that are the same at every run: a short
//! piece of what fuzzing does at length.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
};

use super::*;

/// Changed inputs for each reader.
const ROUNDS: usize = 2000;

fn files(folder: &str, reader: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz");
    let entries = fs::read_dir(fuzz.join(folder).join(reader)).into_iter();
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let read = |path: PathBuf| (path.clone(), fs::read(path).unwrap());
    paths.into_iter().map(read).collect()
}

/// Numbers at which readers go wrong.
fn number(dice: &mut fastrand::Rng, length: usize) -> u64 {
    let base = [
        0,
        1,
        1 << 7,
        1 << 16,
        1 << 31,
        1 << 32,
        1 << 63,
        length as u64,
    ];
    let base = base[dice.usize(..base.len())];
    base.wrapping_add(dice.u64(..5)).wrapping_sub(2)
}

/// One change: to a byte, to a number, or to a piece, which may come from another seed.
fn change(bytes: &mut Vec<u8>, other: &[u8], dice: &mut fastrand::Rng) {
    let at = dice.usize(..=bytes.len());
    let piece = dice.usize(..=8).min(bytes.len() - at);
    let place = at..at + piece;
    match dice.u8(..9) {
        0 => bytes.insert(at, dice.u8(..)),
        1 => drop(bytes.drain(place)),
        2 => bytes[place].fill(0xff),
        3 => bytes[place]
            .iter_mut()
            .for_each(|byte| *byte ^= 1 << dice.u8(..8)),
        4 => {
            let number = number(dice, bytes.len()).to_le_bytes();
            bytes[place].copy_from_slice(&number[..piece]);
        }
        5 => {
            let digits = number(dice, bytes.len()).to_string();
            drop(bytes.splice(place, digits.into_bytes()));
        }
        6 => {
            let again = bytes[place.clone()].repeat(dice.usize(1..40));
            drop(bytes.splice(place, again));
        }
        7 => bytes.truncate(at),
        _ => {
            let from = dice.usize(..=other.len());
            let to = dice.usize(from..=other.len());
            drop(bytes.splice(at..at, other[from..to].iter().copied()));
        }
    }
}

fn run(reader: fn(&[u8]) -> Result<()>, bytes: &[u8]) -> Result<(), String> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        if let Err(error) = reader(bytes) {
            fit_to_be_read(&error);
        }
    }));
    outcome.map_err(|_| bytes.escape_ascii().to_string())
}

fn check(name: &str, reader: fn(&[u8]) -> Result<()>) {
    let seeds = files("seeds", name);
    assert!(!seeds.is_empty());
    for (path, seed) in &seeds {
        assert_eq!(reader(seed), Ok(()), "{}", path.display());
    }
    for (path, finding) in files("findings", name) {
        run(reader, &finding).unwrap_or_else(|_| panic!("{}", path.display()));
    }
    let mut dice = fastrand::Rng::with_seed(1);
    let mut accepted = 0;
    for round in 0..ROUNDS {
        let mut bytes = seeds[round % seeds.len()].1.clone();
        let other = &seeds[dice.usize(..seeds.len())].1;
        for _ in 0..dice.usize(1..5) {
            change(&mut bytes, other, &mut dice);
        }
        run(reader, &bytes).unwrap_or_else(|input| panic!("round {round}: {input}"));
        accepted += usize::from(reader(&bytes).is_ok());
    }
    // Otherwise the changes are too rough to get anywhere.
    assert!((ROUNDS / 200..ROUNDS).contains(&accepted), "{accepted}");
}

#[test]
fn pickles() {
    check("pickle", pickle);
}

#[test]
fn archives() {
    check("archive", archive);
}

#[test]
fn safetensors_files() {
    check("safetensors", safetensors);
}

#[test]
fn gguf_files() {
    check("gguf", gguf);
}

#[test]
fn configs() {
    check("config", config);
}

#[test]
fn texts_of_the_library() {
    check("library", library);
}

#[test]
fn pictures() {
    check("picture", picture);
}

#[test]
fn a_message_that_moves_the_cursor_is_noticed() {
    let caught = catch_unwind(|| fit_to_be_read(&Error::Config("\u{1b}[2J".into())));
    assert!(caught.is_err());
    let caught = catch_unwind(|| fit_to_be_read(&Error::Config("a".repeat(5000))));
    assert!(caught.is_err());
    let shown = Error::malformed("x", PATH, format!("\u{1b}[2J{}", "a".repeat(5000)));
    fit_to_be_read(&shown);
    assert!(shown.to_string().contains("\\u{1b}[2Jaaa"));
}
