//! Pictures to begin with: a PNG of Strata brings its codes, any other picture is encoded first.
//!
//! The window's "Grow again from here" and `strata sample --start` both begin here. What is kept of the
//! codes, and which engine encodes, is decided by them.

use std::{fs::File, io::Read, path::Path};

use strata_engine::{Codes, Error, Lineage, ModelCard, Picture, Pixels, picture};

use crate::explain::Explained;

/// The first bytes of every PNG.
const PNG: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// A picture file that another picture can begin with.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// Strata made it: it brings recipe and codes.
    Strata(Box<Picture>),
    /// A photograph, a scan, anything else.
    Foreign(Pixels),
}

impl Origin {
    /// Reads a PNG of Strata, or any PNG, JPEG or WebP.
    ///
    /// # Errors
    /// When it cannot be read, or is a damaged PNG of ours.
    pub fn read(path: &Path) -> Result<Self, Explained> {
        match is_png(path)?.then(|| picture::read_png(path)) {
            Some(Ok(document)) => Ok(Self::Strata(Box::new(document.into_picture()))),
            None | Some(Err(Error::NoRecipe { .. })) => Ok(Self::Foreign(Pixels::read(path)?)),
            Some(Err(error)) => Err(error.into()),
        }
    }
}

/// The name of a file without its folder, as a lineage tells it.
pub fn file_name(path: &Path) -> Option<String> {
    let name = path.file_name()?;
    Some(name.to_string_lossy().into_owned())
}

/// Where codes come from that are kept of a picture of Strata's, whose file is at `path` if it has one.
///
/// # Errors
/// As [`strata_engine::Recipe::digest`].
pub fn of_picture(picture: &Picture, path: Option<&Path>) -> Result<Lineage, Error> {
    Ok(Lineage::Picture {
        recipe: picture.recipe.digest()?,
        file: path.and_then(file_name),
    })
}

/// Whether codes lie on a model's grid and come from a codebook of its size.
pub fn fits(codes: &Codes, card: &ModelCard) -> bool {
    let own = (card.grid, card.depth, card.codebook);
    ([codes.rows, codes.columns], codes.depth, codes.codebook) == own
}

fn is_png(path: &Path) -> Result<bool, Explained> {
    let fail = |error| Explained::file("open", path, &error);
    let mut first = Vec::new();
    let file = File::open(path).map_err(fail)?;
    file.take(PNG.len() as u64)
        .read_to_end(&mut first)
        .map_err(fail)?;
    Ok(first == PNG)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_picture_from_elsewhere_has_pixels_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("photo.png");
        let pixels = Pixels {
            width: 2,
            height: 1,
            rgb: vec![1, 2, 3, 4, 5, 6],
        };
        pixels.write_png(&path).unwrap();
        assert_eq!(Origin::read(&path), Ok(Origin::Foreign(pixels)));
        let none = Origin::read(&folder.path().join("none.png")).unwrap_err();
        assert!(none.sentence.contains("none.png"), "{none:?}");
    }
}
