//! What was fetched into a folder, and what it hashed to, for later checks.

use std::{collections::BTreeMap, fs, path::Path};

use serde::{Deserialize, Serialize};

use crate::{error::Result, library::hub::RemoteFile, picture::atomic};

/// The file of the receipts, beside what they are of.
pub const RECEIPTS: &str = "fetched.json";

/// Where a file came from and what it was when it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// `owner/name` on the hub.
    pub repository: String,
    /// The branch, tag or commit.
    pub revision: String,
    /// Within the repository.
    pub path: String,
    /// In bytes.
    pub size: u64,
    /// Of its bytes, in hexadecimal.
    pub sha256: String,
    /// By which the hub knows it: `sha256:…` or `git-blob:…`.
    pub digest: String,
}

impl Receipt {
    pub(super) fn of(file: &RemoteFile, sha256: &[u8; 32]) -> Self {
        Self {
            repository: file.repository.clone(),
            revision: file.revision.clone(),
            path: file.path.clone(),
            size: file.size,
            sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
            digest: file.digest.to_string(),
        }
    }
}

/// The receipts of a folder by the names of its files. A folder without readable receipts has none.
pub fn receipts(folder: &Path) -> BTreeMap<String, Receipt> {
    let text = fs::read(folder.join(RECEIPTS)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Adds a receipt.
pub(super) fn keep(folder: &Path, name: &str, receipt: Receipt) -> Result<()> {
    let mut all = receipts(folder);
    all.insert(name.to_owned(), receipt);
    let text = serde_json::to_string_pretty(&all).unwrap_or_default();
    atomic::write_bytes(folder.join(RECEIPTS), (text + "\n").as_bytes())
}
