//! The metadata of a GGUF file: keys with values of thirteen kinds, of which two are of use here.
//!
//! Everything else (vocabularies, templates, licences) is checked to be inside the file and passed over.

use std::{collections::HashSet, fmt::Display};

use super::cursor::Cursor;
use crate::checkpoint::fault::{Read, malformed, quote, refused};

/// Entries. Published language models have about fifty.
const MAX_ENTRIES: u64 = 65_536;
/// Bytes of a key, by the specification.
const MAX_KEY: usize = 65_535;
/// Bytes of the architecture's name.
const MAX_ARCHITECTURE: usize = 1024;
/// Lists in lists. Published models have none.
const MAX_NESTING: usize = 8;
/// Where the numbers of tensors begin, in files that do not say, by the specification.
const DEFAULT_ALIGNMENT: u32 = 32;

/// What is kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Metadata {
    /// Every tensor begins at a multiple of this; a power of two.
    pub alignment: usize,
    /// For which program the file is.
    pub architecture: Option<String>,
}

/// The kinds of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Its name and size in bytes.
    Number(&'static str, u64),
    Bool,
    Text,
    List,
}

const UINT32: Kind = Kind::Number("uint32", 4);

/// By their numbers in the file.
const KINDS: [Kind; 13] = [
    Kind::Number("uint8", 1),
    Kind::Number("int8", 1),
    Kind::Number("uint16", 2),
    Kind::Number("int16", 2),
    UINT32,
    Kind::Number("int32", 4),
    Kind::Number("float32", 4),
    Kind::Bool,
    Kind::Text,
    Kind::List,
    Kind::Number("uint64", 8),
    Kind::Number("int64", 8),
    Kind::Number("float64", 8),
];

impl Kind {
    fn read(cursor: &mut Cursor<'_>, what: &dyn Display) -> Read<Self> {
        let id = cursor.u32(what)?;
        match KINDS.get(id as usize) {
            Some(kind) => Ok(*kind),
            None => malformed(format!(
                "{what} is of kind {id}, expected one of the {} kinds of GGUF",
                KINDS.len()
            )),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Number(name, _) => name,
            Self::Bool => "bool",
            Self::Text => "string",
            Self::List => "array",
        }
    }

    fn must_be(self, expected: Self, what: &dyn Display) -> Read<()> {
        if self == expected {
            return Ok(());
        }
        malformed(format!(
            "{what} is of kind {}, expected {}; convert the model again",
            self.name(),
            expected.name()
        ))
    }
}

/// Reads `entries` keys with their values.
pub(super) fn read(cursor: &mut Cursor<'_>, entries: u64) -> Read<Metadata> {
    if entries > MAX_ENTRIES {
        return refused(format!(
            "it says that it has {entries} metadata entries, and no model needs more than {MAX_ENTRIES}"
        ));
    }
    let (mut alignment, mut architecture) = (DEFAULT_ALIGNMENT, None);
    let mut keys = HashSet::new();
    for entry in 0..entries {
        let key = cursor.text(MAX_KEY, &format_args!("the key of metadata entry {entry}"))?;
        let what = &format_args!("the metadata value {}", quote(key));
        if !keys.insert(key) {
            return malformed(format!("{what} is there twice"));
        }
        match (key, Kind::read(cursor, what)?) {
            ("general.alignment", kind) => {
                kind.must_be(UINT32, what)?;
                alignment = cursor.u32(what)?;
            }
            ("general.architecture", kind) => {
                kind.must_be(Kind::Text, what)?;
                architecture = Some(cursor.text(MAX_ARCHITECTURE, what)?.to_owned());
            }
            (_, kind) => pass(cursor, kind, 0, what)?,
        }
    }
    match usize::try_from(alignment) {
        Ok(alignment) if alignment.is_power_of_two() => Ok(Metadata {
            alignment,
            architecture,
        }),
        _ => malformed(format!(
            "the metadata value general.alignment is {alignment}, expected a power of two; convert the model again"
        )),
    }
}

/// Passes over a value inside `depth` lists. However many elements a list says it has, each takes bytes
/// of the file, so this ends with the file at the latest.
fn pass(cursor: &mut Cursor<'_>, kind: Kind, depth: usize, what: &dyn Display) -> Read<()> {
    match kind {
        Kind::Number(_, size) => cursor.take(size, what).map(drop),
        Kind::Bool => bools(cursor, 1, what),
        Kind::Text => {
            let length = cursor.u64(what)?;
            cursor.take(length, what).map(drop)
        }
        Kind::List if depth == MAX_NESTING => refused(format!(
            "{what} has lists in lists more than {MAX_NESTING} deep"
        )),
        Kind::List => {
            let kind = Kind::read(cursor, what)?;
            let count = cursor.u64(what)?;
            match kind {
                // No file is as long as the largest number says.
                Kind::Number(_, size) => cursor.take(count.saturating_mul(size), what).map(drop),
                Kind::Bool => bools(cursor, count, what),
                Kind::Text | Kind::List => {
                    (0..count).try_for_each(|_| pass(cursor, kind, depth + 1, what))
                }
            }
        }
    }
}

fn bools(cursor: &mut Cursor<'_>, count: u64, what: &dyn Display) -> Read<()> {
    match cursor.take(count, what)?.iter().find(|byte| **byte > 1) {
        Some(byte) => malformed(format!(
            "{what} should be 0 for false or 1 for true, found {byte}"
        )),
        None => Ok(()),
    }
}
