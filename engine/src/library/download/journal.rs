//! A file that is not whole yet, and the journal beside it that says which of its ranges are.
//!
//! The journal is bound to what is being fetched; for anything else both start anew. Its lines are only ever
//! appended, each after the bytes that it speaks of have reached the disk, so that a kill or a power cut
//! costs at most what came since the last line. Who fetches the bytes is the flow's business.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Seek, SeekFrom, Write},
    ops::Range,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::spans::Spans;
use crate::{
    error::{Error, Result},
    library::hub::RemoteFile,
    picture::atomic,
};

/// What a journal is bound to: its first line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Binding {
    /// Of this format.
    strata_download: u32,
    file: String,
    revision: String,
    size: u64,
    digest: String,
}

impl Binding {
    fn of(file: &RemoteFile) -> Self {
        Self {
            strata_download: 1,
            file: file.subject(),
            revision: file.revision.clone(),
            size: file.size,
            digest: file.digest.to_string(),
        }
    }
}

/// The unfinished file. Dropped, it stays for the next time.
pub(super) struct Part {
    path: PathBuf,
    file: File,
    journal: File,
    size: u64,
    /// What is on the disk or on its way there.
    whole: Spans,
    /// What of it the journal does not say yet.
    fresh: Spans,
}

/// Endings of an unfinished file and of its journal.
pub(super) const ENDINGS: [&str; 2] = [".part", ".part.journal"];

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(ending);
    path.with_file_name(name)
}

/// Where the unfinished file lies while `path` is fetched.
fn part_of(path: &Path) -> PathBuf {
    beside(path, ENDINGS[0])
}

fn journal_of(path: &Path) -> PathBuf {
    beside(path, ENDINGS[1])
}

/// How many bytes are still to come for `path`, as far as its journal knows.
pub(super) fn missing(path: &Path, file: &RemoteFile) -> u64 {
    let known = match fs::metadata(part_of(path)) {
        Ok(part) if part.len() == file.size => read(&journal_of(path), &Binding::of(file)),
        _ => None,
    };
    file.size - known.map_or(0, |known| known.len())
}

/// The ranges of a journal, if it is bound to the same.
fn read(path: &Path, binding: &Binding) -> Option<Spans> {
    let (first, spans) = read_any(path)?;
    (first == *binding).then_some(spans)
}

/// How many bytes are there of an unfinished file, by its journal, whatever it is bound to.
pub(super) fn known(journal: &Path) -> u64 {
    read_any(journal).map_or(0, |(_, spans)| spans.len())
}

fn read_any(path: &Path) -> Option<(Binding, Spans)> {
    let text = fs::read(path).ok()?;
    // A torn last line may hold anything.
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.split_inclusive('\n');
    let binding: Binding = serde_json::from_str(lines.next()?).ok()?;
    let mut spans = Spans::default();
    for line in lines {
        let Some(span) = line.strip_suffix('\n').and_then(span) else {
            break;
        };
        if span.end > binding.size {
            break;
        }
        spans.add(span);
    }
    Some((binding, spans))
}

fn span(line: &str) -> Option<Range<u64>> {
    let (start, end) = line.split_once(' ')?;
    let span = start.parse().ok()?..end.parse().ok()?;
    (span.start < span.end).then_some(span)
}

impl Part {
    /// Begins or goes on with the file that will be at `path`.
    ///
    /// # Errors
    /// [`Error::Fetching`] while another process does the same; [`Error::File`].
    pub fn open(path: &Path, remote: &RemoteFile) -> Result<Self> {
        let (part, journal) = (part_of(path), journal_of(path));
        let failed = |error: io::Error| Error::file("write", &part, &error);
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&part).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Fetching {
                    path: path.to_owned(),
                });
            }
            // Some network file systems have no locks; downloads go on without.
            Err(TryLockError::Error(error)) => {
                tracing::debug!(part = %part.display(), %error, "not locked");
            }
        }
        let binding = Binding::of(remote);
        let length = file.metadata().map_err(failed)?.len();
        let whole = read(&journal, &binding).filter(|_| length == remote.size);
        let whole = whole.unwrap_or_default();
        file.set_len(remote.size).map_err(failed)?;
        Ok(Self {
            journal: begin(&journal, &binding, &whole)?,
            path: part,
            file,
            size: remote.size,
            whole,
            fresh: Spans::default(),
        })
    }

    /// The ranges that are still to come.
    pub fn gaps(&self) -> Vec<Range<u64>> {
        self.whole.gaps(self.size)
    }

    /// Bytes that are there.
    pub fn done(&self) -> u64 {
        self.whole.len()
    }

    /// Puts bytes in their place.
    pub fn write(&mut self, at: u64, bytes: &[u8]) -> Result<()> {
        let written = self.file.seek(SeekFrom::Start(at));
        written
            .and_then(|_| self.file.write_all(bytes))
            .map_err(|error| Error::file("write", &self.path, &error))?;
        let span = at..at + bytes.len() as u64;
        self.whole.add(span.clone());
        self.fresh.add(span);
        Ok(())
    }

    /// How many bytes would have to come again after a kill.
    pub fn unrecorded(&self) -> u64 {
        self.fresh.len()
    }

    /// Says in the journal what is there.
    pub fn record(&mut self) -> Result<()> {
        if self.fresh.len() == 0 {
            return Ok(());
        }
        let fresh = std::mem::take(&mut self.fresh);
        let lines: String = fresh.iter().map(line).collect();
        self.file
            .sync_data()
            .and_then(|()| self.journal.write_all(lines.as_bytes()))
            .map_err(|error| Error::file("write", &self.path, &error))
    }

    /// Starts anew, as a server that knows no ranges does.
    pub fn forget(&mut self, remote: &RemoteFile) -> Result<()> {
        self.whole = Spans::default();
        self.fresh = Spans::default();
        let journal = beside(&self.path, ".journal");
        self.journal = begin(&journal, &Binding::of(remote), &self.whole)?;
        Ok(())
    }

    /// A reader of everything from the beginning.
    pub fn reader(&mut self) -> Result<&mut File> {
        let rewound = self.file.seek(SeekFrom::Start(0));
        rewound.map_err(|error| Error::file("read", &self.path, &error))?;
        Ok(&mut self.file)
    }

    /// Puts the whole file in its place.
    pub fn settle(self, path: &Path) -> Result<()> {
        let failed = |error: io::Error| Error::file("write", path, &error);
        self.file.sync_all().map_err(failed)?;
        // Some systems rename no open file.
        drop(self.file);
        drop(self.journal);
        fs::rename(&self.path, path).map_err(failed)?;
        remove(&beside(&self.path, ".journal"));
        if let Some(folder) = path.parent() {
            atomic::sync_folder(folder);
        }
        Ok(())
    }

    /// Throws everything away.
    pub fn discard(self) {
        drop(self.file);
        drop(self.journal);
        remove(&self.path);
        remove(&beside(&self.path, ".journal"));
    }
}

fn line(span: &Range<u64>) -> String {
    format!("{} {}\n", span.start, span.end)
}

/// A new journal that says what `whole` says.
fn begin(path: &Path, binding: &Binding, whole: &Spans) -> Result<File> {
    let mut text = serde_json::to_string(binding).unwrap_or_default();
    text.push('\n');
    text.extend(whole.iter().map(line));
    atomic::write_bytes(path, text.as_bytes())?;
    let appended = OpenOptions::new().append(true).open(path);
    appended.map_err(|error| Error::file("write", path, &error))
}

/// What cannot be removed is started anew or overwritten the next time.
fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::debug!(path = %path.display(), %error, "not removed");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::library::hub::Digest;

    fn remote(size: u64) -> RemoteFile {
        RemoteFile {
            repository: "owner/model".into(),
            revision: "main".into(),
            path: "a.pt".into(),
            size,
            digest: Digest::Sha256([7; 32]),
        }
    }

    #[test]
    fn what_was_recorded_is_not_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pt");
        let mut part = Part::open(&path, &remote(100)).unwrap();
        part.write(10, &[1; 20]).unwrap();
        part.record().unwrap();
        part.write(50, &[2; 20]).unwrap();
        assert_eq!((part.done(), part.unrecorded()), (40, 20));
        drop(part);
        assert_eq!(missing(&path, &remote(100)), 80);
        let part = Part::open(&path, &remote(100)).unwrap();
        assert_eq!(part.gaps(), [0..10, 30..100]);
    }

    #[test]
    fn another_file_starts_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pt");
        let changes: [fn(&mut RemoteFile); 4] = [
            |file| file.size = 101,
            |file| file.digest = Digest::Sha256([8; 32]),
            |file| file.revision = "other".into(),
            |file| file.path = "b.pt".into(),
        ];
        for change in changes {
            let mut part = Part::open(&path, &remote(100)).unwrap();
            part.write(0, &[1; 50]).unwrap();
            part.record().unwrap();
            drop(part);
            let mut other = remote(100);
            change(&mut other);
            assert_eq!(missing(&path, &other), other.size);
            let part = Part::open(&path, &other).unwrap();
            assert_eq!(part.done(), 0, "{other:?}");
        }
    }

    #[test]
    fn a_torn_journal_counts_up_to_the_tear() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pt");
        let mut part = Part::open(&path, &remote(100)).unwrap();
        part.write(0, &[1; 10]).unwrap();
        part.record().unwrap();
        drop(part);
        for torn in [
            "20 3",
            "20 30x\n",
            "30 20\n",
            "20 300\n",
            "\0\0\0\0\n50 60\n",
        ] {
            let journal = journal_of(&path);
            let good = fs::read(&journal).unwrap();
            fs::write(&journal, [&good, torn.as_bytes()].concat()).unwrap();
            assert_eq!(missing(&path, &remote(100)), 90, "{torn:?}");
            fs::write(&journal, good).unwrap();
        }
        fs::write(journal_of(&path), "").unwrap();
        assert_eq!(missing(&path, &remote(100)), 100);
    }

    #[test]
    fn two_do_not_fetch_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pt");
        let first = Part::open(&path, &remote(100)).unwrap();
        let second = Part::open(&path, &remote(100)).map(|_| ());
        assert!(matches!(second, Err(Error::Fetching { .. })));
        drop(first);
        assert!(Part::open(&path, &remote(100)).is_ok());
    }
}
