//! A transformer's weights in a file, ready to be multiplied: written once, and mapped from then on.
//!
//! A safetensors file whose tensors are bytes; what they mean follows from the model's sizes and the format.
//! Which checkpoint it was made of stands in its metadata. A file that does not match is as good as none.

use std::{collections::HashMap, io, path::Path};

use safetensors::{
    Dtype, SafeTensors,
    tensor::{Metadata, TensorView},
};

use crate::{
    backend::cpu::{
        bytes::Bytes,
        formats::Format,
        parts::{BlockMatrices, Parts, fitting, table},
        weights::Matrix,
    },
    checkpoint::{self, Source},
    family::dnd::Config,
};

/// Changes with the order of the bytes.
const LAYOUT: &str = "2";

/// What a file was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Tells one checkpoint from another at a glance: sizes and times of files.
    pub sources: String,
    /// SHA-256 of the model's weights, which takes long to compute.
    pub weights: String,
}

/// Weights that lie ready in a file.
pub struct Prepared {
    pub(super) parts: Parts,
    pub(super) format: Format,
    /// SHA-256 of the model's weights.
    pub weights: String,
}

impl Prepared {
    /// Maps `file`, if it is there and was made of `sources` for this model and format.
    pub fn open(file: &Path, config: &Config, format: Format, sources: &str) -> Option<Self> {
        let bytes = Source::File(file.to_owned()).bytes().ok()?;
        let (header, metadata) = SafeTensors::read_metadata(&bytes).ok()?;
        let about = metadata.metadata().as_ref()?;
        let says = |key: &str, value: &str| about.get(key).is_some_and(|found| found == value);
        if !says("layout", LAYOUT) || !says("format", format.name()) || !says("sources", sources) {
            return None;
        }
        let weights = about.get("weights")?.clone();
        let start = size_of::<u64>() + header;
        let file = Mapped {
            start,
            metadata: &metadata,
            bytes: &bytes,
        };
        let parts = file.parts(config, format)?;
        bytes.prefer_large_pages();
        Some(Self {
            parts,
            format,
            weights,
        })
    }
}

/// Some bytes of a file.
struct Region {
    file: checkpoint::Bytes,
    start: usize,
    end: usize,
}

impl AsRef<[u8]> for Region {
    fn as_ref(&self) -> &[u8] {
        &self.file[self.start..self.end]
    }
}

struct Mapped<'a> {
    start: usize,
    metadata: &'a Metadata,
    bytes: &'a checkpoint::Bytes,
}

impl Mapped<'_> {
    fn region(&self, name: &str) -> Option<Region> {
        let (from, to) = self.metadata.info(name)?.data_offsets;
        let (start, end) = (self.start + from, self.start + to);
        self.bytes.get(start..end)?;
        Some(Region {
            file: self.bytes.clone(),
            start,
            end,
        })
    }

    fn rows(&self, name: &str, format: Format, rows: usize, columns: usize) -> Option<Matrix> {
        Matrix::new(Bytes::new(self.region(name)?), format, rows, columns).ok()
    }

    fn norm(&self, name: &str, width: usize) -> Option<Vec<f32>> {
        let region = self.region(name)?;
        let (numbers, rest) = region.as_ref().as_chunks();
        let whole = rest.is_empty() && numbers.len() == width;
        whole.then(|| {
            numbers
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes))
                .collect()
        })
    }

    fn parts(&self, config: &Config, format: Format) -> Option<Parts> {
        let (width, ffn) = (config.width, config.feed_forward_width());
        let matrix = |name: &str, rows: usize, columns: usize| {
            let format = fitting(format, columns);
            let rows = self.rows(name, format, rows, columns)?;
            Some(match format.block() {
                1 => rows,
                _ => rows.rearranged(Bytes::new(self.region(name)?)),
            })
        };
        let block = |layer: usize| {
            let name = |part: &str| format!("blocks.{layer}.{part}");
            Some(BlockMatrices {
                qkv: matrix(&name("qkv"), 3 * width, width)?,
                out: matrix(&name("out"), width, width)?,
                gate_up: matrix(&name("gate_up"), 2 * ffn, width)?,
                down: matrix(&name("down"), width, ffn)?,
                attention_norm: self.norm(&name("attention_norm"), width)?,
                feed_forward_norm: self.norm(&name("feed_forward_norm"), width)?,
            })
        };
        let head_norm = |depth| self.norm(&format!("heads.{depth}.norm"), width);
        let output = |depth| matrix(&format!("heads.{depth}.output"), config.codebook, width);
        let rows = config.class_rows();
        Some(Parts {
            classes: self.rows("classes", table(format), rows, width)?,
            codes: self.rows("codes", table(format), config.codebook, width)?,
            blocks: (0..config.layers).map(block).collect::<Option<_>>()?,
            head_norms: (0..config.depth()).map(head_norm).collect::<Option<_>>()?,
            outputs: (0..config.output_matrices())
                .map(output)
                .collect::<Option<_>>()?,
        })
    }
}

/// Writes `parts` to `file`, whole or not at all.
///
/// # Errors
/// Those of writing.
pub(super) fn keep(parts: &Parts, format: Format, file: &Path, about: &About) -> io::Result<()> {
    let norm = |numbers: &[f32]| -> Vec<u8> {
        numbers
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect()
    };
    let mut norms: Vec<(String, Vec<u8>)> = Vec::new();
    let mut matrices = vec![
        ("classes".to_owned(), &parts.classes),
        ("codes".to_owned(), &parts.codes),
    ];
    for (layer, block) in parts.blocks.iter().enumerate() {
        let name = |part: &str| format!("blocks.{layer}.{part}");
        matrices.push((name("qkv"), &block.qkv));
        matrices.push((name("out"), &block.out));
        matrices.push((name("gate_up"), &block.gate_up));
        matrices.push((name("down"), &block.down));
        norms.push((name("attention_norm"), norm(&block.attention_norm)));
        norms.push((name("feed_forward_norm"), norm(&block.feed_forward_norm)));
    }
    for (depth, output) in parts.outputs.iter().enumerate() {
        matrices.push((format!("heads.{depth}.output"), output));
    }
    for (depth, numbers) in parts.head_norms.iter().enumerate() {
        norms.push((format!("heads.{depth}.norm"), norm(numbers)));
    }
    let matrices = matrices.iter().map(|(name, matrix)| (name, matrix.bytes()));
    let norms = norms.iter().map(|(name, bytes)| (name, bytes.as_slice()));
    let tensors = matrices.chain(norms).map(|(name, bytes)| {
        let view = TensorView::new(Dtype::U8, vec![bytes.len()], bytes)?;
        Ok((name.as_str(), view))
    });
    let tensors: Result<Vec<_>, safetensors::SafeTensorError> = tensors.collect();
    let tensors = tensors.map_err(io::Error::other)?;
    let about = HashMap::from(
        [
            ("layout", LAYOUT),
            ("format", format.name()),
            ("sources", &about.sources),
            ("weights", &about.weights),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    let folder = file.parent().unwrap_or(Path::new("."));
    let temporary = tempfile::NamedTempFile::new_in(folder)?;
    safetensors::serialize_to_file(tensors, Some(about), temporary.path())
        .map_err(io::Error::other)?;
    temporary.as_file().sync_all()?;
    temporary.persist(file)?;
    Ok(())
}
