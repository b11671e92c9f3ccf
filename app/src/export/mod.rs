//! Pictures on their way out of the gallery: under which names, and on contact sheets.
//!
//! The window and the headless commands export with this. What is written into an animation is the
//! engine's ([`strata_engine::picture`]); who asks for its frames is the caller's.

mod caption;
mod files;
mod film;
pub mod job;
mod pattern;
mod sheet;

pub use files::{Exported, Source, copy, make_folder};
pub use film::{Film, Projector, Way};
pub use pattern::{Facts, Names, Pattern, Place};
pub use sheet::{Cell, SheetOptions, write_cells, write_sheet};

use strata_engine::{Error, Pixels, Subject};

use crate::{classes::Classes, explain::Explained, wording};

/// Other processors and builds may differ by a level or two; other weights differ by far more.
const SAME_WITHIN: u8 = 2;

/// Hears that one more step is done, and may want no more.
pub type Step<'a> = &'a mut dyn FnMut() -> Result<(), Halt>;

/// Why an export ended early.
#[derive(Clone, Debug, PartialEq)]
pub enum Halt {
    /// A person wanted no more of it.
    Cancelled,
    /// Something went wrong.
    Failed(Explained),
}

impl From<Explained> for Halt {
    fn from(failure: Explained) -> Self {
        Self::Failed(failure)
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Whether two pictures are the same but for what another processor or build may change.
pub fn is_near(one: &Pixels, other: &Pixels) -> bool {
    (one.width, one.height) == (other.width, other.height)
        && one
            .rgb
            .iter()
            .zip(&other.rgb)
            .all(|(a, b)| a.abs_diff(*b) <= SAME_WITHIN)
}

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
