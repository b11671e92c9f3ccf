//! What was made of whose weights: for each file of a model that was copied or converted here, where it came from and
//! what it hashed to, for later checks. What was fetched has its receipts in [`download`](super::download).

use std::{collections::BTreeMap, fs, path::Path};

use serde::{Deserialize, Serialize};

use super::Precision;
use crate::{checkpoint::Variant, error::Result, picture::atomic};

/// The file of these notes, beside what they are of.
pub const MADE: &str = "made.json";

/// How a file was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The file that it was made of, by its name.
    pub from: String,
    /// Which copy of the weights was taken.
    pub variant: Variant,
    /// What its numbers were converted to; `None` for a file that was copied as it is.
    pub precision: Option<Precision>,
    /// In bytes.
    pub size: u64,
    /// Of its bytes, in hexadecimal.
    pub sha256: String,
}

/// The notes of a folder by the names of its files. A folder without readable notes has none.
pub fn made(folder: &Path) -> BTreeMap<String, Made> {
    let text = fs::read(folder.join(MADE)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Adds notes.
pub(super) fn keep(folder: &Path, new: &BTreeMap<String, Made>) -> Result<()> {
    let mut all = made(folder);
    all.extend(new.clone());
    let text = serde_json::to_string_pretty(&all).unwrap_or_default();
    atomic::write_bytes(folder.join(MADE), (text + "\n").as_bytes())
}
