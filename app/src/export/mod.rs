//! Pictures on their way out of the gallery: under which names, and on contact sheets.
//!
//! The window and the headless commands export with this. What is written into an animation is the
//! engine's ([`strata_engine::picture`]); who asks for its frames is the caller's.

mod caption;
mod pattern;
mod sheet;

pub use pattern::{Facts, Names, Pattern, Place};
pub use sheet::{Cell, SheetOptions, write_cells, write_sheet};

use strata_engine::Subject;

use crate::{classes::Classes, wording};

/// What a picture shows, in words.
pub fn title(subject: Subject) -> String {
    match subject {
        Subject::Page => wording::PAGE.into(),
        Subject::Class(id) => match Classes::shipped().get(id) {
            Some(class) => class.name.clone(),
            None => format!("class {id}"),
        },
    }
}
