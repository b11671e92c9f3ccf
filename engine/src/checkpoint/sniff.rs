//! What a file of weights is, by its first bytes; a name's ending may lie.
//!
//! Only the formats that are read are told from those that are not, each with what to do about it.
//! Reading them does not belong here.

use super::{
    fault::{Read, malformed},
    gguf,
};

/// The formats of weights that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// A zip archive, as PyTorch writes since 1.6.
    Torch,
    /// A JSON header and the numbers.
    Safetensors,
    /// A header of metadata and descriptions, and the numbers.
    Gguf,
}

/// What starts differently, with what it is and what to do.
const OTHERS: &[(usize, &[u8], &str)] = &[
    (
        0,
        b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19",
        "it is a torch file in the format before PyTorch 1.6; load it in PyTorch and save it again",
    ),
    (
        0,
        b"\x80",
        "it is a bare pickle, not a torch checkpoint; save the state dict with torch.save or as safetensors",
    ),
    (0, b"PK\x05\x06", "it is an empty zip archive"),
    (
        0,
        b"PK\x07\x08",
        "it is one part of a split zip archive; join the parts first",
    ),
    (
        0,
        b"version https://git-lfs",
        "it is a pointer of Git LFS, not the weights; fetch the file itself with git lfs pull",
    ),
    (
        0,
        b"\x89HDF",
        "it is an HDF5 file; get the model as .pt or .safetensors",
    ),
    (
        0,
        b"\x93NUMPY",
        "it is a NumPy array; get the model as .pt or .safetensors",
    ),
    (0, b"\x89PNG", "it is a PNG picture"),
    (
        0,
        b"\x1f\x8b",
        "it is compressed with gzip; unpack it first",
    ),
    (
        0,
        b"\x28\xb5\x2f\xfd",
        "it is compressed with zstd; unpack it first",
    ),
    (0, b"\xfd7zXZ", "it is compressed with xz; unpack it first"),
    (257, b"ustar", "it is a tar archive; unpack it first"),
    (
        0,
        b"<",
        "it is a web page, not weights; the download probably asked to sign in",
    ),
    (
        0,
        b"{",
        "it is JSON text, perhaps the index of a model in several files",
    ),
];

/// The format of a file that starts with `bytes`.
pub(super) fn format(bytes: &[u8]) -> Read<Format> {
    // A safetensors file starts with the header's length, then the header, which is a JSON object.
    // It goes first because a length may look like any of the others' first bytes.
    if bytes.get(4..9) == Some(b"\0\0\0\0{") {
        return Ok(Format::Safetensors);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Ok(Format::Torch);
    }
    if bytes.starts_with(gguf::MAGIC) {
        return Ok(Format::Gguf);
    }
    if bytes.is_empty() {
        return malformed("it is empty; the download was probably interrupted");
    }
    if bytes.iter().take(4096).all(|byte| *byte == 0) {
        return malformed("it starts with zeros; the download was probably interrupted");
    }
    for (at, start, what) in OTHERS {
        if bytes.get(*at..).is_some_and(|rest| rest.starts_with(start)) {
            return malformed(*what);
        }
    }
    let start: Vec<String> = bytes.iter().take(8).map(|b| format!("{b:02x}")).collect();
    malformed(format!(
        "expected a torch checkpoint (a zip archive), a safetensors or a GGUF file, found a file that starts with {}; \
         download it again or convert it to safetensors",
        start.join(" ")
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn formats_are_told_by_content() {
        assert_eq!(format(b"PK\x03\x04rest"), Ok(Format::Torch));
        assert_eq!(format(b"GGUF\x03\0\0\0"), Ok(Format::Gguf));
        assert_eq!(
            format(b"\x10\0\0\0\0\0\0\0{\"a\":"),
            Ok(Format::Safetensors)
        );
        // A header of exactly this length starts like a bare pickle.
        assert_eq!(
            format(b"\x80\x02\0\0\0\0\0\0{\"a\":"),
            Ok(Format::Safetensors)
        );
    }

    #[test]
    fn what_is_not_read_is_named() {
        for (start, word) in [
            (&b""[..], "empty"),
            (b"\0\0\0\0\0\0\0\0\0", "interrupted"),
            (
                b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.",
                "1.6",
            ),
            (b"\x80\x04\x95", "bare pickle"),
            (b"version https://git-lfs.github.com/spec/v1", "LFS"),
            (b"<!DOCTYPE html>", "web page"),
            (b"hello", "68 65 6c 6c 6f"),
        ] {
            let super::super::fault::Fault::Malformed(reason) = format(start).unwrap_err() else {
                panic!("{start:?} was refused");
            };
            assert!(reason.contains(word), "{reason}");
        }
        let mut tar = vec![b'a'; 512];
        tar.get_mut(257..262).unwrap().copy_from_slice(b"ustar");
        assert!(
            matches!(format(&tar), Err(super::super::fault::Fault::Malformed(r)) if r.contains("tar"))
        );
    }
}
