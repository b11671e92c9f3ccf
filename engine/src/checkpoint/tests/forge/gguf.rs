//! Makes small GGUF files byte by byte, honest and otherwise.

/// A file in the making.
#[derive(Clone)]
pub struct Gguf {
    pub version: u32,
    /// Keys, kinds and values as they lie in the file.
    pub entries: Vec<Vec<u8>>,
    pub tensors: Vec<Tensor>,
    pub alignment: usize,
    /// The numbers of entries and tensors, where they lie.
    pub counts: [Option<u64>; 2],
}

/// A tensor's description and numbers.
#[derive(Clone)]
pub struct Tensor {
    pub name: Vec<u8>,
    /// The sizes as in the file: the fastest dimension first.
    pub sizes: Vec<u64>,
    pub kind: u32,
    pub bytes: Vec<u8>,
    /// Where the description says that the numbers are, where it lies.
    pub offset: Option<u64>,
}

/// A length and bytes.
pub fn text(text: impl AsRef<[u8]>) -> Vec<u8> {
    let text = text.as_ref();
    [&(text.len() as u64).to_le_bytes(), text].concat()
}

/// The value of an array: a kind, a length, elements.
pub fn list(kind: u32, count: u64, elements: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes(), &count.to_le_bytes()[..], elements].concat()
}

pub fn tensor(name: &str, sizes: &[u64], kind: u32, bytes: &[u8]) -> Tensor {
    Tensor {
        name: name.into(),
        sizes: sizes.into(),
        kind,
        bytes: bytes.into(),
        offset: None,
    }
}

impl Gguf {
    /// Version 3 and nothing in it.
    pub fn new() -> Self {
        Self {
            version: 3,
            entries: Vec::new(),
            tensors: Vec::new(),
            alignment: 32,
            counts: [None; 2],
        }
    }

    pub fn entry(mut self, key: &str, kind: u32, value: &[u8]) -> Self {
        let entry = [&text(key), &kind.to_le_bytes()[..], value];
        self.entries.push(entry.concat());
        self
    }

    pub fn aligned(mut self, alignment: u32) -> Self {
        self.alignment = alignment as usize;
        self.entry("general.alignment", 4, &alignment.to_le_bytes())
    }

    pub fn with(mut self, tensor: Tensor) -> Self {
        self.tensors.push(tensor);
        self
    }

    /// Everything before the numbers, without filling up.
    pub fn header(&self) -> Vec<u8> {
        let mut file = [&b"GGUF"[..], &self.version.to_le_bytes()].concat();
        let [entries, tensors] = self.counts;
        file.extend(tensors.unwrap_or(self.tensors.len() as u64).to_le_bytes());
        file.extend(entries.unwrap_or(self.entries.len() as u64).to_le_bytes());
        file.extend(self.entries.concat());
        let mut next = 0;
        for tensor in &self.tensors {
            file.extend(text(&tensor.name));
            file.extend((tensor.sizes.len() as u32).to_le_bytes());
            file.extend(tensor.sizes.iter().flat_map(|size| size.to_le_bytes()));
            file.extend(tensor.kind.to_le_bytes());
            file.extend(tensor.offset.unwrap_or(next as u64).to_le_bytes());
            next = (next + tensor.bytes.len()).next_multiple_of(self.alignment);
        }
        file
    }

    /// The file, filled up after its last tensor as ggml does.
    pub fn file(&self) -> Vec<u8> {
        let mut file = self.header();
        let fill = |file: &mut Vec<u8>| file.resize(file.len().next_multiple_of(self.alignment), 0);
        fill(&mut file);
        for tensor in &self.tensors {
            file.extend(&tensor.bytes);
            fill(&mut file);
        }
        file
    }
}
