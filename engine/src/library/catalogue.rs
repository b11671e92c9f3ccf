//! The catalogue of published models: what is to be had, where it lies, and which settings it was published
//! with.
//!
//! Only what is known without a network is here. Fetching is done by [`install`](super::install), which also
//! asks the hub for what a catalogue cannot promise: names, sizes and hashes of files.

use std::path::Path;

use serde::Deserialize;

use super::{CodeSizes, Footprint, ImageSize, MANIFEST_LIMIT, Manifest, Mode, ModelCard, manifest};
use crate::{
    error::{Error, Result},
    family::Family,
};

/// What errors call the file.
const FORMAT: &str = "catalogue";

/// Published models.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    #[serde(default, rename = "tokenizer")]
    tokenizers: Vec<Tokenizer>,
    #[serde(default, rename = "transformer")]
    transformers: Vec<Transformer>,
}

/// Where the files of an entry lie.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Published {
    /// The entry's id, which names its folder once it is installed.
    pub id: String,
    /// For people.
    pub name: String,
    /// One sentence.
    pub summary: String,
    /// The name of its model family, which another version may know.
    pub family: String,
    /// `owner/name` on the hub.
    pub repository: String,
    /// The folder there; empty for the top.
    pub folder: String,
    /// The file of weights in it. Without it the folder is asked for, and holds one.
    pub file: Option<String>,
    /// The published score: its name, a space, its value.
    pub score: Option<String>,
    /// Parameters.
    pub parameters: Option<u64>,
    /// What there is about to fetch, in bytes.
    pub bytes: Option<u64>,
    /// The licence of the weights, in the publishers' words.
    pub licence: String,
}

impl Published {
    /// Its family, if this version knows it and so can run it.
    pub fn family(&self) -> Option<&'static Family> {
        Family::named(&self.family)
    }

    /// The page of the hub that it lies on.
    pub fn page(&self) -> String {
        let slash = if self.folder.is_empty() { "" } else { "/" };
        let (hub, repository) = (super::hub::ENDPOINT, &self.repository);
        format!("{hub}/{repository}/tree/main{slash}{}", self.folder)
    }
}

/// A published tokenizer.
#[derive(Clone, Debug, Deserialize)]
pub struct Tokenizer {
    /// What it has in common with a transformer.
    #[serde(flatten)]
    pub published: Published,
    /// Width and height of its pictures in pixels.
    pub image: ImageSize,
    /// Its codes.
    pub codes: CodeSizes,
}

/// A published transformer.
#[derive(Clone, Debug, Deserialize)]
pub struct Transformer {
    /// What it has in common with a tokenizer.
    #[serde(flatten)]
    pub published: Published,
    /// "class" or "text", as in a manifest.
    kind: String,
    /// The id of its tokenizer.
    pub tokenizer: String,
    /// `[transformer]` of its manifest.
    shape: toml::Table,
    /// `[sampling]` of its manifest.
    sampling: toml::Table,
}

impl Transformer {
    /// What it makes.
    pub fn mode(&self) -> Mode {
        match self.kind.as_str() {
            "class" => Mode::Classes,
            _ => Mode::Documents,
        }
    }

    /// The card of the model that it makes with `tokenizer`, as far as it is known before anything is fetched.
    ///
    /// # Errors
    /// [`Error::Malformed`] when what it says makes no model; `path` names the catalogue.
    fn card(&self, tokenizer: &Tokenizer, family: &Family, path: &Path) -> Result<ModelCard> {
        let text = self.manifest(tokenizer, &manifest::Files::of(family.tokenizer));
        Manifest::parse(&text, path).and_then(|manifest| manifest.card(path, None))
    }

    /// Its sizes, where they are what a manifest says.
    pub(super) fn sizes(&self) -> Option<manifest::TransformerSizes> {
        self.shape.clone().try_into().ok()
    }

    /// `[sampling]` of its manifest.
    pub(super) fn sampling(&self) -> &toml::Table {
        &self.sampling
    }

    /// The `model.toml` of the model that it makes with `tokenizer` and these files.
    pub(super) fn manifest(&self, tokenizer: &Tokenizer, files: &manifest::Files) -> String {
        let published = &self.published;
        let manifest = manifest::Written {
            name: &published.name,
            id: &published.id,
            version: 1,
            family: &published.family,
            kind: &self.kind,
            summary: &published.summary,
            licence: &published.licence,
            source: published.page(),
            attribution: format!(
                "Weights published in {} on the Hugging Face hub.",
                published.repository
            ),
            image: tokenizer.image,
            codes: tokenizer.codes,
            transformer: &self.shape,
            sampling: &self.sampling,
            files,
        };
        manifest.text()
    }
}

/// An entry of the catalogue.
#[derive(Clone, Copy, Debug)]
pub enum Entry<'a> {
    /// A transformer with its tokenizer: a whole model.
    Model(&'a Transformer, &'a Tokenizer),
    /// A tokenizer alone.
    Tokenizer(&'a Tokenizer),
}

impl<'a> Entry<'a> {
    /// What every entry has.
    pub fn published(&self) -> &'a Published {
        match self {
            Self::Model(transformer, _) => &transformer.published,
            Self::Tokenizer(tokenizer) => &tokenizer.published,
        }
    }

    /// The tokenizer.
    pub fn tokenizer(&self) -> &'a Tokenizer {
        match self {
            Self::Model(_, tokenizer) | Self::Tokenizer(tokenizer) => tokenizer,
        }
    }

    /// About what there is to fetch, in bytes, its tokenizer's too.
    pub fn bytes(&self) -> Option<u64> {
        let own = self.published().bytes?;
        match self {
            Self::Model(_, tokenizer) => Some(own + tokenizer.published.bytes.unwrap_or(0)),
            Self::Tokenizer(_) => Some(own),
        }
    }

    /// The memory that the model will take, but for the work of its decoder; `None` for a tokenizer alone, and
    /// for a family that this version does not know.
    pub fn footprint(&self) -> Option<Footprint> {
        let Self::Model(transformer, tokenizer) = self else {
            return None;
        };
        let family = transformer.published.family()?;
        let card = transformer
            .card(tokenizer, family, Path::new(FORMAT))
            .ok()?;
        let decoder = tokenizer.published.bytes.unwrap_or(0);
        Some(Footprint {
            weights: card.footprint.weights + decoder,
            ..card.footprint
        })
    }
}

impl Catalogue {
    /// Reads a catalogue; `path` names it in errors. Its entries are complete, but a transformer's tokenizer
    /// may be in the catalogue that this one extends: see [`Self::extended`].
    ///
    /// # Errors
    /// [`Error::Malformed`] with the place and what was expected there.
    pub fn parse(text: &str, path: &Path) -> Result<Self> {
        let malformed = |reason: String| Error::malformed(FORMAT, path, reason);
        if text.len() > MANIFEST_LIMIT {
            let reason = format!("it is longer than the {MANIFEST_LIMIT} bytes that are read");
            return Err(Error::refused(path, reason));
        }
        let catalogue: Self = toml::from_str(text).map_err(|error| malformed(error.to_string()))?;
        for published in catalogue.published() {
            if let Some(reason) = fault(published) {
                return Err(malformed(format!("{}: {reason}", published.id)));
            }
        }
        Ok(catalogue)
    }

    /// This catalogue with the entries of another, which replace those of the same id.
    ///
    /// # Errors
    /// [`Error::Malformed`] when a transformer's tokenizer is in neither, or what it says makes no model;
    /// `path` is where the other came from.
    pub fn extended(mut self, other: Self, path: &Path) -> Result<Self> {
        for tokenizer in other.tokenizers {
            self.tokenizers
                .retain(|old| old.published.id != tokenizer.published.id);
            self.tokenizers.push(tokenizer);
        }
        for transformer in other.transformers {
            self.transformers
                .retain(|old| old.published.id != transformer.published.id);
            self.transformers.push(transformer);
        }
        self.check(path)?;
        Ok(self)
    }

    /// Insists that every transformer makes a model.
    fn check(&self, path: &Path) -> Result<()> {
        for transformer in &self.transformers {
            let Published { id, .. } = &transformer.published;
            let malformed =
                |reason: String| Error::malformed(FORMAT, path, format!("{id}: {reason}"));
            let Some(tokenizer) = self.tokenizer(&transformer.tokenizer) else {
                let name = &transformer.tokenizer;
                return Err(malformed(format!("there is no tokenizer {name:?}")));
            };
            if let Some(family) = transformer.published.family() {
                transformer
                    .card(tokenizer, family, path)
                    .map_err(|error| malformed(error.to_string()))?;
            }
        }
        Ok(())
    }

    fn tokenizer(&self, id: &str) -> Option<&Tokenizer> {
        let mut tokenizers = self.tokenizers.iter();
        tokenizers.find(|tokenizer| tokenizer.published.id == id)
    }

    fn published(&self) -> impl Iterator<Item = &Published> {
        let tokenizers = self.tokenizers.iter().map(|entry| &entry.published);
        tokenizers.chain(self.transformers.iter().map(|entry| &entry.published))
    }

    /// Every entry, models first, in the order of the file.
    pub fn entries(&self) -> Vec<Entry<'_>> {
        let models = self.transformers.iter().filter_map(|transformer| {
            let tokenizer = self.tokenizer(&transformer.tokenizer)?;
            Some(Entry::Model(transformer, tokenizer))
        });
        models
            .chain(self.tokenizers.iter().map(Entry::Tokenizer))
            .collect()
    }

    /// The entry of this id.
    ///
    /// # Errors
    /// [`Error::NotPublished`] with the ids that there are.
    pub fn entry(&self, id: &str) -> Result<Entry<'_>> {
        let entries = self.entries();
        let named = entries.iter().find(|entry| entry.published().id == id);
        named.copied().ok_or_else(|| Error::NotPublished {
            id: id.to_owned(),
            known: entries
                .iter()
                .map(|entry| entry.published().id.clone())
                .collect(),
        })
    }
}

/// What is wrong with an entry: it decides which folders are written and which addresses asked.
fn fault(published: &Published) -> Option<&'static str> {
    let is_word = |text: &str| manifest::is_word(text) && !text.starts_with('.');
    let Published {
        id,
        name,
        summary,
        family,
        repository,
        folder,
        file,
        score,
        licence,
        ..
    } = published;
    let texts = [name, summary, family, folder, licence];
    let mut texts = texts.into_iter().chain(file).chain(score);
    if !texts.all(|text| manifest::is_shown(text)) {
        return Some("it holds control characters where text should be that can be shown");
    }
    if !is_word(id) {
        return Some("its id is no word of letters, digits, '-', '_' and '.'");
    }
    let owner_and_name = repository.split_once('/');
    if !owner_and_name.is_some_and(|(owner, name)| is_word(owner) && is_word(name)) {
        return Some("its repository is not of the form owner/name");
    }
    let in_folder = |file: &String| !file.is_empty() && !file.contains(['/', '\\']);
    if !file.as_ref().is_none_or(in_folder) {
        return Some("its file is not the name of a file");
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn texts_that_move_the_cursor_are_refused() {
        let text = include_str!("../../../tests/fuzz/seeds/library/catalogue");
        let parsed = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            Catalogue::parse(&text.replacen(from, to, 1), Path::new("c"))
        };
        assert!(parsed("rFID", "gFID").is_ok());
        for from in ["rFID", "2d_tokenzier", "none stated", "Turns", "ImageNet"] {
            let error = parsed(from, "\\u001b[2J").unwrap_err().to_string();
            assert!(error.contains("control characters"), "{error}");
        }
        let long = parsed("rFID", &"a".repeat(MANIFEST_LIMIT));
        assert!(matches!(long, Err(Error::Refused { .. })));
    }
}
