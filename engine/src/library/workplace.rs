//! Where a model's files are made before they are in their places: a folder of its own beside the models.
//!
//! Nothing in it is a model. It goes away with whoever made it, also when that fails; what a killed process left is
//! swept by the next one that makes something, which knows by the lock that nobody works there.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
    time::{Duration, SystemTime},
};

use crate::error::{Error, Result};

/// What the name of such a folder begins with.
const PREFIX: &str = ".strata-work-";
/// The file in it that is locked while someone works there.
const LOCK: &str = ".lock";
/// A folder without a lock is left alone for so long: it may be about to get one.
const GRACE: Duration = Duration::from_secs(60);

/// Whether a folder is such a place.
pub(super) fn is_one(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default();
    name.to_string_lossy().starts_with(PREFIX)
}

/// A folder to make files in. Dropped, it is gone with all that is still in it.
#[derive(Debug)]
pub(super) struct Workplace {
    folder: tempfile::TempDir,
    lock: Option<File>,
}

impl Workplace {
    /// A new one below `models`, which is created where it is missing; dead ones are swept.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn open(models: &Path) -> Result<Self> {
        fs::create_dir_all(models).map_err(|error| Error::file("create", models, &error))?;
        sweep(models);
        let made = tempfile::Builder::new().prefix(PREFIX).tempdir_in(models);
        let folder = made.map_err(|error| Error::file("write to", models, &error))?;
        let path = folder.path().join(LOCK);
        let lock = File::create(&path).map_err(|error| Error::file("write", &path, &error))?;
        if let Err(error) = lock.try_lock() {
            // Some network file systems have no locks; the folder is young, and that protects it for a while.
            tracing::debug!(path = %path.display(), %error, "not locked");
        }
        Ok(Self {
            folder,
            lock: Some(lock),
        })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Makes the whole folder the one at `place`, which must not be there.
    ///
    /// # Errors
    /// [`Error::File`], of the kind `AlreadyExists` when something is there.
    pub fn settle(mut self, place: &Path) -> Result<()> {
        let failed = |error: io::Error| Error::file("create", place, &error);
        if fs::symlink_metadata(place).is_ok() {
            let there = io::Error::new(io::ErrorKind::AlreadyExists, "something is there already");
            return Err(failed(there));
        }
        // Some systems rename no folder with an open file in it.
        drop(self.lock.take());
        fs::remove_file(self.path().join(LOCK)).map_err(failed)?;
        fs::rename(self.path(), place).map_err(failed)?;
        // What is dropped here is no longer at its place, so that nothing is removed.
        let _ = self.folder.keep();
        if let Some(models) = place.parent() {
            crate::picture::atomic::sync_folder(models);
        }
        Ok(())
    }
}

/// Removes the places that no one works at any longer. What cannot be removed now is tried again next time.
fn sweep(models: &Path) {
    let entries = fs::read_dir(models).into_iter().flatten().flatten();
    for folder in entries.map(|entry| entry.path()) {
        let is_folder = fs::symlink_metadata(&folder).is_ok_and(|data| data.is_dir());
        if !is_one(&folder) || !is_folder || is_alive(&folder) {
            continue;
        }
        if let Err(error) = fs::remove_dir_all(&folder) {
            tracing::warn!(folder = %folder.display(), %error, "left from an earlier run, and not removed");
        }
    }
}

fn is_alive(folder: &Path) -> bool {
    match File::options().write(true).open(folder.join(LOCK)) {
        Ok(lock) => matches!(lock.try_lock(), Err(TryLockError::WouldBlock)),
        Err(_) => is_young(folder),
    }
}

fn is_young(path: &Path) -> bool {
    let age = |time| SystemTime::now().duration_since(time).ok();
    let changed = fs::metadata(path).and_then(|data| data.modified()).ok();
    changed.and_then(age).is_none_or(|age| age < GRACE)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn a_workplace_is_gone_or_becomes_what_was_made() {
        let home = tempfile::tempdir().unwrap();
        let models = home.path().join("models");
        let work = Workplace::open(&models).unwrap();
        assert!(is_one(work.path()));
        fs::write(work.path().join("a"), b"x").unwrap();
        drop(work);
        assert_eq!(names(&models), [""; 0]);

        let work = Workplace::open(&models).unwrap();
        fs::write(work.path().join("a"), b"x").unwrap();
        let place = models.join("model");
        work.settle(&place).unwrap();
        assert_eq!(names(&models), ["model"]);
        assert_eq!(names(&place), ["a"]);

        let other = Workplace::open(&models).unwrap();
        let error = other.settle(&place).unwrap_err();
        assert!(
            matches!(
                error,
                Error::File {
                    kind: io::ErrorKind::AlreadyExists,
                    ..
                }
            ),
            "{error}"
        );
        assert_eq!(names(&models), ["model"]);
    }

    #[test]
    fn what_a_killed_process_left_is_swept_and_what_lives_is_not() {
        let home = tempfile::tempdir().unwrap();
        let alive = Workplace::open(home.path()).unwrap();
        let dead = home.path().join(".strata-work-dead");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join(LOCK), b"").unwrap();
        fs::write(dead.join("model.toml"), b"").unwrap();
        let young = home.path().join(".strata-work-young");
        fs::create_dir(&young).unwrap();
        let foreign = home.path().join("mine");
        fs::create_dir(&foreign).unwrap();

        let work = Workplace::open(home.path()).unwrap();
        assert!(!dead.exists());
        assert!(alive.path().exists() && work.path().exists());
        assert!(young.exists() && foreign.exists());
    }
}
