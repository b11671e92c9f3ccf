//! Weights in another precision, in a file that other tools open: GGUF for blocks, safetensors for whole numbers.
//!
//! One tensor is in memory at a time, whatever the size of the model. A file is written beside the models and moved to
//! its place when it is whole; the manifest, which says what the model is read from, changes last. So a conversion that
//! is cancelled, fails or is killed leaves the model as it was.
//!
//! | module | what lives there |
//! |---|---|
//! | `plan` | which tensor is written in which numbers, and how long the file will be |
//! | `header` | what comes before the numbers, in either format |
//! | `writing` | the numbers, tensor by tensor |
//!
//! What a processor prefers to multiply (`ready-….safetensors`) is made of these files by the engine when the model is
//! loaded, and can be made again at any time.

mod header;
mod plan;
mod writing;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{
    Files, Home, MANIFEST, Manifest, Precision,
    download::{Progress, insist_on_room},
    hub::Cancel,
    inventory::Inventory,
    made::{self, Made},
    manifest::{self, is_plain},
    remove,
    steps::Steps,
    workplace::Workplace,
};
use crate::{
    backend::cpu::Format,
    checkpoint::{Source, StateDict, Variant},
    error::{Error, Result},
    family::{Family, dnd},
    picture::atomic,
    tokenizer::Layout,
};

pub(super) use plan::Plan;
pub(super) use writing::write;

/// What a conversion made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Converted {
    /// The model's folder.
    pub folder: PathBuf,
    /// What its matrices are kept in now.
    pub precision: Precision,
    /// The new files by their names, with their bytes.
    pub files: Vec<(String, u64)>,
    /// Bytes of the files that it was converted from and that are still there: see
    /// [`remove_originals`](super::remove::remove_originals).
    pub originals: u64,
}

/// How an installed model is converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What the transformer's matrices are to be kept in. Its tables are kept in 16 bits at least, its norms whole.
    pub precision: Precision,
    /// Which copy of the transformer's weights.
    pub transformer: Variant,
    /// Which copy of the tokenizer's.
    pub tokenizer: Variant,
}

impl Settings {
    /// The weights as trained.
    pub fn to(precision: Precision) -> Self {
        Self {
            precision,
            transformer: Variant::Trained,
            tokenizer: Variant::Trained,
        }
    }
}

/// What the file of a model offers to a conversion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Offers {
    /// Whether the transformer's file holds a running average too.
    pub transformer_averages: bool,
    /// Whether the tokenizer's does.
    pub tokenizer_averages: bool,
}

/// Looks which copies of the weights there are to convert.
///
/// # Errors
/// When the manifest or the files cannot be read.
pub fn offers(folder: &Path) -> Result<Offers> {
    let home = Home::Folder(folder.to_owned());
    let manifest = home.manifest()?;
    let [transformer, tokenizer] = [&manifest.files.transformer, &manifest.files.tokenizer]
        .map(|name| StateDict::open(&home.file(&source_of(folder, &manifest, name))));
    Ok(Offers {
        transformer_averages: transformer?.has_averages(),
        tokenizer_averages: tokenizer?.has_averages(),
    })
}

/// Converts the model in `folder`, a folder directly below `models`: from its original as long as that is there. The
/// tokenizer, which is computed in full precision, only leaves behind what a trainer put beside its weights.
///
/// # Errors
/// What is wrong with the manifest, the files or their fit; [`Error::Converted`] when the model is in that precision
/// already; [`Error::NoRoom`]; [`Error::TooLarge`]; [`Error::Cancelled`]. The model is then as it was.
pub fn convert(
    models: &Path,
    folder: &Path,
    settings: &Settings,
    cancel: &Cancel,
    tell: &mut dyn FnMut(Progress),
) -> Result<Converted> {
    let home = Home::Folder(folder.to_owned());
    let manifest = home.manifest()?;
    let path = folder.join(MANIFEST);
    let config = manifest.transformer(&path)?;
    let layout = home.layout(&manifest)?;
    manifest.check_pair(&layout)?;

    let mut files = manifest.files.clone();
    let mut tasks = Vec::new();
    let from = source_of(folder, &manifest, &files.transformer);
    let task = Task::of_transformer(
        folder.join(&from),
        settings.transformer,
        manifest.family(),
        &config,
        settings.precision,
    )?;
    let name = task.plan.file_name("transformer");
    if name == files.transformer && settings.transformer == Variant::Trained {
        return Err(Error::Converted {
            model: manifest.id().to_owned(),
            precision: settings.precision,
        });
    }
    files.transformer = free(folder, &files, name);
    tasks.push((files.transformer.clone(), task));
    let from = source_of(folder, &manifest, &files.tokenizer);
    let variant = settings.tokenizer;
    if variant == Variant::Averaged || is_archive(&folder.join(&files.tokenizer)) {
        let task = Task::of_tokenizer(folder.join(&from), variant, &layout)?;
        let name = task.plan.file_name("tokenizer");
        files.tokenizer = free(folder, &files, name);
        tasks.push((files.tokenizer.clone(), task));
    }
    files.precision = Some(settings.precision);
    for (_, task) in &tasks {
        let name = task.file_name();
        if !files.originals.contains(&name) {
            files.originals.push(name);
        }
    }

    let work = Workplace::open(models)?;
    let mut steps = Steps::new(cancel, tell);
    let notes = carry_out(tasks, &work, &mut steps)?;
    cancel.check()?;
    // Noted first: a file that is there and not in use is then known to be ours.
    made::keep(folder, &notes)?;
    for name in notes.keys() {
        let (made, place) = (work.path().join(name), folder.join(name));
        fs::rename(&made, &place).map_err(|error| Error::file("write", &place, &error))?;
    }
    atomic::sync_folder(folder);
    manifest::change_files(&path, &files)?;
    tidy(folder, &files);
    Ok(Converted {
        folder: folder.to_owned(),
        precision: settings.precision,
        files: notes
            .into_iter()
            .map(|(name, made)| (name, made.size))
            .collect(),
        originals: remove::originals(folder)?
            .iter()
            .map(|(_, bytes)| bytes)
            .sum(),
    })
}

/// Writes the files of `tasks` into `work`, and gives the notes about them.
pub(super) fn carry_out(
    tasks: Vec<(String, Task)>,
    work: &Workplace,
    steps: &mut Steps<'_>,
) -> Result<BTreeMap<String, Made>> {
    let needed = tasks.iter().map(|(_, task)| task.plan.bytes());
    insist_on_room(work.path(), needed.fold(0, u64::saturating_add))?;
    let mut notes = BTreeMap::new();
    for (name, task) in tasks {
        let (from, variant) = (task.file_name(), task.variant);
        let precision = Some(task.plan.precision());
        let (size, sha256) = write(task, &work.path().join(&name), &name, steps)?;
        let made = Made {
            from,
            variant,
            precision,
            size,
            sha256,
        };
        notes.insert(name, made);
    }
    Ok(notes)
}

/// A file to convert.
pub(super) struct Task {
    pub state: StateDict,
    pub variant: Variant,
    pub plan: Plan,
}

impl Task {
    /// Of a transformer, whose tensors are checked by their names and shapes.
    pub fn of_transformer(
        path: PathBuf,
        variant: Variant,
        family: &Family,
        config: &dnd::Config,
        precision: Precision,
    ) -> Result<Self> {
        let state = StateDict::open_variant(&Source::File(path), variant)?;
        (family.check_checkpoint)(config, &state)?;
        let inventory = Inventory::of_transformer(family, config);
        inventory.check(&state)?;
        let plan = Plan::of_transformer(
            &inventory,
            &state,
            precision,
            format!("strata.{}", family.name),
        );
        Ok(Self {
            state,
            variant,
            plan,
        })
    }

    /// Of a tokenizer.
    pub fn of_tokenizer(path: PathBuf, variant: Variant, layout: &Layout) -> Result<Self> {
        let state = StateDict::open_variant(&Source::File(path), variant)?;
        let inventory = Inventory::of_tokenizer(layout);
        inventory.check(&state)?;
        let plan = Plan::of_tokenizer(&inventory, &state);
        Ok(Self {
            state,
            variant,
            plan,
        })
    }

    /// The name of the file that is read.
    fn file_name(&self) -> String {
        let name = self.state.path().file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

/// What a file of the model was converted from, as long as that is there; else the file.
fn source_of(folder: &Path, manifest: &Manifest, name: &str) -> String {
    let notes = made::made(folder);
    let from = notes.get(name).map(|made| &made.from);
    let there = |from: &&String| {
        manifest.files.originals.contains(from) && folder.join(from.as_str()).is_file()
    };
    from.filter(there).map_or(name, String::as_str).to_owned()
}

/// A name like this one that no file of the model has.
fn free(folder: &Path, files: &Files, name: String) -> String {
    let is_taken = |name: &String| files.all().any(|other| other == name);
    if !is_taken(&name) {
        return name;
    }
    let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, ""));
    let mut numbered = (2..).map(|number| format!("{stem}-{number}.{ending}"));
    let is_free = |name: &String| !is_taken(name) && !folder.join(name).exists();
    numbered.find(is_free).unwrap_or_default()
}

/// Removes what was made here earlier and is no longer in use, and what was prepared of it. It can be made again.
fn tidy(folder: &Path, files: &Files) {
    let noted = made::made(folder);
    let unused = noted
        .keys()
        .filter(|name| is_plain(name) && !files.all().any(|own| own == *name));
    let ready = Format::ALL.map(ready_name);
    for name in unused.chain(&ready) {
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Err(error) if path.exists() => {
                tracing::warn!(path = %path.display(), %error, "no longer needed, and not removed");
            }
            _ => {}
        }
    }
}

/// The file of weights as a processor multiplies them, which the engine makes of a large model's.
pub(crate) fn ready_name(format: Format) -> String {
    format!("ready-{}.safetensors", format.name())
}

/// Whether a file is a torch checkpoint, which may hold much beside the weights.
pub(super) fn is_archive(path: &Path) -> bool {
    let bytes = Source::File(path.to_owned()).bytes();
    bytes.is_ok_and(|bytes| bytes.starts_with(b"PK"))
}
