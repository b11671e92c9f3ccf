//! What a download that stopped has left in a folder: how much it is, and throwing it away.
//!
//! Only files that a download has put there count, never a person's own.

use std::{fs, io, path::Path};

use super::{
    journal::{self, ENDINGS},
    receipt::{RECEIPTS, receipts},
};
use crate::{
    error::{Error, Result},
    library::MANIFEST,
};

/// Bytes of a folder that need not be fetched again: whole files with a receipt, and what the journals of
/// unfinished ones say.
pub fn kept(folder: &Path) -> u64 {
    let whole = receipts(folder).into_iter().filter_map(|(name, receipt)| {
        let length = fs::metadata(folder.join(name)).ok()?.len();
        (length == receipt.size).then_some(length)
    });
    let names = fs::read_dir(folder).into_iter().flatten();
    let journals = names.filter_map(|entry| {
        let path = entry.ok()?.path();
        let is_journal = path.to_string_lossy().ends_with(ENDINGS[1]);
        is_journal.then(|| journal::known(&path))
    });
    whole.chain(journals).fold(0, u64::saturating_add)
}

/// Throws away what was fetched into a folder that is no model yet, and the folder, if nothing else is in it.
///
/// # Errors
/// [`Error::File`] when something cannot be removed, or the folder is a model.
pub fn discard(folder: &Path) -> Result<()> {
    if folder.join(MANIFEST).exists() {
        let is_model = io::Error::new(io::ErrorKind::AlreadyExists, "it is a model");
        return Err(Error::file("discard", folder, &is_model));
    }
    let fetched = receipts(folder);
    let ours = |name: &str| {
        let unfinished = ENDINGS.iter().any(|ending| name.ends_with(ending));
        unfinished || fetched.contains_key(name)
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::file("read", folder, &error)),
    };
    // The receipts go last: should this be stopped, they still say whose the other files are.
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let names = names.filter(|name| ours(name)).collect::<Vec<_>>();
    for name in names.iter().map(String::as_str).chain([RECEIPTS]) {
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::file("remove", &path, &error));
            }
            _ => {}
        }
    }
    if let Err(error) = fs::remove_dir(folder) {
        tracing::debug!(folder = %folder.display(), %error, "something else is in it");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{
        super::{Receipt, journal::Part, receipt},
        *,
    };
    use crate::library::hub::{Digest, RemoteFile};

    fn remote(size: u64) -> RemoteFile {
        RemoteFile {
            repository: "owner/model".into(),
            revision: "main".into(),
            path: "a.pt".into(),
            size,
            digest: Digest::Sha256([7; 32]),
        }
    }

    /// One whole file of 30 bytes, and 40 of the 100 bytes of another.
    fn stopped() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b.pt"), [0; 30]).unwrap();
        let whole = Receipt::of(&remote(30), &[0; 32]);
        receipt::keep(folder.path(), "b.pt", whole).unwrap();
        let mut part = Part::open(&folder.path().join("a.pt"), &remote(100)).unwrap();
        part.write(10, &[1; 40]).unwrap();
        part.record().unwrap();
        folder
    }

    #[test]
    fn what_was_fetched_counts_and_goes() {
        let folder = stopped();
        assert_eq!(kept(folder.path()), 70);
        discard(folder.path()).unwrap();
        assert!(!folder.path().exists());
        assert_eq!(kept(folder.path()), 0);
        discard(folder.path()).unwrap();
    }

    #[test]
    fn a_persons_files_and_models_stay() {
        let folder = stopped();
        let own = folder.path().join("notes.txt");
        fs::write(&own, "mine").unwrap();
        discard(folder.path()).unwrap();
        assert_eq!(fs::read(&own).unwrap(), b"mine");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);

        let model = stopped();
        fs::write(model.path().join(MANIFEST), "").unwrap();
        assert!(discard(model.path()).is_err());
        assert_eq!(kept(model.path()), 70);
    }
}
