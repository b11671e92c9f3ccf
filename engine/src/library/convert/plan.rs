//! Which tensor is written in which numbers, in which order, and how long the file will be.

use super::header;
use crate::{
    backend::cpu::{Format, fitting, table},
    checkpoint::StateDict,
    library::{Precision, inventory::Inventory},
};

/// Tables whose rows are read one by one.
const TABLES: [&str; 2] = [
    "cls_embedding.embedding_table.weight",
    "tok_embeddings.weight",
];

/// A tensor of the new file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::library) struct Tensor {
    pub name: String,
    pub shape: Vec<usize>,
    pub format: Format,
}

impl Tensor {
    /// Bytes of its numbers.
    pub fn bytes(&self) -> usize {
        self.format.bytes(self.shape.iter().product())
    }
}

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::library) struct Plan {
    pub tensors: Vec<Tensor>,
    precision: Precision,
    /// For which program it is, where the format has a place for that.
    pub architecture: String,
}

impl Plan {
    /// A transformer's, in the numbers that a processor would keep them in: matrices in blocks where their rows fill
    /// some, tables in 16 bits at least, norms whole. So nothing is lost a second time when the file is loaded.
    pub fn of_transformer(
        inventory: &Inventory,
        state: &StateDict,
        precision: Precision,
        architecture: String,
    ) -> Self {
        let wanted = precision.format();
        let format = |name: &str, shape: &[usize]| match shape {
            [_, columns] if TABLES.contains(&name) => fitting(table(wanted), *columns),
            [_, columns] => fitting(wanted, *columns),
            _ => Format::F32,
        };
        Self::of(inventory, state, precision, architecture, format)
    }

    /// A tokenizer's, of which nothing is lost.
    pub fn of_tokenizer(inventory: &Inventory, state: &StateDict) -> Self {
        let precision = match Precision::of(state) {
            Some(Precision::Bf16) => Precision::Bf16,
            _ => Precision::F32,
        };
        // Only where every number is of 16 bits does none get lost.
        let all = inventory.tensors.iter().all(|needed| {
            let dtype = state.dtype(&needed.name);
            dtype.is_none_or(|dtype| dtype == crate::checkpoint::Dtype::Bf16)
        });
        let precision = if all { precision } else { Precision::F32 };
        Self::of(
            inventory,
            state,
            precision,
            "strata.tokenizer".into(),
            |_, _| precision.format(),
        )
    }

    fn of(
        inventory: &Inventory,
        state: &StateDict,
        precision: Precision,
        architecture: String,
        format: impl Fn(&str, &[usize]) -> Format,
    ) -> Self {
        let tensors = inventory.to_read(state).map(|needed| Tensor {
            format: format(&needed.name, &needed.shape),
            name: needed.name.clone(),
            shape: needed.shape.clone(),
        });
        Self {
            tensors: tensors.collect(),
            precision,
            architecture,
        }
    }

    /// What most numbers are written in.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Whether the file is of GGUF: the one format of blocks that is commonly read.
    pub fn is_gguf(&self) -> bool {
        matches!(self.precision, Precision::Q8_0 | Precision::Q4_0)
    }

    /// A name for the file, which tells what it is.
    pub fn file_name(&self, stem: &str) -> String {
        let ending = if self.is_gguf() {
            "gguf"
        } else {
            "safetensors"
        };
        format!("{stem}-{}.{ending}", self.precision)
    }

    /// Bytes after the numbers of a tensor, up to where the next one may begin.
    pub fn padding(&self, tensor: &Tensor) -> usize {
        match self.is_gguf() {
            true => tensor.bytes().next_multiple_of(header::ALIGNMENT) - tensor.bytes(),
            false => 0,
        }
    }

    /// What comes before the numbers.
    pub fn header(&self) -> Vec<u8> {
        match self.is_gguf() {
            true => header::gguf(self),
            false => header::safetensors(self),
        }
    }

    /// Bytes of the file.
    pub fn bytes(&self) -> u64 {
        let numbers = self
            .tensors
            .iter()
            .map(|own| own.bytes() + self.padding(own));
        (self.header().len() + numbers.sum::<usize>()) as u64
    }
}
