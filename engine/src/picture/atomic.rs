//! Files that are there entirely or not at all.
//!
//! Everything goes to a temporary file in the same folder, reaches the disk, and is then renamed. Until
//! the rename the old file stays; when anything fails, the temporary file is removed.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use crate::error::{Error, Result};

/// Writes a file in one go. See [`write()`].
///
/// # Errors
/// [`Error::File`]; the file is then as it was before.
pub fn write_bytes(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    write(path, |file| file.write_all(bytes))
}

/// Creates or replaces a file with what `fill` writes.
///
/// # Errors
/// [`Error::File`] when `fill` or the operating system fails; the file is then as it was before.
pub fn write(
    path: impl AsRef<Path>,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    let path = path.as_ref();
    replace(path, fill).map_err(|error| Error::file("write", path, &error))
}

fn replace(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut draft = begin(path)?;
    let mut writer = BufWriter::new(draft.file.as_file_mut());
    fill(&mut writer)?;
    writer.flush()?;
    drop(writer);
    settle(draft)
}

/// A file that is written piece by piece, by whoever holds its [`Self::writer`]. Dropped before
/// [`Self::commit`], it leaves everything as it was.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    // Its destructor removes the temporary file on every way out but the last.
    file: tempfile::NamedTempFile,
}

impl Draft {
    /// Begins a file that will be at `path`.
    ///
    /// # Errors
    /// [`Error::File`] when its folder takes no files.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        begin(path).map_err(|error| Error::file("write", path, &error))
    }

    /// Writes to it, with a buffer that must be flushed.
    ///
    /// # Errors
    /// [`Error::File`] when the system has no more files to give.
    pub fn writer(&self) -> Result<BufWriter<File>> {
        let file = self.file.as_file().try_clone();
        file.map(BufWriter::new)
            .map_err(|error| Error::file("write", &self.path, &error))
    }

    /// Where it will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts it in its place; every writer has been flushed.
    ///
    /// # Errors
    /// [`Error::File`]; the place is then as it was before.
    pub fn commit(self) -> Result<()> {
        let path = self.path.clone();
        settle(self).map_err(|error| Error::file("write", &path, &error))
    }
}

fn begin(path: &Path) -> io::Result<Draft> {
    if path.file_name().is_none() {
        let message = "the path names no file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    Ok(Draft {
        file: temporary(folder(path))?,
        path: path.to_owned(),
    })
}

fn settle(Draft { path, file }: Draft) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    sync_folder(folder(&path));
    Ok(())
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".strata-").suffix(".part");
    // Temporary files are private by default; this one becomes an ordinary file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Makes the rename itself survive a power cut, where folders can be synchronised at all.
pub(crate) fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    if let Err(error) = std::fs::File::open(folder).and_then(|folder| folder.sync_all()) {
        // The file is whole and in its place; some network file systems do not offer more.
        tracing::debug!(folder = %folder.display(), %error, "the folder was not synchronised");
    }
    #[cfg(not(unix))]
    let _ = folder;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    fn kind(result: Result<()>) -> io::ErrorKind {
        match result {
            Err(Error::File {
                kind,
                action: "write",
                ..
            }) => kind,
            other => panic!("expected a file error, got {other:?}"),
        }
    }

    #[test]
    fn creates_and_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        write_bytes(&path, b"one").unwrap();
        write_bytes(&path, b"other").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"other");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    /// A disk that fills up halfway.
    #[test]
    fn failure_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        let full = |file: &mut dyn Write| {
            file.write_all(&[1; 100_000])?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        };
        assert_eq!(kind(write(&path, full)), io::ErrorKind::StorageFull);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);

        write_bytes(&path, b"old").unwrap();
        assert_eq!(kind(write(&path, full)), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn a_draft_is_nowhere_until_it_is_committed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        drop(Draft::create(&path).unwrap());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);

        let draft = Draft::create(&path).unwrap();
        let mut writer = draft.writer().unwrap();
        writer.write_all(b"one, ").unwrap();
        assert!(!path.exists());
        writer.write_all(b"two").unwrap();
        writer.flush().unwrap();
        draft.commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one, two");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn folders_that_cannot_be_written_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"x").unwrap();
        write_bytes(file.join("a.png"), b"x").unwrap_err();
        assert_eq!(
            kind(write_bytes(folder.path().join("none/a.png"), b"x")),
            io::ErrorKind::NotFound
        );
        assert_eq!(kind(write_bytes("/", b"x")), io::ErrorKind::InvalidInput);
        // A folder in the file's place is not replaced.
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        write_bytes(&taken, b"x").unwrap_err();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    }

    /// Others may read the file as far as the process's mask allows, as with any file.
    #[cfg(unix)]
    #[test]
    fn files_have_ordinary_permissions() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let (ours, plain) = (folder.path().join("a"), folder.path().join("b"));
        write_bytes(&ours, b"x").unwrap();
        fs::write(&plain, b"x").unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(ours), mode(plain));
    }
}
