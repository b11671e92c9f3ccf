//! Pictures copied out of the gallery, byte for byte.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use strata_engine::picture::{self, Header, atomic};

use super::{Facts, Halt, Names, Pattern, Place, Step};
use crate::explain::Explained;

/// A picture to export.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its file.
    pub path: PathBuf,
    /// What is in it, without the pixels.
    pub header: Header,
}

/// A file that an export has made, or found there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The picture.
    pub from: PathBuf,
    /// The file.
    pub file: PathBuf,
    /// Whether it was there already, byte for byte.
    pub kept: bool,
}

impl Source {
    /// Reads a picture of Strata's, without its pixels.
    ///
    /// # Errors
    /// When it is not Strata's or cannot be read.
    pub fn open(path: &Path) -> strata_engine::Result<Self> {
        let header = picture::read_header(path)?;
        let path = path.to_owned();
        Ok(Self { path, header })
    }

    /// What its name can tell.
    pub fn facts(&self) -> Facts<'_> {
        let made = fs::metadata(&self.path).and_then(|file| file.modified());
        Facts {
            recipe: &self.header.recipe,
            made: made.unwrap_or(SystemTime::UNIX_EPOCH),
            depth: self.header.codes.depth,
        }
    }
}

impl Exported {
    /// Of a picture at a place.
    pub fn new(source: &Source, place: &Place) -> Self {
        Self {
            from: source.path.clone(),
            file: place.path().to_owned(),
            kept: matches!(place, Place::There(_)),
        }
    }
}

/// Makes the folder that an export goes to.
///
/// # Errors
/// When it cannot be made.
pub fn make_folder(folder: &Path) -> Result<(), Explained> {
    fs::create_dir_all(folder).map_err(|error| Explained::file("make the folder", folder, &error))
}

/// Copies files as they are, so that nothing that another program added is lost; `step` hears of each.
///
/// # Errors
/// When a file cannot be read or written, or `step` wants no more; what is copied by then stays.
pub fn copy(
    sources: &[Source],
    pattern: &Pattern,
    names: &mut Names,
    step: Step,
) -> Result<Vec<Exported>, Halt> {
    let copied = sources.iter().map(|source| {
        let bytes = fs::read(&source.path)
            .map_err(|error| Explained::file("read", &source.path, &error))?;
        let same = |path: &Path| fs::read(path).is_ok_and(|there| there == bytes);
        let place = names.place(&pattern.name(&source.facts()), "png", same);
        if let Place::Free(path) = &place {
            atomic::write_bytes(path, &bytes)?;
        }
        step()?;
        Ok(Exported::new(source, &place))
    });
    copied.collect()
}
