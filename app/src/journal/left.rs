//! What runs that ended early have left. Their files are held locked, so that one Strata alone offers to
//! go on with them, and stay until they are removed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{File, OpenOptions},
    io::{self, Read},
    path::{Path, PathBuf},
};

use strata_engine::{Recipe, picture::read_header};

use super::{
    Entry, Unfinished,
    books::Books,
    file::{EXTENSION, lock},
    frame,
};

/// No journal is longer; it bounds what a strange file can make us read.
const MOST_BYTES: u64 = 1 << 30;

/// What was left.
#[derive(Debug, Default)]
pub struct Left {
    /// The pictures, in the order they would have been made. Groups of different runs are told apart.
    pub pictures: Vec<Unfinished>,
    files: Vec<(PathBuf, File)>,
}

/// Looks through a folder of journals. Files of living runs and files of other versions are left alone;
/// those in which nothing is unfinished are removed.
///
/// # Errors
/// When the folder is there and cannot be read.
pub fn find_left(folder: &Path) -> io::Result<Left> {
    let mut read = Vec::new();
    for path in journals(folder)? {
        let opened = OpenOptions::new().read(true).write(true).open(&path);
        let Ok(file) = opened else { continue };
        if !lock(&file) {
            continue;
        }
        let mut bytes = Vec::new();
        if let Err(error) = (&file).take(MOST_BYTES).read_to_end(&mut bytes) {
            tracing::warn!(path = %path.display(), %error, "a journal cannot be read");
            continue;
        }
        let Some(entries) = frame::read(&bytes) else {
            tracing::warn!(path = %path.display(), "no journal of this version");
            continue;
        };
        read.push((path, file, entries));
    }
    let mut left = Left::default();
    let mut groups = BTreeMap::new();
    let taken = taken_over(read.iter().flat_map(|(_, _, entries)| entries));
    for (path, file, entries) in read {
        // The run that went on with it ended before this file was removed.
        if name(&path).is_some_and(|name| taken.contains(&name)) {
            remove(&path);
            continue;
        }
        let mut books = Books::default();
        entries.into_iter().for_each(|entry| books.note(entry));
        let before = left.pictures.len();
        let unfinished = books.unfinished().into_iter();
        for mut picture in unfinished.filter(|picture| !picture.is_saved()) {
            let fresh = groups.len() as u64;
            picture.group = *groups
                .entry((left.files.len(), picture.group))
                .or_insert(fresh);
            left.pictures.push(picture);
        }
        match left.pictures.len() > before {
            true => left.files.push((path, file)),
            false => remove(&path),
        }
    }
    Ok(left)
}

/// The names of journals whose pictures are in a later one.
fn taken_over<'a>(entries: impl Iterator<Item = &'a Entry>) -> BTreeSet<String> {
    let names = entries.filter_map(|entry| match entry {
        Entry::TakenOver(names) => Some(names.clone()),
        _ => None,
    });
    names.flatten().collect()
}

fn name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_string_lossy().into_owned())
}

/// Its journals, oldest first.
fn journals(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let files = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let paths = files.filter_map(|file| Some(file.ok()?.path()));
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|end| end == EXTENSION))
        .collect();
    paths.sort();
    Ok(paths)
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::warn!(path = %path.display(), %error, "a journal cannot be removed");
    }
}

impl Left {
    /// The names of the files.
    pub fn names(&self) -> Vec<String> {
        self.files
            .iter()
            .filter_map(|(path, _)| name(path))
            .collect()
    }

    /// Removes the files: the pictures are handed over, or no longer wanted.
    pub fn remove(self) {
        for (path, file) in self.files {
            remove(&path);
            // Only now is the lock given back.
            drop(file);
        }
    }
}

impl Unfinished {
    /// Whether it reached its file, and only the note of that is missing. Another picture may have come to
    /// that place since, so the file is asked.
    fn is_saved(&self) -> bool {
        let file = self.place.as_ref().and_then(|path| read_header(path).ok());
        file.is_some_and(|file| {
            let recipe = Recipe {
                weights: self.recipe.weights.clone(),
                ..file.recipe
            };
            recipe == self.recipe
                && file.codes.is_complete()
                && file.codes.values.starts_with(&self.done.values)
        })
    }
}
