//! `--start`: what the pictures keep of another picture.
//!
//! A PNG of Strata brings its codes; any other picture is encoded first, as `strata reconstruct` does.

use std::path::{Path, PathBuf};

use strata_engine::{Codes, Lineage, ModelCard, Picture, Start, Subject};

use super::super::{
    Result,
    output::warn,
    studio::{Questions, Worker},
};
use crate::{
    explain::Explained,
    origin::{self, Origin},
};

/// Its arguments.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Keep {
    /// Begin with the codes of this picture and sample the rest: a PNG of Strata, or any PNG, JPEG or
    /// WebP, which is encoded first. With a PNG of Strata, its model and class are the defaults.
    #[arg(long, value_name = "FILE")]
    start: Option<PathBuf>,
    /// With --start: keep the first N positions whole, in raster order.
    #[arg(long, value_name = "N", requires = "start")]
    keep_positions: Option<usize>,
    /// With --start: keep the first R rows of positions whole.
    #[arg(
        long,
        value_name = "R",
        requires = "start",
        conflicts_with = "keep_positions"
    )]
    keep_rows: Option<usize>,
    /// With --start: keep the first K codes of all other positions, and sample their finer ones anew.
    #[arg(long, value_name = "K", requires = "start")]
    keep_depths: Option<usize>,
}

/// The picture to begin with.
pub struct Parent<'a> {
    keep: &'a Keep,
    path: &'a Path,
    origin: Origin,
}

impl Keep {
    /// The picture to begin with, if there is one.
    ///
    /// # Errors
    /// When it cannot be read, or it is not said what to keep of it.
    pub fn read(&self) -> Result<Option<Parent<'_>>> {
        let Some(path) = self.start.as_deref() else {
            return Ok(None);
        };
        let said = [self.keep_positions, self.keep_rows, self.keep_depths];
        if said.iter().all(Option::is_none) {
            return Err(Explained::new(
                format!("nothing says what to keep of {}", path.display()),
                "Add --keep-rows, --keep-positions or --keep-depths with a number.",
            ));
        }
        Ok(Some(Parent {
            keep: self,
            path,
            origin: Origin::read(path)?,
        }))
    }
}

impl Parent<'_> {
    /// The model that made it, if Strata did.
    pub fn model(&self) -> Option<&str> {
        match &self.origin {
            Origin::Strata(picture) => Some(&picture.recipe.model),
            Origin::Foreign(_) => None,
        }
    }

    /// The class it shows, if Strata made it of one.
    pub fn class(&self) -> Option<u32> {
        match &self.origin {
            Origin::Strata(picture) => match picture.recipe.subject {
                Subject::Class(class) => Some(class),
                Subject::Page => None,
            },
            Origin::Foreign(_) => None,
        }
    }

    /// What the pictures of the model behind `card` keep. `engine` gives the engine that encodes.
    ///
    /// # Errors
    /// When its codes are no codes of this model, or what is to be kept is not there or leaves nothing.
    pub fn start<'e>(
        self,
        card: &ModelCard,
        engine: impl FnOnce() -> Result<&'e dyn Worker>,
    ) -> Result<Start> {
        let (codes, from) = match self.origin {
            Origin::Strata(picture) => {
                check(self.path, &picture, card)?;
                let from = origin::of_picture(&picture, Some(self.path))?;
                (picture.codes, from)
            }
            Origin::Foreign(pixels) => {
                let [width, height] = card.size;
                let pixels = pixels.fit(width, height)?;
                let codes = Questions::new(engine()?).encode(&card.id, pixels)?;
                let file = origin::file_name(self.path).unwrap_or_default();
                (codes, Lineage::Photograph { file })
            }
        };
        let rows = self.keep.keep_rows.unwrap_or(0);
        let positions = self.keep.keep_positions;
        let positions = positions.unwrap_or_else(|| rows.saturating_mul(codes.columns));
        let depths = self.keep.keep_depths.unwrap_or(0);
        Ok(Start::new(codes, positions, depths, from)?)
    }
}

/// Codes mean something only to the tokenizer that made them.
fn check(path: &Path, picture: &Picture, card: &ModelCard) -> Result<()> {
    let Codes {
        rows,
        columns,
        depth,
        codebook,
        ..
    } = picture.codes;
    let [own_rows, own_columns] = card.grid;
    if !origin::fits(&picture.codes, card) {
        return Err(Explained::new(
            format!(
                "{} has {rows}x{columns}x{depth} codes of {codebook}, but model {} makes \
                 {own_rows}x{own_columns}x{} of {}",
                path.display(),
                card.id,
                card.depth,
                card.codebook
            ),
            format!(
                "Leave --model out to go on with model {}.",
                picture.recipe.model
            ),
        ));
    }
    if picture.recipe.model != card.id {
        warn(&Explained::new(
            format!(
                "{} was made with model {}, whose codes may mean something else to {}",
                path.display(),
                picture.recipe.model,
                card.id
            ),
            "Leave --model out to go on with the model that made it.",
        ));
    }
    Ok(())
}
