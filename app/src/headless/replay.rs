//! `strata replay`: a PNG grows again from the codes it carries, without sampling.
//!
//! By depth, frame k decodes the first k codes of every position. By position, a frame decodes the codes
//! that were there at that time and no later ones.

use std::{path::PathBuf, sync::Arc};

use serde::Serialize;
use strata_engine::{Codes, ModelCard, Pixels, picture, worker::Depths};

use super::{How, Output, Result, Studio, choose, output::warn, studio::Questions};
use crate::{explain::Explained, export};

/// Its arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The PNG.
    png: PathBuf,
    /// The folder for the frames, made if need be.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Depth by depth, each adding to the one before; or position by position, in the order of
    /// sampling, what is not there yet in grey.
    #[arg(long, value_enum, default_value_t = By::Depth)]
    by: By,
    /// With `--by position`: how many frames, evenly spread; each is a full decode [default: one per
    /// row of codes].
    #[arg(long, value_name = "N")]
    frames: Option<usize>,
}

/// What a frame adds to the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum By {
    Depth,
    Position,
}

#[derive(Serialize)]
struct Report {
    /// The frames in their order.
    files: Vec<String>,
    /// Whether the last frame is the PNG's picture, bit for bit.
    identical: bool,
}

/// One frame: which codes to decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Frame {
    depths: usize,
    positions: usize,
}

/// Writes the frames.
///
/// # Errors
/// When the PNG is not Strata's, its model is not installed or has changed, or a frame cannot be written.
pub fn run(args: &Args, studio: &dyn Studio, out: &mut Output) -> Result<()> {
    let document = picture::read_png(&args.png)?;
    let card = choose::named(studio, &document.recipe.model)?;
    check_fits(&document.codes, &card)?;
    let frames = frames(&document.codes, args)?;
    std::fs::create_dir_all(&args.out)
        .map_err(|error| Explained::file("make the folder", &args.out, &error))?;
    let engine = studio.engine(How::default())?;
    let mut questions = Questions::new(engine.as_ref());
    let mut files = Vec::new();
    let mut last = None;
    for (number, frame) in frames.iter().enumerate() {
        let pixels = draw(&document.codes, *frame, &card, &mut questions)?;
        let file = args.out.join(name(args, number, *frame));
        pixels.write_png(&file)?;
        files.push(file.display().to_string());
        last = Some(pixels);
    }
    let stored: &Pixels = &document.pixels;
    let identical = last.as_deref() == Some(stored);
    if document.codes.is_complete() && !last.is_some_and(|last| export::is_near(&last, stored)) {
        warn(&Explained::new(
            format!(
                "the last frame is not the picture in {}",
                args.png.display()
            ),
            format!(
                "Install the weights of {} that made it to see it as it was.",
                card.id
            ),
        ));
    }
    let report = Report { files, identical };
    out.outcome(&report, || {
        let same = if identical {
            ", the last equal to the PNG"
        } else {
            ""
        };
        format!(
            "{} frames in {}{same}",
            report.files.len(),
            args.out.display()
        )
    })
}

/// The codes must be ones that the installed model of this name could have made.
pub(super) fn check_fits(codes: &Codes, card: &ModelCard) -> Result<()> {
    let found = (codes.rows, codes.columns, codes.depth, codes.codebook);
    let expected = (card.grid[0], card.grid[1], card.depth, card.codebook);
    if found == expected {
        return Ok(());
    }
    let words =
        |(rows, columns, depth, codebook)| format!("{rows}x{columns}x{depth} of {codebook}");
    Err(Explained::new(
        format!(
            "the picture has codes {} but the installed model {} makes {}",
            words(found),
            card.id,
            words(expected)
        ),
        "Install the model that made the picture under this id.",
    ))
}

fn frames(codes: &Codes, args: &Args) -> Result<Vec<Frame>> {
    let there = codes.positions();
    if there == 0 {
        return Err(Explained::new(
            format!("{} was stopped before its first code", args.png.display()),
            "Choose a picture that has begun.",
        ));
    }
    match (args.by, args.frames) {
        (By::Depth, None) => Ok((1..=codes.depth)
            .map(|depths| Frame {
                depths,
                positions: there,
            })
            .collect()),
        (By::Depth, Some(_)) => Err(Explained::new(
            "--frames has no meaning with --by depth, which makes one frame per depth",
            "Leave --frames out, or add --by position.",
        )),
        (By::Position, asked) => {
            let count = asked.unwrap_or(there.div_ceil(codes.columns.max(1)));
            if count == 0 || count > there {
                return Err(Explained::new(
                    format!("--frames is {count}, but the picture has {there} positions"),
                    format!("Set --frames to a number from 1 to {there}."),
                ));
            }
            Ok((1..=count)
                .map(|number| Frame {
                    depths: codes.depth,
                    positions: (there * number).div_ceil(count),
                })
                .collect())
        }
    }
}

/// `picture-depth-1.png`, `picture-position-0016.png`: sorted by name they are in order.
fn name(args: &Args, number: usize, frame: Frame) -> String {
    let stem = args.png.file_stem().unwrap_or_default().to_string_lossy();
    match args.by {
        By::Depth => format!("{stem}-depth-{}.png", number + 1),
        By::Position => format!("{stem}-position-{:04}.png", frame.positions),
    }
}

fn draw(
    codes: &Codes,
    frame: Frame,
    card: &ModelCard,
    questions: &mut Questions,
) -> Result<Arc<Pixels>> {
    let grid = codes.filled(frame.positions);
    let whole = questions.decode(&card.id, grid, Depths::First(frame.depths))?;
    if frame.positions == codes.rows * codes.columns {
        return Ok(whole);
    }
    Ok(Arc::new(
        Pixels::clone(&whole).emptied(codes, frame.positions),
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::headless::scripted::{Scripted, finished_png, renamed};

    fn replay(by: By, frames: Option<usize>) -> (tempfile::TempDir, Result<serde_json::Value>) {
        let folder = tempfile::tempdir().unwrap();
        let (png, _) = finished_png(folder.path());
        let args = Args {
            png,
            out: folder.path().join("frames"),
            by,
            frames,
        };
        let mut bytes = Vec::new();
        let outcome = run(
            &args,
            &Scripted::default(),
            &mut Output::new(&mut bytes, true),
        );
        let value = outcome.map(|()| serde_json::from_slice(&bytes).unwrap());
        (folder, value)
    }

    #[test]
    fn by_depth_ends_with_the_picture() {
        let (_folder, value) = replay(By::Depth, None);
        let value = value.unwrap();
        assert_eq!(value["files"].as_array().unwrap().len(), 2);
        assert_eq!(value["identical"], true);
        let first = Pixels::read(value["files"][0].as_str().unwrap()).unwrap();
        let last = Pixels::read(value["files"][1].as_str().unwrap()).unwrap();
        assert_ne!(first, last);
    }

    #[test]
    fn by_position_is_a_frame_a_row_unless_asked() {
        for (asked, expected) in [(None, 2), (Some(4), 4), (Some(1), 1)] {
            let (_folder, value) = replay(By::Position, asked);
            let value = value.unwrap();
            assert_eq!(value["files"].as_array().unwrap().len(), expected);
            assert_eq!(value["identical"], true);
        }
        let (_folder, error) = replay(By::Position, Some(5));
        assert!(error.unwrap_err().next_step.contains("from 1 to 4"));
        let (_folder, error) = replay(By::Depth, Some(2));
        assert!(error.is_err());
    }

    #[test]
    fn a_model_that_is_not_installed_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (png, _) = renamed(folder.path(), "elsewhere");
        let args = Args {
            png,
            out: folder.path().join("frames"),
            by: By::Depth,
            frames: None,
        };
        let mut bytes = Vec::new();
        let error = run(
            &args,
            &Scripted::default(),
            &mut Output::new(&mut bytes, true),
        );
        let error = error.unwrap_err();
        assert!(error.sentence.contains("elsewhere"), "{error:?}");
        assert!(error.next_step.contains("strata models"), "{error:?}");
        assert!(!args.out.exists());
    }
}
