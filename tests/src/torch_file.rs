//! Checkpoints as PyTorch writes them: a zip archive with a pickle and a storage for each tensor. Written as the
//! numbers come, so that no size needs memory.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// A tensor's name, shape, and numbers in pieces.
pub struct Tensor<'a> {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its numbers, in float32 and row after row.
    pub numbers: Box<dyn Iterator<Item = f32> + 'a>,
}

impl<'a> Tensor<'a> {
    /// One of these numbers.
    pub fn new(
        name: impl Into<String>,
        shape: &[usize],
        numbers: impl Iterator<Item = f32> + 'a,
    ) -> Self {
        Self {
            name: name.into(),
            shape: shape.to_vec(),
            numbers: Box::new(numbers),
        }
    }
}

/// Writes state dicts, each under its key (`model`, `ema`), to one file.
///
/// # Errors
/// Those of writing.
pub fn write(path: &Path, dicts: Vec<(&str, Vec<Tensor<'_>>)>) -> io::Result<()> {
    let mut pickle = Pickle(vec![0x80, 2]);
    pickle.raw(b"}(");
    let mut storage = 0;
    for (key, tensors) in &dicts {
        pickle.text(key);
        pickle.raw(b"}(");
        for tensor in tensors {
            pickle.text(&tensor.name);
            pickle.tensor(storage, &tensor.shape);
            storage += 1;
        }
        pickle.raw(b"u");
    }
    pickle.raw(b"u.");

    let mut file = ZipWriter::new(BufWriter::with_capacity(1 << 20, File::create(path)?));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    file.start_file("archive/data.pkl", options)
        .map_err(io::Error::other)?;
    file.write_all(&pickle.0)?;
    let tensors = dicts.into_iter().flat_map(|(_, tensors)| tensors);
    for (storage, tensor) in tensors.enumerate() {
        let options = options.large_file(tensor.shape.iter().product::<usize>() > 1 << 29);
        file.start_file(format!("archive/data/{storage}"), options)
            .map_err(io::Error::other)?;
        let mut bytes = Vec::with_capacity(1 << 18);
        for number in tensor.numbers {
            bytes.extend(number.to_le_bytes());
            if bytes.len() >= 1 << 18 {
                file.write_all(&bytes)?;
                bytes.clear();
            }
        }
        file.write_all(&bytes)?;
    }
    file.finish().map_err(io::Error::other)?.flush()
}

struct Pickle(Vec<u8>);

impl Pickle {
    fn raw(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }

    fn text(&mut self, text: &str) {
        self.raw(b"X");
        self.raw(&(text.len() as u32).to_le_bytes());
        self.raw(text.as_bytes());
    }

    fn int(&mut self, number: usize) {
        self.raw(&[0x8a, 8]);
        self.raw(&(number as u64).to_le_bytes());
    }

    fn ints(&mut self, numbers: &[usize]) {
        self.raw(b"(");
        for number in numbers {
            self.int(*number);
        }
        self.raw(b"t");
    }

    /// A whole storage as a tensor.
    fn tensor(&mut self, storage: usize, shape: &[usize]) {
        let mut strides = vec![1; shape.len()];
        for at in (1..shape.len()).rev() {
            strides[at - 1] = strides[at] * shape[at];
        }
        self.raw(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        self.text("storage");
        self.raw(b"ctorch\nFloatStorage\n");
        self.text(&storage.to_string());
        self.text("cpu");
        self.int(shape.iter().product());
        self.raw(b"tQ");
        self.int(0);
        self.ints(shape);
        self.ints(&strides);
        self.raw(b"\x89ccollections\nOrderedDict\n)RtR");
    }
}
