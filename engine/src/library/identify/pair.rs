//! Which tokenizers belong to a transformer, among the dropped and the installed ones, and what is then still missing.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{
    About, Choice, Missing, Part, Proposal, Question, Tokenizer, Transformer, Value, What, ending,
    facts,
};
use crate::{
    checkpoint::{Source, Variant},
    family::{TokenizerSizes, llamagen},
    library::{
        Home, Library, MANIFEST, Mode,
        catalogue::{Catalogue, Entry},
        manifest::is_word,
    },
};

/// A tokenizer that fits a transformer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Where it is.
    pub origin: Origin,
    /// What it is.
    pub tokenizer: Tokenizer,
}

/// Where a tokenizer is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Among the parts: which one.
    Part(usize),
    /// In the library; it is copied from there.
    Installed {
        /// The model's id, or the folder's name where it holds a tokenizer alone.
        id: String,
        /// Its weights.
        path: PathBuf,
    },
}

/// A tokenizer of the library.
pub(super) struct Installed {
    id: String,
    path: PathBuf,
    tokenizer: Tokenizer,
}

/// The tokenizers that the library has in folders. What cannot be read is no candidate.
pub(super) fn installed(library: &Library) -> Vec<Installed> {
    let models = library.homes().into_iter().filter_map(|home| {
        let Home::Folder(folder) = &home else {
            return None;
        };
        let manifest = home.manifest().ok()?;
        let config = manifest.tokenizer_config();
        let config = config.map(|name| folder.join(name));
        read(
            manifest.id(),
            folder.join(&manifest.files.tokenizer),
            config,
        )
    });
    let alone = library
        .folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten())
        .map(|entry| entry.path())
        .filter(|folder| folder.is_dir() && !folder.join(MANIFEST).exists())
        .filter_map(|folder| {
            let id = folder.file_name()?.to_string_lossy().into_owned();
            read(&id, alone_in(&folder)?, None)
        });
    models.chain(alone).collect()
}

/// The weights in the folder of a tokenizer that was fetched alone.
fn alone_in(folder: &Path) -> Option<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_stem().is_some_and(|stem| stem == "tokenizer"))
        .filter(|path| ["pt", "pth", "safetensors", "gguf"].contains(&ending(path).as_str()))
        .collect();
    files.sort();
    files.into_iter().next()
}

fn read(id: &str, path: PathBuf, config: Option<PathBuf>) -> Option<Installed> {
    use crate::checkpoint::RqVaeConfig;
    let What::Tokenizer(mut tokenizer) = facts::of(&Source::File(path.clone())).ok()? else {
        return None;
    };
    let named = config.and_then(|config| {
        let sizes = RqVaeConfig::from_source(&Source::File(config.clone())).ok()?;
        Some((config, sizes))
    });
    tokenizer.find_config(&path, named.as_slice());
    Some(Installed {
        id: id.to_owned(),
        path,
        tokenizer,
    })
}

/// One proposal for each transformer.
pub(super) fn proposals(
    parts: &[Part],
    installed: &[Installed],
    taken: &[&str],
    catalogue: &Catalogue,
) -> Vec<Proposal> {
    let mut taken: Vec<String> = taken.iter().map(|id| (*id).to_owned()).collect();
    let mut proposals = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if let What::Transformer(transformer) = &part.what {
            let mut proposal = propose(index, part, transformer, parts, installed, catalogue);
            proposal.id = free(&proposal.id, &taken);
            taken.push(proposal.id.clone());
            proposals.push(proposal);
        }
    }
    proposals
}

fn propose(
    index: usize,
    part: &Part,
    transformer: &Transformer,
    parts: &[Part],
    installed: &[Installed],
    catalogue: &Catalogue,
) -> Proposal {
    let (tokenizers, missing) = candidates(part, transformer, parts, installed, catalogue);
    let published = published(transformer, catalogue);
    let questions = questions(part, transformer, &tokenizers, &published, catalogue);
    let grid = questions
        .iter()
        .find(|question| question.about == About::Grid);
    let likeliest = grid.and_then(|question| {
        let choice = question.choices.get(question.default?)?;
        choice.published.iter().find(|id| published.contains(id))
    });
    let named = likeliest.or(match &published[..] {
        [only] => Some(only),
        _ => None,
    });
    let entry = named.and_then(|id| catalogue.entry(id).ok());
    let stem = part.path.file_stem().unwrap_or_default();
    let stem = stem.to_string_lossy().into_owned();
    Proposal {
        transformer: index,
        mode: match transformer.class_rows {
            0..=2 => Mode::Documents,
            _ => Mode::Classes,
        },
        tokenizers,
        missing,
        questions,
        name: entry.map_or_else(|| stem.clone(), |entry| entry.published().name.clone()),
        id: entry.map_or_else(|| word(&stem), |entry| entry.published().id.clone()),
        published,
    }
}

/// The tokenizers that fit, and what is missing.
fn candidates(
    part: &Part,
    transformer: &Transformer,
    parts: &[Part],
    installed: &[Installed],
    catalogue: &Catalogue,
) -> (Vec<Candidate>, Vec<Missing>) {
    let mut fitting: Vec<(&Path, Candidate)> = Vec::new();
    let mut missing = Vec::new();
    for (index, other) in parts.iter().enumerate() {
        let What::Tokenizer(tokenizer) = &other.what else {
            continue;
        };
        if lacks_config(tokenizer) {
            if tokenizer.codebook == transformer.codebook && tokenizer.family == transformer.family
            {
                missing.push(Missing::Config {
                    tokenizer: other.path.clone(),
                });
            }
        } else if fits(transformer, tokenizer) {
            let candidate = Candidate {
                origin: Origin::Part(index),
                tokenizer: tokenizer.clone(),
            };
            fitting.push((&other.path, candidate));
        }
    }
    // What lies beside the transformer is likelier meant.
    fitting.sort_by_key(|(path, _)| path.parent() != part.path.parent());
    let own = installed
        .iter()
        .filter(|own| !lacks_config(&own.tokenizer) && fits(transformer, &own.tokenizer));
    let own = own.map(|own| Candidate {
        origin: Origin::Installed {
            id: own.id.clone(),
            path: own.path.clone(),
        },
        tokenizer: own.tokenizer.clone(),
    });
    let all: Vec<Candidate> = fitting
        .into_iter()
        .map(|(_, candidate)| candidate)
        .chain(own)
        .collect();
    if !all.is_empty() {
        missing.clear();
    } else if missing.is_empty() {
        missing.push(Missing::Tokenizer {
            family: transformer.family,
            depth: transformer.depth,
            codebook: transformer.codebook,
            published: published_tokenizers(transformer, catalogue),
        });
    }
    (all, missing)
}

/// Whether a tokenizer cannot be used before its configuration is there.
fn lacks_config(tokenizer: &Tokenizer) -> bool {
    let family = crate::family::Family::named(tokenizer.family);
    let needed = family.is_some_and(|family| family.tokenizer == TokenizerSizes::ConfigYaml);
    needed && tokenizer.config.is_none()
}

/// Whether they could have been trained together.
fn fits(transformer: &Transformer, tokenizer: &Tokenizer) -> bool {
    let grids = [transformer.grid, tokenizer.grid];
    let same_grid = !matches!(grids, [Some(one), Some(other)] if one != other);
    transformer.family == tokenizer.family
        && transformer.depth == tokenizer.depth
        && transformer.codebook == tokenizer.codebook
        && same_grid
}

/// What is missing where there is no transformer.
pub(super) fn missing(parts: &[Part]) -> Vec<Missing> {
    let tokenizers = parts.iter().filter_map(|part| match &part.what {
        What::Tokenizer(tokenizer) if lacks_config(tokenizer) => Some(Missing::Config {
            tokenizer: part.path.clone(),
        }),
        _ => None,
    });
    let transformer = (!parts.is_empty()).then_some(Missing::Transformer);
    transformer.into_iter().chain(tokenizers).collect()
}

/// The entries of the catalogue with a transformer of these sizes.
fn published(transformer: &Transformer, catalogue: &Catalogue) -> Vec<String> {
    let entries = catalogue.entries();
    let same = entries.iter().filter_map(|entry| {
        let Entry::Model(published, tokenizer) = entry else {
            return None;
        };
        let sizes = published.sizes()?;
        let preset = sizes
            .preset
            .as_ref()
            .and_then(|name| published.published.family()?.preset(name));
        let same = published.published.family == transformer.family
            && preset.map(|preset| preset.name) == transformer.preset
            && preset.is_some()
            && tokenizer.codes.codebook == transformer.codebook
            && tokenizer.codes.depth == transformer.depth
            && sizes.class_rows() == transformer.class_rows;
        same.then(|| published.published.id.clone())
    });
    same.collect()
}

fn published_tokenizers(transformer: &Transformer, catalogue: &Catalogue) -> Vec<String> {
    let entries = catalogue.entries();
    let same = entries.iter().filter_map(|entry| match entry {
        Entry::Tokenizer(tokenizer)
            if tokenizer.published.family == transformer.family
                && tokenizer.codes.codebook == transformer.codebook
                && tokenizer.codes.depth == transformer.depth =>
        {
            Some(tokenizer.published.id.clone())
        }
        _ => None,
    });
    same.collect()
}

fn questions(
    part: &Part,
    transformer: &Transformer,
    tokenizers: &[Candidate],
    published: &[String],
    catalogue: &Catalogue,
) -> Vec<Question> {
    let plain = |value| Choice {
        value,
        published: Vec::new(),
    };
    let closed = |about, choices| Question {
        about,
        choices,
        open: false,
        default: Some(0),
    };
    let mut questions = Vec::new();
    if tokenizers.len() > 1 {
        let choices = (0..tokenizers.len()).map(|index| plain(Value::Tokenizer(index)));
        questions.push(closed(About::Tokenizer, choices.collect()));
    }
    if transformer.depth > 1 {
        questions.push(head_layers(transformer, published, catalogue));
    }
    if transformer.heads.is_none() {
        let choices = transformer.possible_heads().into_iter();
        let choices: Vec<Choice> = choices
            .map(|heads| plain(Value::AttentionHeads(heads)))
            .collect();
        // Sixteen different ones fit a width of 64; the likeliest may be wrong.
        questions.push(Question {
            default: None,
            ..closed(About::AttentionHeads, choices)
        });
    }
    if transformer.grid.is_none() && transformer.family == llamagen::FAMILY.name {
        questions.push(grids(part, published, catalogue));
    }
    let is_dnd = transformer.family != llamagen::FAMILY.name;
    if is_dnd && !matches!(transformer.class_rows, 1 | 1000 | 1001) {
        let choices = [true, false].map(|yes| plain(Value::Unconditional(yes)));
        questions.push(closed(About::Unconditional, choices.into()));
    }
    let variants = || [Variant::Trained, Variant::Averaged].map(|copy| plain(Value::Weights(copy)));
    if transformer.averaged {
        questions.push(closed(About::TransformerWeights, variants().into()));
    }
    if tokenizers.iter().any(|own| own.tokenizer.averaged) {
        questions.push(closed(About::TokenizerWeights, variants().into()));
    }
    questions
}

/// Where heads may sit: as in published models of as many layers and heads.
fn head_layers(transformer: &Transformer, published: &[String], catalogue: &Catalogue) -> Question {
    let mut choices: Vec<Choice> = Vec::new();
    for entry in catalogue.entries() {
        let Entry::Model(other, _) = entry else {
            continue;
        };
        let Some(sizes) = other.sizes() else { continue };
        let preset = sizes
            .preset
            .as_ref()
            .and_then(|name| other.published.family()?.preset(name));
        let layers = sizes.layers.or(preset.map(|preset| preset.layers));
        let Some(heads) = sizes.head_positions else {
            continue;
        };
        if layers != Some(transformer.layers) || heads.len() != transformer.depth {
            continue;
        }
        let (value, id) = (Value::HeadLayers(heads), other.published.id.clone());
        match choices.iter_mut().find(|choice| choice.value == value) {
            Some(choice) => choice.published.push(id),
            None => choices.push(Choice {
                value,
                published: vec![id],
            }),
        }
    }
    let is_own = |choice: &Choice| choice.published.iter().any(|id| published.contains(id));
    choices.sort_by_key(|choice| !is_own(choice));
    Question {
        about: About::HeadLayers,
        default: choices.first().filter(|first| is_own(first)).map(|_| 0),
        choices,
        open: true,
    }
}

/// Grids of published models of these sizes. Which of them the file's own name hints at: nothing else does.
fn grids(part: &Part, published: &[String], catalogue: &Catalogue) -> Question {
    let mut choices: Vec<Choice> = Vec::new();
    let mut pixels = Vec::new();
    for entry in catalogue.entries() {
        let Entry::Model(other, tokenizer) = entry else {
            continue;
        };
        let id = &other.published.id;
        if other.published.family != llamagen::FAMILY.name {
            continue;
        }
        let value = Value::Grid(tokenizer.codes.grid[0]);
        if !choices.iter().any(|choice| choice.value == value) {
            choices.push(Choice {
                value: value.clone(),
                published: Vec::new(),
            });
            pixels.push(tokenizer.image.width);
        }
        if published.contains(id)
            && let Some(choice) = choices.iter_mut().find(|choice| choice.value == value)
        {
            choice.published.push(id.clone());
        }
    }
    let name = part.path.file_name().unwrap_or_default().to_string_lossy();
    let hinted = pixels
        .iter()
        .position(|pixels| name.contains(&pixels.to_string()));
    let only = || {
        let mut known = (0..choices.len()).filter(|at| !choices[*at].published.is_empty());
        known.next().filter(|_| known.next().is_none())
    };
    Question {
        about: About::Grid,
        default: hinted.or_else(only),
        choices,
        open: true,
    }
}

/// A text as an id.
fn word(text: &str) -> String {
    let letter = |c: char| match c.is_ascii_alphanumeric() || "-_.".contains(c) {
        true => c.to_ascii_lowercase(),
        false => '-',
    };
    let word: String = text.chars().map(letter).collect();
    let word = word.trim_matches(['-', '.']).to_owned();
    match is_word(&word) {
        true => word,
        false => "model".into(),
    }
}

/// An id like this one that is not taken.
fn free(id: &str, taken: &[String]) -> String {
    let numbered = (2..).map(|number| format!("{id}-{number}"));
    let mut ids = std::iter::once(id.to_owned()).chain(numbered);
    let is_free = |id: &String| !taken.iter().any(|other| other.eq_ignore_ascii_case(id));
    ids.find(is_free).unwrap_or_else(|| id.to_owned())
}
