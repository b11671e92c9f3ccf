//! `strata inspect`: what a PNG of Strata carries.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde::Serialize;
use strata_engine::{Codes, Lineage, Recipe, Start, Subject, picture};

use super::{Output, Result, Studio};
use crate::classes::Classes;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The PNG.
    png: PathBuf,
}

#[derive(Serialize)]
struct Report<'a> {
    file: String,
    /// Width and height in pixels.
    size: [usize; 2],
    recipe: &'a Recipe,
    codes: Summary,
    /// Logarithm of the probability of the codes that were drawn, in nats; null in older files.
    log_likelihood: Option<f32>,
    replay: Replay,
}

#[derive(Serialize)]
struct Summary {
    grid: [usize; 2],
    depth: usize,
    codebook: usize,
    /// Positions that have codes.
    positions: usize,
    complete: bool,
    /// How many different codes occur at each depth.
    distinct: Vec<usize>,
}

/// What `strata replay` would make.
#[derive(Serialize)]
struct Replay {
    /// Whether the model that made the picture is installed.
    model_installed: bool,
    /// Frames by depth.
    depths: usize,
    /// Most frames by position.
    positions: usize,
}

impl Summary {
    fn of(codes: &Codes) -> Self {
        let depth = codes.depth.max(1);
        let distinct = (0..codes.depth)
            .map(|at| {
                let at_depth = codes.values.iter().skip(at).step_by(depth);
                at_depth.collect::<BTreeSet<_>>().len()
            })
            .collect();
        Self {
            grid: [codes.rows, codes.columns],
            depth: codes.depth,
            codebook: codes.codebook,
            positions: codes.values.len() / depth,
            complete: codes.is_complete(),
            distinct,
        }
    }
}

/// Shows recipe and codes.
///
/// # Errors
/// When the file cannot be read or is not Strata's.
pub fn run(args: &Args, studio: &dyn Studio, out: &mut Output) -> Result<()> {
    let document = picture::read_png(&args.png)?;
    let (cards, _) = studio.cards();
    let codes = Summary::of(&document.codes);
    let report = Report {
        file: args.png.display().to_string(),
        size: [document.pixels.width, document.pixels.height],
        recipe: &document.recipe,
        log_likelihood: document.log_likelihood,
        replay: Replay {
            model_installed: cards.iter().any(|card| card.id == document.recipe.model),
            depths: codes.depth,
            positions: codes.positions,
        },
        codes,
    };
    out.outcome(&report, || describe(&report, &args.png))
}

fn describe(report: &Report, png: &Path) -> String {
    let Report {
        recipe,
        codes,
        replay,
        ..
    } = report;
    let [width, height] = report.size;
    let [rows, columns] = codes.grid;
    let subject = match recipe.subject {
        Subject::Page => "a page".into(),
        Subject::Class(id) => match Classes::shipped().get(id) {
            Some(class) => format!("class {class}"),
            None => format!("class {id}"),
        },
    };
    let installed = if replay.model_installed {
        "installed"
    } else {
        "not installed"
    };
    let state = if codes.complete {
        "complete".to_owned()
    } else {
        format!("{} of {} positions", codes.positions, rows * columns)
    };
    let distinct: Vec<String> = codes.distinct.iter().map(ToString::to_string).collect();
    let replayed = if replay.model_installed {
        format!(
            "{} frames by depth, up to {} by position: strata replay {} --out DIR",
            replay.depths,
            replay.positions,
            png.display()
        )
    } else {
        "needs the model".into()
    };
    let sampling = &recipe.sampling;
    format!(
        "picture   {}, {width}x{height}\n\
         model     {} ({installed})\n\
         weights   {}\n\
         subject   {subject}\n\
         seed      {}, picture {} of its set\n\
         guidance  {}, {}\n\
         sampling  temperature {}, top-k {}, top-p {}\n\
         start     {}\n\
         codes     {rows}x{columns}x{} of {}, {state}; different ones per depth: {}\n\
         replay    {replayed}",
        report.file,
        recipe.model,
        recipe.weights.as_deref().unwrap_or("not recorded"),
        recipe.seed,
        recipe.index,
        recipe.guidance.scale,
        recipe.guidance.schedule,
        sampling.temperature,
        sampling.top_k,
        sampling.top_p,
        recipe
            .start
            .as_deref()
            .map_or("nothing was kept".into(), kept),
        codes.depth,
        codes.codebook,
        distinct.join(", "),
    )
}

/// What a start keeps, and of what.
fn kept(start: &Start) -> String {
    let Start {
        positions, depths, ..
    } = start;
    let what = match (positions, depths) {
        (_, 0) => format!("the first {positions} positions"),
        (0, _) => format!("the first {depths} depths"),
        _ => {
            format!("the first {positions} positions, and the first {depths} depths of the others")
        }
    };
    let of = match &start.from {
        Lineage::Picture { file, .. } => file.as_deref().unwrap_or("a picture of Strata"),
        Lineage::Photograph { file } if file.is_empty() => "an encoded picture",
        Lineage::Photograph { file } => file,
    };
    // A file's name from elsewhere, which the terminal must not obey.
    format!("{what} of {} were kept", of.escape_debug())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::headless::scripted::{Scripted, finished_png, painted};

    fn said(png: &Path, json: bool) -> Result<String> {
        let mut bytes = Vec::new();
        let args = Args { png: png.into() };
        run(
            &args,
            &Scripted::default(),
            &mut Output::new(&mut bytes, json),
        )?;
        Ok(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn tells_recipe_codes_and_replay() {
        let folder = tempfile::tempdir().unwrap();
        let (png, recipe) = finished_png(folder.path());
        let value: serde_json::Value = serde_json::from_str(&said(&png, true).unwrap()).unwrap();
        let found: Recipe = serde_json::from_value(value["recipe"].clone()).unwrap();
        assert_eq!(found, recipe);
        assert_eq!(value["codes"]["grid"], serde_json::json!([2, 2]));
        assert_eq!(value["codes"]["complete"], true);
        assert_eq!(value["replay"]["model_installed"], true);
        let text = said(&png, false).unwrap();
        assert!(
            text.contains("Golden Retriever") || text.contains("golden retriever"),
            "{text}"
        );
    }

    #[test]
    fn another_programs_png_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let png = folder.path().join("foreign.png");
        painted(&[1; 8]).write_png(&png).unwrap();
        let error = said(&png, true).unwrap_err();
        assert!(
            error.sentence.contains("carries no Strata recipe"),
            "{error:?}"
        );
        let missing = said(&folder.path().join("nowhere.png"), true).unwrap_err();
        assert!(missing.next_step.contains("Check the path"), "{missing:?}");
    }
}
