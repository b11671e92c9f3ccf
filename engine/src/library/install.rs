//! From an entry of the catalogue to a folder of the library: which files of the hub it is made of, and the
//! manifest that joins them.
//!
//! The manifest is written last: until then the folder is no model, and the library passes it over.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    Files, Home, MANIFEST, Manifest, Precision,
    catalogue::{Entry, Published, Tokenizer},
    download::{self, Limits, Progress, Receipt},
    hub::{Cancel, Hub, RemoteFile},
    manifest,
};
use crate::{
    checkpoint::{RqVaeConfig, Source, StateDict},
    error::{Error, Result},
    picture::atomic,
};

/// Endings of files of weights.
const WEIGHTS: [&str; 4] = ["pt", "pth", "safetensors", "gguf"];
/// The tokenizer's configuration on the hub.
const CONFIG: &str = "config.yaml";

/// Which file of a folder is meant, where it holds several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The name of the transformer's file.
    pub transformer: Option<String>,
    /// The name of the tokenizer's file.
    pub tokenizer: Option<String>,
}

/// What will be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The entry's id: the name of its folder.
    pub id: String,
    /// The files, each with its name in the folder.
    pub files: Vec<(String, RemoteFile)>,
    /// The text of `model.toml`; none for a tokenizer alone.
    manifest: Option<String>,
}

impl Plan {
    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        let sizes = self.files.iter().map(|(_, file)| file.size);
        sizes.fold(0, u64::saturating_add)
    }
}

/// What was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Its folder.
    pub folder: PathBuf,
    /// Its files by their names there, with what they are.
    pub files: Vec<(String, Receipt)>,
    /// Whether the folder is a model now, and not a tokenizer alone.
    pub is_model: bool,
}

/// Asks the hub what an entry is made of.
///
/// # Errors
/// [`Error::UnknownFamily`]; [`Error::Choice`] when a folder holds no file or several that could be meant;
/// [`Error::Remote`] when the hub does not tell; [`Error::Cancelled`].
pub fn plan(
    hub: &Hub,
    entry: Entry<'_>,
    revision: &str,
    choice: &Choice,
    cancel: &Cancel,
) -> Result<Plan> {
    let published = entry.published();
    let Some(family) = published.family() else {
        return Err(Error::UnknownFamily {
            id: published.id.clone(),
            family: published.family.clone(),
        });
    };
    let list = |of: &Published| hub.list(&of.repository, revision, &of.folder, cancel);

    let Tokenizer { published: of, .. } = entry.tokenizer();
    let listed = list(of)?;
    let tokenizer = weights(of, "tokenizer", &listed, choice.tokenizer.as_ref())?;
    let local = |stem: &str, file: &RemoteFile| format!("{stem}.{}", ending(file.name()));
    let mut names = Files {
        tokenizer: local("tokenizer", &tokenizer),
        ..Files::of(family.tokenizer)
    };
    let mut files = vec![(names.tokenizer.clone(), tokenizer)];
    if let Some(name) = &names.config {
        let config = named(&listed, CONFIG)
            .ok_or_else(|| choose(of, "tokenizer's configuration", Vec::new()))?;
        files.insert(0, (name.clone(), config));
    }
    let mut manifest = None;
    if let Entry::Model(transformer, tokenizer) = entry {
        let of = &transformer.published;
        let file = weights(of, "transformer", &list(of)?, choice.transformer.as_ref())?;
        names.transformer = local("transformer", &file);
        files.push((names.transformer.clone(), file));
        manifest = Some(transformer.manifest(tokenizer, &names));
    }
    Ok(Plan {
        id: published.id.clone(),
        files,
        manifest,
    })
}

/// Fetches everything into the plan's folder below `models`, and makes a model of it. What an earlier call
/// fetched is kept.
///
/// # Errors
/// Those of [`download::fetch`], and what is wrong with the files: a model that could not be read is none.
pub fn fetch(
    hub: &Hub,
    plan: &Plan,
    models: &Path,
    limits: &Limits,
    cancel: &Cancel,
    tell: &mut dyn FnMut(Progress),
) -> Result<Installed> {
    let folder = models.join(&plan.id);
    fs::create_dir_all(&folder).map_err(|error| Error::file("create", &folder, &error))?;
    let files = plan.files.iter().map(|(name, file)| (name.as_str(), file));
    download::check_room(&folder, files)?;
    let mut receipts = Vec::new();
    for (name, file) in &plan.files {
        let path = folder.join(name);
        let receipt = download::fetch(hub, file, &path, limits, cancel, tell)?;
        receipts.push((name.clone(), receipt));
        check(&path)?;
    }
    if let Some(text) = &plan.manifest {
        let path = folder.join(MANIFEST);
        let manifest = Manifest::parse(text, &path)?;
        let home = Home::Folder(folder.clone());
        manifest.check_pair(&home.layout(&manifest)?)?;
        let transformer = StateDict::open(&home.file(&manifest.files.transformer))?;
        let files = Files {
            precision: Precision::of(&transformer),
            ..manifest.files
        };
        let text = manifest::with_files(text, &files, &path)?;
        atomic::write_bytes(&path, text.as_bytes())?;
    }
    Ok(Installed {
        folder,
        files: receipts,
        is_model: plan.manifest.is_some(),
    })
}

/// Insists that a file is what it should be, as far as its beginning tells.
fn check(path: &Path) -> Result<()> {
    let source = Source::File(path.to_owned());
    match ending(&path.to_string_lossy()) {
        "yaml" => RqVaeConfig::from_source(&source).map(|_| ()),
        _ => StateDict::open(&source).map(|_| ()),
    }
}

fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// The one file of weights that is meant.
fn weights(
    of: &Published,
    part: &'static str,
    listed: &[RemoteFile],
    choice: Option<&String>,
) -> Result<RemoteFile> {
    let candidates: Vec<&RemoteFile> = listed
        .iter()
        .filter(|file| WEIGHTS.contains(&ending(file.name())))
        .collect();
    let meant = match (choice.or(of.file.as_ref()), &candidates[..]) {
        (Some(name), _) => named(listed, name),
        (None, [only]) => Some((*only).clone()),
        (None, _) => None,
    };
    meant.ok_or_else(|| choose(of, part, candidates))
}

fn named(listed: &[RemoteFile], name: &str) -> Option<RemoteFile> {
    let mut listed = listed.iter();
    listed.find(|file| file.name() == name).cloned()
}

fn choose(of: &Published, part: &'static str, candidates: Vec<&RemoteFile>) -> Error {
    Error::Choice {
        part,
        folder: format!("{}/{}", of.repository, of.folder),
        candidates: candidates
            .iter()
            .map(|file| file.name().to_owned())
            .collect(),
    }
}
