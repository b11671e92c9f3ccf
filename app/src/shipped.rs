//! The starter models inside the program, and the library that joins them with the user's own.
//!
//! They are embedded, so that the program finds them wherever it is run from. Any model folder works
//! the same way; nothing outside this file knows which models ship.

use strata_engine::{Library, library::ShippedFile};

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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use strata_engine::Mode;

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
}
