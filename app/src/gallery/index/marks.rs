//! Favourites and ratings: what a person says of a picture and nothing else knows.
//!
//! They are no part of the index, which may be lost at any time, and not in the PNG either, whose bytes
//! follow from the picture. They lie in the pictures folder, so that they go with it to a backup or to
//! another machine, and are keyed by [`Identity`], so that renaming or sorting files into folders loses
//! none. The file is written whole, to a temporary name first, at every change.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};
use strata_engine::{Error, picture::atomic};

use super::row::Identity;

/// The best rating.
pub const MOST_STARS: u8 = 5;
/// The version of the file that is written, and the newest that is read.
const VERSION: u32 = 1;
/// Longest file that is read.
const MAX_BYTES: u64 = 256 << 20;

/// What a person says of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Whether it is a favourite.
    pub favourite: bool,
    /// Stars, 1 to 5; 0 when it was not rated.
    pub rating: u8,
}

/// A change of marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkChange {
    /// Make it a favourite, or no longer one.
    Favourite(bool),
    /// Give it stars; 0 takes them away.
    Rating(u8),
}

/// Why marks are not what was expected.
#[derive(Clone, Debug, PartialEq)]
pub enum MarksTrouble {
    /// The file could not be understood and lies at this path now; marks begin anew.
    SetAside(PathBuf),
    /// A newer Strata wrote the file: it is left alone, and marks cannot be changed.
    Newer,
    /// The file could not be read or written; changes are kept until the end of the program only.
    NotKept(Error),
}

/// A mark in the file, with whatever else a newer Strata says of a picture.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Entry {
    #[serde(default, skip_serializing_if = "is_default")]
    favourite: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    rating: u8,
    #[serde(flatten)]
    other: serde_json::Map<String, serde_json::Value>,
}

impl Entry {
    fn mark(&self) -> Mark {
        Mark {
            favourite: self.favourite,
            rating: self.rating.min(MOST_STARS),
        }
    }

    fn is_empty(&self) -> bool {
        self.mark() == Mark::default() && self.other.is_empty()
    }
}

/// Whether there is no such file; a folder that is none has no marks either.
fn is_absent(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[derive(Serialize, Deserialize)]
struct Form {
    version: u32,
    // Sorted, so that equal marks are equal files.
    marks: std::collections::BTreeMap<String, Entry>,
    #[serde(flatten)]
    other: serde_json::Map<String, serde_json::Value>,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            version: VERSION,
            marks: Default::default(),
            other: Default::default(),
        }
    }
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Size and time of a file: when they are the same, so is the file.
type Stamp = (u64, SystemTime);

/// The marks of a pictures folder.
pub struct Marks {
    file: PathBuf,
    form: Form,
    marks: HashMap<Identity, Mark>,
    stamp: Option<Stamp>,
    /// Why the file must not be written: what is in it is not known.
    frozen: Option<MarksTrouble>,
}

impl Marks {
    /// Reads the marks of a folder; one without has none.
    pub fn open(folder: &Path) -> (Self, Option<MarksTrouble>) {
        let mut marks = Self {
            file: file_of(folder),
            form: Form::default(),
            marks: HashMap::new(),
            stamp: None,
            frozen: None,
        };
        let trouble = marks.read();
        (marks, trouble)
    }

    /// What is said of a picture.
    pub fn get(&self, identity: &Identity) -> Mark {
        self.marks.get(identity).copied().unwrap_or_default()
    }

    /// Whether nothing is said of any picture.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Reads the file again when another program changed it; says whether it did.
    pub fn refresh(&mut self) -> (bool, Option<MarksTrouble>) {
        match stamp(&self.file) {
            now if now == self.stamp => (false, None),
            // A vanished file is a reason to write it again, not to forget what was in it.
            None => (false, None),
            Some(_) => (true, self.read()),
        }
    }

    /// Changes the marks of pictures, and keeps them.
    pub fn change(&mut self, pictures: &[Identity], change: MarkChange) -> Option<MarksTrouble> {
        // Another window may have written meanwhile; its marks are not to be lost.
        let (_, trouble) = self.refresh();
        for identity in pictures {
            let entry = self.form.marks.entry(identity.to_string()).or_default();
            match change {
                MarkChange::Favourite(favourite) => entry.favourite = favourite,
                MarkChange::Rating(stars) => entry.rating = stars.min(MOST_STARS),
            }
        }
        self.form.marks.retain(|_, entry| !entry.is_empty());
        self.collect();
        if self.frozen.is_some() {
            return self.frozen.clone();
        }
        self.write().err().map(MarksTrouble::NotKept).or(trouble)
    }

    fn read(&mut self) -> Option<MarksTrouble> {
        self.stamp = stamp(&self.file);
        let bytes = match read_limited(&self.file) {
            Ok(bytes) => bytes,
            Err(error) if is_absent(&error) => return None,
            Err(error) => {
                return self.freeze(MarksTrouble::NotKept(Error::file(
                    "read", &self.file, &error,
                )));
            }
        };
        self.frozen = None;
        if let Ok(Version { version }) = serde_json::from_slice(&bytes)
            && version > VERSION
        {
            return self.freeze(MarksTrouble::Newer);
        }
        match serde_json::from_slice(&bytes) {
            Ok(form) => {
                self.form = form;
                self.collect();
                None
            }
            Err(error) => {
                tracing::warn!(file = %self.file.display(), %error, "the marks are damaged");
                self.stamp = None;
                match set_aside(&self.file) {
                    Ok(aside) => Some(MarksTrouble::SetAside(aside)),
                    Err(error) => {
                        let error = Error::file("rename", &self.file, &error);
                        self.freeze(MarksTrouble::NotKept(error))
                    }
                }
            }
        }
    }

    fn freeze(&mut self, trouble: MarksTrouble) -> Option<MarksTrouble> {
        self.frozen = Some(trouble.clone());
        Some(trouble)
    }

    fn collect(&mut self) {
        let entry = |(key, entry): (&String, &Entry)| Some((key.parse().ok()?, entry.mark()));
        self.marks = self.form.marks.iter().filter_map(entry).collect();
    }

    fn write(&mut self) -> Result<(), Error> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder).map_err(|error| Error::file("create", folder, &error))?;
        }
        let bytes = serde_json::to_vec_pretty(&self.form)
            .map_err(|error| Error::malformed("marks", &self.file, error))?;
        atomic::write_bytes(&self.file, &bytes)?;
        self.stamp = stamp(&self.file);
        Ok(())
    }
}

/// Where the marks of a folder are.
pub fn file_of(folder: &Path) -> PathBuf {
    folder.join(".strata").join("marks.json")
}

fn stamp(file: &Path) -> Option<Stamp> {
    let facts = fs::metadata(file).ok()?;
    Some((facts.len(), facts.modified().ok()?))
}

fn read_limited(file: &Path) -> io::Result<Vec<u8>> {
    use io::Read;

    let mut bytes = Vec::new();
    let mut limited = fs::File::open(file)?.take(MAX_BYTES);
    limited.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Nothing is overwritten: what a person marked may still be put right by hand.
fn set_aside(file: &Path) -> io::Result<PathBuf> {
    let free = (1..1000)
        .map(|number| file.with_extension(format!("json.damaged-{number}")))
        .find(|aside| !aside.exists())
        .ok_or_else(|| io::Error::other("a thousand damaged files lie there already"))?;
    fs::rename(file, &free)?;
    Ok(free)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ONE: Identity = Identity([1; 16]);
    const TWO: Identity = Identity([2; 16]);

    #[test]
    fn marks_are_kept_and_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let (mut marks, trouble) = Marks::open(folder.path());
        assert!(trouble.is_none() && marks.is_empty());
        assert!(!file_of(folder.path()).exists());
        assert_eq!(marks.change(&[ONE, TWO], MarkChange::Favourite(true)), None);
        assert_eq!(marks.change(&[TWO], MarkChange::Rating(9)), None);
        let (mut again, trouble) = Marks::open(folder.path());
        assert_eq!(trouble, None);
        let mark = |favourite, rating| Mark { favourite, rating };
        assert_eq!(
            (again.get(&ONE), again.get(&TWO)),
            (mark(true, 0), mark(true, 5))
        );
        again.change(&[ONE, TWO], MarkChange::Favourite(false));
        again.change(&[TWO], MarkChange::Rating(0));
        assert!(Marks::open(folder.path()).0.is_empty());
    }

    #[test]
    fn two_windows_do_not_undo_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let (mut here, _) = Marks::open(folder.path());
        let (mut there, _) = Marks::open(folder.path());
        here.change(&[ONE], MarkChange::Favourite(true));
        there.change(&[TWO], MarkChange::Rating(3));
        assert_eq!(here.refresh(), (true, None));
        assert_eq!(here.refresh(), (false, None));
        assert!(here.get(&ONE).favourite);
        assert_eq!(here.get(&TWO).rating, 3);
        // A file that vanished is written again with all that was in it.
        fs::remove_file(file_of(folder.path())).unwrap();
        here.change(&[ONE], MarkChange::Rating(1));
        assert_eq!(Marks::open(folder.path()).0.get(&TWO).rating, 3);
    }

    #[test]
    fn damaged_files_are_set_aside_and_none_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = file_of(folder.path());
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        for damage in [
            "",
            "{\"version\":1,\"mar",
            "[]",
            "{\"version\":1,\"marks\":3}",
        ] {
            fs::write(&file, damage).unwrap();
            let (mut marks, trouble) = Marks::open(folder.path());
            let Some(MarksTrouble::SetAside(aside)) = trouble else {
                panic!("{trouble:?}");
            };
            assert_eq!(fs::read_to_string(aside).unwrap(), damage);
            assert_eq!(marks.change(&[ONE], MarkChange::Favourite(true)), None);
            assert!(Marks::open(folder.path()).0.get(&ONE).favourite);
        }
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 5);
    }

    #[test]
    fn what_a_newer_strata_wrote_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = file_of(folder.path());
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let more = format!(
            r#"{{"version":1,"tags":["a"],"marks":{{"{ONE}":{{"rating":2,"colour":"red"}},"odd":{{"rating":1}}}}}}"#
        );
        fs::write(&file, more).unwrap();
        let (mut marks, _) = Marks::open(folder.path());
        marks.change(&[ONE], MarkChange::Rating(0));
        let text = fs::read_to_string(&file).unwrap();
        for kept in ["tags", "colour", "red", "odd"] {
            assert!(text.contains(kept), "{text}");
        }

        let newer = r#"{"version":2,"marks":[]}"#;
        fs::write(&file, newer).unwrap();
        let (mut marks, trouble) = Marks::open(folder.path());
        assert_eq!(trouble, Some(MarksTrouble::Newer));
        let trouble = marks.change(&[ONE], MarkChange::Rating(1));
        assert_eq!(trouble, Some(MarksTrouble::Newer));
        assert_eq!(fs::read_to_string(&file).unwrap(), newer);
    }

    #[test]
    fn marks_that_cannot_be_written_are_kept_for_now() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".strata"), "in the way").unwrap();
        let (mut marks, _) = Marks::open(folder.path());
        let trouble = marks.change(&[ONE], MarkChange::Favourite(true));
        assert!(
            matches!(trouble, Some(MarksTrouble::NotKept(_))),
            "{trouble:?}"
        );
        assert!(marks.get(&ONE).favourite);
    }
}
