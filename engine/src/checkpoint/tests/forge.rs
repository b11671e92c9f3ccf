//! Makes small checkpoints byte by byte, honest and otherwise.

pub mod gguf;

use crate::{
    Error, Result,
    checkpoint::{Source, StateDict},
};

/// A pickle in the making.
#[derive(Clone)]
pub struct Pickle(pub Vec<u8>);

impl Pickle {
    /// Protocol 2 and nothing else.
    pub fn new() -> Self {
        Self(vec![0x80, 2])
    }

    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    pub fn text(self, text: &str) -> Self {
        self.raw(b"X")
            .raw(&(text.len() as u32).to_le_bytes())
            .raw(text.as_bytes())
    }

    pub fn global(self, module: &str, attribute: &str) -> Self {
        self.raw(format!("c{module}\n{attribute}\n").as_bytes())
    }

    /// A whole number of any size.
    pub fn int(self, number: u64) -> Self {
        if let Ok(small) = u8::try_from(number) {
            return self.raw(&[b'K', small]);
        }
        // As few bytes as keep the sign, as Python writes it.
        let size = if number >> 63 == 0 { 8 } else { 9 };
        let bytes = u128::from(number).to_le_bytes();
        self.raw(&[0x8a, size]).raw(&bytes[..usize::from(size)])
    }

    pub fn ints(self, numbers: &[u64]) -> Self {
        numbers
            .iter()
            .fold(self.raw(b"("), |p, n| p.int(*n))
            .raw(b"t")
    }

    /// An empty ordered dictionary.
    pub fn ordered(self) -> Self {
        self.global("collections", "OrderedDict").raw(b")R")
    }

    pub fn tensor(self, tensor: &Tensor) -> Self {
        let part = self
            .global("torch._utils", "_rebuild_tensor_v2")
            .raw(b"((")
            .text("storage")
            .global("torch", tensor.class)
            .text(tensor.entry)
            .text("cpu")
            .int(tensor.stored)
            .raw(b"tQ")
            .int(tensor.offset)
            .ints(&tensor.shape)
            .ints(&tensor.strides)
            .raw(b"\x89");
        part.ordered().raw(b"tR")
    }

    pub fn stop(self) -> Vec<u8> {
        self.raw(b".").0
    }
}

/// A tensor's description.
#[derive(Clone)]
pub struct Tensor {
    pub class: &'static str,
    pub entry: &'static str,
    pub stored: u64,
    pub offset: u64,
    pub shape: Vec<u64>,
    pub strides: Vec<u64>,
}

impl Tensor {
    /// `f32`, row-major, the whole of storage "0".
    pub fn new(shape: &[u64]) -> Self {
        let mut strides = vec![1; shape.len()];
        for at in (1..shape.len()).rev() {
            strides[at - 1] = strides[at] * shape[at];
        }
        Self {
            class: "FloatStorage",
            entry: "0",
            stored: shape.iter().product(),
            offset: 0,
            shape: shape.into(),
            strides,
        }
    }
}

/// One entry of an archive, with what can be wrong about it.
#[derive(Clone)]
pub struct Entry {
    pub name: String,
    pub data: Vec<u8>,
    pub method: u16,
    pub flags: u16,
    /// The name in front of the data, where it differs.
    pub local_name: Option<String>,
    /// The size in the directory, where it differs.
    pub size: Option<u32>,
    /// Where the directory says the entry is, where it differs.
    pub header: Option<u32>,
}

pub fn entry(name: &str, data: &[u8]) -> Entry {
    Entry {
        name: name.into(),
        data: data.into(),
        method: 0,
        flags: 0,
        local_name: None,
        size: None,
        header: None,
    }
}

/// A zip archive of these entries.
pub fn zip(entries: &[Entry]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let at = entry.header.unwrap_or(file.len() as u32);
        let size = entry.data.len() as u32;
        let local_name = entry.local_name.as_ref().unwrap_or(&entry.name);
        let fields = |size: u32, name: &str| {
            let mut fields = vec![0, 0];
            fields.extend(entry.flags.to_le_bytes());
            fields.extend(entry.method.to_le_bytes());
            fields.extend([0; 8]); // time and checksum
            fields.extend(size.to_le_bytes());
            fields.extend(size.to_le_bytes());
            fields.extend((name.len() as u16).to_le_bytes());
            fields.extend([0; 2]); // extra fields
            fields
        };
        file.extend(b"PK\x03\x04");
        file.extend(fields(size, local_name));
        file.extend(local_name.as_bytes());
        file.extend(&entry.data);
        directory.extend(b"PK\x01\x02\0\0");
        directory.extend(fields(entry.size.unwrap_or(size), &entry.name));
        directory.extend([0; 10]); // comment, disk, attributes
        directory.extend(at.to_le_bytes());
        directory.extend(entry.name.as_bytes());
    }
    let at = file.len() as u32;
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend((entries.len() as u16).to_le_bytes());
    file.extend((entries.len() as u16).to_le_bytes());
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(at.to_le_bytes());
    file.extend([0, 0]);
    file
}

/// A torch file of this pickle and these storages, numbered from 0.
pub fn torch(pickle: Vec<u8>, storages: &[&[u8]]) -> Vec<u8> {
    zip(&torch_entries(pickle, storages))
}

pub fn torch_entries(pickle: Vec<u8>, storages: &[&[u8]]) -> Vec<Entry> {
    let mut entries = vec![
        entry("m/data.pkl", &pickle),
        entry("m/byteorder", b"little"),
    ];
    for (index, storage) in storages.iter().enumerate() {
        entries.push(entry(&format!("m/data/{index}"), storage));
    }
    entries.push(entry("m/version", b"3\n"));
    entries
}

pub fn f32s(numbers: &[f32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

/// `{"model": {"w": tensor}}` with these numbers in storage "0".
pub fn one_tensor(tensor: &Tensor, storage: &[u8]) -> Vec<u8> {
    let pickle = Pickle::new()
        .raw(b"}")
        .text("model")
        .ordered()
        .text("w")
        .tensor(tensor)
        .raw(b"ss");
    torch(pickle.stop(), &[storage])
}

/// Opens bytes as if they were a file named `forged`. The bytes are never freed, which a test can bear.
pub fn open(bytes: Vec<u8>) -> Result<StateDict> {
    StateDict::open(&Source::Shipped {
        path: "forged".into(),
        bytes: bytes.leak(),
    })
}

/// Opens bytes and reads every tensor.
pub fn read(bytes: Vec<u8>) -> Result<Vec<(String, Vec<f32>)>> {
    let mut dict = open(bytes)?;
    let names: Vec<String> = dict.names().map(str::to_owned).collect();
    let mut tensors = Vec::new();
    for name in names {
        let shape = dict.shape(&name).unwrap().to_vec();
        tensors.push((name.clone(), dict.take(&name, &shape)?));
    }
    Ok(tensors)
}

/// The reason of a refusal.
pub fn refusal(bytes: Vec<u8>) -> String {
    match open(bytes) {
        Err(Error::Refused { path, reason }) => {
            assert_eq!(path.to_str(), Some("forged"));
            reason
        }
        other => panic!("expected a refusal, found {other:?}"),
    }
}

/// What is damaged.
pub fn damage(bytes: Vec<u8>) -> String {
    match open(bytes) {
        Err(Error::Malformed { path, reason, .. }) => {
            assert_eq!(path.to_str(), Some("forged"));
            reason
        }
        other => panic!("expected a damaged file, found {other:?}"),
    }
}
