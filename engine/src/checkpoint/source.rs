//! Where the bytes of a model's file come from: a file on disk, or bytes inside the program.
//!
//! Readers ask a [`Source`] for its bytes and for the name to show in errors, and need not know which
//! of the two it is. What the bytes mean does not belong here.

use std::{
    fs::File,
    io::Read,
    ops::Deref,
    path::{Path, PathBuf},
    sync::Arc,
};

use memmap2::Mmap;
#[cfg(unix)]
use memmap2::UncheckedAdvice;

use crate::error::{Error, Result};

/// One file of a model.
#[derive(Clone)]
pub enum Source {
    /// A file on disk.
    File(PathBuf),
    /// A file that ships inside the program.
    Shipped {
        /// The name shown in errors.
        path: PathBuf,
        /// Its bytes.
        bytes: &'static [u8],
    },
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            // Megabytes of weights are no help in a log.
            Self::Shipped { path, bytes } => f
                .debug_struct("Shipped")
                .field("path", path)
                .field("bytes", &bytes.len())
                .finish(),
        }
    }
}

impl Source {
    /// The path, or the name that stands for one in errors.
    pub fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Shipped { path, .. } => path,
        }
    }

    /// All bytes, without reading them: a file is mapped, not loaded.
    ///
    /// # Errors
    /// [`Error::File`] when the file cannot be opened or mapped, or is not a regular file.
    pub fn bytes(&self) -> Result<Bytes> {
        match self {
            Self::File(path) => map(path),
            Self::Shipped { bytes, .. } => Ok(Bytes(Held::Static(bytes))),
        }
    }

    /// A small text file as a string; `format` is what it should be, for errors.
    ///
    /// # Errors
    /// [`Error::File`] when it cannot be read, [`Error::Refused`] when it is longer than `limit` bytes,
    /// [`Error::Malformed`] when it is not UTF-8.
    pub fn read_text(&self, format: &'static str, limit: usize) -> Result<String> {
        let bytes = match self {
            Self::Shipped { bytes, .. } => bytes.iter().take(limit + 1).copied().collect(),
            Self::File(path) => {
                let mut bytes = Vec::new();
                // One byte past the limit tells "just fits" from "too long", whatever size the
                // file claims to have.
                open(path)?
                    .take(limit as u64 + 1)
                    .read_to_end(&mut bytes)
                    .map_err(|error| Error::file("read", path, &error))?;
                bytes
            }
        };
        if bytes.len() > limit {
            return Err(Error::refused(
                self.path(),
                format!("it is longer than {limit} bytes, the most that a {format} file may have"),
            ));
        }
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Error::malformed(
                format,
                self.path(),
                format!("expected UTF-8 text, found other bytes at byte {at}"),
            )
        })
    }
}

/// The bytes of a [`Source`]; cloning shares them.
#[derive(Clone)]
pub struct Bytes(Held);

#[derive(Clone)]
enum Held {
    Mapped(Arc<Mmap>),
    Static(&'static [u8]),
    #[cfg(any(test, fuzzing))]
    Made(Arc<[u8]>),
}

#[cfg(any(test, fuzzing))]
impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self(Held::Made(bytes.into()))
    }
}

impl Bytes {
    /// Says that all of it will be read again and again: on pages as large as the system has, the processor seldom
    /// has to look up where the next ones lie.
    pub fn prefer_large_pages(&self) {
        // A wish: what the system holds on small pages already stays there.
        #[cfg(target_os = "linux")]
        if let Held::Mapped(map) = &self.0 {
            let _ = map.advise(memmap2::Advice::HugePage);
        }
    }

    /// Gives the memory of a part back to the system, which reads it from the file again when it is asked for.
    #[allow(unsafe_code)]
    pub fn release(&self, start: usize, length: usize) {
        #[cfg(unix)]
        if let Held::Mapped(map) = &self.0
            && start < map.len()
        {
            let length = length.min(map.len() - start);
            // SAFETY: the map is private and never written to, so that pages that are given back come again from
            // the file with the bytes that they had.
            let given =
                unsafe { map.unchecked_advise_range(UncheckedAdvice::DontNeed, start, length) };
            if let Err(error) = given {
                tracing::debug!(%error, "memory was not given back");
            }
        }
        #[cfg(not(unix))]
        let _ = (start, length);
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Held::Mapped(map) => map,
            Held::Static(bytes) => bytes,
            #[cfg(any(test, fuzzing))]
            Held::Made(bytes) => bytes,
        }
    }
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bytes({})", self.len())
    }
}

/// Opens a regular file. A pipe or a device could block for ever or have no end.
fn open(path: &Path) -> Result<File> {
    let error = |error: std::io::Error| Error::file("open", path, &error);
    let meta = std::fs::metadata(path).map_err(error)?;
    if !meta.is_file() {
        let what = if meta.is_dir() { "folder" } else { "device" };
        return Err(error(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            format!("it is a {what}, not a file"),
        )));
    }
    File::open(path).map_err(error)
}

#[allow(unsafe_code)]
fn map(path: &Path) -> Result<Bytes> {
    let error = |error: std::io::Error| Error::file("read", path, &error);
    let file = open(path)?;
    if file.metadata().map_err(error)?.len() == 0 {
        // Some systems refuse to map nothing.
        return Ok(Bytes(Held::Static(&[])));
    }
    // SAFETY: the map is private and only ever read as bytes, for which every bit pattern is valid. That
    // nobody else writes to or shortens a model's file while it is being read is what any program
    // that maps files has to assume; weights are replaced by renaming a new file over them.
    let map = unsafe { Mmap::map(&file) }.map_err(error)?;
    Ok(Bytes(Held::Mapped(Arc::new(map))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_and_shipped_bytes_read_alike() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights");
        std::fs::write(&path, b"abc").unwrap();
        let file = Source::File(path.clone());
        let shipped = Source::Shipped {
            path: "inside/weights".into(),
            bytes: b"abc",
        };
        assert_eq!(&*file.bytes().unwrap(), &*shipped.bytes().unwrap());
        assert_eq!(file.read_text("text", 3).unwrap(), "abc");
        assert_eq!(shipped.read_text("text", 3).unwrap(), "abc");
        assert_eq!(file.path(), path);
        assert_eq!(shipped.path(), Path::new("inside/weights"));
    }

    #[test]
    fn an_empty_file_is_empty_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty");
        std::fs::write(&path, b"").unwrap();
        assert!(Source::File(path).bytes().unwrap().is_empty());
    }

    #[test]
    fn a_missing_file_and_a_folder_are_named() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().join("none"), folder.path().to_owned()] {
            let source = Source::File(path.clone());
            for error in [
                source.bytes().unwrap_err(),
                source.read_text("text", 9).unwrap_err(),
            ] {
                assert!(
                    matches!(&error, Error::File { path: named, .. } if *named == path),
                    "{error}"
                );
            }
        }
    }

    #[test]
    fn long_text_and_broken_text_are_refused() {
        let source = |bytes| Source::Shipped {
            path: "t".into(),
            bytes,
        };
        assert!(matches!(
            source(b"abcd").read_text("text", 3),
            Err(Error::Refused { .. })
        ));
        assert!(matches!(
            source(b"a\xff").read_text("text", 3),
            Err(Error::Malformed { .. })
        ));
    }
}
