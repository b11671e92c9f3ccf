//! Runs folders of golden outputs of the published implementation, whatever their sizes.
//!
//! A folder has a `case.json` whose `kind` says how to read it. Kinds that are not known here are named
//! and skipped.

mod pipeline;
mod sampling;
mod tokenizer;
mod transformer;

pub use transformer::{Taught, taught};

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use strata_engine::{
    Guidance, PerDepth, Schedule,
    family::{Family, dnd, llamagen},
};

/// Logits, latents and pictures of an f32 implementation lie this close to the reference.
pub const TOLERANCE: f32 = 1e-4;
/// The same for what has run through all layers of a decoder.
pub const PICTURE_TOLERANCE: f32 = 2e-4;
/// For probabilities.
pub const PROBABILITY_TOLERANCE: f32 = 1e-5;

/// The folder of conformance cases: `STRATA_CONFORMANCE`, or the one beside the checkout. `None`, with
/// a line that says so, when there is neither.
pub fn root() -> Option<PathBuf> {
    if let Some(root) = std::env::var_os("STRATA_CONFORMANCE") {
        return Some(root.into());
    }
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance");
    if beside.is_dir() {
        return Some(beside);
    }
    eprintln!("skipped: no conformance cases; set STRATA_CONFORMANCE to a folder of them");
    None
}

/// Runs every case of `kind` below `root` and returns the names of the folders that ran.
///
/// # Errors
/// The first case that does not conform, by name.
pub fn run_all(root: &Path, kind: &str) -> Result<Vec<String>> {
    let mut ran = Vec::new();
    let entries = fs::read_dir(root).with_context(|| format!("reading {}", root.display()))?;
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    folders.sort();
    for folder in folders
        .iter()
        .filter(|folder| folder.join("case.json").is_file())
    {
        let case = Case::open(folder)?;
        if case.kind()? == kind {
            run(&case).with_context(|| format!("case {}", folder.display()))?;
            ran.push(case.name());
        }
    }
    Ok(ran)
}

/// The kinds that this runner knows.
pub const KINDS: [&str; 7] = [
    "transformer",
    "tokenizer",
    "pipeline",
    "sampling",
    "llamagen-transformer",
    "llamagen-tokenizer",
    "llamagen-pipeline",
];

/// The folders below `root` whose kind is not known here.
///
/// # Errors
/// When a folder cannot be read.
pub fn unknown_kinds(root: &Path) -> Result<Vec<String>> {
    let mut unknown = Vec::new();
    for entry in fs::read_dir(root)? {
        let folder = entry?.path();
        if folder.join("case.json").is_file() {
            let case = Case::open(&folder)?;
            if !KINDS.contains(&case.kind()?) {
                unknown.push(format!("{} ({})", case.name(), case.kind()?));
            }
        }
    }
    Ok(unknown)
}

/// Before the kinds of LlamaGen's cases.
const LLAMAGEN: &str = "llamagen-";

/// Runs one case.
///
/// # Errors
/// What does not conform.
pub fn run(case: &Case) -> Result<()> {
    let kind = case.kind()?;
    match kind.strip_prefix(LLAMAGEN).unwrap_or(kind) {
        "transformer" => transformer::run(case),
        "tokenizer" => tokenizer::run(case),
        "pipeline" => pipeline::run(case),
        "sampling" => sampling::run(case),
        other => bail!("kind {other} is not known"),
    }
}

/// A folder with a `case.json`.
pub struct Case {
    folder: PathBuf,
    json: Value,
}

impl Case {
    /// Reads the folder's `case.json`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(folder: &Path) -> Result<Self> {
        let file = folder.join("case.json");
        let text =
            fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        Ok(Self {
            folder: folder.to_owned(),
            json: serde_json::from_str(&text)?,
        })
    }

    fn kind(&self) -> Result<&str> {
        self.json["kind"].as_str().context("case.json has no kind")
    }

    fn family(&self) -> Result<&'static Family> {
        Ok(match self.kind()?.starts_with(LLAMAGEN) {
            true => &llamagen::FAMILY,
            false => &dnd::FAMILY,
        })
    }

    fn name(&self) -> String {
        self.folder
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// Another case of the same set.
    fn sibling(&self, key: &str) -> Result<Self> {
        let name = self.json[key]
            .as_str()
            .with_context(|| format!("case.json has no {key}"))?;
        Self::open(&self.folder.with_file_name(name))
    }

    /// A whole number of `config`.
    fn size(&self, key: &str) -> Result<usize> {
        let value = self.json["config"][key].as_u64();
        Ok(value.with_context(|| format!("case.json has no config.{key}"))? as usize)
    }

    /// The kinds of guidance, each with its name in the expected tensors: scales (`cfg2.0`), then intervals
    /// (`cfg2.0.interval6`).
    fn guidances(&self) -> Result<Vec<(String, Guidance)>> {
        let scales = self.json["cfg_scales"]
            .as_array()
            .context("case.json has no cfg_scales")?;
        let scale = |value: &Value| value.as_f64().context("a guidance scale is no number");
        let constant = |value: &Value| {
            let scale = scale(value)?;
            Ok((format!("cfg{scale:?}"), Guidance::constant(scale as f32)))
        };
        let within = |pair: &Value| {
            let scale = scale(&pair[0])?;
            let interval = pair[1].as_i64().context("an interval is no whole number")?;
            let guidance = Guidance {
                scale: PerDepth::Same(scale as f32),
                schedule: Schedule::cfg_interval(interval as f32),
            };
            Ok((format!("cfg{scale:?}.interval{interval}"), guidance))
        };
        // Only LlamaGen has intervals.
        let intervals = self.json["cfg_intervals"].as_array();
        let intervals = intervals.into_iter().flatten().map(within);
        scales.iter().map(constant).chain(intervals).collect()
    }

    /// The weight files there are of `stem`: `.pt` and `.safetensors`, at least one.
    fn weights(&self, stem: &str) -> Result<Vec<PathBuf>> {
        let files = ["pt", "safetensors"].map(|kind| self.folder.join(format!("{stem}.{kind}")));
        let files: Vec<_> = files.into_iter().filter(|file| file.is_file()).collect();
        ensure!(!files.is_empty(), "no {stem}.pt or {stem}.safetensors");
        Ok(files)
    }

    fn expected(&self) -> Result<Expected> {
        Ok(Expected {
            bytes: fs::read(self.folder.join("expected.safetensors"))?,
        })
    }
}

/// The expected tensors of a case.
struct Expected {
    bytes: Vec<u8>,
}

impl Expected {
    fn tensors(&self) -> Result<SafeTensors<'_>> {
        Ok(SafeTensors::deserialize(&self.bytes)?)
    }

    fn names(&self) -> Result<Vec<String>> {
        Ok(self
            .tensors()?
            .names()
            .into_iter()
            .map(str::to_owned)
            .collect())
    }

    fn shape(&self, name: &str) -> Result<Vec<usize>> {
        let tensors = self.tensors()?;
        Ok(tensors
            .tensor(name)
            .with_context(|| format!("expected tensor {name}"))?
            .shape()
            .to_vec())
    }

    fn raw(&self, name: &str, dtype: Dtype) -> Result<Vec<u8>> {
        let tensors = self.tensors()?;
        let tensor = tensors
            .tensor(name)
            .with_context(|| format!("expected tensor {name}"))?;
        ensure!(
            tensor.dtype() == dtype,
            "{name} is {:?}, expected {dtype:?}",
            tensor.dtype()
        );
        Ok(tensor.data().to_vec())
    }

    fn f32(&self, name: &str) -> Result<Vec<f32>> {
        let quads = self.raw(name, Dtype::F32)?;
        Ok(quads
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect())
    }

    /// Codes and labels.
    fn codes(&self, name: &str) -> Result<Vec<u32>> {
        let quads = self.raw(name, Dtype::I32)?;
        Ok(quads
            .chunks_exact(4)
            .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect())
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        self.raw(name, Dtype::U8)
    }
}
