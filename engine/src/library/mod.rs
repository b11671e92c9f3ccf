//! Where models live, and what their manifests say.
//!
//! A model is a folder with a `model.toml`. The starter models are such folders too, carried inside the
//! program, so that it works wherever its file is moved.

pub mod catalogue;
pub mod convert;
pub mod download;
mod footprint;
pub mod hub;
pub mod identify;
pub mod import;
pub mod install;
mod inventory;
mod made;
mod manifest;
mod precision;
mod preset;
pub mod remove;
mod steps;
pub mod verify;
mod workplace;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

pub use footprint::Footprint;
pub(crate) use footprint::{usual_format, usual_on_card};
pub use made::{MADE, Made};
pub use manifest::{CodeSizes, Files, ImageSize, Manifest};
pub use precision::Precision;
pub use preset::{CardPreset, PresetKind};

use crate::{
    checkpoint::{RqVaeConfig, Source, StateDict},
    error::{Error, Result},
    recipe::{Guidance, Sampling},
    tokenizer::{Layout, vq},
};

/// The file that makes a folder a model.
pub const MANIFEST: &str = "model.toml";
/// No manifest and no catalogue is longer, in bytes. Reading one takes up to a hundred times as much memory.
const MANIFEST_LIMIT: usize = 256 << 10;

/// What a model makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Pictures of classes.
    Classes,
    /// Pages of text or documents, unconditional.
    Documents,
}

/// What is known of an installed model without loading its weights.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelCard {
    /// Unique in the library: the manifest's id.
    pub id: String,
    /// For people.
    pub name: String,
    /// The name of its model family, as in a manifest.
    pub family: &'static str,
    /// What it makes.
    pub mode: Mode,
    /// One sentence.
    pub summary: String,
    /// SPDX expression or the words of the card.
    pub licence: String,
    /// Where it comes from.
    pub source: String,
    /// Credits to show.
    pub attribution: String,
    /// Rows and columns of the grid of positions.
    pub grid: [usize; 2],
    /// Codes a position.
    pub depth: usize,
    /// Codes in the codebook.
    pub codebook: usize,
    /// Width and height of a picture in pixels.
    pub size: [usize; 2],
    /// Classes that the model was trained on, ascending; empty for documents.
    pub classes: Vec<u32>,
    /// Whether guidance is possible (the class table has an unconditional row).
    pub guidable: bool,
    /// Recommended guidance.
    pub guidance: Guidance,
    /// Recommended sampling.
    pub sampling: Sampling,
    /// Settings it gives beside those, under a name.
    pub presets: Vec<CardPreset>,
    /// How much memory it takes.
    pub footprint: Footprint,
    /// What its transformer's matrices are kept in; `None` where neither the manifest nor a file's header says so.
    pub precision: Option<Precision>,
    /// Bytes of all its files, those that were prepared or converted from too.
    pub bytes: u64,
    /// Bytes of the files among them that it was converted from: see [`remove::originals`].
    pub originals: u64,
    /// The folder it lives in; `None` when it ships inside the program.
    pub folder: Option<PathBuf>,
}

impl ModelCard {
    /// Positions of the grid, the steps of a picture.
    pub fn positions(&self) -> usize {
        self.grid[0] * self.grid[1]
    }
}

/// A file of a model that ships inside the program.
#[derive(Clone, Copy, Debug)]
pub struct ShippedFile {
    /// Its name within the model's folder.
    pub name: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

/// The installed models: those inside the program and those in folders.
#[derive(Clone, Debug, Default)]
pub struct Library {
    shipped: Vec<&'static [ShippedFile]>,
    folders: Vec<PathBuf>,
}

/// Where one model's files are.
#[derive(Clone, Debug)]
pub enum Home {
    /// A folder.
    Folder(PathBuf),
    /// Inside the program.
    Shipped(&'static [ShippedFile]),
}

impl Home {
    /// The file `name` of this model.
    pub fn file(&self, name: &str) -> Source {
        match self {
            Self::Folder(folder) => Source::File(folder.join(name)),
            Self::Shipped(files) => Source::Shipped {
                path: Path::new("(inside the program)").join(name),
                bytes: files
                    .iter()
                    .find(|file| file.name == name)
                    .map_or(&[], |file| file.bytes),
            },
        }
    }

    /// Reads the manifest.
    ///
    /// # Errors
    /// When it cannot be read or is malformed.
    pub fn manifest(&self) -> Result<Manifest> {
        let source = self.file(MANIFEST);
        Manifest::parse(
            &source.read_text("model.toml", MANIFEST_LIMIT)?,
            source.path(),
        )
    }

    /// The tokenizer's sizes: from its configuration, and only where there is none from its checkpoint.
    ///
    /// # Errors
    /// When the one that is asked cannot be read, or tells no sizes that a tokenizer can have.
    pub fn layout(&self, manifest: &Manifest) -> Result<Layout> {
        match manifest.tokenizer_config() {
            Some(config) => Ok(Layout::from(&RqVaeConfig::from_source(&self.file(config))?)),
            None => {
                let state = StateDict::open(&self.file(&manifest.files.tokenizer))?;
                vq::layout(&state, manifest.grid())
            }
        }
    }

    /// Bytes of all files.
    fn bytes(&self) -> u64 {
        match self {
            Self::Folder(folder) => remove::size(folder),
            Self::Shipped(files) => files.iter().map(|file| file.bytes.len() as u64).sum(),
        }
    }

    fn card(&self) -> Result<ModelCard> {
        let folder = match self {
            Self::Folder(folder) => Some(folder.as_path()),
            Self::Shipped(_) => None,
        };
        let manifest = self.manifest()?;
        let mut card = manifest.card(self.file(MANIFEST).path(), folder)?;
        // A tokenizer that cannot be read is an error when it is loaded, not when it is listed.
        let bytes = self.file(&manifest.files.tokenizer).bytes();
        if let (Ok(layout), Ok(bytes)) = (self.layout(&manifest), bytes) {
            card.footprint = card.footprint.with_tokenizer(&layout, bytes.len() as u64);
        }
        card.bytes = self.bytes();
        if card.precision.is_none() {
            card.precision = Precision::at_a_glance(&self.file(&manifest.files.transformer));
        }
        if let Self::Folder(folder) = self {
            card.originals = remove::originals_of(folder, &manifest);
        }
        Ok(card)
    }
}

impl Library {
    /// A library of the models in the program and of every folder directly below `folders` that has a
    /// `model.toml`. Where two have the same id, the one in the earlier folder counts, and a folder
    /// goes before the program.
    pub fn new(shipped: Vec<&'static [ShippedFile]>, folders: Vec<PathBuf>) -> Self {
        Self { shipped, folders }
    }

    /// The cards of all models that can be read, sorted by id, and one error for each that cannot.
    pub fn cards(&self) -> (Vec<Arc<ModelCard>>, Vec<Error>) {
        let mut cards: Vec<Arc<ModelCard>> = Vec::new();
        let mut errors = Vec::new();
        for home in self.homes() {
            match home.card() {
                Ok(card) if cards.iter().any(|other| other.id == card.id) => {}
                Ok(card) => cards.push(Arc::new(card)),
                Err(error) => errors.push(error),
            }
        }
        cards.sort_by(|a, b| a.id.cmp(&b.id));
        (cards, errors)
    }

    /// The card of one model.
    ///
    /// # Errors
    /// [`Error::UnknownModel`] with the ids that are installed.
    pub fn card(&self, id: &str) -> Result<Arc<ModelCard>> {
        self.find(id).map(|(_, card)| Arc::new(card))
    }

    /// Where one model's files are, and its card.
    ///
    /// # Errors
    /// [`Error::UnknownModel`] with the ids that are installed.
    pub fn find(&self, id: &str) -> Result<(Home, ModelCard)> {
        for home in self.homes() {
            if home.manifest().is_ok_and(|manifest| manifest.id() == id) {
                let card = home.card()?;
                return Ok((home, card));
            }
        }
        Err(self.unknown(id))
    }

    /// Where one model's files are, though its manifest may be broken: its folder is then known by its name.
    ///
    /// # Errors
    /// [`Error::UnknownModel`] with the ids that are installed.
    pub fn home(&self, id: &str) -> Result<Home> {
        let homes = self.homes();
        let is_it = |home: &&Home| home.manifest().is_ok_and(|manifest| manifest.id() == id);
        let named = |home: &&Home| matches!(home, Home::Folder(folder) if folder.file_name().is_some_and(|name| name == id));
        let found = homes.iter().find(is_it).or(homes.iter().find(named));
        found.cloned().ok_or_else(|| self.unknown(id))
    }

    fn unknown(&self, id: &str) -> Error {
        Error::UnknownModel {
            id: id.to_owned(),
            installed: self.cards().0.iter().map(|card| card.id.clone()).collect(),
        }
    }

    /// Folders first, each in the order of names, then the program.
    fn homes(&self) -> Vec<Home> {
        let mut homes = Vec::new();
        for folder in &self.folders {
            let Ok(entries) = std::fs::read_dir(folder) else {
                continue;
            };
            let mut models: Vec<PathBuf> = entries
                .filter_map(|entry| entry.ok().map(|entry| entry.path()))
                .filter(|path| path.join(MANIFEST).is_file() && !workplace::is_one(path))
                .collect();
            models.sort();
            homes.extend(models.into_iter().map(Home::Folder));
        }
        homes.extend(self.shipped.iter().copied().map(Home::Shipped));
        homes
    }
}
