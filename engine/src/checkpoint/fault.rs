//! What a reader of one format finds wrong, before it is known which file it was.
//!
//! The readers work on bytes and know no path; [`StateDict::open`](super::StateDict::open) adds it.

use std::path::Path;

use crate::error::{Error, shown};

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Damaged, or not what it seems: what was expected and what was found.
    Malformed(String),
    /// It asks for something that is never done, or exceeds a limit.
    Refused(String),
    /// A tensor holds what is not computed with.
    Type {
        /// The tensor's name, fit for an error.
        tensor: String,
        /// What it holds.
        found: String,
    },
}

/// The result of a reader.
pub(super) type Read<T> = Result<T, Fault>;

impl Fault {
    /// With the file's name and format.
    pub(super) fn of(self, format: &'static str, path: &Path) -> Error {
        match self {
            Self::Malformed(reason) => Error::malformed(format, path, reason),
            Self::Refused(reason) => Error::refused(path, reason),
            Self::Type { tensor, found } => Error::WrongType {
                path: path.to_owned(),
                tensor,
                found,
            },
        }
    }
}

/// A damaged file.
pub(super) fn malformed<T>(reason: impl Into<String>) -> Read<T> {
    Err(Fault::Malformed(reason.into()))
}

/// A file that asks for what is never done.
pub(super) fn refused<T>(reason: impl Into<String>) -> Read<T> {
    Err(Fault::Refused(reason.into()))
}

/// Words from a file, made fit for an error: what cannot be printed is escaped, long ones are cut.
pub(super) fn quote(words: &str) -> String {
    /// As much as a person reads.
    const SHOWN: usize = 200;
    shown(words, SHOWN, |_| false)
}
