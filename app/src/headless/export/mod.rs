//! `strata export`: pictures into a folder under names of one's own, as PNGs or moving, and on a sheet.
//!
//! `moving` asks the engine for frames; `progress` tells how far it is. Names and sheets are
//! [`crate::export`]'s, shared with the window. Here: the arguments and the order of it all.

mod moving;
mod progress;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;
use strata_engine::{
    Error,
    picture::{animated, sequence},
};

use super::{Output, Result, Studio};
use crate::{
    explain::Explained,
    export::{self, Halt, Names, Pattern, SheetOptions, Source},
};
use progress::Progress;

/// Its arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// PNGs of Strata, or folders of them.
    #[arg(required = true, value_name = "FILES")]
    files: Vec<PathBuf>,
    /// The folder to export into, made if need be. Nothing in it is replaced: taken names get a number.
    #[arg(long, value_name = "DIR", required_unless_present = "sheet")]
    out: Option<PathBuf>,
    /// The files' names: text with any of {class} {seed} {index} {model} {date} {depth}; the date is the
    /// file's, in universal time [default: {class}-{seed}-{index}].
    #[arg(long, value_name = "PATTERN", requires = "out")]
    pattern: Option<String>,
    /// Export a moving picture of each: depth after depth, or growing position by position.
    #[arg(long, value_enum, requires = "out")]
    animate: Option<Way>,
    /// APNG keeps every colour, the recipe and the codes; GIF moves everywhere.
    #[arg(long, value_enum, default_value_t = Format::Apng, requires = "animate")]
    format: Format,
    /// How long every depth is held [default: 0.8], or how long the whole growth takes [default: 6].
    #[arg(long, value_name = "S", requires = "animate", value_parser = seconds)]
    seconds: Option<f32>,
    /// How long one depth takes to fade into the next.
    #[arg(long, value_name = "S", requires = "animate", default_value_t = 0.0, value_parser = fade)]
    fade: f32,
    #[command(flatten)]
    sheet: SheetArgs,
}

/// The contact sheet.
#[derive(Clone, Debug, clap::Args)]
struct SheetArgs {
    /// Also, or only, put all pictures on one contact sheet.
    #[arg(long, value_name = "FILE.png")]
    sheet: Option<PathBuf>,
    /// Pictures side by side on the sheet [default: about as many as rows].
    #[arg(long, value_name = "N", requires = "sheet", value_parser = clap::value_parser!(u16).range(1..))]
    columns: Option<u16>,
    /// No class and seed below the pictures of the sheet.
    #[arg(long, requires = "sheet")]
    no_captions: bool,
    /// Pixels between the pictures of the sheet.
    #[arg(long, value_name = "PX", requires = "sheet", default_value_t = 16)]
    gap: u8,
    /// The sheet's colour.
    #[arg(long, value_name = "RRGGBB", requires = "sheet", default_value = "ffffff", value_parser = colour)]
    background: [u8; 3],
}

/// What moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Way {
    Depths,
    Growth,
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Apng,
    Gif,
}

impl From<Format> for animated::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Apng => Self::Apng,
            Format::Gif => Self::Gif,
        }
    }
}

#[derive(Serialize)]
struct Report {
    /// What was exported, in the order asked for.
    files: Vec<Exported>,
    /// The contact sheet.
    sheet: Option<String>,
}

#[derive(Serialize)]
struct Exported {
    from: String,
    file: String,
    /// Whether it was there already, byte for byte.
    kept: bool,
}

/// Exports.
///
/// # Errors
/// When a file is not Strata's, a model that an animation needs is not installed, or something cannot be
/// written; what is exported by then stays.
pub fn run(args: &Args, studio: &dyn Studio, out: &mut Output) -> Result<()> {
    let pattern = Pattern::parse(&args.pattern_text())?;
    let sources = sources(&args.files)?;
    let plan = args
        .animate
        .map(|way| moving::Plan::new(args, way, &sources, studio))
        .transpose()?;
    let steps = match (&args.out, &plan) {
        (None, _) => 0,
        (Some(_), None) => sources.len(),
        (Some(_), Some(plan)) => plan.scenes(),
    };
    let on_sheet = args.sheet.sheet.as_ref().map_or(0, |_| sources.len());
    let progress = Progress::start(steps + on_sheet, out.is_json());
    let mut files = Vec::new();
    if let Some(folder) = &args.out {
        export::make_folder(folder)?;
        let names = &mut Names::within(folder);
        files = match &plan {
            Some(plan) => plan.write(&pattern, names, &progress)?,
            None => {
                export::copy(&sources, &pattern, names, &mut || progress.step()).map_err(failure)?
            }
        }
        .into_iter()
        .map(Exported::from)
        .collect();
    }
    if let Some(sheet) = &args.sheet.sheet {
        let paths: Vec<PathBuf> = sources.iter().map(|source| source.path.clone()).collect();
        let step = &mut || progress.step();
        export::write_sheet(&paths, args.sheet.options(), sheet, step).map_err(failure)?;
    }
    progress.finish();
    let sheet = args.sheet.sheet.as_ref();
    let report = Report {
        files,
        sheet: sheet.map(|sheet| sheet.display().to_string()),
    };
    out.outcome(&report, || describe(&report, args))
}

fn describe(report: &Report, args: &Args) -> String {
    let mut lines = Vec::new();
    if let Some(folder) = &args.out {
        let kept = report.files.iter().filter(|file| file.kept).count();
        let already = match kept {
            0 => String::new(),
            kept => format!(", {kept} of them there already"),
        };
        let count = report.files.len();
        lines.push(format!("{count} files in {}{already}", folder.display()));
    }
    if let Some(sheet) = &report.sheet {
        lines.push(format!("contact sheet {sheet}"));
    }
    lines.join("\n")
}

impl Args {
    /// The pattern asked for, or one that tells moving pictures from still ones.
    fn pattern_text(&self) -> String {
        match (&self.pattern, self.animate) {
            (Some(pattern), _) => pattern.clone(),
            (None, None) => Pattern::DEFAULT.into(),
            (None, Some(way)) => format!("{}{}", Pattern::DEFAULT, self.way(way).suffix()),
        }
    }
}

impl Args {
    fn way(&self, way: Way) -> export::Way {
        match way {
            Way::Depths => export::Way::Depths {
                seconds: self.seconds.unwrap_or(sequence::DEPTH_SECONDS),
                fade: self.fade,
            },
            Way::Growth => export::Way::Growth {
                seconds: self.seconds.unwrap_or(sequence::GROWTH_SECONDS),
            },
        }
    }
}

impl SheetArgs {
    fn options(&self) -> SheetOptions {
        SheetOptions {
            columns: self.columns.map(usize::from),
            captions: !self.no_captions,
            gap: usize::from(self.gap),
            background: self.background,
        }
    }
}

/// Every picture that is named, and all of Strata's in the folders that are.
fn sources(files: &[PathBuf]) -> Result<Vec<Source>> {
    let mut found = Vec::new();
    for path in files {
        if !path.is_dir() {
            found.push(Source::open(path)?);
            continue;
        }
        for path in pngs_within(path)? {
            match Source::open(&path) {
                Ok(source) => found.push(source),
                // Other programs' pictures may lie among ours.
                Err(Error::NoRecipe { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    if found.is_empty() {
        return Err(Explained::new(
            "there is no picture of Strata in what was named",
            "Name PNGs that Strata made, or a folder with some directly in it.",
        ));
    }
    Ok(found)
}

/// The PNGs directly in a folder, by name.
fn pngs_within(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error: std::io::Error| Explained::file("read the folder", folder, &error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_png = |end: &std::ffi::OsStr| end.eq_ignore_ascii_case("png");
        if path.extension().is_some_and(is_png) && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

impl From<export::Exported> for Exported {
    fn from(exported: export::Exported) -> Self {
        Self {
            from: exported.from.display().to_string(),
            file: exported.file.display().to_string(),
            kept: exported.kept,
        }
    }
}

/// Nothing here cancels: a program without a window is stopped by ending it.
fn failure(halt: Halt) -> Explained {
    match halt {
        Halt::Failed(failure) => failure,
        Halt::Cancelled => Explained::new("the export was stopped", "Start it again."),
    }
}

fn seconds(text: &str) -> Result<f32, String> {
    between(text, 0.05)
}

fn fade(text: &str) -> Result<f32, String> {
    between(text, 0.0)
}

fn between(text: &str, least: f32) -> Result<f32, String> {
    let number = text.parse().ok();
    let sensible = number.filter(|number| (least..=60.0).contains(number));
    sensible.ok_or_else(|| format!("not a number of seconds from {least} to 60"))
}

fn colour(text: &str) -> Result<[u8; 3], String> {
    let digits = text.trim_start_matches('#');
    let number = u32::from_str_radix(digits, 16).ok();
    match number.filter(|_| digits.len() == 6 && !digits.starts_with('+')) {
        Some(number) => {
            let [_, r, g, b] = number.to_be_bytes();
            Ok([r, g, b])
        }
        None => Err("not six hexadecimal digits, such as ffffff for white".into()),
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
