//! Which model a command means.

use std::sync::Arc;

use strata_engine::{Error, Mode, ModelCard};

use super::{Result, Studio};
use crate::explain::Explained;

/// The model of this id.
///
/// # Errors
/// When none is installed: with the reason if its folder is there but cannot be read.
pub fn named(studio: &dyn Studio, id: &str) -> Result<Arc<ModelCard>> {
    let (cards, broken) = studio.cards();
    if let Some(card) = cards.iter().find(|card| card.id == id) {
        return Ok(card.clone());
    }
    // "No such model" would mislead when its folder is there and unreadable.
    let about_it = |error: &&Error| error_path(error).is_some_and(|path| path_names(path, id));
    if let Some(error) = broken.iter().find(about_it) {
        return Err(error.into());
    }
    Err(Error::UnknownModel {
        id: id.to_owned(),
        installed: cards.iter().map(|card| card.id.clone()).collect(),
    }
    .into())
}

fn error_path(error: &Error) -> Option<&std::path::Path> {
    match error {
        Error::File { path, .. } | Error::Malformed { path, .. } | Error::Refused { path, .. } => {
            Some(path)
        }
        _ => None,
    }
}

fn path_names(path: &std::path::Path, id: &str) -> bool {
    path.components().any(|part| part.as_os_str() == id)
}

/// The first model of a mode: shipped ones first, so that a folder dropped into the library does not
/// change what an unnamed model means; then by id.
///
/// # Errors
/// When there is none.
pub fn first(studio: &dyn Studio, mode: Mode) -> Result<Arc<ModelCard>> {
    let (cards, _) = studio.cards();
    cards
        .into_iter()
        .filter(|card| card.mode == mode)
        .min_by_key(|card| (card.folder.is_some(), card.id.clone()))
        .ok_or_else(|| {
            let makes = match mode {
                Mode::Classes => "pictures of classes",
                Mode::Documents => "pages",
            };
            Explained::new(
                format!("no installed model makes {makes}"),
                "Name one with --model; `strata models` lists what is installed.",
            )
        })
}
