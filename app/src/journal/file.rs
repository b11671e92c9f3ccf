//! The file of this run. It is locked while the run lives: the system gives the lock back however the
//! run ends, so that a file that can be locked is one that was left.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use super::frame::HEADER;

/// How names of journals end.
pub const EXTENSION: &str = "journal";

/// A locked file that grows.
#[derive(Debug)]
pub struct RunFile {
    path: PathBuf,
    file: File,
    /// Bytes that were written whole; what a failed write left after them is written over.
    length: u64,
}

impl RunFile {
    /// Creates one in `folder`, which is made if need be, and takes its lock.
    pub fn create(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (path, file) = create_locked(folder)?;
        let mut created = Self {
            path,
            file,
            length: 0,
        };
        created.append(HEADER)?;
        sync_folder(folder);
        Ok(created)
    }

    /// Writes to its end.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.length))?;
        self.file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Waits until it is on the disk.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Removes it.
    pub fn remove(self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A new file under a name that sorts by time. Another Strata that looks through the folder may take the
/// lock of a file between its creation and ours; then the next name is tried.
fn create_locked(folder: &Path) -> io::Result<(PathBuf, File)> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let (secs, process) = (since.map_or(0, |since| since.as_secs()), std::process::id());
    for number in 0.. {
        let name = format!("{secs:011}-{process}-{number}.{EXTENSION}");
        let path = folder.join(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) if lock(&file) => return Ok((path, file)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Takes a file's lock; false when a living run has it. Where files cannot be locked at all, every file
/// counts as left: two Stratas at once are rarer there than one that was killed.
pub fn lock(file: &File) -> bool {
    match file.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(error)) => {
            tracing::debug!(%error, "files cannot be locked here");
            true
        }
    }
}

/// Makes a new name survive a power cut, where folders can be synchronised at all.
fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    if let Err(error) = File::open(folder).and_then(|folder| folder.sync_all()) {
        tracing::debug!(folder = %folder.display(), %error, "the folder was not synchronised");
    }
    #[cfg(not(unix))]
    let _ = folder;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_living_runs_file_is_locked_and_a_dead_ones_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let journals = folder.path().join("a").join("journal");
        let run = RunFile::create(&journals).unwrap();
        let other = RunFile::create(&journals).unwrap();
        assert_ne!(run.path(), other.path());
        let look = |path: &Path| lock(&File::open(path).unwrap());
        assert!(!look(run.path()));
        let path = run.path().to_owned();
        drop(run);
        assert!(look(&path));
        assert!(!look(other.path()));
    }

    #[test]
    fn bytes_follow_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = RunFile::create(folder.path()).unwrap();
        run.append(b"one").unwrap();
        // As if a write had failed half-way.
        run.file.write_all(b"tw").unwrap();
        run.append(b"three").unwrap();
        run.sync().unwrap();
        let bytes = std::fs::read(run.path()).unwrap();
        assert_eq!(bytes, [HEADER, b"onethree"].concat());
        run.remove().unwrap();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    }
}
