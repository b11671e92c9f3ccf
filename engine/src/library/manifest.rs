//! `model.toml`: the manifest of a model folder, and the checks that its parts belong together.

use std::path::Path;

use serde::{Deserialize, Deserializer, de};

use crate::{
    error::{Error, Result},
    family::{FAMILIES, Family, TokenizerSizes, dnd},
    library::{Footprint, Mode, ModelCard, preset::Recommended},
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
    /// Not needed where a position has one code: its head is then after the last layer.
    head_positions: Option<Vec<usize>>,
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
#[derive(Clone, Debug, Deserialize)]
pub struct Files {
    /// The transformer's state dict.
    pub transformer: String,
    /// The tokenizer's state dict.
    pub tokenizer: String,
    /// The tokenizer's configuration, where the family's tokenizers have one.
    pub config: Option<String>,
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

impl Manifest {
    /// Reads a manifest; `path` names it in errors.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the line and what was expected there.
    pub fn parse(text: &str, path: &Path) -> Result<Self> {
        let malformed = |reason: String| Error::malformed("model.toml", path, reason);
        let manifest: Self = toml::from_str(text).map_err(|error| malformed(error.to_string()))?;
        let is_id = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if manifest.id.is_empty() || !manifest.id.chars().all(is_id) {
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
        for file in [&files.transformer, &files.tokenizer]
            .into_iter()
            .chain(&files.config)
        {
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
    fn a_llamagen_manifest_needs_neither_head_positions_nor_a_config() {
        let path = Path::new("l/model.toml");
        let text = r#"
            name = "LlamaGen L"
            id = "llamagen-l-384"
            family = "llamagen"
            kind = "class"
            image = { width = 384, height = 384 }
            codes = { grid = [24, 24], depth = 1, codebook = 16384 }
            transformer = { preset = "L", classes = 1000, class_dropout_prob = 0.1 }
            files = { transformer = "c2i_L_384.pt", tokenizer = "vq_ds16_c2i.pt" }
        "#;
        let manifest = Manifest::parse(text, path).unwrap();
        let config = manifest.transformer(path).unwrap();
        assert_eq!((config.layers, config.heads, config.width), (24, 16, 1024));
        assert_eq!((config.head_layers, config.grid), (vec![23], 24));
        assert_eq!(manifest.tokenizer_config(), None);
        let card = manifest.card(path, None).unwrap();
        assert_eq!(
            (card.classes.len(), card.depth, card.guidable),
            (1000, 1, true)
        );

        let error = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            let parsed = Manifest::parse(&text.replace(from, to), path);
            let config = parsed.and_then(|manifest| manifest.transformer(path));
            config.unwrap_err().to_string()
        };
        assert!(error("\"L\"", "\"7B\"").contains("one of B, L, XL, XXL, XXXL, 3B"));
        let two = error("depth = 1", "depth = 2");
        assert!(two.contains("head_positions lists 0"), "{two}");
        let early = error("preset = ", "head_positions = [3], preset = ");
        assert!(early.contains("from its last layer"), "{early}");
        let dnd = error("\"llamagen\"", "\"dnd\"");
        assert!(dnd.contains("files.config is missing"), "{dnd}");
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
