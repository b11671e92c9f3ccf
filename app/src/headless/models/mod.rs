//! `strata models`: what is installed, and what may be.
//!
//! Here: the list of the installed ones. Every other command has a file of its own.

mod catalogue;
mod convert;
mod get;
mod import;
mod progress;
mod remove;
mod verify;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Serialize;
use strata_engine::{Error, Guidance, Mode, ModelCard, Sampling, library::Precision};

use super::{Output, Result, Studio, choose, failure, output::warn};
use crate::explain::Explained;

/// Its arguments.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the installed models, as without a command.
    List,
    /// List published models that can be fetched.
    Catalogue(catalogue::Args),
    /// Fetch a published model: it goes on where an earlier call stopped.
    Get(get::Args),
    /// Make a model of files from anywhere: checkpoints, a tokenizer's config.yaml, folders.
    Import(Box<import::Args>),
    /// Convert an installed model to another precision.
    Convert(convert::Args),
    /// Check an installed model: its files, their numbers, their fit, and a few positions drawn.
    Verify(verify::Args),
    /// Remove an installed model, or only what it was converted from.
    Remove(remove::Args),
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    name: &'a str,
    family: &'a str,
    mode: Mode,
    grid: [usize; 2],
    depth: usize,
    codebook: usize,
    size: [usize; 2],
    classes: &'a [u32],
    guidable: bool,
    guidance: &'a Guidance,
    sampling: &'a Sampling,
    summary: &'a str,
    licence: &'a str,
    source: &'a str,
    attribution: &'a str,
    precision: Option<Precision>,
    /// Of all its files.
    bytes: u64,
    /// Of those among them that it was converted from.
    originals: u64,
    folder: Option<&'a Path>,
}

impl<'a> Row<'a> {
    fn of(card: &'a ModelCard) -> Self {
        Self {
            id: &card.id,
            name: &card.name,
            family: card.family,
            mode: card.mode,
            grid: card.grid,
            depth: card.depth,
            codebook: card.codebook,
            size: card.size,
            classes: &card.classes,
            guidable: card.guidable,
            guidance: &card.guidance,
            sampling: &card.sampling,
            summary: &card.summary,
            licence: &card.licence,
            source: &card.source,
            attribution: &card.attribution,
            precision: card.precision,
            bytes: card.bytes,
            originals: card.originals,
            folder: card.folder.as_deref(),
        }
    }
}

/// Lists the models, where no other command is named.
///
/// # Errors
/// That command's, or when standard output takes no more.
pub fn run(args: &Args, studio: &dyn Studio, out: &mut Output) -> Result<()> {
    match &args.command {
        None | Some(Command::List) => list(studio, out),
        Some(Command::Catalogue(args)) => catalogue::run(args, studio, out),
        Some(Command::Get(args)) => get::run(args, studio, out),
        Some(Command::Import(args)) => import::run(args, studio, out),
        Some(Command::Convert(args)) => convert::run(args, studio, out),
        Some(Command::Verify(args)) => verify::run(args, studio, out),
        Some(Command::Remove(args)) => remove::run(args, studio, out),
    }
}

/// The folder of an installed model, which those inside the program have not.
fn folder_of(studio: &dyn Studio, id: &str) -> Result<PathBuf> {
    let card = choose::named(studio, id)?;
    card.folder.clone().ok_or_else(|| {
        Explained::new(
            format!("{id} is inside the program"),
            "Choose a model with a folder of its own; `strata models` lists them.",
        )
    })
}

/// What ended work that leaves nothing behind when it ends early.
fn unfinished(error: Error) -> Explained {
    match error {
        Error::Cancelled => Explained::new(
            failure::INTERRUPTED,
            "Nothing was changed; do the same again to begin anew.",
        ),
        _ => Explained::from(&error),
    }
}

/// The installed models; those that cannot be read are warnings.
fn list(studio: &dyn Studio, out: &mut Output) -> Result<()> {
    let (cards, broken) = studio.cards();
    for error in &broken {
        warn(&Explained::from(error));
    }
    let rows: Vec<Row> = cards.iter().map(|card| Row::of(card)).collect();
    out.outcome(&rows, || {
        if cards.is_empty() {
            "No model is installed.".into()
        } else {
            let blocks: Vec<String> = cards.iter().map(describe).collect();
            blocks.join("\n\n")
        }
    })
}

fn describe(card: &Arc<ModelCard>) -> String {
    let makes = match card.mode {
        Mode::Classes => format!("pictures of {} classes", card.classes.len()),
        Mode::Documents => "pages".into(),
    };
    let [rows, columns] = card.grid;
    let [width, height] = card.size;
    let place = match &card.folder {
        Some(folder) => folder.display().to_string(),
        None => "inside the program".into(),
    };
    let precision = card.precision;
    let precision = precision.map_or(String::new(), |precision| format!(" in {precision}"));
    let licence = match card.licence.as_str() {
        "" => "not stated",
        licence => licence,
    };
    format!(
        "{}  ({})\n  {}\n  makes {makes}, {width}x{height} pixels, codes {rows}x{columns}x{} of {}\n  \
         {} family, {}{precision}, licence {licence}, {place}",
        card.id,
        card.name,
        card.summary,
        card.depth,
        card.codebook,
        card.family,
        progress::size(card.bytes)
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::headless::scripted::Scripted;

    #[test]
    fn json_is_a_list_of_objects() {
        let studio = Scripted::default();
        let mut bytes = Vec::new();
        run(
            &Args::default(),
            &studio,
            &mut Output::new(&mut bytes, true),
        )
        .unwrap();
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let first = &value[0];
        assert_eq!(first["id"], "tiny-classes");
        assert_eq!(first["mode"], "classes");
        assert_eq!(first["grid"], serde_json::json!([2, 2]));
        assert_eq!(first["depth"], 2);
        assert!(first["name"].is_string());
        assert_eq!(value[1]["mode"], "documents");
    }

    #[test]
    fn people_read_ids_and_licences() {
        let studio = Scripted::default();
        let mut bytes = Vec::new();
        run(
            &Args::default(),
            &studio,
            &mut Output::new(&mut bytes, false),
        )
        .unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            text.contains("tiny-classes") && text.contains("licence"),
            "{text}"
        );
    }
}
