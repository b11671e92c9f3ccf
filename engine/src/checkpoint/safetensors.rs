//! The header of a safetensors file: a length, a JSON object, then the numbers without gaps.
//!
//! The `safetensors` crate checks that the tensors neither overlap nor leave holes and that no shape
//! overflows; what it lets pass (two tensors of one name, a header of 100 MB) is checked here.

use std::{collections::HashMap, fmt};

use ::safetensors::{
    Dtype as Stored, SafeTensorError,
    tensor::{Metadata, TensorInfo},
};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use super::{
    element::Dtype,
    fault::{Fault, Read, malformed, quote, refused},
    state_dict::{Found, MAX_DIMENSIONS, MAX_TENSORS, Place},
};

/// Bytes of the header. Published models need less than 100 kB; a header is read into memory.
const MAX_HEADER: usize = 4 << 20;
/// Bytes before the header: its length.
const LENGTH: usize = 8;

/// The tensors of a whole file's bytes.
pub(super) fn read(bytes: &[u8]) -> Read<Found> {
    let Some(length) = bytes.first_chunk::<LENGTH>() else {
        return malformed("it ends within its first eight bytes");
    };
    let length = u64::from_le_bytes(*length);
    if length > MAX_HEADER as u64 {
        return refused(format!(
            "its header is {length} bytes long, and no model needs more than {MAX_HEADER}"
        ));
    }
    let start = LENGTH + length as usize;
    let Some(header) = bytes.get(LENGTH..start) else {
        return malformed(format!(
            "its header should end at byte {start}, but the file has {} bytes; the download was probably interrupted",
            bytes.len()
        ));
    };
    let header: Header = serde_json::from_slice(header)
        .map_err(|error| Fault::Malformed(format!("its header cannot be read: {error}")))?;
    let (names, infos): (Vec<String>, Vec<TensorInfo>) = header.sorted().into_iter().unzip();
    let placed: Vec<_> = infos
        .iter()
        .map(|info| (info.dtype, info.shape.clone(), info.data_offsets))
        .collect();
    let checked = Metadata::new(None, names.iter().cloned().zip(infos).collect());
    let numbers = checked.map_err(explain)?.data_len();
    let rest = bytes.len() - start;
    if numbers != rest {
        return malformed(format!(
            "its tensors need {numbers} bytes and {rest} follow the header; the download was probably interrupted"
        ));
    }

    let mut found = Found::default();
    for (name, (stored, shape, (from, to))) in names.iter().zip(placed) {
        if shape.len() > MAX_DIMENSIONS {
            return refused(format!(
                "tensor {} has {} dimensions, more than {MAX_DIMENSIONS}",
                quote(name),
                shape.len()
            ));
        }
        let place = Place {
            dtype: dtype(stored),
            shape,
            start: start + from,
            length: to - from,
            strides: None,
        };
        found.add(name, place)?;
    }
    Ok(found)
}

fn explain(error: SafeTensorError) -> Fault {
    Fault::Malformed(match error {
        SafeTensorError::InvalidOffset(name) => format!(
            "tensor {} does not begin where the one before it ends",
            quote(&name)
        ),
        SafeTensorError::TensorInvalidInfo => {
            "a tensor's bytes are more or fewer than its shape needs".into()
        }
        SafeTensorError::ValidationOverflow => "a tensor's shape is impossibly large".into(),
        other => format!("its header is wrong: {other}"),
    })
}

/// The header as written: names may come twice, and offsets in any order.
struct Header(Vec<(String, TensorInfo)>);

impl Header {
    fn sorted(mut self) -> Vec<(String, TensorInfo)> {
        self.0.sort_by_key(|(_, info)| info.data_offsets);
        self.0
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut entries = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "__metadata__" {
                        map.next_value::<HashMap<String, String>>()?;
                        continue;
                    }
                    if entries.len() >= MAX_TENSORS {
                        return Err(A::Error::custom(format!("more than {MAX_TENSORS} tensors")));
                    }
                    entries.push((name, map.next_value()?));
                }
                Ok(Header(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

fn dtype(stored: Stored) -> Dtype {
    let (name, size) = match stored {
        Stored::F32 => return Dtype::F32,
        Stored::F16 => return Dtype::F16,
        Stored::BF16 => return Dtype::Bf16,
        Stored::F64 => return Dtype::F64,
        Stored::BOOL => ("bool", 1),
        Stored::U8 => ("uint8", 1),
        Stored::I8 => ("int8", 1),
        Stored::I16 => ("int16", 2),
        Stored::U16 => ("uint16", 2),
        Stored::I32 => ("int32", 4),
        Stored::U32 => ("uint32", 4),
        Stored::I64 => ("int64", 8),
        Stored::U64 => ("uint64", 8),
        Stored::C64 => ("complex64", 8),
        Stored::F8_E4M3 => ("float8 (e4m3)", 1),
        Stored::F8_E5M2 => ("float8 (e5m2)", 1),
        _ => ("numbers of an unusual type", 0),
    };
    Dtype::Other { name, size }
}
