//! The starter models and the catalogue inside the program, and what joins them with the user's own.
//!
//! They are embedded, so that the program finds them wherever it is run from. Any model folder works
//! the same way; nothing outside this file knows which models ship.

use std::{io::ErrorKind, path::Path};

use strata_engine::{
    Error, Library, Result,
    library::{ShippedFile, catalogue::Catalogue},
};

use crate::places::Places;

/// The files of one folder below `assets/models`, embedded.
macro_rules! embedded {
    ($id:literal) => {
        embedded!($id, "model.toml", "config.yaml", "tokenizer.safetensors", "transformer.gguf")
    };
    ($id:literal, $($name:literal),+) => {
        &[$(ShippedFile {
            name: $name,
            bytes: include_bytes!(concat!("../../assets/models/", $id, "/", $name)),
        }),+]
    };
}

static ILLUSTRATIONS: &[ShippedFile] = embedded!("illustrations");
static TYPEWRITER: &[ShippedFile] = embedded!("typewriter");
static PAGES: &[ShippedFile] = embedded!("pages");

/// The embedded files of every starter model.
pub fn models() -> Vec<&'static [ShippedFile]> {
    vec![ILLUSTRATIONS, TYPEWRITER, PAGES]
}

/// The shipped models and those in the user's models folder.
pub fn library(places: &Places) -> Library {
    Library::new(models(), vec![places.models.clone()])
}

/// The published models that the program knows.
pub fn published() -> Catalogue {
    let shipped = Path::new("(inside the program)").join("catalogue.toml");
    let text = include_str!("../../assets/catalogue.toml");
    let read = Catalogue::parse(text, &shipped)
        .and_then(|own| Catalogue::default().extended(own, &shipped));
    // It is part of the program and tested with it.
    read.unwrap_or_default()
}

/// The published models: those that the program knows and those of the user's `catalogue.toml`.
///
/// # Errors
/// When that file is there but cannot be read, or is malformed.
pub fn catalogue(places: &Places) -> Result<Catalogue> {
    let catalogue = published();
    let path = places.catalogue();
    match std::fs::read_to_string(&path) {
        Ok(text) => catalogue.extended(Catalogue::parse(&text, &path)?, &path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(catalogue),
        Err(error) => Err(Error::file("read", &path, &error)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use strata_engine::{Mode, library::catalogue::Entry};

    use super::*;

    #[test]
    fn every_shipped_model_has_a_card() {
        let home = tempfile::tempdir().unwrap();
        let (cards, broken) = library(&Places::below(home.path())).cards();
        assert!(broken.is_empty(), "{broken:?}");
        assert_eq!(cards.len(), models().len());
        for mode in [Mode::Classes, Mode::Documents] {
            assert!(cards.iter().any(|card| card.mode == mode), "{mode:?}");
        }
        assert!(cards.iter().all(|card| card.folder.is_none()));
    }

    /// Writes the user's catalogue, and reads both.
    fn with_own(text: &str) -> Result<Catalogue> {
        let home = tempfile::tempdir().unwrap();
        let places = Places::below(home.path());
        std::fs::create_dir_all(&places.config).unwrap();
        std::fs::write(places.catalogue(), text).unwrap();
        catalogue(&places)
    }

    #[test]
    fn the_catalogue_makes_models() {
        let home = tempfile::tempdir().unwrap();
        let catalogue = catalogue(&Places::below(home.path())).unwrap();
        let entries = catalogue.entries();
        let runnable = |entry: &Entry| entry.published().family().is_some();
        assert!(entries.iter().all(runnable));
        let Entry::Model(xxxl, tokenizer) = catalogue.entry("dnd-imagenet-xxxl").unwrap() else {
            panic!("a model");
        };
        assert_eq!(xxxl.mode(), Mode::Classes);
        assert_eq!(tokenizer.codes.depth, 2);
        assert_eq!(xxxl.published.score.as_deref(), Some("gFID 2.21"));
    }

    #[test]
    fn the_users_entries_come_before_the_shipped_ones() {
        let tokenizer = r#"
            [[tokenizer]]
            id = "dnd-tokenizer-arxiv-256"
            name = "Mine"
            summary = ""
            family = "dnd"
            repository = "me/mine"
            folder = "here"
            image = { width = 256, height = 256 }
            codes = { grid = [16, 16], depth = 8, codebook = 16384 }
            licence = "CC0-1.0"
        "#;
        let catalogue = with_own(tokenizer).unwrap();
        let Entry::Model(_, used) = catalogue.entry("dnd-arxiv-xxl").unwrap() else {
            panic!("a model");
        };
        assert_eq!(used.published.name, "Mine");

        let error = |text: &str| with_own(text).unwrap_err().to_string();
        // Another depth than the shipped transformer has heads.
        assert!(error(&tokenizer.replace("depth = 8", "depth = 7")).contains("dnd-arxiv-xxl"));
        assert!(error(&tokenizer.replace("me/mine", "mine")).contains("owner/name"));
        assert!(error(&tokenizer.replace("dnd-tokenizer-arxiv-256", "../up")).contains("id"));
        assert!(error("[[tokenizer]]").contains("missing field"));
        assert!(error("[[vocoder]]").contains("vocoder"));
    }
}
