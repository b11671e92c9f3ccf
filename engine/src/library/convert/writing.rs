//! The numbers of a new file, tensor by tensor.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::{Task, plan::Tensor};
use crate::{
    checkpoint::StateDict,
    error::{Error, Result},
    library::{download::Phase, steps::Steps},
};

/// Numbers that are turned into bytes at a time: whole blocks.
const PIECE: usize = 1 << 18;

/// Writes a file that is not there yet, and gives its size and its SHA-256 in hexadecimal.
pub(in crate::library) fn write(
    mut task: Task,
    path: &Path,
    name: &str,
    steps: &mut Steps<'_>,
) -> Result<(u64, String)> {
    let failed = |error: io::Error| Error::file("write", path, &error);
    steps.begin(name, Phase::Converting, task.plan.bytes())?;
    let mut file = Hashed {
        file: BufWriter::new(File::create_new(path).map_err(failed)?),
        hash: Sha256::new(),
        size: 0,
    };
    let header = task.plan.header();
    file.put(&header).map_err(failed)?;
    steps.add(header.len() as u64)?;
    let tensors = std::mem::take(&mut task.plan.tensors);
    for tensor in &tensors {
        let padding = vec![0; task.plan.padding(tensor)];
        put(&mut task.state, tensor, &mut file, path, steps)?;
        file.put(&padding).map_err(failed)?;
        task.state.release(&tensor.name);
    }
    file.finish().map_err(failed)
}

/// Writes one tensor.
fn put(
    state: &mut StateDict,
    tensor: &Tensor,
    file: &mut Hashed,
    path: &Path,
    steps: &mut Steps<'_>,
) -> Result<()> {
    let numbers = state.take(&tensor.name, &tensor.shape)?;
    let mut bytes = Vec::new();
    for (at, piece) in numbers.chunks(PIECE).enumerate() {
        bytes.clear();
        if let Err(bad) = tensor.format.write(piece, &mut bytes) {
            return Err(Error::TooLarge {
                path: state.path().to_owned(),
                tensor: format!("{} at element {}", tensor.name, at * PIECE + bad.index),
                found: bad.value.to_string(),
                format: tensor.format.name(),
            });
        }
        file.put(&bytes)
            .map_err(|error| Error::file("write", path, &error))?;
        steps.add(bytes.len() as u64)?;
    }
    Ok(())
}

/// A file whose bytes are hashed as they are written.
struct Hashed {
    file: BufWriter<File>,
    hash: Sha256,
    size: u64,
}

impl Hashed {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        self.file.write_all(bytes)
    }

    /// Sees to it that it is on the disk.
    fn finish(mut self) -> io::Result<(u64, String)> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        let hash = self.hash.finalize();
        let hex = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((self.size, hex))
    }
}
