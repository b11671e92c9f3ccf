//! The residual quantiser: each code is the codebook row nearest to what the codes before it leave over
//! (RQ-VAE; arXiv 2203.01941, section 3.1).

use crate::{
    checkpoint::{RqVaeConfig, StateDict},
    error::{Error, Result},
};

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
}

impl Quantiser {
    /// One table of random rows for all depths; for measuring.
    pub(super) fn random(config: &RqVaeConfig, mut number: impl FnMut() -> f32) -> Self {
        let (codebook, dim) = (config.codebook, config.embed_dim);
        Self {
            tables: vec![(0..codebook * dim).map(|_| number()).collect()],
            codebook,
            dim,
            depth: config.codes[2],
        }
    }

    /// Takes the codebooks from `state`. Each has one padding row at its end, which is never a code.
    ///
    /// # Errors
    /// A missing or wrong-shaped table; tables that differ although the configuration says shared.
    pub fn read(config: &RqVaeConfig, state: &mut StateDict) -> Result<Self> {
        let (codebook, dim, depth) = (config.codebook, config.embed_dim, config.codes[2]);
        let mut tables: Vec<Vec<f32>> = Vec::new();
        for index in 0..depth {
            let name = format!("quantizer.codebooks.{index}.weight");
            // A shared table is listed once per depth in published files; once is enough.
            if config.shared_codebook && index > 0 && !state.contains(&name) {
                continue;
            }
            let mut table = state.take(&name, &[codebook + 1, dim])?;
            table.truncate(codebook * dim);
            match tables.first() {
                Some(first) if config.shared_codebook => {
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
        state.ignore(|name| {
            name.starts_with("quantizer.codebooks.")
                && (name.ends_with(".cluster_size_ema") || name.ends_with(".embed_ema"))
        });
        Ok(Self {
            tables,
            codebook,
            dim,
            depth,
        })
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
