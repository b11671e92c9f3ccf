//! The hashes of a file, read once.

use std::io::{self, Read};

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::library::hub::Digest;

/// Bytes read at a time.
const PIECE: usize = 1 << 20;

/// What a file hashes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hashes {
    /// Of the bytes.
    pub sha256: [u8; 32],
    /// Of the kind that was asked for.
    pub digest: Digest,
}

/// Hashes `size` bytes, telling `look` how many were read; it may stop the reading.
///
/// # Errors
/// The system's, or `look`'s.
pub(super) fn hash<E: From<io::Error>>(
    mut from: impl Read,
    size: u64,
    like: &Digest,
    mut look: impl FnMut(u64) -> Result<(), E>,
) -> Result<Hashes, E> {
    let mut sha256 = Sha256::new();
    // Git hashes a header that holds the length, then the bytes (gitformat-object).
    let mut blob =
        matches!(like, Digest::GitBlob(_)).then(|| Sha1::new_with_prefix(format!("blob {size}\0")));
    let mut piece = vec![0; PIECE];
    let mut done = 0;
    loop {
        let count = match from.read(&mut piece) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        let Some(bytes) = piece.get(..count).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        sha256.update(bytes);
        if let Some(blob) = &mut blob {
            blob.update(bytes);
        }
        done += count as u64;
        look(done)?;
    }
    let sha256: [u8; 32] = sha256.finalize().into();
    let digest = match blob {
        Some(blob) => Digest::GitBlob(blob.finalize().into()),
        None => Digest::Sha256(sha256),
    };
    Ok(Hashes { sha256, digest })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn hashed(bytes: &[u8], like: &Digest) -> Digest {
        let done = |_| Ok::<(), io::Error>(());
        hash(bytes, bytes.len() as u64, like, done).unwrap().digest
    }

    /// What `sha256sum` and `git hash-object` give.
    #[test]
    fn hashes_are_those_of_the_common_tools() {
        let git = Digest::GitBlob([0; 20]);
        let sha = Digest::Sha256([0; 32]);
        assert_eq!(
            hashed(b"hello\n", &git).to_string(),
            "git-blob:ce013625030ba8dba906f756967f9e9ca394464a"
        );
        assert_eq!(
            hashed(b"hello\n", &sha).to_string(),
            "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
        );
    }
}
