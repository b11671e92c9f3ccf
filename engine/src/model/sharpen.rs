//! The picture so far as the decoder makes it: asked for at the end of a row, put in place once it is there.

use std::time::{Duration, Instant};

use super::{Growing, Model};
use crate::{
    error::Result,
    picture::{Codes, Pixels},
    tokenizer::{Decoding, Image},
    worker::Depths,
};

/// A picture so far that is being decoded.
pub(super) struct Sharpening {
    decoding: Decoding,
    /// Positions that it shows.
    positions: usize,
}

impl Model {
    /// What a device needs to decode a picture, beside what it does else; `None` before it was measured.
    pub fn decode_cost(&self) -> Option<Duration> {
        self.decode_cost
    }

    /// Begins to decode the unfinished picture, whose finished rows will be put into the last lane: at once where the
    /// device is the host, by a later step where it computes by itself and steps go on meanwhile. What is missing is
    /// filled with the mean latent, which keeps the decoder's norms near those of the whole picture.
    ///
    /// # Errors
    /// When the device fails.
    pub fn sharpen(&mut self, growing: &mut Growing) -> Result<()> {
        let dim = self.tokenizer.quantiser().dim;
        let Codes { rows, columns, .. } = growing.codes;
        let done = growing.positions();
        if done == 0 || growing.sharpening.is_some() {
            return Ok(());
        }
        let mut mean = vec![0.0; dim];
        for latent in growing.latents.chunks_exact(dim) {
            mean.iter_mut()
                .zip(latent)
                .for_each(|(mean, v)| *mean += v / done as f32);
        }
        let mut latents = growing.latents.clone();
        for _ in done..rows * columns {
            latents.extend(&mean);
        }
        let start = Instant::now();
        growing.sharpening = Some(Sharpening {
            decoding: self.tokenizer.begin_decoding(&latents, rows, columns)?,
            positions: done,
        });
        self.settle(growing);
        if growing.sharpening.is_none() {
            self.decode_cost = Some(start.elapsed());
        }
        Ok(())
    }

    /// Puts what was decoded meanwhile into the last lane; never waits.
    pub(super) fn settle(&self, growing: &mut Growing) {
        let Some(mut sharpening) = growing.sharpening.take() else {
            return;
        };
        match sharpening.decoding.poll() {
            Ok(Some(image)) => self.put(&image, sharpening.positions, growing),
            Ok(None) => growing.sharpening = Some(sharpening),
            // The lanes stay as they are; a device that is lost is told by the next step.
            Err(error) => tracing::warn!(%error, "the picture so far could not be decoded"),
        }
    }

    fn put(&self, image: &Image, positions: usize, growing: &mut Growing) {
        let pixels = self.tokenizer.to_pixels(image);
        let rows = positions / growing.codes.columns;
        let finished = rows * self.tokenizer.cell() * pixels.width * 3;
        if let Some(lane) = growing.lanes.last_mut() {
            lane.rgb[..finished].copy_from_slice(&pixels.rgb[..finished]);
        }
    }

    /// The whole picture. Where nothing else goes on meanwhile, that tells what one costs.
    pub(super) fn decode_whole(&mut self, codes: &Codes) -> Result<Pixels> {
        let start = Instant::now();
        let pixels = self.decode(codes, Depths::ALL)?;
        if !self.transformer.keeps_codes() {
            self.decode_cost = Some(start.elapsed());
        }
        Ok(pixels)
    }
}
