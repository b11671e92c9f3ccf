//! From dropped paths to the files that are looked at.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use super::{Config, Identified, Part, Refused, What, ending, facts};
use crate::{
    checkpoint::{RqVaeConfig, Source},
    error::{Error, Result},
    library::{MANIFEST, hub::Cancel},
};

/// Endings of weights and configurations. Within a folder only such files are looked at; a file that was named itself
/// may be called as it likes.
const ENDINGS: [&str; 6] = ["pt", "pth", "safetensors", "gguf", "yaml", "yml"];
/// Files of one folder that are looked at.
const MOST_FILES: usize = 256;

/// Reads what there is at `paths`.
pub(super) fn gather(paths: &[PathBuf], found: &mut Identified, cancel: &Cancel) -> Result<()> {
    let mut seen = BTreeSet::new();
    for path in paths {
        if !path.is_dir() {
            look(path, &mut seen, found, cancel)?;
        } else if path.join(MANIFEST).is_file() {
            found.folders.push(path.clone());
        } else {
            match files(path) {
                Ok(files) => {
                    for file in files {
                        look(&file, &mut seen, found, cancel)?;
                    }
                }
                Err(error) => found.refused.push(Refused {
                    path: path.clone(),
                    error,
                }),
            }
        }
    }
    Ok(())
}

/// The files of a folder that may be parts of a model, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error: io::Error| Error::file("read", folder, &error);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if ENDINGS.contains(&ending(&path).as_str()) && path.is_file() {
            files.push(path);
        }
        if files.len() > MOST_FILES {
            let reason = format!("it holds more than {MOST_FILES} files of weights");
            return Err(Error::refused(folder, reason));
        }
    }
    if files.is_empty() {
        let reason = format!("it holds no files that end in {}", ENDINGS.join(", "));
        return Err(Error::malformed("model", folder, reason));
    }
    files.sort();
    Ok(files)
}

/// Looks at one file, once.
fn look(
    path: &Path,
    seen: &mut BTreeSet<PathBuf>,
    found: &mut Identified,
    cancel: &Cancel,
) -> Result<()> {
    cancel.check()?;
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if !seen.insert(real) {
        return Ok(());
    }
    match read(path) {
        Ok(part) => found.parts.push(part),
        Err(error) => found.refused.push(Refused {
            path: path.to_owned(),
            error,
        }),
    }
    Ok(())
}

fn read(path: &Path) -> Result<Part> {
    let source = Source::File(path.to_owned());
    let what = match ending(path).as_str() {
        "yaml" | "yml" => What::Config(Config {
            sizes: RqVaeConfig::from_source(&source)?,
        }),
        _ => facts::of(&source)?,
    };
    let data = fs::metadata(path).map_err(|error| Error::file("read", path, &error))?;
    Ok(Part {
        path: path.to_owned(),
        bytes: data.len(),
        what,
    })
}
