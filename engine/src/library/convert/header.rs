//! What comes before the numbers of a file, in either format.

use safetensors::{
    Dtype,
    tensor::{Metadata, TensorInfo},
};

use super::plan::{Plan, Tensor};
use crate::{backend::cpu::Format, library::Precision};

/// Where the numbers of a tensor begin in a GGUF file: at multiples of this, which is what readers take where nothing
/// else is said.
pub(super) const ALIGNMENT: usize = 32;
/// The version of GGUF.
const VERSION: u32 = 3;
/// The version of ggml's blocks.
const BLOCKS: u32 = 2;
/// The kinds of metadata that are written (ggml's docs/gguf.md).
const UINT32: u32 = 4;
const TEXT: u32 = 8;

/// The header of a safetensors file: its length, then a JSON object, filled up with spaces so that the numbers begin
/// at a multiple of eight.
pub(super) fn safetensors(plan: &Plan) -> Vec<u8> {
    let mut end = 0;
    let infos = plan.tensors.iter().map(|tensor| {
        let start = end;
        end += tensor.bytes();
        let info = TensorInfo {
            dtype: match tensor.format {
                Format::Bf16 => Dtype::BF16,
                _ => Dtype::F32,
            },
            shape: tensor.shape.clone(),
            data_offsets: (start, end),
        };
        (tensor.name.clone(), info)
    });
    let about = [("format".to_owned(), "pt".to_owned())].into();
    // Offsets without gaps are always taken; were they not, nothing could read the file, which is looked at last.
    let metadata = Metadata::new(Some(about), infos.collect());
    let text = metadata.map(|metadata| serde_json::to_string(&metadata).unwrap_or_default());
    let mut text = text.unwrap_or_default().into_bytes();
    text.resize(text.len().next_multiple_of(8), b' ');
    let mut header = (text.len() as u64).to_le_bytes().to_vec();
    header.extend(text);
    header
}

/// The header of a GGUF file, up to where the numbers begin.
pub(super) fn gguf(plan: &Plan) -> Vec<u8> {
    // By the names and numbers of ggml's docs/gguf.md: what most tensors are in.
    let kind: u32 = match plan.precision() {
        Precision::Q8_0 => 7,
        Precision::Q4_0 => 2,
        _ => 0,
    };
    let mut header = b"GGUF".to_vec();
    header.extend(VERSION.to_le_bytes());
    header.extend((plan.tensors.len() as u64).to_le_bytes());
    header.extend(4_u64.to_le_bytes());
    key(&mut header, "general.architecture", TEXT);
    text(&mut header, &plan.architecture);
    for (name, number) in [
        ("general.file_type", kind),
        ("general.quantization_version", BLOCKS),
        ("general.alignment", ALIGNMENT as u32),
    ] {
        key(&mut header, name, UINT32);
        header.extend(number.to_le_bytes());
    }
    let mut offset = 0;
    for tensor in &plan.tensors {
        describe(&mut header, tensor, offset);
        offset += tensor.bytes() + plan.padding(tensor);
    }
    header.resize(header.len().next_multiple_of(ALIGNMENT), 0);
    header
}

fn key(header: &mut Vec<u8>, name: &str, kind: u32) {
    text(header, name);
    header.extend(kind.to_le_bytes());
}

fn text(header: &mut Vec<u8>, text: &str) {
    header.extend((text.len() as u64).to_le_bytes());
    header.extend(text.as_bytes());
}

/// A tensor's name, its sizes with the fastest first, its type, and where its numbers begin.
fn describe(header: &mut Vec<u8>, tensor: &Tensor, offset: usize) {
    let kind: u32 = match tensor.format {
        Format::F32 => 0,
        Format::Q4_0 => 2,
        Format::Q8_0 => 8,
        Format::Bf16 => 30,
    };
    text(header, &tensor.name);
    header.extend((tensor.shape.len() as u32).to_le_bytes());
    for size in tensor.shape.iter().rev() {
        header.extend((*size as u64).to_le_bytes());
    }
    header.extend(kind.to_le_bytes());
    header.extend((offset as u64).to_le_bytes());
}
