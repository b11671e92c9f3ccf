//! A loaded model: transformer, tokenizer and preview, and the pictures that grow in it.

use std::{path::Path, sync::Arc};

use sha2::{Digest, Sha256};

use crate::{
    backend::{Backend, Input, Slot, Token, reference::Transformer},
    checkpoint::{RqVaeConfig, StateDict},
    error::{Error, Result},
    family::dnd::{self, Choice, Config, NoWatch, Pick, Row, Weights},
    library::{Library, ModelCard},
    picture::{Codes, Picture, Pixels},
    recipe::{Recipe, Subject},
    sampling::Place,
    tokenizer::{Image, Tokenizer, preview::Preview},
    worker::Depths,
};

/// A model ready to sample.
pub struct Model {
    card: Arc<ModelCard>,
    config: Config,
    transformer: Transformer,
    tokenizer: Tokenizer,
    preview: Preview,
    /// SHA-256 of the transformer's and the tokenizer's files, in hexadecimal.
    weights: String,
}

/// A picture in the making.
pub struct Growing {
    recipe: Recipe,
    conditional: Slot,
    unconditional: Option<Slot>,
    codes: Codes,
    /// The picture so far, one per depth: depths up to it summed.
    lanes: Vec<Pixels>,
    /// The latents of `lanes` at sampled positions, `[positions, dim]` of the last lane.
    latents: Vec<f32>,
}

/// What a step found for one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The position, in raster order.
    pub position: usize,
    /// One code per depth.
    pub codes: Vec<u32>,
    /// Entropy of each code's distribution after the filters, in nats.
    pub entropy: Vec<f32>,
}

impl Growing {
    /// Whether every position has its codes.
    pub fn is_complete(&self) -> bool {
        self.codes.is_complete()
    }

    /// Positions that have their codes.
    pub fn positions(&self) -> usize {
        self.codes.positions()
    }

    /// The picture so far, one per depth.
    pub fn lanes(&self) -> Vec<Arc<Pixels>> {
        self.lanes.iter().cloned().map(Arc::new).collect()
    }
}

impl Model {
    /// Reads the model `id` of `library`. A fitted preview is kept in `cache`, if there is one.
    ///
    /// # Errors
    /// Whatever is wrong with its manifest, its files, or their fit.
    pub fn load(
        library: &Library,
        id: &str,
        cache: Option<&Path>,
        progress: &mut dyn FnMut(f32),
    ) -> Result<Self> {
        let (home, card) = library.find(id)?;
        let manifest = home.manifest()?;
        let manifest_file = home.file(crate::library::MANIFEST);
        let config = manifest.transformer(manifest_file.path())?;
        let tokenizer_config = RqVaeConfig::from_source(&home.file(&manifest.files.config))?;
        manifest.check_pair(&tokenizer_config)?;

        let [transformer_file, tokenizer_file] =
            [&manifest.files.transformer, &manifest.files.tokenizer].map(|name| home.file(name));
        let tokenizer = Tokenizer::read(&tokenizer_config, StateDict::open(&tokenizer_file)?)?;
        progress(0.2);
        let state = StateDict::open(&transformer_file)?;
        let weights = Weights::read(&config, state, |part| progress(0.2 + 0.5 * part))?;
        let transformer = Transformer::new(&config, weights, &candle_core::Device::Cpu)?;
        progress(0.8);
        let mut hash = Sha256::new();
        hash.update(&*transformer_file.bytes()?);
        hash.update(&*tokenizer_file.bytes()?);
        let weights = hex(&hash.finalize());
        let preview = Preview::cached(&tokenizer, cache, &weights)?;
        progress(1.0);
        Ok(Self {
            card: Arc::new(card),
            config,
            transformer,
            tokenizer,
            preview,
            weights,
        })
    }

    /// The model's card.
    pub fn card(&self) -> &Arc<ModelCard> {
        &self.card
    }

    /// Opens a picture.
    ///
    /// # Errors
    /// When the recipe does not fit the model.
    pub fn begin(&mut self, recipe: &Recipe) -> Result<Growing> {
        recipe.check()?;
        self.check_subject(recipe.subject)?;
        if let Some(weights) = recipe
            .weights
            .as_ref()
            .filter(|weights| **weights != self.weights)
        {
            return Err(Error::Mismatch {
                model: self.card.id.clone(),
                what: "weights",
                first: "the recipe".into(),
                expected: format!("SHA-256 {weights}"),
                second: "the installed model".into(),
                found: format!("SHA-256 {}", self.weights),
            });
        }
        let guided = recipe
            .guidance
            .is_on(self.config.positions(), self.config.depth());
        if guided && !self.config.unconditional {
            return Err(Error::Recipe {
                field: "guidance scale",
                found: format!("{:?}", recipe.guidance.scale.values()),
                expected: format!("1, as {} has no unconditional row", self.card.id),
            });
        }
        let [width, height] = self.card.size;
        let blank = Pixels {
            width,
            height,
            rgb: vec![128; width * height * 3],
        };
        Ok(Growing {
            recipe: Recipe {
                weights: Some(self.weights.clone()),
                ..recipe.clone()
            },
            conditional: self.transformer.open()?,
            unconditional: if guided {
                Some(self.transformer.open()?)
            } else {
                None
            },
            codes: Codes {
                rows: self.card.grid[0],
                columns: self.card.grid[1],
                depth: self.config.depth(),
                codebook: self.config.codebook,
                values: Vec::new(),
            },
            lanes: vec![blank; self.config.depth()],
            latents: Vec::new(),
        })
    }

    fn check_subject(&self, subject: Subject) -> Result<()> {
        let refuse = |reason: String| {
            Err(Error::UnknownSubject {
                model: self.card.id.clone(),
                subject: match subject {
                    Subject::Class(class) => format!("class {class}"),
                    Subject::Page => "a page".into(),
                },
                reason,
            })
        };
        match (self.card.mode, subject) {
            (crate::Mode::Classes, Subject::Page) => refuse("it makes pictures of classes".into()),
            (crate::Mode::Documents, Subject::Class(_)) => refuse("it makes pages".into()),
            (_, Subject::Class(class)) if class as usize >= self.config.classes => {
                refuse(format!("its classes are 0 to {}", self.config.classes - 1))
            }
            _ => Ok(()),
        }
    }

    /// Grows every picture of `batch` by one position: all layers, all depths.
    ///
    /// # Errors
    /// What the backend reports; no picture has then grown.
    pub fn step(&mut self, batch: &mut [&mut Growing]) -> Result<Vec<Found>> {
        let mut rows = Vec::new();
        let mut picks = Vec::with_capacity(batch.len());
        for growing in batch.iter() {
            picks.push(self.plan(growing, &mut rows));
        }
        let draws = dnd::forward(
            &mut self.transformer,
            &self.config,
            &rows,
            &picks,
            &mut NoWatch,
        )?;
        let found = batch.iter_mut().zip(draws).map(|(growing, draws)| {
            let position = growing.positions();
            let codes: Vec<u32> = draws.iter().map(|draw| draw.code).collect();
            growing.codes.values.extend(&codes);
            self.draw(growing, position, &codes);
            Found {
                position,
                codes,
                entropy: draws.iter().map(|draw| draw.entropy).collect(),
            }
        });
        Ok(found.collect())
    }

    /// Appends the rows of one picture's next position, and says how its codes are found.
    fn plan(&self, growing: &Growing, rows: &mut Vec<Row>) -> Pick {
        let Growing { recipe, codes, .. } = growing;
        let (position, depth) = (codes.positions(), codes.depth);
        let mut row = |slot: Slot, label: u32| {
            let input = match position {
                0 => Input::Label(label),
                _ => Input::Codes(codes.values[(position - 1) * depth..].to_vec()),
            };
            rows.push(Row {
                token: Token { slot, position },
                input,
            });
            rows.len() - 1
        };
        let conditional = row(growing.conditional, recipe.subject.label());
        let null = self.config.null_label().unwrap_or_default();
        let unconditional = growing.unconditional.map(|slot| row(slot, null));
        let choose = |depth: usize| Choice::Sample {
            scale: recipe.guidance.at(position, self.config.positions(), depth),
            filter: recipe.sampling.filter(depth),
            place: Place {
                seed: recipe.seed,
                index: recipe.index,
                position: position as u32,
                depth: depth as u32,
            },
        };
        Pick {
            row: conditional,
            unconditional,
            depths: (0..depth).map(choose).collect(),
        }
    }

    /// Draws the preview of a position that has just got its codes, in every lane.
    fn draw(&self, growing: &mut Growing, position: usize, codes: &[u32]) {
        let quantiser = self.tokenizer.quantiser();
        let mut latent = vec![0.0; quantiser.dim];
        for (depth, &code) in codes.iter().enumerate() {
            quantiser.add(&mut latent, depth, code);
            self.preview.draw(
                &latent,
                position,
                growing.codes.columns,
                &mut growing.lanes[depth],
            );
        }
        growing.latents.extend(latent);
    }

    /// Decodes the unfinished picture and puts its finished rows into the last lane. What is missing
    /// is filled with the mean latent, which keeps the decoder's norms near those of the whole picture.
    ///
    /// # Errors
    /// When the device fails.
    pub fn sharpen(&self, growing: &mut Growing) -> Result<()> {
        let dim = self.tokenizer.quantiser().dim;
        let Codes { rows, columns, .. } = growing.codes;
        let done = growing.positions();
        if done == 0 {
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
        let image = self
            .tokenizer
            .decode_latents(&latents, rows, columns, |_, _| {})?;
        let pixels = image.to_pixels();
        let finished = done / columns * self.tokenizer.cell() * pixels.width * 3;
        if let Some(lane) = growing.lanes.last_mut() {
            lane.rgb[..finished].copy_from_slice(&pixels.rgb[..finished]);
        }
        Ok(())
    }

    /// Closes a picture: decoded when complete, as its preview otherwise.
    ///
    /// # Errors
    /// When the device fails; the picture's memory is given back all the same.
    pub fn finish(&mut self, growing: Growing, seconds: f32) -> Result<Picture> {
        let Growing {
            recipe,
            conditional,
            unconditional,
            codes,
            mut lanes,
            ..
        } = growing;
        self.transformer.close(conditional);
        if let Some(slot) = unconditional {
            self.transformer.close(slot);
        }
        let pixels = match lanes.pop() {
            Some(lane) if !codes.is_complete() => lane,
            _ => self.decode(&codes, Depths::ALL)?,
        };
        Ok(Picture {
            recipe,
            codes,
            pixels: Arc::new(pixels),
            seconds,
        })
    }

    /// The codes of a picture, fitted to the model's size.
    ///
    /// # Errors
    /// When the device fails.
    pub fn encode(&self, image: &Pixels) -> Result<Codes> {
        let [width, height] = self.card.size;
        self.tokenizer
            .encode(&Image::from_pixels(&image.fit(width, height)?))
    }

    /// The picture of a complete grid of codes.
    ///
    /// # Errors
    /// When the codes are not of this model's tokenizer, or the device fails.
    pub fn decode(&self, codes: &Codes, depths: Depths) -> Result<Pixels> {
        Ok(self.tokenizer.decode(codes, depths)?.to_pixels())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
