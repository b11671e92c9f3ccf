//! A loaded model: transformer, tokenizer and preview, and the pictures that grow in it.

pub mod bench;
mod drafter;
mod growing;
mod look_ahead;
mod ready;
mod sharpen;
mod stream;
mod transformer;
mod trial;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};

use crate::{
    backend::{Opened, gpu::plan::Plan},
    checkpoint::StateDict,
    error::{Error, Result},
    family::dnd::{Config, Pieces},
    library::{Library, ModelCard, usual_format, usual_on_card},
    picture::{Codes, Picture, Pixels},
    recipe::{Recipe, Subject},
    sampling::Draw,
    tokenizer::{Image, Tokenizer, preview::Preview},
    worker::Depths,
};

pub use growing::{Found, Growing};
pub use look_ahead::LookAhead;

use drafter::Drafter;
use look_ahead::{Candidate, Planner};
use ready::Ready;
use stream::Stream;
use transformer::Transformer;

/// Most known positions that one pass goes through, over all pictures. It bounds the memory of a pass and
/// the time until a cancellation is heard; the codes do not depend on it.
const WINDOW: usize = 64;

/// Bytes that are hashed before it is looked whether someone called the loading off.
const HASHED_AT_ONCE: usize = 32 << 20;

/// What the model `id` of `library` needs on a graphics card. Reads none of its weights.
///
/// # Errors
/// When there is no such model, or its manifest or its tokenizer's sizes cannot be read.
pub fn plan_on_card(library: &Library, id: &str) -> Result<Plan> {
    let (home, _) = library.find(id)?;
    let manifest = home.manifest()?;
    let config = manifest.transformer(home.file(crate::library::MANIFEST).path())?;
    let usual = usual_on_card(&config, manifest.files.precision);
    Plan::of(&config, &home.layout(&manifest)?, usual)
}

/// A model ready to sample.
pub struct Model {
    card: Arc<ModelCard>,
    config: Config,
    transformer: Transformer,
    tokenizer: Tokenizer,
    preview: Preview,
    planner: Planner,
    drafter: Drafter,
    stream: Stream,
    /// Pictures that were begun.
    begun: u64,
    /// SHA-256 of the transformer's and the tokenizer's files, in hexadecimal.
    weights: String,
    decode_cost: Option<Duration>,
}

impl Model {
    /// Reads the model `id` of `library`. A fitted preview is kept in `cache`, if there is one.
    ///
    /// # Errors
    /// Whatever is wrong with its manifest, its files, or their fit; and what `progress` says, which hears
    /// fractions from 0 to 1 and may call the loading off.
    pub fn load(
        library: &Library,
        id: &str,
        cache: Option<&Path>,
        device: &Opened,
        progress: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Self> {
        let (home, card) = library.find(id)?;
        let manifest = home.manifest()?;
        let manifest_file = home.file(crate::library::MANIFEST);
        let config = manifest.transformer(manifest_file.path())?;
        let [transformer_file, tokenizer_file] =
            [&manifest.files.transformer, &manifest.files.tokenizer].map(|name| home.file(name));
        let layout = home.layout(&manifest)?;
        manifest.check_pair(&layout)?;
        let precision = manifest.files.precision;
        let mut usual = usual_on_card(&config, precision);
        if let Opened::Gpu { gpu, format } = device {
            usual = Plan::of(&config, &layout, usual)?.choose(gpu.about(), *format)?;
        }
        let device = &device.of_format(usual_format(&config, precision), usual);
        let state = StateDict::open(&tokenizer_file)?;
        let tokenizer = Tokenizer::read(&layout, state, device)?;
        progress(0.2)?;
        let ready = Ready::of(&home, &manifest, &config, device);
        let found = ready.as_ref().and_then(|ready| ready.open(&config));
        let (transformer, weights) = match (found, device) {
            (Some(mut found), Opened::Cpu { threads, .. }) => {
                let weights = std::mem::take(&mut found.weights);
                (Transformer::prepared(&config, found, threads), weights)
            }
            _ => {
                let state = StateDict::open(&transformer_file)?;
                let pieces = Pieces::new(manifest.family(), &config, state)?;
                let each = 0.6 / pieces.total() as f32;
                let pieces = pieces.enumerate().map(|(at, piece)| {
                    progress(0.2 + each * at as f32)?;
                    piece
                });
                let made = Transformer::new(&config, pieces, device)?;
                progress(0.8)?;
                let mut hash = Sha256::new();
                for file in [&transformer_file, &tokenizer_file] {
                    for piece in file.bytes()?.chunks(HASHED_AT_ONCE) {
                        hash.update(piece);
                        progress(0.8)?;
                    }
                }
                let weights = hex(&hash.finalize());
                let kept = ready.and_then(|ready| {
                    ready.keep(&made, &weights);
                    ready.open(&config)
                });
                let mapped = match (kept, device) {
                    (Some(kept), Opened::Cpu { threads, .. }) => {
                        Transformer::prepared(&config, kept, threads)
                    }
                    _ => made,
                };
                (mapped, weights)
            }
        };
        let preview = Preview::cached(&tokenizer, cache, &weights)?;
        progress(0.9)?;
        // On a card what compiles and allocates does so here, and not at the end of the first row.
        let decode_cost = match device {
            Opened::Gpu { .. } => Some(tokenizer.time_decoding()?),
            _ => None,
        };
        progress(1.0)?;
        Ok(Self {
            card: Arc::new(card),
            config,
            transformer,
            tokenizer,
            preview,
            planner: Planner::default(),
            drafter: Drafter::default(),
            stream: Stream::default(),
            begun: 0,
            weights,
            decode_cost,
        })
    }

    /// How far ahead each pass looks from now on; see [`LookAhead`]. It changes no picture.
    pub fn set_look_ahead(&mut self, look_ahead: LookAhead) {
        self.planner.setting = look_ahead;
    }

    /// The model's card.
    pub fn card(&self) -> &Arc<ModelCard> {
        &self.card
    }

    /// Opens a picture. With `done`, the codes that an interrupted job of the same recipe has left, it
    /// becomes the very picture that job would have made.
    ///
    /// # Errors
    /// When the recipe or the codes do not fit the model, or each other.
    pub fn begin(&mut self, recipe: &Recipe, done: Option<&Codes>) -> Result<Growing> {
        recipe.check()?;
        self.check_subject(recipe.subject)?;
        self.check_weights(recipe)?;
        let guided = self.check_guidance(recipe)?;
        let [rows, columns] = self.card.grid;
        let codes = Codes {
            rows,
            columns,
            depth: self.config.depth(),
            codebook: self.config.codebook,
            values: Vec::new(),
        };
        let known = growing::known(&self.card.id, &codes, recipe.start.as_deref(), done)?;
        let [width, height] = self.card.size;
        let blank = Pixels {
            width,
            height,
            rgb: vec![128; width * height * 3],
        };
        self.begun += 1;
        Ok(Growing {
            number: self.begun,
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
            codes,
            known,
            draft: Vec::new(),
            seen: Vec::new(),
            on_the_way: 0,
            passes: 0,
            log_likelihood: 0.0,
            lanes: vec![blank; self.config.depth()],
            latents: Vec::new(),
            sharpening: None,
        })
    }

    fn check_weights(&self, recipe: &Recipe) -> Result<()> {
        let other = |weights: &&String| **weights != self.weights;
        match recipe.weights.as_ref().filter(other) {
            None => Ok(()),
            Some(weights) => Err(Error::Mismatch {
                model: self.card.id.clone(),
                what: "weights",
                first: "the recipe".into(),
                expected: format!("SHA-256 {weights}"),
                second: "the installed model".into(),
                found: format!("SHA-256 {}", self.weights),
            }),
        }
    }

    /// Whether the recipe is guided, which not every model can be.
    fn check_guidance(&self, recipe: &Recipe) -> Result<bool> {
        let (positions, depth) = (self.config.positions(), self.config.depth());
        let guided = recipe.guidance.is_on(positions, depth);
        if guided && !self.config.unconditional {
            return Err(Error::Recipe {
                field: "guidance scale",
                found: format!("{:?}", recipe.guidance.scale.values()),
                expected: format!("1, as {} has no unconditional row", self.card.id),
            });
        }
        Ok(guided)
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

    /// Grows every picture of `batch`, all layers and all depths at once: where codes are known by a window of
    /// them, where they are drawn by one position, or by as many as were guessed right before the first that
    /// was not; see [`LookAhead`]. What is found comes in the order of the batch.
    ///
    /// # Errors
    /// What the backend reports; the batch is then of no more use.
    pub fn step(&mut self, batch: &mut [&mut Growing]) -> Result<Vec<Vec<Found>>> {
        if self.transformer.keeps_codes() {
            return self.stream(batch);
        }
        let mut found = vec![Vec::new(); batch.len()];
        for growing in batch.iter_mut() {
            self.let_go(growing);
        }
        let known = |at: &usize| batch[*at].known_ahead() > 0;
        let (known, drawn): (Vec<usize>, Vec<usize>) = (0..batch.len()).partition(known);
        // Apart, so that windows of known codes need no heads.
        self.go_through(batch, &known, &mut found)?;
        self.go_on(batch, &drawn, &mut found)?;
        Ok(found)
    }

    /// Gives the unconditional half of a picture back once guidance has ended for good.
    fn let_go(&mut self, growing: &mut Growing) {
        let recipe = &growing.recipe;
        let (positions, depth) = (self.config.positions(), self.config.depth());
        if growing.positions() >= recipe.guidance.end(positions, depth)
            && let Some(slot) = growing.unconditional.take()
        {
            self.transformer.close(slot);
        }
    }

    /// Pictures `which` of the batch go through codes that they know.
    fn go_through(
        &mut self,
        batch: &mut [&mut Growing],
        which: &[usize],
        found: &mut [Vec<Found>],
    ) -> Result<()> {
        let share = (WINDOW / which.len().max(1)).max(1);
        let counts = which.iter().map(|at| batch[*at].known_ahead().min(share));
        let counts: Vec<usize> = counts.collect();
        let draws = self.pass(batch, which, &counts)?;
        for (at, draws) in which.iter().zip(draws) {
            for draws in &draws {
                let new = batch[*at].take(draws);
                self.draw(batch[*at], new.position, &new.codes);
                found[*at].push(new);
            }
        }
        Ok(())
    }

    /// Pictures `which` of the batch go on by drawing.
    fn go_on(
        &mut self,
        batch: &mut [&mut Growing],
        which: &[usize],
        found: &mut [Vec<Found>],
    ) -> Result<()> {
        if which.is_empty() {
            return Ok(());
        }
        let start = Instant::now();
        let (most, least) = self.planner.reach();
        let guess = |at: &usize| batch[*at].guess(&self.drafter, most, least);
        let candidates: Vec<Candidate> = which.iter().map(guess).collect();
        let widths = self.planner.widths(&candidates);
        for (at, width) in which.iter().zip(&widths) {
            batch[*at].narrow(*width);
        }
        let draws = self.pass(batch, which, &widths)?;
        let rows = candidates
            .iter()
            .zip(&widths)
            .map(|(candidate, width)| candidate.rows * width);
        self.planner.took(rows.sum(), start.elapsed());
        for (at, draws) in which.iter().zip(draws) {
            found[*at] = batch[*at].keep(&draws, &mut self.drafter);
            for new in &found[*at] {
                self.draw(batch[*at], new.position, &new.codes);
            }
        }
        let kept = which.iter().map(|at| found[*at].len());
        self.planner.kept(&candidates, &widths, kept.sum());
        Ok(())
    }

    /// One pass: the next `counts` positions of pictures `which` of the batch. The draws of each.
    fn pass(
        &mut self,
        batch: &[&mut Growing],
        which: &[usize],
        counts: &[usize],
    ) -> Result<Vec<Vec<Vec<Draw>>>> {
        if which.is_empty() {
            return Ok(Vec::new());
        }
        let (mut rows, mut picks) = (Vec::new(), Vec::new());
        for (at, count) in which.iter().zip(counts) {
            let first = batch[*at].positions();
            batch[*at].plan(first, *count, &self.config, &mut rows, &mut picks);
        }
        let draws = self.transformer.forward(&self.config, &rows, &picks)?;
        let mut draws = draws.into_iter();
        let each = counts
            .iter()
            .map(|count| draws.by_ref().take(*count).collect());
        Ok(each.collect())
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

    /// Closes a picture: decoded when complete, as its preview otherwise.
    ///
    /// # Errors
    /// When the device fails; the picture's memory is given back all the same.
    pub fn finish(&mut self, growing: Growing, seconds: f32) -> Result<Picture> {
        self.close(&growing);
        self.transformer.keep_kernels();
        let Growing {
            recipe,
            codes,
            log_likelihood,
            mut lanes,
            ..
        } = growing;
        let pixels = match lanes.pop() {
            Some(lane) if !codes.is_complete() => lane,
            _ => self.decode_whole(&codes)?,
        };
        Ok(Picture {
            recipe,
            codes,
            pixels: Arc::new(pixels),
            log_likelihood: Some(log_likelihood as f32),
            seconds,
        })
    }

    /// Gives a picture's caches back.
    fn close(&mut self, growing: &Growing) {
        self.transformer.close(growing.conditional);
        if let Some(slot) = growing.unconditional {
            self.transformer.close(slot);
        }
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
        let image = self.tokenizer.decode(codes, depths)?;
        Ok(self.tokenizer.to_pixels(&image))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
