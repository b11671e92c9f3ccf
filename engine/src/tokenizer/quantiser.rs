//! The residual quantiser: each code is the codebook row nearest to what the codes before it leave over
//! (RQ-VAE; arXiv 2203.01941, section 3.1). With one code of rows of length one it is a VQ-GAN's.

use crate::{
    checkpoint::StateDict,
    error::{Error, Result},
    tokenizer::layout::{Kind, Layout},
};

/// What a length is at least taken for when a row is divided by it, as published.
const LEAST_LENGTH: f32 = 1e-12;

/// The codebooks of one tokenizer.
#[derive(Clone, Debug)]
pub struct Quantiser {
    /// `[codebook, dim]` per depth; a single one when all depths share it.
    tables: Vec<Vec<f32>>,
    /// Codes in a codebook.
    pub codebook: usize,
    /// Width of a row.
    pub dim: usize,
    /// Codes a position.
    pub depth: usize,
    /// Whether rows have the length one, as latents are given before their row is looked for.
    unit: bool,
}

impl Quantiser {
    /// One table of random rows for all depths; for measuring.
    pub(super) fn random(layout: &Layout, mut number: impl FnMut() -> f32) -> Self {
        let numbers = layout.codebook * layout.dim;
        Self::of(layout, vec![(0..numbers).map(|_| number()).collect()])
    }

    fn of(layout: &Layout, mut tables: Vec<Vec<f32>>) -> Self {
        let unit = layout.kind == Kind::Vq;
        if unit {
            for table in &mut tables {
                table.chunks_exact_mut(layout.dim).for_each(normalise);
            }
        }
        Self {
            tables,
            codebook: layout.codebook,
            dim: layout.dim,
            depth: layout.codes[2],
            unit,
        }
    }

    /// Takes the codebooks from `state`.
    ///
    /// # Errors
    /// A missing or wrong-shaped table; tables that differ although the layout says shared.
    pub fn read(layout: &Layout, state: &mut StateDict) -> Result<Self> {
        let tables = match layout.kind {
            Kind::RqVae { shared_codebook } => residual_tables(layout, shared_codebook, state)?,
            Kind::Vq => {
                let table =
                    state.take("quantize.embedding.weight", &[layout.codebook, layout.dim])?;
                state.ignore(is_spare(layout.kind));
                vec![table]
            }
        };
        Ok(Self::of(layout, tables))
    }

    /// The row of `code` at `depth`; codes are below the codebook size.
    pub fn row(&self, depth: usize, code: u32) -> &[f32] {
        let table = &self.tables[depth.min(self.tables.len() - 1)];
        &table[code as usize * self.dim..][..self.dim]
    }

    /// The codes of one latent `[dim]`, depth by depth: nearest row by squared Euclidean distance, the
    /// lowest index on a tie.
    pub fn quantise(&self, latent: &[f32]) -> Vec<u32> {
        let mut rest = latent.to_vec();
        if self.unit {
            normalise(&mut rest);
        }
        (0..self.depth)
            .map(|depth| {
                let table = &self.tables[depth.min(self.tables.len() - 1)];
                let code = nearest(table, &rest);
                for (rest, row) in rest.iter_mut().zip(self.row(depth, code)) {
                    *rest -= row;
                }
                code
            })
            .collect()
    }

    /// Adds the row of `code` at `depth` to `latent` `[dim]`.
    pub fn add(&self, latent: &mut [f32], depth: usize, code: u32) {
        for (sum, row) in latent.iter_mut().zip(self.row(depth, code)) {
            *sum += row;
        }
    }
}

/// Tells whether a tensor of a state dict is the trainer's and plays no part here: which codes it used lately.
pub fn is_spare(kind: Kind) -> fn(&str) -> bool {
    match kind {
        Kind::RqVae { .. } => |name| {
            name.starts_with("quantizer.codebooks.")
                && (name.ends_with(".cluster_size_ema") || name.ends_with(".embed_ema"))
        },
        Kind::Vq => |name| name == "quantize.codebook_used",
    }
}

/// The tensors that [`Quantiser::read`] takes. Where all depths share one table, those after the first repeat it.
pub(super) fn tables(layout: &Layout) -> Vec<super::Needed> {
    let (codebook, dim) = (layout.codebook, layout.dim);
    let Kind::RqVae { shared_codebook } = layout.kind else {
        let name = "quantize.embedding.weight".to_owned();
        return vec![(name, vec![codebook, dim], None)];
    };
    let name = |index| format!("quantizer.codebooks.{index}.weight");
    let table = |index| {
        let repeats = (shared_codebook && index > 0).then(|| name(0));
        (name(index), vec![codebook + 1, dim], repeats)
    };
    (0..layout.codes[2]).map(table).collect()
}

/// The codebooks of an RQ-VAE. Each has one padding row at its end, which is never a code.
fn residual_tables(layout: &Layout, shared: bool, state: &mut StateDict) -> Result<Vec<Vec<f32>>> {
    let (codebook, dim) = (layout.codebook, layout.dim);
    let mut tables: Vec<Vec<f32>> = Vec::new();
    for index in 0..layout.codes[2] {
        let name = format!("quantizer.codebooks.{index}.weight");
        // A shared table is listed once per depth in published files; once is enough.
        if shared && index > 0 && !state.contains(&name) {
            continue;
        }
        let mut table = state.take(&name, &[codebook + 1, dim])?;
        table.truncate(codebook * dim);
        match tables.first() {
            Some(first) if shared => {
                if *first != table {
                    return Err(Error::Mismatch {
                        model: state.path().display().to_string(),
                        what: "codebook",
                        first: "quantizer.codebooks.0.weight".into(),
                        expected: "one table shared by all depths (shared_codebook)".into(),
                        second: name,
                        found: "other numbers".into(),
                    });
                }
            }
            _ => tables.push(table),
        }
    }
    state.ignore(is_spare(layout.kind));
    Ok(tables)
}

/// Gives a row the length one.
fn normalise(row: &mut [f32]) {
    let length = row.iter().map(|v| v * v).sum::<f32>().sqrt();
    let length = length.max(LEAST_LENGTH);
    row.iter_mut().for_each(|v| *v /= length);
}

fn nearest(table: &[f32], latent: &[f32]) -> u32 {
    let mut best = (f32::INFINITY, 0);
    for (code, row) in table.chunks_exact(latent.len()).enumerate() {
        let distance = row
            .iter()
            .zip(latent)
            .map(|(a, b)| (a - b) * (a - b))
            .sum::<f32>();
        if distance < best.0 {
            best = (distance, code as u32);
        }
    }
    best.1
}
