//! The tokenizers, RQ-VAE (arXiv 2203.01941) and LlamaGen's VQ-GAN (arXiv 2406.06525): pixels to codes and codes
//! to pixels.
//!
//! `layout` describes the networks, which a backend runs; `vq` tells it from a checkpoint; `quantiser` finds and
//! sums codes; `preview` is the linear stand-in for the decoder. Nothing here samples.

pub mod layout;
mod networks;
pub mod preview;
mod quantiser;
pub mod vq;

#[cfg(all(test, target_os = "linux"))]
mod memory_tests;

pub use layout::{Kind, Layout};
pub use networks::{Tensors, Watch};
pub use quantiser::{Quantiser, is_spare};

use std::time::{Duration, Instant};

use crate::{
    backend::Opened,
    checkpoint::StateDict,
    dice::Dice,
    error::{Error, Result},
    picture::{Codes, Pixels},
    worker::Depths,
};

use networks::{Networks, Running};

/// A tokenizer ready to encode and decode.
pub struct Tokenizer {
    layout: Layout,
    quantiser: Quantiser,
    encoder: Networks,
    decoder: Networks,
}

/// A picture in the networks' own range: `[channels, height, width]`, about -1 to 1.
#[derive(Clone, Debug)]
pub struct Image {
    /// `[channels, height, width]`.
    pub values: Vec<f32>,
    /// Height in pixels.
    pub height: usize,
    /// Width in pixels.
    pub width: usize,
}

/// A picture that a device may still be decoding. Dropping it asks for nothing any more.
pub struct Decoding {
    running: Running,
    height: usize,
    width: usize,
}

impl Decoding {
    /// The picture once it is decoded; it is given once. Never waits.
    ///
    /// # Errors
    /// When the device has failed.
    pub fn poll(&mut self) -> Result<Option<Image>> {
        let values = self.running.poll()?;
        Ok(values.map(|values| Image {
            values,
            height: self.height,
            width: self.width,
        }))
    }
}

/// A tensor's name and shape, and the one that it repeats, where it does.
pub type Needed = (String, Vec<usize>, Option<String>);

/// Every tensor of a tokenizer's state dict.
pub fn tensors(layout: &Layout) -> Vec<Needed> {
    let networks = layout::encoder(layout)
        .into_iter()
        .chain(layout::decoder(layout));
    let named = networks.flat_map(|module| module.tensors());
    let mut tensors: Vec<Needed> = named.map(|(name, shape)| (name, shape, None)).collect();
    tensors.extend(quantiser::tables(layout));
    tensors
}

impl Tokenizer {
    /// Takes every tensor of `layout` from `state`, and insists that nothing is left over.
    ///
    /// # Errors
    /// A missing, extra, wrong-shaped or non-finite tensor, by name; a latent grid that is not the grid
    /// of the codes.
    pub fn read(layout: &Layout, mut state: StateDict, device: &Opened) -> Result<Self> {
        let [encoder, decoder] = [layout::encoder(layout), layout::decoder(layout)];
        let mut tensors = Tensors::new();
        for (name, shape) in encoder
            .iter()
            .chain(&decoder)
            .flat_map(layout::Module::tensors)
        {
            let values = state.take(&name, &shape)?;
            tensors.insert(name, (values, shape));
        }
        let quantiser = Quantiser::read(layout, &mut state)?;
        state.finish()?;
        Ok(Self {
            encoder: Networks::new(&encoder, &tensors, device)?,
            decoder: Networks::new(&decoder, &tensors, device)?,
            layout: layout.clone(),
            quantiser,
        })
    }

    /// Random weights, the same every time; for measuring.
    pub(crate) fn random(layout: &Layout, device: &Opened) -> Result<Self> {
        let [encoder, decoder] = [layout::encoder(layout), layout::decoder(layout)];
        let mut dice = Dice::default();
        let named = encoder.iter().chain(&decoder);
        let tensors: Tensors = named
            .flat_map(layout::Module::tensors)
            .map(|(name, shape)| {
                let count = shape.iter().product();
                let values = match shape.len() {
                    1 if name.ends_with("bias") => vec![0.0; count],
                    1 => vec![1.0; count],
                    _ => dice.weights(count, count / shape[0]),
                };
                (name, (values, shape))
            })
            .collect();
        Ok(Self {
            encoder: Networks::new(&encoder, &tensors, device)?,
            decoder: Networks::new(&decoder, &tensors, device)?,
            quantiser: Quantiser::random(layout, || dice.number()),
            layout: layout.clone(),
        })
    }

    /// Pixels along one side of a position's patch.
    pub fn cell(&self) -> usize {
        self.layout.cell()
    }

    /// The residual quantiser.
    pub fn quantiser(&self) -> &Quantiser {
        &self.quantiser
    }

    /// Its sizes.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Latents `[rows, columns, dim]` of a picture, before quantisation.
    ///
    /// # Errors
    /// When the device fails.
    pub fn latents(&self, image: &Image, watch: impl Watch) -> Result<Vec<f32>> {
        let shape = [self.layout.in_channels, image.height, image.width];
        let channels_first = self.encoder.run(&image.values, shape, watch)?;
        let cells = channels_first.len() / self.quantiser.dim;
        Ok(transpose(&channels_first, cells))
    }

    /// The codes of a picture whose sides are multiples of the cell.
    ///
    /// # Errors
    /// When the device fails.
    pub fn encode(&self, image: &Image) -> Result<Codes> {
        let latents = self.latents(image, |_, _| {})?;
        Ok(Codes {
            rows: image.height / self.cell(),
            columns: image.width / self.cell(),
            depth: self.quantiser.depth,
            codebook: self.quantiser.codebook,
            values: latents
                .chunks_exact(self.quantiser.dim)
                .flat_map(|latent| self.quantiser.quantise(latent))
                .collect(),
        })
    }

    /// The quantised latents `[rows, columns, dim]` of a complete grid of codes, some depths summed.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when the codes are of another codebook, depth or incomplete.
    pub fn quantised(&self, codes: &Codes, depths: Depths) -> Result<Vec<f32>> {
        self.check(codes)?;
        let mut latents = vec![0.0; codes.rows * codes.columns * self.quantiser.dim];
        let cells = latents.chunks_exact_mut(self.quantiser.dim);
        for (latent, cell) in cells.zip(codes.values.chunks_exact(codes.depth)) {
            for (depth, &code) in cell.iter().enumerate() {
                let wanted = match depths {
                    Depths::First(count) => depth < count,
                    Depths::Only(only) => depth == only,
                };
                if wanted {
                    self.quantiser.add(latent, depth, code);
                }
            }
        }
        Ok(latents)
    }

    /// The picture of latents `[rows, columns, dim]`.
    ///
    /// # Errors
    /// When the device fails.
    pub fn decode_latents(
        &self,
        latents: &[f32],
        rows: usize,
        columns: usize,
        watch: impl Watch,
    ) -> Result<Image> {
        let channels_first = transpose(latents, self.quantiser.dim);
        let shape = [self.quantiser.dim, rows, columns];
        Ok(Image {
            values: self.decoder.run(&channels_first, shape, watch)?,
            height: rows * self.cell(),
            width: columns * self.cell(),
        })
    }

    /// Begins the picture of latents `[rows, columns, dim]`; waits for it only where the host is the device.
    ///
    /// # Errors
    /// When the device fails.
    pub fn begin_decoding(&self, latents: &[f32], rows: usize, columns: usize) -> Result<Decoding> {
        let channels_first = transpose(latents, self.quantiser.dim);
        let shape = [self.quantiser.dim, rows, columns];
        Ok(Decoding {
            running: self.decoder.begin(&channels_first, shape)?,
            height: rows * self.cell(),
            width: columns * self.cell(),
        })
    }

    /// How long the decoder takes for a picture, all that it needs made beforehand.
    ///
    /// # Errors
    /// When the device fails.
    pub fn time_decoding(&self) -> Result<Duration> {
        let ([rows, columns, _], dim) = (self.layout.codes, self.quantiser.dim);
        self.decoder.get_ready([dim, rows, columns])?;
        let start = Instant::now();
        self.decode_latents(&vec![0.0; rows * columns * dim], rows, columns, |_, _| {})?;
        Ok(start.elapsed())
    }

    /// The picture of a complete grid of codes.
    ///
    /// # Errors
    /// When the codes do not fit or the device fails.
    pub fn decode(&self, codes: &Codes, depths: Depths) -> Result<Image> {
        let latents = self.quantised(codes, depths)?;
        self.decode_latents(&latents, codes.rows, codes.columns, |_, _| {})
    }

    /// A picture's bytes, by the conversion that was published with the tokenizer.
    pub fn to_pixels(&self, image: &Image) -> Pixels {
        let channels_last = transpose(&image.values, image.height * image.width);
        let byte = |value| self.layout.kind.byte(value);
        Pixels {
            width: image.width,
            height: image.height,
            rgb: channels_last.into_iter().map(byte).collect(),
        }
    }

    fn check(&self, codes: &Codes) -> Result<()> {
        let wrong = |what, expected: usize, found: usize| {
            Err(Error::Mismatch {
                model: "these codes".into(),
                what,
                first: "the tokenizer".into(),
                expected: expected.to_string(),
                second: "the codes".into(),
                found: found.to_string(),
            })
        };
        let cells = codes.rows * codes.columns;
        if codes.depth != self.quantiser.depth {
            return wrong("depth", self.quantiser.depth, codes.depth);
        }
        if codes.values.len() != cells * codes.depth {
            return wrong("number of codes", cells * codes.depth, codes.values.len());
        }
        match codes.values.iter().max() {
            Some(&most) if most as usize >= self.quantiser.codebook => {
                wrong("codebook", self.quantiser.codebook, most as usize + 1)
            }
            _ => Ok(()),
        }
    }
}

impl Image {
    /// Pixels into the networks' range: `(v / 255 - 0.5) / 0.5`.
    pub fn from_pixels(pixels: &Pixels) -> Self {
        let scaled = |v: u8| (f32::from(v) / 255.0 - 0.5) / 0.5;
        Self {
            values: transpose(
                &pixels.rgb.iter().copied().map(scaled).collect::<Vec<_>>(),
                3,
            ),
            height: pixels.height,
            width: pixels.width,
        }
    }
}

/// A matrix `[n, columns]` as `[columns, n]`.
fn transpose(values: &[f32], columns: usize) -> Vec<f32> {
    let rows = values.len() / columns;
    let mut out = Vec::with_capacity(values.len());
    for column in 0..columns {
        out.extend((0..rows).map(|row| values[row * columns + column]));
    }
    out
}
