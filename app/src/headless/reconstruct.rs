//! `strata reconstruct`: a picture through a model's tokenizer, to codes and back.

use std::path::PathBuf;

use serde::Serialize;
use strata_engine::{Mode, Pixels, worker::Depths};

use super::{How, Output, Result, Studio, choose, studio::Questions};
use crate::explain::Explained;

/// Its arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The picture: PNG, JPEG or WebP. It is cut to the model's shape around its middle and resampled.
    image: PathBuf,
    /// The model whose tokenizer is meant [default: the first that makes pictures of classes].
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// Decode only the first K codes of each position [default: all].
    #[arg(long, value_name = "K")]
    depths: Option<usize>,
    /// The PNG to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Serialize)]
struct Report {
    file: String,
    model: String,
    /// Rows and columns of the codes.
    grid: [usize; 2],
    /// Codes a position that were decoded.
    depths: usize,
    /// Peak signal-to-noise ratio against the fitted picture; null when they are equal.
    psnr_db: Option<f64>,
}

/// Encodes and decodes the picture.
///
/// # Errors
/// When the picture cannot be read, the model cannot, or the result cannot be written.
pub fn run(args: &Args, studio: &dyn Studio, out: &mut Output) -> Result<()> {
    let card = match &args.model {
        Some(id) => choose::named(studio, id)?,
        None => choose::first(studio, Mode::Classes)?,
    };
    let depths = args.depths.unwrap_or(card.depth);
    if depths == 0 || depths > card.depth {
        return Err(Explained::new(
            format!(
                "--depths is {depths}, but model {} has {} codes a position",
                card.id, card.depth
            ),
            format!("Set --depths to a number from 1 to {}.", card.depth),
        ));
    }
    if is_same_file(&args.image, &args.out) {
        return Err(Explained::new(
            format!("--out {} is the picture itself", args.out.display()),
            "Choose another file for the result.",
        ));
    }
    let [width, height] = card.size;
    let image = Pixels::read(&args.image)?.fit(width, height)?;
    let engine = studio.engine(How::default())?;
    let mut questions = Questions::new(engine.as_ref());
    let codes = questions.encode(&card.id, image.clone())?;
    let grid = [codes.rows, codes.columns];
    let result = questions.decode(&card.id, codes, Depths::First(depths))?;
    result.write_png(&args.out)?;
    let report = Report {
        file: args.out.display().to_string(),
        model: card.id.clone(),
        grid,
        depths,
        psnr_db: psnr(&image.rgb, &result.rgb),
    };
    out.outcome(&report, || {
        let [rows, columns] = grid;
        let closeness = match report.psnr_db {
            Some(db) => format!("{db:.1} dB from"),
            None => "equal to".into(),
        };
        format!(
            "{}: {rows}x{columns}x{depths} codes of {}, {closeness} the fitted picture",
            report.file, report.model
        )
    })
}

fn is_same_file(one: &std::path::Path, other: &std::path::Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// Peak signal-to-noise ratio of 8-bit values in decibels; none for equal ones.
fn psnr(one: &[u8], other: &[u8]) -> Option<f64> {
    let squares: f64 = one
        .iter()
        .zip(other)
        .map(|(&a, &b)| f64::from(a.abs_diff(b)).powi(2))
        .sum();
    let mean = squares / one.len().max(1) as f64;
    (mean > 0.0).then(|| 10.0 * (255.0_f64.powi(2) / mean).log10())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::headless::scripted::{Scripted, painted};

    fn args(folder: &std::path::Path, depths: Option<usize>) -> Args {
        let image = folder.join("in.png");
        painted(&[9; 8]).write_png(&image).unwrap();
        Args {
            image,
            model: None,
            depths,
            out: folder.join("out.png"),
        }
    }

    #[test]
    fn psnr_of_known_values() {
        assert_eq!(psnr(&[1, 2, 3], &[1, 2, 3]), None);
        let db = psnr(&[0, 0], &[255, 255]).unwrap();
        assert!(db.abs() < 1e-9, "{db}");
    }

    #[test]
    fn writes_the_decoded_picture() {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = Vec::new();
        let args = args(folder.path(), Some(1));
        run(
            &args,
            &Scripted::default(),
            &mut Output::new(&mut bytes, true),
        )
        .unwrap();
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(value["depths"], 1);
        assert_eq!(value["model"], "tiny-classes");
        assert!(Pixels::read(&args.out).is_ok());
    }

    #[test]
    fn refuses_absurd_depths_and_its_own_input() {
        let folder = tempfile::tempdir().unwrap();
        for depths in [0, 3] {
            let mut bytes = Vec::new();
            let args = args(folder.path(), Some(depths));
            let error = run(
                &args,
                &Scripted::default(),
                &mut Output::new(&mut bytes, true),
            );
            assert!(error.unwrap_err().next_step.contains("from 1 to 2"));
        }
        let mut args = args(folder.path(), None);
        args.out = args.image.clone();
        let mut bytes = Vec::new();
        let error = run(
            &args,
            &Scripted::default(),
            &mut Output::new(&mut bytes, true),
        );
        assert!(error.unwrap_err().sentence.contains("the picture itself"));
    }
}
