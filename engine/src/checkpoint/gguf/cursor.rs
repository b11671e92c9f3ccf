//! Reads the header of a GGUF file from front to back, and never past its end.
//!
//! Numbers are little-endian. Every read says what it was for, so that an error can.

use std::fmt::Display;

use crate::checkpoint::fault::{Read, malformed, refused};

/// A place in the header.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At byte `at` of a whole file.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// The next byte's place in the file.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next `count` bytes. The count comes from the file and may be anything.
    pub(super) fn take(&mut self, count: u64, what: &dyn Display) -> Read<&'a [u8]> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = usize::try_from(count).ok().and_then(|n| rest.get(..n));
        let Some(taken) = taken else {
            return malformed(format!(
                "{what} should take {count} bytes from byte {} on, but the file has {} bytes; \
                 the download was probably interrupted",
                self.at,
                self.bytes.len()
            ));
        };
        self.at += taken.len();
        Ok(taken)
    }

    /// A whole number of 32 bits.
    pub(super) fn u32(&mut self, what: &dyn Display) -> Read<u32> {
        let bytes = self.take(4, what)?.first_chunk();
        Ok(u32::from_le_bytes(bytes.copied().unwrap_or_default()))
    }

    /// A whole number of 64 bits.
    pub(super) fn u64(&mut self, what: &dyn Display) -> Read<u64> {
        let bytes = self.take(8, what)?.first_chunk();
        Ok(u64::from_le_bytes(bytes.copied().unwrap_or_default()))
    }

    /// A length and so much text, at most `most` bytes.
    pub(super) fn text(&mut self, most: usize, what: &dyn Display) -> Read<&'a str> {
        let length = self.u64(what)?;
        if length > most as u64 {
            return refused(format!(
                "{what} is {length} bytes long, and no model needs more than {most}"
            ));
        }
        let start = self.at;
        let bytes = self.take(length, what)?;
        str::from_utf8(bytes).or_else(|error| {
            malformed(format!(
                "{what} should be UTF-8 text, found other bytes at byte {}",
                start + error.valid_up_to()
            ))
        })
    }
}
