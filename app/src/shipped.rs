//! The starter models inside the program, and the library that joins them with the user's own.
//!
//! They are embedded, so that the program finds them wherever it is run from. Any model folder works
//! the same way; nothing outside this file knows which models ship.

use strata_engine::{Library, library::ShippedFile};

use crate::places::Places;

/// The embedded files of every starter model.
pub fn models() -> Vec<&'static [ShippedFile]> {
    Vec::new()
}

/// The shipped models and those in the user's models folder.
pub fn library(places: &Places) -> Library {
    Library::new(models(), vec![places.models.clone()])
}
