//! A linear stand-in for the decoder: one matrix from a position's latent to its pixel patch.
//!
//! It is fitted once for a tokenizer by least squares over decoded random codes, and drawn from then on
//! in a fraction of a millisecond a position. It sees no neighbours, so it only ever serves while a
//! picture grows.

use std::{io::Write, path::Path};

use nalgebra::{DMatrix, DVector};
use safetensors::{Dtype, tensor::TensorView};

use crate::{
    checkpoint::{Source, StateDict},
    error::{Error, Result},
    picture::{Codes, Pixels},
    tokenizer::{Image, Tokenizer},
    worker::Depths,
};

/// Random pictures decoded for the fit hold this many times as many positions as a latent has numbers.
const POSITIONS_A_NUMBER: usize = 12;
/// Ridge term, as a share of the mean squared latent.
const RIDGE: f64 = 1e-3;
/// A code whose row is this many times longer than the median row never occurs in pictures, and would
/// bend the fit.
const FAR: f32 = 2.2;

/// A fitted preview.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// Pixels along one side of a patch.
    cell: usize,
    /// Numbers in a latent.
    dim: usize,
    /// `[cell * cell * 3, dim]`: each latent number's share of each pixel value, in the range -1 to 1.
    matrix: Vec<f32>,
    /// `[cell * cell * 3]`: the patch of a zero latent.
    bias: Vec<f32>,
}

impl Preview {
    /// Fits a preview for `tokenizer`. Costs the decoding of a few random pictures.
    ///
    /// # Errors
    /// When the device fails.
    pub fn fit(tokenizer: &Tokenizer) -> Result<Self> {
        let (dim, cell) = (tokenizer.quantiser().dim, tokenizer.cell());
        let [rows, columns, _] = tokenizer.layout().codes;
        let grids = (POSITIONS_A_NUMBER * dim).div_ceil(rows * columns).max(2);
        let inputs = dim + 1;
        let mut gram = DMatrix::<f64>::zeros(inputs, inputs);
        let mut moments = DMatrix::<f64>::zeros(inputs, cell * cell * 3);
        for index in 0..grids {
            let codes = random_codes(tokenizer, index as u64);
            let latents = tokenizer.quantised(&codes, Depths::ALL)?;
            let image = tokenizer.decode_latents(&latents, rows, columns, |_, _| {})?;
            for (position, latent) in latents.chunks_exact(dim).enumerate() {
                let x = DVector::from_iterator(
                    inputs,
                    latent.iter().map(|&v| f64::from(v)).chain([1.0]),
                );
                let y = patch(&image, position, columns, cell);
                gram.ger(1.0, &x, &x, 1.0);
                moments.ger(1.0, &x, &y, 1.0);
            }
        }
        let ridge = RIDGE * (gram.trace() / inputs as f64);
        for i in 0..dim {
            gram[(i, i)] += ridge;
        }
        let solved =
            gram.cholesky()
                .map(|factor| factor.solve(&moments))
                .ok_or(Error::Backend {
                    device: "cpu",
                    operation: "fitting the preview",
                    message: "the codes span no space".into(),
                })?;
        let column = |pixel: usize| solved.column(pixel);
        Ok(Self {
            cell,
            dim,
            matrix: (0..cell * cell * 3)
                .flat_map(|pixel| {
                    column(pixel)
                        .iter()
                        .take(dim)
                        .map(|&v| v as f32)
                        .collect::<Vec<_>>()
                })
                .collect(),
            bias: (0..cell * cell * 3)
                .map(|pixel| column(pixel)[dim] as f32)
                .collect(),
        })
    }

    /// A preview that draws grey, in the time that any takes.
    pub(crate) fn blank(tokenizer: &Tokenizer) -> Self {
        let (dim, cell) = (tokenizer.quantiser().dim, tokenizer.cell());
        Self {
            cell,
            dim,
            matrix: vec![0.0; cell * cell * 3 * dim],
            bias: vec![0.0; cell * cell * 3],
        }
    }

    /// The preview of `tokenizer`, from `cache` if it was fitted before. `weights` names the weights.
    ///
    /// # Errors
    /// When the device fails. A cache that cannot be read or written only costs another fit.
    pub fn cached(tokenizer: &Tokenizer, cache: Option<&Path>, weights: &str) -> Result<Self> {
        let file = cache.map(|folder| folder.join(format!("preview-{weights}.safetensors")));
        if let Some(kept) = file
            .as_deref()
            .and_then(|file| Self::read(tokenizer, file).ok())
        {
            return Ok(kept);
        }
        let preview = Self::fit(tokenizer)?;
        if let Some(file) = file
            && let Err(error) = preview.write(&file)
        {
            tracing::warn!(file = %file.display(), %error, "the fitted preview was not kept");
        }
        Ok(preview)
    }

    fn read(tokenizer: &Tokenizer, file: &Path) -> Result<Self> {
        let (cell, dim) = (tokenizer.cell(), tokenizer.quantiser().dim);
        let mut state = StateDict::open(&Source::File(file.to_owned()))?;
        let matrix = state.take("matrix", &[cell * cell * 3, dim])?;
        let bias = state.take("bias", &[cell * cell * 3])?;
        state.finish()?;
        Ok(Self {
            cell,
            dim,
            matrix,
            bias,
        })
    }

    fn write(&self, file: &Path) -> std::io::Result<()> {
        let folder = file.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let tensor = |shape: Vec<usize>, values| {
            TensorView::new(Dtype::F32, shape, bytemuck::cast_slice(values))
        };
        let patch = self.bias.len();
        let bytes = tensor(vec![patch, self.dim], &self.matrix)
            .and_then(|matrix| {
                Ok([
                    ("matrix", matrix),
                    ("bias", tensor(vec![patch], &self.bias)?),
                ])
            })
            .and_then(|tensors| safetensors::serialize(tensors, None))
            .map_err(std::io::Error::other)?;
        let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
        temporary.write_all(&bytes)?;
        temporary.persist(file)?;
        Ok(())
    }

    /// Draws the patch of `latent` `[dim]` at `position` of a picture that is `columns` cells wide.
    pub fn draw(&self, latent: &[f32], position: usize, columns: usize, canvas: &mut Pixels) {
        let (top, left) = (
            position / columns * self.cell,
            position % columns * self.cell,
        );
        let mut weights = self.matrix.chunks_exact(self.dim).zip(&self.bias);
        for y in 0..self.cell {
            let start = ((top + y) * canvas.width + left) * 3;
            for byte in &mut canvas.rgb[start..start + self.cell * 3] {
                let Some((row, bias)) = weights.next() else {
                    return;
                };
                let value = bias + row.iter().zip(latent).map(|(w, x)| w * x).sum::<f32>();
                *byte = ((0.5 * value + 0.5).clamp(0.0, 1.0) * 255.0) as u8;
            }
        }
    }
}

/// The pixels `[cell, cell, 3]` of one position.
fn patch(image: &Image, position: usize, columns: usize, cell: usize) -> DVector<f64> {
    let (top, left) = (position / columns * cell, position % columns * cell);
    DVector::from_iterator(
        cell * cell * 3,
        (0..cell).flat_map(move |y| {
            (0..cell).flat_map(move |x| {
                (0..3).map(move |channel| {
                    let at = (channel * image.height + top + y) * image.width + left + x;
                    // A decoder's overshoot is invisible, so it must not weigh in the fit.
                    f64::from(image.values[at].clamp(-1.0, 1.0))
                })
            })
        }),
    )
}

/// A grid of codes drawn evenly from those that pictures use.
fn random_codes(tokenizer: &Tokenizer, index: u64) -> Codes {
    let quantiser = tokenizer.quantiser();
    let [rows, columns, depth] = tokenizer.layout().codes;
    let usable: Vec<Vec<u32>> = (0..depth)
        .map(|depth| usable_codes(tokenizer, depth))
        .collect();
    let mut draw = 0;
    let values = (0..rows * columns)
        .flat_map(|_| 0..depth)
        .map(|depth| {
            draw += 1;
            let u = crate::sampling::uniform(index, 0, draw);
            let codes = &usable[depth];
            codes[((u * codes.len() as f32) as usize).min(codes.len() - 1)]
        })
        .collect();
    Codes {
        rows,
        columns,
        depth,
        codebook: quantiser.codebook,
        values,
    }
}

fn usable_codes(tokenizer: &Tokenizer, depth: usize) -> Vec<u32> {
    let quantiser = tokenizer.quantiser();
    let length = |code: u32| {
        quantiser
            .row(depth, code)
            .iter()
            .map(|v| v * v)
            .sum::<f32>()
            .sqrt()
    };
    let all = 0..quantiser.codebook as u32;
    let mut lengths: Vec<f32> = all.clone().map(length).collect();
    lengths.sort_by(f32::total_cmp);
    let far = FAR * lengths[lengths.len() / 2];
    all.filter(|&code| length(code) <= far).collect()
}
