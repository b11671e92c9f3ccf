//! `model.toml`: the manifest of a model folder, and the checks that its parts belong together.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{
    checkpoint::RqVaeConfig,
    error::{Error, Result},
    family::dnd,
    library::{Footprint, Mode, ModelCard, preset::Recommended},
};

/// The only family that this version knows.
pub(super) const FAMILY: &str = "dnd";

/// The manifest as it is written.
#[derive(Clone, Debug, Deserialize)]
pub struct Manifest {
    name: String,
    id: String,
    family: String,
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

#[derive(Clone, Debug, Deserialize)]
struct ImageSize {
    width: usize,
    height: usize,
}

#[derive(Clone, Debug, Deserialize)]
struct CodeSizes {
    grid: [usize; 2],
    depth: usize,
    codebook: usize,
}

#[derive(Clone, Debug, Deserialize)]
struct TransformerSizes {
    /// A published size; the three numbers below are then not needed.
    #[serde(default)]
    preset: Option<String>,
    layers: Option<usize>,
    heads: Option<usize>,
    width: Option<usize>,
    head_positions: Vec<usize>,
    classes: usize,
    #[serde(default)]
    class_dropout_prob: f32,
    #[serde(default)]
    share_prediction_heads: bool,
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
    /// The tokenizer's configuration.
    pub config: String,
}

impl Default for Files {
    /// The names that the starter models and fetched ones have, but for their endings.
    fn default() -> Self {
        Self {
            transformer: "transformer.pt".into(),
            tokenizer: "tokenizer.pt".into(),
            config: "config.yaml".into(),
        }
    }
}

impl Manifest {
    /// Reads a manifest; `path` names it in errors.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the line and what was expected there.
    pub fn parse(text: &str, path: &Path) -> Result<Self> {
        let malformed = |reason: String| Error::malformed("model.toml", path, reason);
        let manifest: Self = toml::from_str(text).map_err(|error| malformed(error.to_string()))?;
        if manifest.family != FAMILY {
            return Err(malformed(format!(
                "family is {:?}, expected {FAMILY:?}, the only family this version knows",
                manifest.family
            )));
        }
        let is_id = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if manifest.id.is_empty() || !manifest.id.chars().all(is_id) {
            return Err(malformed(format!(
                "id is {:?}, expected letters, digits, '-', '_' and '.'",
                manifest.id
            )));
        }
        for file in [
            &manifest.files.transformer,
            &manifest.files.tokenizer,
            &manifest.files.config,
        ] {
            // A manifest must not reach outside of its own folder.
            if Path::new(file).components().count() != 1
                || file.contains(['/', '\\', ':'])
                || file == ".."
            {
                return Err(malformed(format!(
                    "{file:?} is not the name of a file in the model's folder"
                )));
            }
        }
        Ok(manifest)
    }

    /// The model's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The transformer's sizes.
    ///
    /// # Errors
    /// [`Error::Malformed`] when sizes are missing, unknown or impossible.
    pub fn transformer(&self, path: &Path) -> Result<dnd::Config> {
        let malformed = |reason: String| Error::malformed("model.toml", path, reason);
        let sizes = &self.transformer;
        let preset = match &sizes.preset {
            Some(name) => Some(dnd::Preset::named(name).ok_or_else(|| {
                let known: Vec<_> = dnd::PRESETS.iter().map(|preset| preset.name).collect();
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
        if self.codes.depth != sizes.head_positions.len() {
            return Err(malformed(format!(
                "codes.depth is {} but transformer.head_positions lists {} heads",
                self.codes.depth,
                sizes.head_positions.len()
            )));
        }
        let config = dnd::Config {
            layers: size("layers", sizes.layers, preset.map(|preset| preset.layers))?,
            heads: size("heads", sizes.heads, preset.map(|preset| preset.heads))?,
            width: size("width", sizes.width, preset.map(|preset| preset.width))?,
            codebook: self.codes.codebook,
            classes: sizes.classes,
            unconditional: sizes.class_dropout_prob > 0.0,
            grid: rows,
            head_layers: sizes.head_positions.clone(),
            tied_heads: sizes.share_prediction_heads,
        };
        config
            .checked()
            .map_err(|error| malformed(error.to_string()))
    }

    /// What people and panels want to know.
    ///
    /// # Errors
    /// [`Error::Malformed`] when recommended settings or classes are impossible.
    pub fn card(&self, path: &Path, folder: Option<&Path>) -> Result<ModelCard> {
        let config = self.transformer(path)?;
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
            footprint: Footprint::of(&config),
            folder: folder.map(Path::to_owned),
        })
    }

    /// Insists that the tokenizer belongs to this transformer.
    ///
    /// # Errors
    /// [`Error::Mismatch`] naming what differs.
    pub fn check_pair(&self, tokenizer: &RqVaeConfig) -> Result<()> {
        let [rows, columns, depth] = tokenizer.codes;
        let cell = 1 << (tokenizer.channel_mult.len() - 1);
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
                second: self.files.config.clone(),
                found,
            }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        library::PresetKind,
        recipe::{Guidance, PerDepth},
    };

    const GOOD: &str = r#"
        name = "Small"
        id = "small"
        family = "dnd"
        kind = "class"
        image = { width = 64, height = 64 }
        codes = { grid = [4, 4], depth = 2, codebook = 128 }
        sampling = { temperature = [1.0, 0.9], guidance = 2.0 }
        classes = { ids = [3, 1] }
        [transformer]
        layers = 6
        heads = 4
        width = 64
        head_positions = [5, 3]
        classes = 10
        class_dropout_prob = 0.1
        [files]
        transformer = "t.pt"
        tokenizer = "v.pt"
        config = "config.yaml"
    "#;

    fn error(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from), "{from}");
        let path = Path::new("small/model.toml");
        let parsed = Manifest::parse(&GOOD.replace(from, to), path);
        parsed
            .and_then(|manifest| manifest.card(path, None))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_manifest_becomes_a_card() {
        let path = Path::new("small/model.toml");
        let card = Manifest::parse(GOOD, path)
            .unwrap()
            .card(path, None)
            .unwrap();
        assert_eq!(card.mode, Mode::Classes);
        assert_eq!(card.classes, [1, 3]);
        assert_eq!(card.sampling.temperature, PerDepth::Each(vec![1.0, 0.9]));
        assert_eq!(card.guidance.scale, PerDepth::Same(2.0));
        assert!(card.guidable);
        assert_eq!(card.presets, []);
        assert_eq!(card.footprint.sequence, 6 * 2 * 16 * 64 * 4);
        assert!(card.footprint.weights > 6 * 4 * 64 * 64 * 4);
    }

    #[test]
    fn a_manifest_may_carry_paper_and_pretty_settings() {
        let path = Path::new("small/model.toml");
        let text = GOOD.replace(
            "guidance = 2.0 }",
            "guidance = 2.0, paper = { guidance = 1.5 }, pretty = { guidance = 4.0, top_p = 0.9 } }",
        );
        let card = Manifest::parse(&text, path).unwrap().card(path, None);
        let presets = card.unwrap().presets;
        let kinds: Vec<PresetKind> = presets.iter().map(|preset| preset.kind).collect();
        assert_eq!(kinds, [PresetKind::Paper, PresetKind::Pretty]);
        assert_eq!(presets[0].guidance, Guidance::constant(1.5));
        assert_eq!(presets[1].guidance, Guidance::constant(4.0));
        let each = PerDepth::Each(vec![1.0, 0.9]);
        assert_eq!(presets[1].sampling.temperature, each, "as recommended");
        assert_eq!(presets[1].sampling.top_p, PerDepth::Same(0.9));
    }

    #[test]
    fn errors_say_what_was_expected() {
        assert!(error("\"dnd\"", "\"gan\"").contains("expected \"dnd\""));
        assert!(error("\"small\"", "\"../up\"").contains("expected letters"));
        assert!(error("\"t.pt\"", "\"../t.pt\"").contains("not the name of a file"));
        assert!(error("[5, 3]", "[5]").contains("head_positions lists 1"));
        assert!(error("[3, 1]", "[10]").contains("below 10"));
        assert!(error("heads = 4", "heads = 5").contains("multiple of 5 heads"));
        assert!(error("layers = 6", "preset = \"XXXXL\"").contains("one of B, L"));
        assert!(error("grid = [4, 4]", "grid = [4, 5]").contains("square"));
        assert!(error("[1.0, 0.9]", "[]").contains("temperature"));
        let pretty = "guidance = 2.0, pretty = { top_p = 2.0 } }";
        assert!(error("guidance = 2.0 }", pretty).contains("top-p"));
    }
}
