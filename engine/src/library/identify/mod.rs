//! What files from anywhere are: told by names and shapes of their tensors, never by their own names where these tell.
//!
//! | module | what lives there |
//! |---|---|
//! | `gather` | dropped paths to files |
//! | `facts` | one file: what its names and shapes tell |
//! | `pair` | which tokenizers belong to a transformer, also among the installed |
//! | `question` | what only a person can tell, with what may be answered |
//! | `resolve` | a proposal with its answers, to the sizes of a model |
//!
//! Nothing is written here and no weights are read; [`import`](super::import) makes the model.

mod facts;
mod gather;
mod pair;
mod question;
mod resolve;

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use super::{Library, Mode, catalogue::Catalogue, hub::Cancel};
use crate::error::{Error, Result};

pub use facts::{Config, Tokenizer, Transformer};
pub use pair::{Candidate, Origin};
pub use question::{About, Answers, Choice, Question, Value};

pub(super) use resolve::{Resolved, resolve};

/// What dropped paths are, and which models they make.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Identified {
    /// The files that were understood.
    pub parts: Vec<Part>,
    /// The models that they make, one for each transformer.
    pub models: Vec<Proposal>,
    /// Folders that are models already: they are copied as they are.
    pub folders: Vec<PathBuf>,
    /// What could not be read, and why.
    pub refused: Vec<Refused>,
    /// What is missing before anything here is a model; what a model lacks stands with it.
    pub missing: Vec<Missing>,
}

/// A file that was understood.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// The file.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: u64,
    /// What it is.
    #[serde(flatten)]
    pub what: What,
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A transformer's weights.
    Transformer(Transformer),
    /// A tokenizer's weights.
    Tokenizer(Tokenizer),
    /// A tokenizer's configuration.
    Config(Config),
}

/// A file that could not be read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refused {
    /// The file or folder.
    pub path: PathBuf,
    /// Why not.
    #[serde(serialize_with = "in_words")]
    pub error: Error,
}

/// A transformer with what belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Proposal {
    /// The transformer: which of the parts.
    pub transformer: usize,
    /// What it makes, as far as its table of classes tells.
    pub mode: Mode,
    /// The tokenizers that fit it, the likeliest first.
    pub tokenizers: Vec<Candidate>,
    /// What is missing before it is a model. Empty: it can be imported once the questions are answered.
    pub missing: Vec<Missing>,
    /// What only a person can tell. A question with a default need not be answered.
    pub questions: Vec<Question>,
    /// The entries of the catalogue that have its sizes. They lend names and settings, not their licence: equal sizes
    /// do not make equal weights.
    pub published: Vec<String>,
    /// A name for the model, to be changed at will.
    pub name: String,
    /// An id that no installed model has.
    pub id: String,
}

/// Something that is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// A transformer: there are only tokenizers.
    Transformer,
    /// A tokenizer for a transformer.
    Tokenizer {
        /// Of which family.
        family: &'static str,
        /// Codes a position.
        depth: usize,
        /// Codes in the codebook.
        codebook: usize,
        /// Entries of the catalogue that are such tokenizers.
        published: Vec<String>,
    },
    /// The `config.yaml` that was published with a tokenizer.
    Config {
        /// The tokenizer's weights: it lies beside them where they were published.
        tokenizer: PathBuf,
    },
}

impl Identified {
    /// The transformer of one of the models.
    pub fn transformer(&self, model: &Proposal) -> Option<(&Part, &Transformer)> {
        let part = self.parts.get(model.transformer)?;
        match &part.what {
            What::Transformer(transformer) => Some((part, transformer)),
            _ => None,
        }
    }
}

/// Says what the files at `paths` are. Folders are looked into, one level deep.
///
/// What cannot be read is no error, but among [`Identified::refused`].
///
/// # Errors
/// [`Error::Cancelled`].
pub fn identify(
    paths: &[PathBuf],
    library: &Library,
    catalogue: &Catalogue,
    cancel: &Cancel,
) -> Result<Identified> {
    let mut found = Identified::default();
    gather::gather(paths, &mut found, cancel)?;
    let configs = found.parts.iter().filter_map(|part| match &part.what {
        What::Config(config) => Some((part.path.clone(), config.sizes.clone())),
        _ => None,
    });
    let configs: Vec<_> = configs.collect();
    for part in &mut found.parts {
        if let What::Tokenizer(tokenizer) = &mut part.what {
            tokenizer.find_config(&part.path, &configs);
        }
    }
    let installed = pair::installed(library);
    let (cards, _) = library.cards();
    let taken: Vec<&str> = cards.iter().map(|card| card.id.as_str()).collect();
    found.models = pair::proposals(&found.parts, &installed, &taken, catalogue);
    if found.models.is_empty() && found.folders.is_empty() {
        found.missing = pair::missing(&found.parts);
    }
    Ok(found)
}

/// An error as people read it.
fn in_words<S: Serializer>(error: &Error, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(error)
}

/// The ending of a file's name, in lower case.
fn ending(path: &Path) -> String {
    let ending = path.extension().unwrap_or_default();
    ending.to_string_lossy().to_ascii_lowercase()
}
