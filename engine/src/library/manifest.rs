//! `model.toml`: the manifest of a model folder, and the checks that its parts belong together.

use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{
    checkpoint::Source,
    error::{Error, Result},
    family::{FAMILIES, Family, TokenizerSizes, dnd},
    library::{
        Footprint, MANIFEST, MANIFEST_LIMIT, Mode, ModelCard, Precision, preset::Recommended,
    },
    picture::{MAX_SIDE, atomic},
    tokenizer::Layout,
};

/// The manifest as it is written.
#[derive(Clone, Debug, Deserialize)]
pub struct Manifest {
    name: String,
    id: String,
    #[serde(deserialize_with = "family")]
    family: &'static Family,
    kind: Kind,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    licence: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    attribution: String,
    image: ImageSize,
    codes: CodeSizes,
    transformer: TransformerSizes,
    #[serde(default)]
    sampling: Recommended,
    #[serde(default)]
    classes: Known,
    /// The files of the model, relative to its folder.
    pub files: Files,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[serde(alias = "classes")]
    Class,
    #[serde(alias = "document", alias = "documents")]
    Text,
}

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageSize {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
}

/// The codes of a tokenizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeSizes {
    /// Rows and columns.
    pub grid: [usize; 2],
    /// Codes a position.
    pub depth: usize,
    /// Different codes.
    pub codebook: usize,
}

/// `[transformer]`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct TransformerSizes {
    /// A published size; the three numbers below are then not needed.
    #[serde(default)]
    pub preset: Option<String>,
    pub layers: Option<usize>,
    pub heads: Option<usize>,
    pub width: Option<usize>,
    /// Not needed where a position has one code: its head is then after the last layer.
    pub head_positions: Option<Vec<usize>>,
    pub classes: usize,
    #[serde(default)]
    pub class_dropout_prob: f32,
    #[serde(default)]
    pub share_prediction_heads: bool,
}

impl TransformerSizes {
    /// Rows of the table of classes.
    pub fn class_rows(&self) -> usize {
        self.classes
            .saturating_add(usize::from(self.class_dropout_prob > 0.0))
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Known {
    /// Trained classes; all of them when absent.
    ids: Option<Vec<u32>>,
}

/// The files of a model, relative to its folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// The transformer's state dict.
    pub transformer: String,
    /// The tokenizer's state dict.
    pub tokenizer: String,
    /// The tokenizer's configuration, where the family's tokenizers have one.
    pub config: Option<String>,
    /// What the transformer's matrices are kept in, where it is said: listing a model opens no checkpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// Files that those above were converted from. They are not read any longer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub originals: Vec<String>,
}

/// A manifest as it is written, in the order of the file. [`Manifest`] reads it.
#[derive(Serialize)]
pub(super) struct Written<'a> {
    pub name: &'a str,
    pub id: &'a str,
    pub version: u32,
    pub family: &'a str,
    pub kind: &'a str,
    pub summary: &'a str,
    pub licence: &'a str,
    pub source: String,
    pub attribution: String,
    pub image: ImageSize,
    pub codes: CodeSizes,
    pub transformer: &'a toml::Table,
    pub sampling: &'a toml::Table,
    pub files: &'a Files,
}

impl Written<'_> {
    /// Its text.
    pub fn text(&self) -> String {
        // Nothing in it is beyond TOML; were it, reading the manifest would tell.
        toml::to_string(self).unwrap_or_default()
    }
}

/// The family of a name.
fn family<'de, D: Deserializer<'de>>(from: D) -> Result<&'static Family, D::Error> {
    let name = String::deserialize(from)?;
    Family::named(&name).ok_or_else(|| {
        let known: Vec<String> = FAMILIES.iter().map(|f| format!("{:?}", f.name)).collect();
        de::Error::custom(format!(
            "family is {name:?}, expected {}, the families this version knows",
            known.join(" or ")
        ))
    })
}

/// Whether a text is the name of a file in a model's folder, other than the manifest.
pub(super) fn is_plain(file: &str) -> bool {
    Path::new(file).components().count() == 1
        && !file.contains(['/', '\\', ':'])
        && file != ".."
        && file != MANIFEST
}

/// Whether a text can be an id.
pub(super) fn is_word(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !text.is_empty() && text.chars().all(plain)
}

/// Whether a text can be shown, in a terminal too: it has lines, and nothing that would move a cursor.
pub(super) fn is_shown(text: &str) -> bool {
    !text
        .replace("\r\n", "\n")
        .contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t'))
}

impl Files {
    /// The names that the starter models and fetched ones have, but for their endings.
    pub(super) fn of(tokenizer: TokenizerSizes) -> Self {
        Self {
            transformer: "transformer.pt".into(),
            tokenizer: "tokenizer.pt".into(),
            config: match tokenizer {
                TokenizerSizes::ConfigYaml => Some("config.yaml".into()),
                TokenizerSizes::Shapes => None,
            },
            precision: None,
            originals: Vec::new(),
        }
    }

    /// Every file that the manifest names: those that are read, and those that were.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.in_use().chain(&self.originals)
    }

    /// The files that the model is read from.
    pub fn in_use(&self) -> impl Iterator<Item = &String> {
        [&self.transformer, &self.tokenizer]
            .into_iter()
            .chain(&self.config)
    }
}

/// Changes `[files]` of a manifest, and leaves all else as a person wrote it.
///
/// # Errors
/// When it cannot be read or written, or would be none.
pub(super) fn change_files(path: &Path, files: &Files) -> Result<()> {
    let text = Source::File(path.to_owned()).read_text("model.toml", MANIFEST_LIMIT)?;
    let text = with_files(&text, files, path)?;
    atomic::write_bytes(path, text.as_bytes())
}

/// The text of a manifest with other `[files]`.
pub(super) fn with_files(text: &str, files: &Files, path: &Path) -> Result<String> {
    let malformed = |reason: String| Error::malformed("model.toml", path, reason);
    let mut document: toml_edit::DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| malformed(error.to_string()))?;
    let table = &mut document["files"];
    for (key, value) in [
        ("transformer", Some(&files.transformer)),
        ("tokenizer", Some(&files.tokenizer)),
        ("config", files.config.as_ref()),
    ] {
        if let Some(value) = value {
            table[key] = toml_edit::value(value);
        }
    }
    if let Some(precision) = files.precision {
        table["precision"] = toml_edit::value(precision.name());
    }
    let originals: toml_edit::Array = files.originals.iter().collect();
    if !originals.is_empty() {
        table["originals"] = toml_edit::value(originals);
    }
    let text = document.to_string();
    Manifest::parse(&text, path)?;
    Ok(text)
}

impl Manifest {
    /// Reads a manifest; `path` names it in errors.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the line and what was expected there.
    pub fn parse(text: &str, path: &Path) -> Result<Self> {
        let malformed = |reason: String| Error::malformed("model.toml", path, reason);
        if text.len() > MANIFEST_LIMIT {
            let reason =
                format!("it is longer than the {MANIFEST_LIMIT} bytes that a manifest may have");
            return Err(Error::refused(path, reason));
        }
        let manifest: Self = toml::from_str(text).map_err(|error| malformed(error.to_string()))?;
        let texts = [
            ("name", &manifest.name),
            ("summary", &manifest.summary),
            ("licence", &manifest.licence),
            ("source", &manifest.source),
            ("attribution", &manifest.attribution),
        ];
        if let Some((field, _)) = texts.into_iter().find(|(_, text)| !is_shown(text)) {
            return Err(malformed(format!(
                "{field} holds control characters, expected text that can be shown"
            )));
        }
        if !is_word(&manifest.id) {
            return Err(malformed(format!(
                "id is {:?}, expected letters, digits, '-', '_' and '.'",
                manifest.id
            )));
        }
        let files = &manifest.files;
        if manifest.family.tokenizer == TokenizerSizes::ConfigYaml && files.config.is_none() {
            return Err(malformed(
                "files.config is missing, expected the name of the tokenizer's config.yaml".into(),
            ));
        }
        for file in files.all() {
            // A manifest must not reach outside of its own folder.
            if !is_plain(file) {
                return Err(malformed(format!(
                    "{file:?} is not the name of a file in the model's folder"
                )));
            }
        }
        if let Some(file) = files.in_use().find(|file| files.originals.contains(file)) {
            return Err(malformed(format!(
                "files.originals names {file:?}, which the model is read from"
            )));
        }
        Ok(manifest)
    }

    /// The model's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The model's family.
    pub fn family(&self) -> &'static Family {
        self.family
    }

    /// The file that describes the tokenizer; `None` where the shapes of its tensors do.
    pub fn tokenizer_config(&self) -> Option<&str> {
        match self.family.tokenizer {
            TokenizerSizes::ConfigYaml => self.files.config.as_deref(),
            TokenizerSizes::Shapes => None,
        }
    }

    /// Rows and columns of the grid of positions.
    pub fn grid(&self) -> [usize; 2] {
        self.codes.grid
    }

    /// The transformer's sizes.
    ///
    /// # Errors
    /// [`Error::Malformed`] when sizes are missing, unknown or impossible.
    pub fn transformer(&self, path: &Path) -> Result<dnd::Config> {
        let malformed = |reason: String| Error::malformed("model.toml", path, reason);
        let sizes = &self.transformer;
        let preset = match &sizes.preset {
            Some(name) => Some(self.family.preset(name).ok_or_else(|| {
                let presets = self.family.presets.iter();
                let known: Vec<_> = presets.map(|preset| preset.name).collect();
                malformed(format!(
                    "transformer.preset is {name:?}, expected one of {}",
                    known.join(", ")
                ))
            })?),
            None => None,
        };
        let size = |name: &str, own: Option<usize>, published: Option<usize>| {
            own.or(published)
                .ok_or_else(|| malformed(format!("transformer.{name} is missing")))
        };
        let [rows, columns] = self.codes.grid;
        if rows != columns {
            return Err(malformed(format!(
                "codes.grid is {rows} by {columns}, expected a square"
            )));
        }
        let layers = size("layers", sizes.layers, preset.map(|preset| preset.layers))?;
        let head_layers = match (&sizes.head_positions, self.codes.depth) {
            (Some(given), _) => given.clone(),
            (None, 1) => vec![layers.saturating_sub(1)],
            (None, _) => Vec::new(),
        };
        if self.codes.depth != head_layers.len() {
            return Err(malformed(format!(
                "codes.depth is {} but transformer.head_positions lists {} heads",
                self.codes.depth,
                head_layers.len()
            )));
        }
        let config = dnd::Config {
            layers,
            heads: size("heads", sizes.heads, preset.map(|preset| preset.heads))?,
            width: size("width", sizes.width, preset.map(|preset| preset.width))?,
            codebook: self.codes.codebook,
            classes: sizes.classes,
            unconditional: sizes.class_dropout_prob > 0.0,
            grid: rows,
            head_layers,
            tied_heads: sizes.share_prediction_heads,
        };
        let checked = config.checked().and_then(|config| {
            (self.family.check)(&config)?;
            Ok(config)
        });
        checked.map_err(|error| malformed(error.to_string()))
    }

    /// What people and panels want to know.
    ///
    /// # Errors
    /// [`Error::Malformed`] when recommended settings or classes are impossible.
    pub fn card(&self, path: &Path, folder: Option<&Path>) -> Result<ModelCard> {
        let config = self.transformer(path)?;
        let ImageSize { width, height } = self.image;
        if ![width, height]
            .iter()
            .all(|side| (1..=MAX_SIDE).contains(side))
        {
            return Err(Error::malformed(
                "model.toml",
                path,
                format!("image is {width} by {height} pixels, expected 1 to {MAX_SIDE} each"),
            ));
        }
        let mode = match self.kind {
            Kind::Class => Mode::Classes,
            Kind::Text => Mode::Documents,
        };
        let mut classes = match (mode, &self.classes.ids) {
            (Mode::Documents, _) => Vec::new(),
            (Mode::Classes, Some(ids)) => ids.clone(),
            (Mode::Classes, None) => (0..config.classes as u32).collect(),
        };
        classes.sort_unstable();
        classes.dedup();
        if classes
            .last()
            .is_some_and(|&most| most as usize >= config.classes)
        {
            return Err(Error::malformed(
                "model.toml",
                path,
                format!(
                    "classes.ids has {:?}, expected numbers below {}",
                    classes.last(),
                    config.classes
                ),
            ));
        }
        let impossible = |error: Error| Error::malformed("model.toml", path, error);
        let recommended = self.sampling.settings();
        recommended.check().map_err(impossible)?;
        let presets = self.sampling.presets();
        for preset in &presets {
            preset.check().map_err(impossible)?;
        }
        Ok(ModelCard {
            id: self.id.clone(),
            name: self.name.clone(),
            family: self.family.name,
            mode,
            summary: self.summary.clone(),
            licence: self.licence.clone(),
            source: self.source.clone(),
            attribution: self.attribution.trim().to_owned(),
            grid: self.codes.grid,
            depth: self.codes.depth,
            codebook: self.codes.codebook,
            size: [self.image.width, self.image.height],
            classes,
            guidable: config.unconditional,
            guidance: recommended.guidance,
            sampling: recommended.sampling,
            presets,
            footprint: Footprint::of(&config, self.files.precision),
            precision: self.files.precision,
            bytes: 0,
            originals: 0,
            folder: folder.map(Path::to_owned),
        })
    }

    /// Insists that the tokenizer belongs to this transformer.
    ///
    /// # Errors
    /// [`Error::Mismatch`] naming what differs.
    pub fn check_pair(&self, tokenizer: &Layout) -> Result<()> {
        let [rows, columns, depth] = tokenizer.codes;
        let cell = tokenizer.cell();
        let checks = [
            (
                "codebook",
                self.codes.codebook.to_string(),
                tokenizer.codebook.to_string(),
            ),
            (
                "grid",
                format!("{:?}", self.codes.grid),
                format!("{:?}", [rows, columns]),
            ),
            ("depth", self.codes.depth.to_string(), depth.to_string()),
            (
                "picture size",
                format!("{:?}", [self.image.width, self.image.height]),
                format!("{:?}", [columns * cell, rows * cell]),
            ),
        ];
        match checks
            .into_iter()
            .find(|(_, expected, found)| expected != found)
        {
            Some((what, expected, found)) => Err(Error::Mismatch {
                model: self.id.clone(),
                what,
                first: "model.toml".into(),
                expected,
                second: self
                    .tokenizer_config()
                    .unwrap_or(&self.files.tokenizer)
                    .to_owned(),
                found,
            }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
