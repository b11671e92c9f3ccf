//! Is an installed model what it should be: a report that says what was looked at and what was found.
//!
//! What is wrong with the model is a finding, not an error of the check.

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use super::{
    Home, Library, MANIFEST, Manifest,
    download::{Phase, Progress, is_as_fetched, receipts, sha256_of},
    hub::Cancel,
    inventory::Inventory,
    made::made,
    steps::Steps,
};
use crate::{
    backend::Device,
    checkpoint::{Source, StateDict},
    error::{Error, Result},
    model::Model,
};

/// Positions that are drawn on trial.
const POSITIONS: usize = 8;

/// What is looked at, in this order. What needs something that is missing is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The manifest can be read and makes sense.
    Manifest,
    /// A file's bytes are those that were fetched, copied or converted.
    Hash,
    /// A file holds every tensor with its shape and no other.
    Tensors,
    /// Every number of a file is finite.
    Numbers,
    /// Transformer and tokenizer belong together.
    Pairing,
    /// A few positions can be drawn, and become a picture of finite numbers.
    Drawing,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// It could not be looked at, and need not be wrong: there is nothing to compare a file with.
    Unknown,
    /// Wrong.
    Bad,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// The file, where it was one.
    pub file: Option<String>,
    /// What was found.
    pub verdict: Verdict,
    /// What is wrong.
    #[serde(serialize_with = "in_words")]
    pub error: Option<Error>,
}

/// The report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The model's id.
    pub model: String,
    /// Its folder; `None` inside the program.
    pub folder: Option<PathBuf>,
    /// Whether nothing is wrong.
    pub sound: bool,
    /// Everything that was looked at.
    pub findings: Vec<Finding>,
}

fn in_words<S: Serializer>(error: &Option<Error>, to: S) -> Result<S::Ok, S::Error> {
    match error {
        Some(error) => to.collect_str(error),
        None => to.serialize_none(),
    }
}

/// Checks a model of the library. `device` is what it draws on; a fitted preview is kept in `cache`.
///
/// # Errors
/// [`Error::UnknownModel`], [`Error::Cancelled`].
pub fn verify(
    library: &Library,
    id: &str,
    device: &Device,
    cache: Option<&Path>,
    cancel: &Cancel,
    tell: &mut dyn FnMut(Progress),
) -> Result<Report> {
    let home = library.home(id)?;
    let mut report = Report {
        model: id.to_owned(),
        folder: match &home {
            Home::Folder(folder) => Some(folder.clone()),
            Home::Shipped(_) => None,
        },
        sound: true,
        findings: Vec::new(),
    };
    let mut steps = Steps::new(cancel, tell);
    let whole = check(&home, &mut report, &mut steps, cancel)?;
    let is_bad = |own: &Finding| own.verdict == Verdict::Bad;
    if whole && !report.findings.iter().any(is_bad) {
        let drawn = draw(library, &report.model, device, cache, &mut steps);
        report.note(Check::Drawing, None, drawn)?;
    }
    report.sound = !report.findings.iter().any(is_bad);
    Ok(report)
}

impl Report {
    /// Adds a finding; only a cancellation ends the check.
    fn note<T>(&mut self, check: Check, file: Option<&str>, found: Result<T>) -> Result<Option<T>> {
        let (verdict, error, value) = match found {
            Ok(value) => (Verdict::Good, None, Some(value)),
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => (Verdict::Bad, Some(error), None),
        };
        self.findings.push(Finding {
            check,
            file: file.map(str::to_owned),
            verdict,
            error,
        });
        Ok(value)
    }
}

/// Everything but drawing; whether there is enough to draw with.
fn check(home: &Home, report: &mut Report, steps: &mut Steps<'_>, cancel: &Cancel) -> Result<bool> {
    let path = home.file(MANIFEST).path().to_owned();
    let read = home.manifest().and_then(|manifest| {
        let config = manifest.transformer(&path)?;
        manifest.card(&path, None)?;
        Ok((manifest, config))
    });
    let Some((manifest, config)) = report.note(Check::Manifest, Some(MANIFEST), read)? else {
        return Ok(false);
    };
    report.model = manifest.id().to_owned();
    if let Home::Folder(folder) = home {
        hashes(folder, &manifest, report, steps, cancel)?;
    }
    let file = manifest.files.transformer.clone();
    let inventory = Inventory::of_transformer(manifest.family(), &config);
    tensors(
        &home.file(&file),
        &file,
        &inventory,
        report,
        steps,
        |state| (manifest.family().check_checkpoint)(&config, state),
    )?;
    let layout = home.layout(&manifest);
    let pairing = layout.and_then(|layout| {
        manifest.check_pair(&layout)?;
        Ok(layout)
    });
    let Some(layout) = report.note(Check::Pairing, None, pairing)? else {
        return Ok(false);
    };
    let file = manifest.files.tokenizer.clone();
    let inventory = Inventory::of_tokenizer(&layout);
    tensors(&home.file(&file), &file, &inventory, report, steps, |_| {
        Ok(())
    })?;
    Ok(true)
}

/// Compares the files with what they were when they came here.
fn hashes(
    folder: &Path,
    manifest: &Manifest,
    report: &mut Report,
    steps: &mut Steps<'_>,
    cancel: &Cancel,
) -> Result<()> {
    let (receipts, notes) = (receipts(folder), made(folder));
    for name in manifest.files.in_use() {
        let path = folder.join(name);
        let size = std::fs::metadata(&path).map_or(0, |data| data.len());
        let same = match (notes.get(name), receipts.get(name)) {
            (Some(made), _) => {
                steps.begin(name, Phase::Checking, size)?;
                sha256_of(&path, |bytes| steps.add(bytes)).map(|found| found == made.sha256)
            }
            (None, Some(receipt)) => {
                steps.begin(name, Phase::Checking, size)?;
                is_as_fetched(&path, receipt, cancel)
            }
            (None, None) => {
                report.findings.push(Finding {
                    check: Check::Hash,
                    file: Some(name.clone()),
                    verdict: Verdict::Unknown,
                    error: None,
                });
                continue;
            }
        };
        let same = same.and_then(|same| match same {
            true => Ok(()),
            false => Err(Error::Altered { path }),
        });
        report.note(Check::Hash, Some(name), same)?;
    }
    Ok(())
}

/// Looks at the names and shapes in a file, then at every number.
fn tensors(
    source: &Source,
    name: &str,
    inventory: &Inventory,
    report: &mut Report,
    steps: &mut Steps<'_>,
    family: impl FnOnce(&StateDict) -> Result<()>,
) -> Result<()> {
    let opened = StateDict::open(source).and_then(|state| {
        family(&state)?;
        inventory.check(&state)?;
        Ok(state)
    });
    let Some(mut state) = report.note(Check::Tensors, Some(name), opened)? else {
        return Ok(());
    };
    let to_read: Vec<_> = inventory.to_read(&state).cloned().collect();
    let count = |shape: &[usize]| shape.iter().product::<usize>() as u64;
    let total = to_read.iter().map(|needed| count(&needed.shape)).sum();
    steps.begin(name, Phase::Checking, total)?;
    let mut numbers = || -> Result<()> {
        for needed in &to_read {
            state.take(&needed.name, &needed.shape)?;
            state.release(&needed.name);
            steps.add(count(&needed.shape))?;
        }
        Ok(())
    };
    let found = numbers();
    report.note(Check::Numbers, Some(name), found)?;
    Ok(())
}

/// Draws the beginning of a picture.
fn draw(
    library: &Library,
    id: &str,
    device: &Device,
    cache: Option<&Path>,
    steps: &mut Steps<'_>,
) -> Result<()> {
    let total = (POSITIONS + 2) as u64;
    steps.begin(id, Phase::Drawing, total)?;
    let device = device.open()?;
    let mut model = Model::load(library, id, cache, &device, &mut |_| steps.add(0))?;
    steps.add(1)?;
    model.try_out(POSITIONS, &mut || steps.add(1))?;
    steps.add(1)
}
