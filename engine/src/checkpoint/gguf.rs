//! GGUF, version 2 and 3: a header of metadata and tensor descriptions, then the numbers.
//!
//! The format is that of ggml's docs/gguf.md. As in ggml's reader, the numbers lie in the order of the
//! descriptions with no more between them than the alignment asks for, so that no tensor overlaps
//! another and none is overlooked. What the numbers of a block mean is in `blocks`.

mod cursor;
mod metadata;

use self::cursor::Cursor;
use super::{
    element::Dtype,
    fault::{Fault, Read, malformed, quote, refused},
    state_dict::{Found, MAX_DIMENSIONS, MAX_NAME, MAX_TENSORS, Place, elements},
};

/// What a file starts with.
pub(super) const MAGIC: &[u8; 4] = b"GGUF";

/// Types that Strata does not compute with, by their numbers in the file: names for an error.
const OTHERS: &[(u32, &str)] = &[
    (3, "Q4_1"),
    (6, "Q5_0"),
    (7, "Q5_1"),
    (9, "Q8_1"),
    (10, "Q2_K"),
    (11, "Q3_K"),
    (12, "Q4_K"),
    (13, "Q5_K"),
    (14, "Q6_K"),
    (15, "Q8_K"),
    (16, "IQ2_XXS"),
    (17, "IQ2_XS"),
    (18, "IQ3_XXS"),
    (19, "IQ1_S"),
    (20, "IQ4_NL"),
    (21, "IQ3_S"),
    (22, "IQ2_S"),
    (23, "IQ4_XS"),
    (29, "IQ1_M"),
    (34, "TQ1_0"),
    (35, "TQ2_0"),
    (39, "MXFP4"),
    (40, "NVFP4"),
];

/// The tensors of a whole file's bytes.
pub(super) fn read(bytes: &[u8]) -> Read<Found> {
    let cursor = &mut Cursor::new(bytes, MAGIC.len());
    check_version(cursor.u32(&"the version")?)?;
    let tensors = cursor.u64(&"the number of tensors")?;
    if tensors > MAX_TENSORS as u64 {
        return refused(format!(
            "it says that it has {tensors} tensors, and no model needs more than {MAX_TENSORS}"
        ));
    }
    let entries = cursor.u64(&"the number of metadata entries")?;
    let metadata = metadata::read(cursor, entries)?;
    // Memory is spent as descriptions are found, not as many as the file says it has.
    let mut described = Vec::new();
    for index in 0..tensors {
        described.push(Tensor::read(cursor, index)?);
    }
    let mut numbers = Numbers::new(bytes.len(), cursor.at(), metadata.alignment);
    let mut found = Found::made_for(metadata.architecture);
    for tensor in described {
        let place = Place {
            start: numbers.place(&tensor)?,
            length: tensor.length,
            dtype: tensor.dtype,
            shape: tensor.shape,
            strides: None,
        };
        found.add(tensor.name, place)?;
    }
    numbers.finish()?;
    Ok(found)
}

fn check_version(version: u32) -> Read<()> {
    match version {
        2 | 3 => Ok(()),
        1 => malformed("it is of GGUF version 1, expected 2 or 3; convert the model again"),
        _ if matches!(version.swap_bytes(), 1..=3) => malformed(
            "its numbers are big-endian, expected little-endian; convert the model for a common machine",
        ),
        _ => malformed(format!(
            "it is of GGUF version {version}, expected 2 or 3; convert the model for one of them"
        )),
    }
}

/// A tensor as the header describes it.
struct Tensor<'a> {
    name: &'a str,
    dtype: Dtype,
    /// The slowest dimension first, as everywhere but in the file.
    shape: Vec<usize>,
    /// The first byte, counted from where the numbers begin.
    offset: u64,
    /// Bytes of its numbers.
    length: usize,
}

impl<'a> Tensor<'a> {
    fn read(cursor: &mut Cursor<'a>, index: u64) -> Read<Self> {
        let name = cursor.text(MAX_NAME, &format_args!("the name of tensor number {index}"))?;
        let what = &format_args!("the description of tensor {}", quote(name));
        let dimensions = cursor.u32(what)?;
        if dimensions > MAX_DIMENSIONS as u32 {
            return refused(format!(
                "tensor {} has {dimensions} dimensions, more than {MAX_DIMENSIONS}",
                quote(name)
            ));
        }
        let mut sizes = Vec::new();
        for _ in 0..dimensions {
            sizes.push(cursor.u64(what)?);
        }
        sizes.reverse();
        let dtype = dtype(cursor.u32(what)?, name)?;
        let offset = cursor.u64(what)?;
        let (shape, length) = extent(name, dtype, &sizes)?;
        Ok(Self {
            name,
            dtype,
            shape,
            offset,
            length,
        })
    }
}

/// The type of this number in the file.
fn dtype(id: u32, tensor: &str) -> Read<Dtype> {
    let integer = |name, size| Ok(Dtype::Other { name, size });
    match id {
        0 => Ok(Dtype::F32),
        1 => Ok(Dtype::F16),
        2 => Ok(Dtype::Q4_0),
        8 => Ok(Dtype::Q8_0),
        24 => integer("int8", 1),
        25 => integer("int16", 2),
        26 => integer("int32", 4),
        27 => integer("int64", 8),
        28 => Ok(Dtype::F64),
        30 => Ok(Dtype::Bf16),
        _ => {
            let name = OTHERS.iter().find(|(other, _)| *other == id);
            Err(Fault::Type {
                tensor: quote(tensor),
                found: name.map_or_else(
                    || format!("numbers of the unknown type {id}"),
                    |(_, name)| format!("{name} blocks"),
                ),
            })
        }
    }
}

/// The shape, and the bytes that its numbers take.
fn extent(name: &str, dtype: Dtype, sizes: &[u64]) -> Read<(Vec<usize>, usize)> {
    let (block, block_bytes) = dtype.block();
    let shape: Result<Vec<usize>, _> = sizes.iter().map(|size| (*size).try_into()).collect();
    let shape = shape.ok().and_then(|shape| {
        let length = (elements(&shape)? / block).checked_mul(block_bytes)?;
        Some((shape, length))
    });
    let Some((shape, length)) = shape else {
        return malformed(format!(
            "tensor {} has the impossible shape {sizes:?}",
            quote(name)
        ));
    };
    let row = shape.last().copied().unwrap_or(1);
    if !row.is_multiple_of(block) {
        return malformed(format!(
            "tensor {} of shape {shape:?} has rows of {row} numbers, expected a multiple of the {block} in a {} block; \
             convert the model with this tensor in float16",
            quote(name),
            dtype.name()
        ));
    }
    Ok((shape, length))
}

/// The part of the file behind the header, given out tensor by tensor.
///
/// Sums saturate: no file is as long as the largest number says.
struct Numbers {
    /// Bytes of the file.
    file: usize,
    /// The part's first byte in the file.
    base: usize,
    /// Tensors begin at multiples of this.
    alignment: usize,
    /// Where the tensors so far end, counted from `base`.
    end: usize,
}

impl Numbers {
    fn new(file: usize, header: usize, alignment: usize) -> Self {
        Self {
            file,
            base: aligned(header, alignment),
            alignment,
            end: 0,
        }
    }

    /// Where in the file the next tensor begins; it is inside the file.
    fn place(&mut self, tensor: &Tensor<'_>) -> Read<usize> {
        let expected = aligned(self.end, self.alignment);
        if tensor.offset != expected as u64 {
            return malformed(format!(
                "tensor {} begins at byte {} of the numbers, expected byte {expected}, the first multiple of {} \
                 after the tensor before it; convert the model again",
                quote(tensor.name),
                tensor.offset,
                self.alignment
            ));
        }
        self.end = expected.saturating_add(tensor.length);
        let start = self.base.saturating_add(expected);
        if tensor.length > 0 && start.saturating_add(tensor.length) > self.file {
            return malformed(format!(
                "tensor {} should have {} bytes from byte {start} on, but the file has {} bytes; \
                 the download was probably interrupted",
                quote(tensor.name),
                tensor.length,
                self.file
            ));
        }
        // An empty tensor may come after the last byte.
        Ok(start.min(self.file))
    }

    /// Checks that the file ends with the last tensor, as it is or filled up to the alignment.
    fn finish(self) -> Read<()> {
        let end = self.base.saturating_add(aligned(self.end, self.alignment));
        if self.file > end {
            return malformed(format!(
                "its tensors end at byte {end}, but the file has {} bytes; convert the model again",
                self.file
            ));
        }
        Ok(())
    }
}

fn aligned(at: usize, alignment: usize) -> usize {
    at.checked_next_multiple_of(alignment).unwrap_or(usize::MAX)
}
