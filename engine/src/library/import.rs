//! From identified files to a folder of the library: copied as they are, or converted on the way.
//!
//! The folder is made beside the models and moved to its place when everything is in it, the manifest last.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    CodeSizes, Files, Home, ImageSize, MANIFEST, Manifest, Mode, Precision,
    catalogue::{Catalogue, Entry},
    convert::{self, Task},
    download::{Phase, Progress, insist_on_room},
    hub::Cancel,
    identify::{Answers, Identified, Proposal, Resolved, resolve},
    made::{self, Made},
    manifest::{TransformerSizes, Written, is_word},
    steps::Steps,
    workplace::Workplace,
};
use crate::{
    checkpoint::{Source, StateDict, Variant},
    error::{Error, Result},
    picture::atomic,
};

/// Bytes that are copied at a time.
const PIECE: usize = 1 << 20;

/// What is to be made of a proposal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// What a person told; defaults are taken for the rest.
    pub answers: Answers,
    /// What the transformer's matrices are to be kept in. `None` leaves them as they are, and copies the file where
    /// there is nothing to leave behind.
    pub precision: Option<Precision>,
    /// Another name than the proposal's.
    pub name: Option<String>,
    /// Another id than the proposal's: the name of the folder.
    pub id: Option<String>,
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// The model's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What its matrices are kept in.
    pub precision: Option<Precision>,
    /// Bytes of its files.
    pub bytes: u64,
    /// The files that were read. They are no longer needed.
    pub from: Vec<PathBuf>,
}

/// Makes a model of `model`, one of the proposals in `found`, in a folder below `models`.
///
/// # Errors
/// [`Error::Incomplete`], [`Error::Unanswered`], [`Error::Answer`], [`Error::Config`] for what is missing or was told
/// wrongly; [`Error::File`] of the kind `AlreadyExists` when the id is taken; what is wrong with the files;
/// [`Error::NoRoom`]; [`Error::Cancelled`]. Nothing is left behind then.
pub fn import(
    found: &Identified,
    model: &Proposal,
    order: &Order,
    catalogue: &Catalogue,
    models: &Path,
    cancel: &Cancel,
    tell: &mut dyn FnMut(Progress),
) -> Result<Imported> {
    let parts = resolve(found, model, &order.answers)?;
    let id = order.id.as_ref().unwrap_or(&model.id);
    let name = order.name.as_ref().unwrap_or(&model.name);
    let place = free(models, id)?;
    let transformer = transformer(&parts, order.precision)?;
    let tokenizer = tokenizer(&parts)?;
    let precision = match &transformer {
        Way::Convert(task) => Some(task.plan.precision()),
        Way::Copy(_) => parts.transformer.precision,
    };

    let work = Workplace::open(models)?;
    let mut steps = Steps::new(cancel, tell);
    let files = Files {
        transformer: transformer.name("transformer"),
        tokenizer: tokenizer.name("tokenizer"),
        config: parts
            .tokenizer
            .config
            .as_ref()
            .map(|_| "config.yaml".into()),
        precision,
        originals: Vec::new(),
    };
    let mut ways = vec![
        (files.transformer.clone(), transformer),
        (files.tokenizer.clone(), tokenizer),
    ];
    if let (Some(config), Some(name)) = (&parts.tokenizer.config, &files.config) {
        ways.push((name.clone(), Way::Copy(config.clone())));
    }
    let from = ways.iter().map(|(_, way)| way.path().to_owned()).collect();
    make(ways, &work, &mut steps)?;

    let text = manifest(
        &parts,
        published(&parts, model, catalogue),
        &files,
        id,
        name,
    );
    check(&text, &parts, work.path())?;
    atomic::write_bytes(work.path().join(MANIFEST), text.as_bytes())?;
    cancel.check()?;
    work.settle(&place)?;
    Ok(Imported {
        id: id.clone(),
        name: name.clone(),
        bytes: super::remove::size(&place),
        folder: place,
        precision,
        from,
    })
}

/// Copies a folder that is a model already: the files that its manifest names, and what is known of their making.
///
/// # Errors
/// What is wrong with its manifest or its files; else as [`import`].
pub fn import_folder(
    folder: &Path,
    models: &Path,
    cancel: &Cancel,
    tell: &mut dyn FnMut(Progress),
) -> Result<Imported> {
    let home = Home::Folder(folder.to_owned());
    let manifest = home.manifest()?;
    let card = manifest.card(&folder.join(MANIFEST), Some(folder))?;
    manifest.check_pair(&home.layout(&manifest)?)?;
    for name in [&manifest.files.transformer, &manifest.files.tokenizer] {
        StateDict::open(&home.file(name))?;
    }
    let place = free(models, &card.id)?;
    let work = Workplace::open(models)?;
    let mut steps = Steps::new(cancel, tell);
    let ways = manifest.files.in_use().map(|name| {
        let way = Way::Copy(folder.join(name));
        (name.clone(), way)
    });
    let ways: Vec<_> = ways.collect();
    let from = ways.iter().map(|(_, way)| way.path().to_owned()).collect();
    make(ways, &work, &mut steps)?;
    let text = home
        .file(MANIFEST)
        .read_text("model.toml", super::MANIFEST_LIMIT)?;
    atomic::write_bytes(work.path().join(MANIFEST), text.as_bytes())?;
    cancel.check()?;
    work.settle(&place)?;
    Ok(Imported {
        id: card.id,
        name: card.name,
        bytes: super::remove::size(&place),
        folder: place,
        precision: card.precision,
        from,
    })
}

/// How a file gets into the model's folder.
enum Way {
    Copy(PathBuf),
    Convert(Box<Task>),
}

impl Way {
    fn name(&self, stem: &str) -> String {
        match self {
            Self::Copy(path) => {
                let ending = path.extension().unwrap_or_default().to_string_lossy();
                format!("{stem}.{}", ending.to_ascii_lowercase())
            }
            Self::Convert(task) => task.plan.file_name(stem),
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Copy(path) => path,
            Self::Convert(task) => task.state.path(),
        }
    }
}

/// The transformer's way, after a look at all its tensors.
fn transformer(parts: &Resolved<'_>, wanted: Option<Precision>) -> Result<Way> {
    let path = &parts.transformer_file;
    let is_averaged = parts.transformer_variant == Variant::Averaged;
    let own = parts.transformer.precision.unwrap_or(Precision::F32);
    let precision = wanted.unwrap_or(own.as_target());
    let task = Task::of_transformer(
        path.clone(),
        parts.transformer_variant,
        parts.transformer.family(),
        &parts.config,
        precision,
    )?;
    // Only a conversion can take the averaged weights, for a manifest does not say which are meant.
    Ok(match wanted.is_some() || is_averaged {
        true => Way::Convert(Box::new(task)),
        false => Way::Copy(path.clone()),
    })
}

/// The tokenizer's. What a trainer left beside the weights stays behind.
fn tokenizer(parts: &Resolved<'_>) -> Result<Way> {
    let path = &parts.tokenizer_file;
    let task = Task::of_tokenizer(path.clone(), parts.tokenizer_variant, &parts.layout)?;
    Ok(match convert::is_archive(path) {
        true => Way::Convert(Box::new(task)),
        false => Way::Copy(path.clone()),
    })
}

/// Copies and converts.
fn make(ways: Vec<(String, Way)>, work: &Workplace, steps: &mut Steps<'_>) -> Result<()> {
    let size = |path: &Path| fs::metadata(path).map_or(0, |data| data.len());
    let needed = ways.iter().map(|(_, way)| match way {
        Way::Copy(path) => size(path),
        Way::Convert(task) => task.plan.bytes(),
    });
    insist_on_room(work.path(), needed.fold(0, u64::saturating_add))?;
    let (mut notes, mut tasks) = (BTreeMap::new(), Vec::new());
    for (name, way) in ways {
        match way {
            Way::Convert(task) => tasks.push((name, *task)),
            Way::Copy(from) => {
                let made = copy(&from, &work.path().join(&name), &name, steps)?;
                notes.insert(name, made);
            }
        }
    }
    notes.extend(convert::carry_out(tasks, work, steps)?);
    made::keep(work.path(), &notes)
}

/// Copies a file, and notes what it hashed to.
fn copy(from: &Path, to: &Path, name: &str, steps: &mut Steps<'_>) -> Result<Made> {
    let reading = |error: io::Error| Error::file("read", from, &error);
    let writing = |error: io::Error| Error::file("write", to, &error);
    let mut source = File::open(from).map_err(reading)?;
    let total = source.metadata().map_err(reading)?.len();
    steps.begin(name, Phase::Copying, total)?;
    let mut file = File::create_new(to).map_err(writing)?;
    let (mut hash, mut size) = (Sha256::new(), 0);
    let mut piece = vec![0; PIECE];
    loop {
        let count = match source.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            count => count.map_err(reading)?,
        };
        let bytes = &piece[..count];
        if bytes.is_empty() {
            break;
        }
        file.write_all(bytes).map_err(writing)?;
        hash.update(bytes);
        size += count as u64;
        steps.add(count as u64)?;
    }
    file.sync_all().map_err(writing)?;
    let hash = hash.finalize();
    Ok(Made {
        from: from
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into(),
        variant: Variant::Trained,
        precision: None,
        size,
        sha256: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}

/// The folder of an id that no model has.
fn free(models: &Path, id: &str) -> Result<PathBuf> {
    let place = models.join(id);
    if !is_word(id) || id.starts_with('.') {
        let expected = "letters, digits, '-', '_' and '.', and no '.' first";
        return Err(Error::Config(format!(
            "the id is {id:?}, expected {expected}"
        )));
    }
    match fs::symlink_metadata(&place) {
        Ok(_) => {
            let there = io::Error::new(
                io::ErrorKind::AlreadyExists,
                "a model of this id is there already",
            );
            Err(Error::file("create", &place, &there))
        }
        Err(_) => Ok(place),
    }
}

/// The entry whose settings the model is given: of those with its sizes, the one with its grid and heads.
fn published<'a>(
    parts: &Resolved<'_>,
    model: &Proposal,
    catalogue: &'a Catalogue,
) -> Option<Entry<'a>> {
    let entries = model
        .published
        .iter()
        .filter_map(|id| catalogue.entry(id).ok());
    let mut same = entries.filter(|entry| {
        let Entry::Model(transformer, tokenizer) = entry else {
            return false;
        };
        let sizes = transformer.sizes().unwrap_or_default();
        let heads = sizes.head_positions.as_ref();
        tokenizer.codes.grid == [parts.config.grid; 2]
            && heads.is_none_or(|heads| *heads == parts.config.head_layers)
    });
    same.next()
}

/// The text of the manifest.
fn manifest(
    parts: &Resolved<'_>,
    published: Option<Entry<'_>>,
    files: &Files,
    id: &str,
    name: &str,
) -> String {
    let config = &parts.config;
    let sizes = TransformerSizes {
        preset: None,
        layers: Some(config.layers),
        heads: Some(config.heads),
        width: Some(config.width),
        head_positions: Some(config.head_layers.clone()),
        classes: config.classes,
        // How often the class was dropped in training is not known, only that it was.
        class_dropout_prob: if config.unconditional { 0.1 } else { 0.0 },
        share_prediction_heads: config.tied_heads,
    };
    let side = config.grid * parts.layout.cell();
    let empty = toml::Table::new();
    let (summary, sampling) = match published {
        Some(Entry::Model(transformer, _)) => (
            transformer.published.summary.as_str(),
            transformer.sampling(),
        ),
        _ => ("Imported from files", &empty),
    };
    let mut origins: Vec<String> = Vec::new();
    for path in [&parts.transformer_file, &parts.tokenizer_file] {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        origins.push(name.into_owned());
    }
    Written {
        name,
        id,
        version: 1,
        family: parts.transformer.family,
        kind: match parts.mode {
            Mode::Classes => "class",
            Mode::Documents => "text",
        },
        summary,
        licence: "",
        source: format!("imported from {}", origins.join(" and ")),
        attribution: String::new(),
        image: ImageSize {
            width: side,
            height: side,
        },
        codes: CodeSizes {
            grid: [config.grid; 2],
            depth: config.depth(),
            codebook: config.codebook,
        },
        transformer: &toml::Table::try_from(sizes).unwrap_or_default(),
        sampling,
        files,
    }
    .text()
}

/// Insists that what was written is the model that was meant.
fn check(text: &str, parts: &Resolved<'_>, folder: &Path) -> Result<()> {
    let path = folder.join(MANIFEST);
    let manifest = Manifest::parse(text, &path)?;
    let config = manifest.transformer(&path)?;
    manifest.card(&path, None)?;
    if config != parts.config {
        let reason = format!("it says {config:?}, expected {:?}", parts.config);
        return Err(Error::malformed("model.toml", &path, reason));
    }
    let home = Home::Folder(folder.to_owned());
    manifest.check_pair(&home.layout(&manifest)?)?;
    for name in [&manifest.files.transformer, &manifest.files.tokenizer] {
        StateDict::open(&Source::File(folder.join(name)))?;
    }
    Ok(())
}
