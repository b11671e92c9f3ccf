//! The starter models inside the program, and the library that joins them with the user's own.
//!
//! They are embedded, so that the program finds them wherever it is run from. Any model folder works
//! the same way; nothing outside this file knows which models ship.

use strata_engine::{Library, library::ShippedFile};

use crate::places::Places;

/// One file of a starter model.
macro_rules! file {
    ($model:literal, $name:literal) => {
        ShippedFile {
            name: $name,
            bytes: include_bytes!(concat!("../../assets/models/", $model, "/", $name)),
        }
    };
}

/// Pictures of fifty classes.
static CLASSES: [ShippedFile; 4] = [
    file!("class-v0", "model.toml"),
    file!("class-v0", "config.yaml"),
    file!("class-v0", "tokenizer.safetensors"),
    file!("class-v0", "transformer.safetensors"),
];

/// Pages of typewriter text.
static TEXT: [ShippedFile; 4] = [
    file!("text-v0", "model.toml"),
    file!("text-v0", "config.yaml"),
    file!("text-v0", "tokenizer.safetensors"),
    file!("text-v0", "transformer.safetensors"),
];

/// The embedded files of every starter model.
pub fn models() -> Vec<&'static [ShippedFile]> {
    vec![&CLASSES, &TEXT]
}

/// The shipped models and those in the user's models folder.
pub fn library(places: &Places) -> Library {
    Library::new(models(), vec![places.models.clone()])
}
