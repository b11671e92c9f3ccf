//! Entries as bytes and back. A journal is a header and frames; a frame is
//!
//! | bytes | what |
//! |---|---|
//! | 4 | length of the entry, little-endian |
//! | 8 | the first bytes of the entry's SHA-256 |
//! | length | the entry as JSON |
//!
//! A frame that is cut off or spoilt ends the journal: nothing after it was ever acknowledged.

use sha2::{Digest, Sha256};

use super::Entry;

/// The first bytes of every journal; another version begins otherwise.
pub const HEADER: &[u8] = b"strata journal 1\n";
/// Bytes before the entry.
const PREFIX: usize = 4 + CHECK;
/// Bytes of the checksum.
const CHECK: usize = 8;

/// Appends an entry's frame. An entry that cannot be written as JSON contradicts itself and is left out.
pub fn append(entry: &Entry, to: &mut Vec<u8>) {
    let payload = match serde_json::to_vec(entry) {
        Ok(payload) => payload,
        Err(error) => {
            tracing::error!(%error, "an entry of the journal is impossible");
            return;
        }
    };
    let Ok(length) = u32::try_from(payload.len()) else {
        tracing::error!(bytes = payload.len(), "an entry of the journal is too long");
        return;
    };
    to.extend(length.to_le_bytes());
    to.extend(checksum(&payload));
    to.extend(payload);
}

/// The entries of a journal's bytes up to the first frame that is not whole; `None` when it is no journal
/// of this version.
pub fn read(bytes: &[u8]) -> Option<Vec<Entry>> {
    let Some(mut rest) = bytes.strip_prefix(HEADER) else {
        // The run ended while it wrote the first bytes.
        return HEADER.starts_with(bytes).then(Vec::new);
    };
    let mut entries = Vec::new();
    while let Some((payload, after)) = next(rest) {
        // What a newer Strata may add is whole but unknown here; it is passed over.
        match serde_json::from_slice(payload) {
            Ok(entry) => entries.push(entry),
            Err(error) => tracing::warn!(%error, "an entry of the journal is unknown"),
        }
        rest = after;
    }
    Some(entries)
}

/// The first frame's entry, and what follows the frame.
fn next(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (prefix, rest) = bytes.split_at_checked(PREFIX)?;
    let (length, check) = prefix.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*length) as usize;
    let (payload, rest) = rest.split_at_checked(length)?;
    (checksum(payload) == *check).then_some((payload, rest))
}

fn checksum(payload: &[u8]) -> [u8; CHECK] {
    let digest = Sha256::digest(payload);
    let mut check = [0; CHECK];
    check.copy_from_slice(&digest[..CHECK]);
    check
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::{super::books::Books, *};
    use crate::journal::worker_tests::{asked, codes};

    fn entry() -> impl Strategy<Value = Entry> {
        let piece = 0_u64..4;
        prop_oneof![
            (piece.clone(), 0_u64..3).prop_map(|(piece, group)| asked(piece, group)),
            (piece.clone(), 0_usize..6).prop_map(|(piece, position)| codes(piece, position)),
            (piece.clone(), "[0-9a-f]{4}")
                .prop_map(|(piece, weights)| Entry::Started { piece, weights }),
            (piece.clone(), "/[a-zé ]{4}").prop_map(|(piece, path)| Entry::Saving {
                piece,
                path: path.into()
            }),
            prop::collection::vec(piece.clone(), 0..4).prop_map(Entry::Order),
            prop::collection::vec("[0-9]{3}", 0..3).prop_map(Entry::TakenOver),
            piece.prop_map(|piece| Entry::Ended { piece }),
        ]
    }

    /// The bytes of a journal, and where each entry's frame ends.
    fn journal(entries: &[Entry]) -> (Vec<u8>, Vec<usize>) {
        let mut bytes = HEADER.to_vec();
        let ends = entries.iter().map(|entry| {
            append(entry, &mut bytes);
            bytes.len()
        });
        let ends = ends.collect();
        (bytes, ends)
    }

    proptest! {
        // Every case tries every byte.
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn what_was_written_is_read(entries in prop::collection::vec(entry(), 0..20)) {
            prop_assert_eq!(read(&journal(&entries).0), Some(entries));
        }

        /// A file may end at any byte, with anything after it that a disk had there before.
        #[test]
        fn a_torn_tail_is_dropped_and_all_before_it_kept(
            entries in prop::collection::vec(entry(), 1..8),
            tail in prop_oneof![
                Just(Vec::new()),
                prop::collection::vec(any::<u8>(), 0..40),
                (0_usize..64).prop_map(|count| vec![0; count]),
            ],
        ) {
            let (bytes, ends) = journal(&entries);
            for cut in 0..bytes.len() {
                let mut torn = bytes[..cut].to_vec();
                let whole = ends.iter().filter(|end| **end <= cut).count();
                prop_assert_eq!(read(&torn), Some(entries[..whole].to_vec()));
                // Bytes that happen to complete the frame or the header are no tear.
                if cut >= HEADER.len() && !bytes[cut..].starts_with(&tail[..tail.len().min(1)]) {
                    torn.extend(&tail);
                    prop_assert_eq!(read(&torn), Some(entries[..whole].to_vec()));
                }
            }
        }

        #[test]
        fn a_spoilt_byte_loses_nothing_before_it(
            entries in prop::collection::vec(entry(), 1..8),
            place in any::<prop::sample::Index>(),
            flip in 1_u8..=255,
        ) {
            let (mut bytes, ends) = journal(&entries);
            let at = HEADER.len() + place.index(bytes.len() - HEADER.len());
            bytes[at] ^= flip;
            let whole = ends.iter().filter(|end| **end <= at).count();
            prop_assert_eq!(read(&bytes), Some(entries[..whole].to_vec()));
        }

        /// Whatever a disk made of it, a journal never gives codes that were not written.
        #[test]
        fn recovered_codes_are_a_prefix(
            entries in prop::collection::vec(entry(), 1..40),
            cut in any::<prop::sample::Index>(),
        ) {
            let (bytes, _) = journal(&entries);
            let torn = &bytes[..cut.index(bytes.len() + 1)];
            let mut books = Books::default();
            read(torn).unwrap().into_iter().for_each(|entry| books.note(entry));
            for picture in books.unfinished() {
                let index = u64::from(picture.recipe.index);
                for (at, code) in picture.done.values.iter().enumerate() {
                    prop_assert_eq!(*code, crate::journal::worker_tests::code(index, at));
                }
            }
        }
    }

    #[test]
    fn another_version_is_no_journal() {
        assert_eq!(read(b"strata journal 2\n"), None);
        assert_eq!(read(b"PNG"), None);
        assert_eq!(read(b"strata jour"), Some(Vec::new()));
        assert_eq!(read(b""), Some(Vec::new()));
    }

    #[test]
    fn what_a_newer_strata_notes_is_passed_over() {
        let payload = br#"{"sung":{"piece":1}}"#;
        let mut bytes = HEADER.to_vec();
        append(&codes(1, 0), &mut bytes);
        bytes.extend((payload.len() as u32).to_le_bytes());
        bytes.extend(checksum(payload));
        bytes.extend(payload);
        append(&codes(1, 1), &mut bytes);
        assert_eq!(read(&bytes), Some(vec![codes(1, 0), codes(1, 1)]));
    }
}
