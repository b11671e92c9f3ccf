//! Removing: a model with all its files, or only what it was converted from. Whoever calls has asked before.
//!
//! Only folders directly below the models folder are touched, and no link is followed: what a link leads to is
//! someone else's.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{Home, Manifest, workplace::Workplace};
use crate::{
    checkpoint::StateDict,
    error::{Error, Result},
};

/// What is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// The folder, or the files.
    pub paths: Vec<PathBuf>,
    /// The bytes that are free now.
    pub bytes: u64,
}

/// Bytes of all files in a folder and below it. Links count nothing.
pub fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes = entries.map(|entry| match entry.metadata() {
        // Of the entry itself, whatever it leads to.
        Ok(data) if data.is_dir() => size(&entry.path()),
        Ok(data) if data.is_file() => data.len(),
        _ => 0,
    });
    bytes.fold(0, u64::saturating_add)
}

/// Removes the model in `folder`, which lies directly below `models`, with all that is in it.
///
/// The folder is set aside first, so that it is no model from one moment to the next.
///
/// # Errors
/// [`Error::Outside`] when it does not lie there, or is a link; [`Error::File`].
pub fn remove(models: &Path, folder: &Path) -> Result<Removed> {
    let folder = own(models, folder)?;
    let bytes = size(&folder);
    let work = Workplace::open(models)?;
    let aside = work.path().join("removed");
    fs::rename(&folder, &aside).map_err(|error| Error::file("remove", &folder, &error))?;
    fs::remove_dir_all(&aside).map_err(|error| Error::file("remove", &folder, &error))?;
    Ok(Removed {
        paths: vec![folder],
        bytes,
    })
}

/// The files that a model was converted from and that are still there, with their sizes.
///
/// # Errors
/// When its manifest cannot be read.
pub fn originals(folder: &Path) -> Result<Vec<(PathBuf, u64)>> {
    let manifest = Home::Folder(folder.to_owned()).manifest()?;
    Ok(originals_in(folder, &manifest))
}

/// Their bytes.
pub(super) fn originals_of(folder: &Path, manifest: &Manifest) -> u64 {
    let files = originals_in(folder, manifest);
    files.iter().map(|(_, bytes)| bytes).sum()
}

fn originals_in(folder: &Path, manifest: &Manifest) -> Vec<(PathBuf, u64)> {
    let files = manifest.files.originals.iter().filter_map(|name| {
        let path = folder.join(name);
        let data = fs::symlink_metadata(&path).ok()?;
        data.is_file().then_some((path, data.len()))
    });
    files.collect()
}

/// Removes what the model in `folder` was converted from, after a look at what it was converted to. The model stays
/// as it is.
///
/// # Errors
/// As [`remove`], and what is wrong with the files that would be left.
pub fn remove_originals(models: &Path, folder: &Path) -> Result<Removed> {
    let folder = own(models, folder)?;
    let home = Home::Folder(folder.clone());
    let manifest = home.manifest()?;
    for name in [&manifest.files.transformer, &manifest.files.tokenizer] {
        StateDict::open(&home.file(name))?;
    }
    let mut removed = Removed {
        paths: Vec::new(),
        bytes: 0,
    };
    for (path, bytes) in originals_in(&folder, &manifest) {
        fs::remove_file(&path).map_err(|error| Error::file("remove", &path, &error))?;
        removed.paths.push(path);
        removed.bytes += bytes;
    }
    Ok(removed)
}

/// The folder, if it is one of those directly below `models`.
fn own(models: &Path, folder: &Path) -> Result<PathBuf> {
    let outside = || Error::Outside {
        path: folder.to_owned(),
        models: models.to_owned(),
    };
    let real = |path: &Path| {
        fs::canonicalize(path).map_err(|error: io::Error| Error::file("read", path, &error))
    };
    let name = folder.file_name().ok_or_else(outside)?;
    let parent = folder.parent().ok_or_else(outside)?;
    let models = real(models)?;
    if real(parent)? != models {
        return Err(outside());
    }
    let path = models.join(name);
    let data =
        fs::symlink_metadata(&path).map_err(|error| Error::file("remove", folder, &error))?;
    match data.is_dir() {
        true => Ok(path),
        false => Err(outside()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn put(path: &Path, bytes: usize) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, vec![0; bytes]).unwrap();
    }

    #[test]
    fn a_model_is_removed_with_all_its_files_and_no_other() {
        let home = tempfile::tempdir().unwrap();
        let models = home.path().join("models");
        put(&models.join("a/model.toml"), 10);
        put(&models.join("a/deep/weights"), 30);
        put(&models.join("b/model.toml"), 10);
        assert_eq!(size(&models), 50);
        let removed = remove(&models, &models.join("a")).unwrap();
        assert_eq!(removed.bytes, 40);
        let left: Vec<_> = fs::read_dir(&models).unwrap().collect();
        assert_eq!(left.len(), 1);
        assert!(models.join("b/model.toml").exists());
    }

    #[test]
    fn nothing_outside_is_removed() {
        let home = tempfile::tempdir().unwrap();
        let models = home.path().join("models");
        put(&models.join("a/model.toml"), 10);
        let mine = home.path().join("mine");
        put(&mine.join("keep"), 10);
        let outside = [
            mine.clone(),
            models.join("../mine"),
            models.join("a/.."),
            models.clone(),
            models.join("a/model.toml"),
            PathBuf::from("/"),
            PathBuf::new(),
        ];
        for folder in outside {
            assert!(remove(&models, &folder).is_err(), "{}", folder.display());
        }
        remove(&models, &models.join("absent")).unwrap_err();
        assert!(mine.join("keep").exists() && models.join("a/model.toml").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let models = home.path().join("models");
        let mine = home.path().join("mine");
        put(&mine.join("keep"), 10);
        put(&models.join("a/model.toml"), 10);
        std::os::unix::fs::symlink(&mine, models.join("linked")).unwrap();
        std::os::unix::fs::symlink(&mine, models.join("a/linked")).unwrap();
        let error = remove(&models, &models.join("linked")).unwrap_err();
        assert!(matches!(error, Error::Outside { .. }), "{error}");
        assert_eq!(remove(&models, &models.join("a")).unwrap().bytes, 10);
        assert!(mine.join("keep").exists());
    }
}
