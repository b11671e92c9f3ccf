//! Where models live, and what their manifests say.

use std::{path::PathBuf, sync::Arc};

use serde::Deserialize;

use crate::{
    error::Result,
    recipe::{Guidance, Sampling},
};

/// What a model makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, serde::Serialize)]
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
    /// What it makes.
    pub mode: Mode,
    /// One sentence.
    pub summary: String,
    /// SPDX expression or the words of the card.
    pub licence: String,
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
    /// The folder it lives in; `None` when it ships inside the program.
    pub folder: Option<PathBuf>,
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

impl Library {
    /// A library of the models in the program and of every folder below `folders` with a `model.toml`.
    /// A model in a folder goes before a shipped one of the same id.
    pub fn new(shipped: Vec<&'static [ShippedFile]>, folders: Vec<PathBuf>) -> Self {
        Self { shipped, folders }
    }

    /// The cards of all models that can be read, sorted by id, and one error for each that cannot.
    pub fn cards(&self) -> (Vec<Arc<ModelCard>>, Vec<crate::Error>) {
        let _ = (&self.shipped, &self.folders);
        (Vec::new(), Vec::new())
    }

    /// The card of one model.
    ///
    /// # Errors
    /// [`crate::Error::UnknownModel`] with the ids that are installed, or why its manifest cannot be read.
    pub fn card(&self, id: &str) -> Result<Arc<ModelCard>> {
        Err(crate::Error::UnknownModel {
            id: id.into(),
            installed: Vec::new(),
        })
    }
}
