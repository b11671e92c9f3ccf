//! The zip archive around a torch checkpoint: which entry lies where.
//!
//! PyTorch stores its entries as they are, so each is a range of the file's bytes and nothing is ever
//! unpacked. An archive that needs more than that, or whose parts contradict each other, is an error.
//! What the entries mean belongs to `torch`.
//!
//! Field layouts: PKWARE's APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (directory header),
//! 4.3.14 to 4.3.16 (end records), 4.5.3 (zip64 field).

use std::{collections::HashMap, ops::Range};

use super::fault::{Fault, Read, malformed, quote, refused};

/// Entries in one archive. A checkpoint with optimizer state has a few thousand.
pub(super) const MAX_ENTRIES: usize = 1 << 17;

const LOCAL: &[u8] = b"PK\x03\x04";
const DIRECTORY: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";

/// Bytes of the end record without its comment.
const END_SIZE: usize = 22;
/// Bytes of the pointer to the zip64 end record.
const LOCATOR_64_SIZE: usize = 20;
/// Says "see the zip64 field" in a 32-bit field.
const SEE_64: u64 = 0xffff_ffff;
/// The tag of the zip64 field.
const FIELD_64: u64 = 1;
/// Flag bits: the entry is encrypted; it is a patch; the directory itself is encrypted.
const FLAGS_REFUSED: u64 = 1 | 1 << 5 | 1 << 6 | 1 << 13;
/// Flag bit: sizes follow the data and are zero in the local header.
const FLAG_SIZES_LATER: u64 = 1 << 3;

/// The directory of an archive: names and the ranges of bytes that they stand for.
#[derive(Debug)]
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    entries: HashMap<&'a str, Range<usize>>,
}

impl<'a> Archive<'a> {
    /// Reads and checks the directory.
    pub(super) fn open(bytes: &'a [u8]) -> Read<Self> {
        let end = End::find(bytes)?;
        let mut fields = Fields(Some(bytes.get(end.directory.clone()).unwrap_or_default()));
        let mut entries = HashMap::new();
        let mut extents = Vec::new();
        for _ in 0..end.entries {
            let entry = Entry::read(&mut fields)?;
            let (extent, data) = entry.locate(bytes, end.directory.start)?;
            extents.push((extent.start, extent.end));
            if entries.insert(entry.name, data).is_some() {
                return malformed(format!("two entries are named {}", quote(entry.name)));
            }
        }
        if fields.0 != Some(&[]) {
            return malformed("its zip directory is longer than its entries");
        }
        extents.sort_unstable();
        if extents.is_sorted_by(|one, next| one.1 <= next.0) {
            Ok(Self { bytes, entries })
        } else {
            malformed("two of its zip entries overlap")
        }
    }

    /// An archive of these entries, without a directory to read.
    #[cfg(any(test, fuzzing))]
    pub(super) fn of(bytes: &'a [u8], entries: HashMap<&'a str, Range<usize>>) -> Self {
        Self { bytes, entries }
    }

    /// The names of all entries, in no order.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.entries.keys().copied()
    }

    /// Where an entry's bytes lie in the file.
    pub(super) fn place(&self, name: &str) -> Option<Range<usize>> {
        self.entries.get(name).cloned()
    }

    /// An entry's bytes.
    pub(super) fn data(&self, name: &str) -> Option<&'a [u8]> {
        self.bytes.get(self.place(name)?)
    }
}

/// What the record at the end says.
struct End {
    entries: usize,
    directory: Range<usize>,
}

impl End {
    fn find(bytes: &[u8]) -> Read<Self> {
        // The record ends with a comment of up to 65,535 bytes whose length it states.
        let last = bytes.len().saturating_sub(END_SIZE);
        let first = last.saturating_sub(usize::from(u16::MAX));
        let found = (first..=last).rev().find(|at| {
            bytes.get(*at..).is_some_and(|record| {
                let comment = number(record.get(20..22));
                let ends = |comment| END_SIZE as u64 + comment == record.len() as u64;
                record.starts_with(END) && comment.is_some_and(ends)
            })
        });
        let Some(at) = found else {
            return malformed(
                "it begins as a zip archive but has no end; the download was probably interrupted",
            );
        };
        let mut fields = Fields(bytes.get(at + 4..at + 20));
        let mut take = |size| fields.number(size).ok_or_else(cut);
        let (disk, first_disk) = (take(2)?, take(2)?);
        let (here, all, size, offset) = (take(2)?, take(2)?, take(4)?, take(4)?);
        if disk != 0 || first_disk != 0 || here != all {
            return malformed("it is one part of a split zip archive; join the parts first");
        }
        match Self::find_64(bytes, at)? {
            None => Self::check(at, all, size, offset),
            Some((start, long)) => {
                let agree = |short: u64, unknown: u64, long: u64| short == unknown || short == long;
                if agree(all, 0xffff, long[0])
                    && agree(size, SEE_64, long[1])
                    && agree(offset, SEE_64, long[2])
                {
                    Self::check(start, long[0], long[1], long[2])
                } else {
                    malformed("its two zip end records contradict each other")
                }
            }
        }
    }

    /// The zip64 end record before the end record at `end`: where it starts; entries, size, offset.
    fn find_64(bytes: &[u8], end: usize) -> Read<Option<(usize, [u64; 3])>> {
        let Some(locator) = end.checked_sub(LOCATOR_64_SIZE) else {
            return Ok(None);
        };
        let Some(pointer) = bytes
            .get(locator..end)
            .and_then(|record| record.strip_prefix(LOCATOR_64))
        else {
            return Ok(None);
        };
        let start = number(pointer.get(4..12)).and_then(|at| usize::try_from(at).ok());
        let record = start
            .and_then(|start| bytes.get(start..locator))
            .and_then(|record| record.strip_prefix(END_64));
        let (Some(start), Some(record)) = (start, record) else {
            return malformed("its zip64 end record is not where it should be");
        };
        let mut fields = Fields(Some(record));
        let mut take = |size| fields.number(size).ok_or_else(cut);
        let (length, _versions, disk, first_disk) = (take(8)?, take(4)?, take(4)?, take(4)?);
        let (here, all, size, offset) = (take(8)?, take(8)?, take(8)?, take(8)?);
        if length.checked_add(8) != Some(record.len() as u64)
            || disk != 0
            || first_disk != 0
            || here != all
        {
            return malformed("its zip64 end record is damaged");
        }
        Ok(Some((start, [all, size, offset])))
    }

    fn check(end: usize, entries: u64, size: u64, offset: u64) -> Read<Self> {
        if entries > MAX_ENTRIES as u64 {
            return refused(format!(
                "it has {entries} zip entries, more than {MAX_ENTRIES}"
            ));
        }
        // Nothing may lie between the directory and the end records, so that there is one way to
        // read the archive.
        if offset.checked_add(size) != Some(end as u64) {
            return malformed(
                "its zip directory is not where it should be; the file was cut, or something was put before it",
            );
        }
        Ok(Self {
            entries: entries as usize,
            directory: offset as usize..end,
        })
    }
}

/// One entry, as the directory has it.
struct Entry<'a> {
    name: &'a str,
    flags: u64,
    size: u64,
    header: u64,
}

impl<'a> Entry<'a> {
    fn read(fields: &mut Fields<'a>) -> Read<Self> {
        if fields.take(4) != Some(DIRECTORY) {
            return malformed("its zip directory is damaged");
        }
        let mut take = |size| fields.number(size).ok_or_else(cut);
        let (_versions, flags, method, _time, _crc) =
            (take(4)?, take(2)?, take(2)?, take(4)?, take(4)?);
        let (packed, size) = (take(4)?, take(4)?);
        let (name_length, extra_length, comment_length) = (take(2)?, take(2)?, take(2)?);
        let (disk, _attributes, header) = (take(2)?, take(6)?, take(4)?);
        let name = fields.take(name_length as usize).ok_or_else(cut)?;
        let extra = fields.take(extra_length as usize).ok_or_else(cut)?;
        fields.take(comment_length as usize).ok_or_else(cut)?;
        let Ok(name) = std::str::from_utf8(name) else {
            return malformed("the name of a zip entry is not UTF-8");
        };

        let mut long = Fields(Some(field_64(extra)));
        // The zip64 field holds, in this order, those values that did not fit above.
        let mut widen = |short: u64| match short {
            SEE_64 => long.number(8).ok_or_else(cut),
            short => Ok(short),
        };
        let (size, packed, header) = (widen(size)?, widen(packed)?, widen(header)?);
        if flags & FLAGS_REFUSED != 0 {
            return refused(format!("its zip entry {} is encrypted", quote(name)));
        }
        if method != 0 || packed != size {
            return refused(format!(
                "its zip entry {} is compressed, which torch never does; save it again with torch.save",
                quote(name)
            ));
        }
        if disk != 0 {
            return malformed("it is one part of a split zip archive; join the parts first");
        }
        Ok(Self {
            name,
            flags,
            size,
            header,
        })
    }

    /// Where the entry with its header lies, and where its data, all before byte `limit`.
    fn locate(&self, bytes: &[u8], limit: usize) -> Read<(Range<usize>, Range<usize>)> {
        let wrong = |what: &str| Fault::Malformed(format!("zip entry {} {what}", quote(self.name)));
        let outside = || wrong("lies outside the file");
        let start = usize::try_from(self.header).map_err(|_| outside())?;
        let mut fields = Fields(Some(bytes.get(start..limit).ok_or_else(outside)?));
        let available = limit - start;
        if fields.take(4) != Some(LOCAL) {
            return Err(wrong("has no header where the directory says"));
        }
        let mut take = |size| fields.number(size).ok_or_else(outside);
        let (_version, flags, method, _time, _crc) =
            (take(2)?, take(2)?, take(2)?, take(4)?, take(4)?);
        let (packed, size, name_length, extra_length) = (take(4)?, take(4)?, take(2)?, take(2)?);
        let name = fields.take(name_length as usize).ok_or_else(outside)?;
        fields.take(extra_length as usize).ok_or_else(outside)?;
        let later = flags & FLAG_SIZES_LATER != 0 && packed == 0 && size == 0;
        let same = |short: u64| later || short == SEE_64 || short == self.size;
        if name != self.name.as_bytes()
            || method != 0
            || flags != self.flags
            || !same(packed)
            || !same(size)
        {
            return Err(wrong("contradicts the zip directory"));
        }
        let data = start + (available - fields.0.map_or(0, <[u8]>::len));
        let size = usize::try_from(self.size).map_err(|_| outside())?;
        match data.checked_add(size) {
            Some(end) if end <= limit => Ok((start..end, data..end)),
            _ => Err(outside()),
        }
    }
}

/// The zip64 field among an entry's extra fields, or nothing.
fn field_64(extra: &[u8]) -> &[u8] {
    let mut fields = Fields(Some(extra));
    while let (Some(tag), Some(size)) = (fields.number(2), fields.number(2)) {
        match fields.take(size as usize) {
            Some(field) if tag == FIELD_64 => return field,
            Some(_) => {}
            None => break,
        }
    }
    &[]
}

fn cut() -> Fault {
    Fault::Malformed("its zip directory is cut off".into())
}

fn number(bytes: Option<&[u8]>) -> Option<u64> {
    let number = bytes?.iter().rev();
    Some(number.fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

/// Reads fields one after the other; `None` once they are used up.
struct Fields<'a>(Option<&'a [u8]>);

impl<'a> Fields<'a> {
    fn take(&mut self, size: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0?.split_at_checked(size)?;
        self.0 = Some(rest);
        Some(taken)
    }

    /// A little-endian number of up to eight bytes.
    fn number(&mut self, size: usize) -> Option<u64> {
        number(Some(self.take(size)?))
    }
}
