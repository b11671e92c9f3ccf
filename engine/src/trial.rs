//! Every reader of what comes from outside, on bytes that may be anything: for the fuzz targets in
//! `tests/fuzz`, and for tests with a fixed seed. Nothing of this is in the program.
//!
//! A reader is run to its end, so that what it lets pass is used too. What must hold whatever the bytes are
//! is asserted on the way.

use std::path::Path;

use crate::{
    checkpoint::{StateDict, trial as checkpoint},
    error::{Error, Result},
    family::{FAMILIES, llamagen},
    library::{Footprint, Manifest, catalogue::Catalogue, hub},
    picture,
    tokenizer::{Layout, vq},
};

/// What refusing one file may take beyond the file itself, in bytes.
pub const MOST_MEMORY: usize = 64 << 20;
/// What errors call every file.
const PATH: &str = "forged";

/// The pickle in a torch checkpoint, with all changes past the archive's checks.
///
/// # Errors
/// As [`StateDict::open`](crate::checkpoint::StateDict::open).
pub fn pickle(bytes: &[u8]) -> Result<()> {
    weights(checkpoint::pickle(bytes)?);
    Ok(())
}

/// A torch checkpoint.
///
/// # Errors
/// As [`StateDict::open`](crate::checkpoint::StateDict::open).
pub fn archive(bytes: &[u8]) -> Result<()> {
    weights(checkpoint::archive(bytes)?);
    Ok(())
}

/// A safetensors file.
///
/// # Errors
/// As [`StateDict::open`](crate::checkpoint::StateDict::open).
pub fn safetensors(bytes: &[u8]) -> Result<()> {
    weights(checkpoint::safetensors(bytes)?);
    Ok(())
}

/// A GGUF file.
///
/// # Errors
/// As [`StateDict::open`](crate::checkpoint::StateDict::open).
pub fn gguf(bytes: &[u8]) -> Result<()> {
    weights(checkpoint::gguf(bytes)?);
    Ok(())
}

/// What is done with weights before it is known whose they are, and their numbers.
fn weights(state: StateDict) {
    const GRID: usize = 1024;
    if let Ok(config) = llamagen::config(&state, GRID, None) {
        let _ = Footprint::of(&config, None);
        for family in &FAMILIES {
            let _ = (family.check_checkpoint)(&config, &state);
        }
    }
    if let Ok(layout) = vq::layout(&state, [GRID; 2]) {
        let _ = Footprint::default().with_tokenizer(&layout, 0);
    }
    checkpoint::read_all(state);
}

/// A tokenizer's `config.yaml`.
///
/// # Errors
/// As [`RqVaeConfig::from_source`](crate::checkpoint::RqVaeConfig::from_source).
pub fn config(bytes: &[u8]) -> Result<()> {
    let config = checkpoint::config(bytes)?;
    let _ = Footprint::default().with_tokenizer(&Layout::from(&config), 0);
    Ok(())
}

/// A text of the library, which says itself what it is: a list as a hub sends it, a catalogue, or else a manifest.
///
/// # Errors
/// As [`Manifest::card`], [`Catalogue::extended`] and [`Hub::list`](hub::Hub::list).
pub fn library(bytes: &[u8]) -> Result<()> {
    let path = Path::new(PATH);
    if bytes.starts_with(b"[{") {
        return hub::trial(bytes);
    }
    let text = &String::from_utf8_lossy(bytes);
    if text.starts_with("[[") {
        let catalogue = Catalogue::default().extended(Catalogue::parse(text, path)?, path)?;
        for entry in catalogue.entries() {
            entry.bytes();
            catalogue.entry(&entry.published().id)?;
        }
        return Ok(());
    }
    let card = Manifest::parse(text, path)?.card(path, None)?;
    assert!(card.positions() > 0 && card.depth > 0);
    Ok(())
}

/// A PNG with a recipe and codes. What is read can be written, and is then read as the same.
///
/// # Errors
/// As [`picture::read_png`].
///
/// # Panics
/// When it is not.
pub fn picture(bytes: &[u8]) -> Result<()> {
    let document = picture::trial(Path::new(PATH), bytes)?;
    let again = document.clone().into_picture().to_png("");
    let again = again.and_then(|bytes| picture::from_png_bytes(PATH, &bytes));
    let again = again.unwrap_or_else(|error| panic!("what was read cannot be written: {error}"));
    assert_eq!(again.recipe, document.recipe);
    assert_eq!(again.codes, document.codes);
    assert_eq!(again.pixels, document.pixels);
    Ok(())
}

/// A message is short, and nothing in it moves a terminal's cursor.
///
/// # Panics
/// When it is not.
pub fn fit_to_be_read(error: &Error) {
    checkpoint::fit_to_be_read(error);
}

#[cfg(test)]
#[path = "trial_tests.rs"]
mod tests;
