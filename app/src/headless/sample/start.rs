//! `--start`: what the pictures keep of another picture.
//!
//! A PNG of Strata brings its codes; any other picture is encoded first, as `strata reconstruct` does.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use strata_engine::{
    Codes, Error, Lineage, ModelCard, Pixels, Start, Subject,
    picture::{self, Header},
};

use super::super::{
    Result,
    output::warn,
    studio::{Questions, Worker},
};
use crate::explain::Explained;

/// The first bytes of every PNG.
const PNG: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

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
    content: Content,
}

enum Content {
    Strata(Box<Header>),
    Foreign(Pixels),
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
        let content = match is_png(path)?.then(|| picture::read_header(path)) {
            Some(Ok(header)) => Content::Strata(Box::new(header)),
            None | Some(Err(Error::NoRecipe { .. })) => Content::Foreign(Pixels::read(path)?),
            Some(Err(error)) => return Err(error.into()),
        };
        Ok(Some(Parent {
            keep: self,
            path,
            content,
        }))
    }
}

fn is_png(path: &Path) -> Result<bool> {
    let fail = |error| Explained::file("open", path, &error);
    let mut first = Vec::new();
    let file = File::open(path).map_err(fail)?;
    file.take(PNG.len() as u64)
        .read_to_end(&mut first)
        .map_err(fail)?;
    Ok(first == PNG)
}

impl Parent<'_> {
    /// The model that made it, if Strata did.
    pub fn model(&self) -> Option<&str> {
        match &self.content {
            Content::Strata(header) => Some(&header.recipe.model),
            Content::Foreign(_) => None,
        }
    }

    /// The class it shows, if Strata made it of one.
    pub fn class(&self) -> Option<u32> {
        match &self.content {
            Content::Strata(header) => match header.recipe.subject {
                Subject::Class(class) => Some(class),
                Subject::Page => None,
            },
            Content::Foreign(_) => None,
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
        let name = self.path.file_name().map(|name| name.to_string_lossy());
        let file = name.map(|name| name.into_owned());
        let (codes, from) = match self.content {
            Content::Strata(header) => {
                check(self.path, &header, card)?;
                let recipe = header.recipe.digest()?;
                (header.codes, Lineage::Picture { recipe, file })
            }
            Content::Foreign(pixels) => {
                let [width, height] = card.size;
                let pixels = pixels.fit(width, height)?;
                let codes = Questions::new(engine()?).encode(&card.id, pixels)?;
                let file = file.unwrap_or_default();
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
fn check(path: &Path, header: &Header, card: &ModelCard) -> Result<()> {
    let Codes {
        rows,
        columns,
        depth,
        codebook,
        ..
    } = header.codes;
    let [own_rows, own_columns] = card.grid;
    if ([rows, columns], depth, codebook) != (card.grid, card.depth, card.codebook) {
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
                header.recipe.model
            ),
        ));
    }
    if header.recipe.model != card.id {
        warn(&Explained::new(
            format!(
                "{} was made with model {}, whose codes may mean something else to {}",
                path.display(),
                header.recipe.model,
                card.id
            ),
            "Leave --model out to go on with the model that made it.",
        ));
    }
    Ok(())
}
