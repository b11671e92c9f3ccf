//! How fast a model runs on a device: the figures of `strata bench`.

mod bandwidth;

use std::{
    collections::VecDeque,
    path::Path,
    time::{Duration, Instant},
};

use serde::Serialize;

pub use bandwidth::machine_gb_per_s;

use bandwidth::Bandwidth;

use super::{
    Growing, LookAhead, Model,
    stream::AHEAD,
    transformer::{Pending, Transformer},
};
use crate::{
    backend::{Device, Input, Opened, Place, Slot, Token, cpu::Kernel, gpu},
    error::Result,
    family::dnd::{Choice, Config, Pick, Preset, Row},
    library::{Library, Mode},
    picture::Codes,
    recipe::{Recipe, Subject},
    sampling::Filter,
    tokenizer::{Layout, Tokenizer, preview::Preview},
    worker::Depths,
};

/// Rounds of pictures with and without looking ahead whose medians count.
const AHEAD_ROUNDS: usize = 7;
/// Decodings and readings of memory whose medians count.
const TIMES: usize = 3;

/// What is measured, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What the model runs on.
    pub device: Device,
    /// Pictures that grow together.
    pub pictures: usize,
    /// Whether each runs twice, for guidance.
    pub guided: bool,
    /// Positions of each picture that are drawn; `None` draws all.
    pub positions: Option<usize>,
}

/// What came out. Times are in seconds, bytes a second in units of 10⁹.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// The model's id, or the size with random weights.
    pub model: String,
    /// "cpu", "gpu" or "reference".
    pub device: &'static str,
    /// The instructions it uses, or the graphics card.
    pub kernel: String,
    /// Threads.
    pub threads: usize,
    /// How the matrices are kept.
    pub format: &'static str,
    /// Pictures that grew together.
    pub pictures: usize,
    /// Whether each ran twice.
    pub guided: bool,
    /// Positions of each picture that were drawn.
    pub positions: usize,
    /// Until the model was ready.
    pub load_s: f64,
    /// Median of a step, which is one position of every picture.
    pub step_s: f64,
    /// Positions a second, all pictures together.
    pub positions_per_s: f64,
    /// Bytes of weights that a step reads.
    pub bytes_per_step: usize,
    /// Bytes of weights a second while stepping, from the median step.
    pub gb_per_s: f64,
    /// Bytes a second that the machine reads at most, with the same threads, measured between the steps.
    pub machine_gb_per_s: f64,
    /// The share of the machine's bandwidth that stepping reaches.
    pub bandwidth_ratio: f64,
    /// Median time in which the decoder makes a picture of codes.
    pub decoder_s: f64,
    /// From asking for a picture to the pixels of its first position, with the model loaded.
    pub first_preview_s: f64,
    /// How a graphics card was kept at work.
    pub card: Option<Card>,
    /// What looking ahead brings; `None` with random weights, whose codes nobody can guess.
    pub look_ahead: Option<Ahead>,
    /// The most memory the process has had, before anything was allocated for measuring alone; `None` where
    /// the system does not say.
    pub peak_rss_bytes: Option<u64>,
}

/// How a graphics card was kept at work.
#[derive(Clone, Debug, Serialize)]
pub struct Card {
    /// Dispatches of kernels in a step, in the mean.
    pub dispatches_per_step: f64,
    /// Submissions in a step, in the mean: more than one where a step would hold the card for too long.
    pub submissions_per_step: f64,
    /// Median time in which the processor records and submits a step.
    pub record_s: f64,
}

/// What looking ahead brings, on whole pictures (or their first positions) at the recommended settings. Every
/// picture is another one, so that none is guessed from having been drawn before.
#[derive(Clone, Debug, Serialize)]
pub struct Ahead {
    /// Positions that a pass kept, in the mean.
    pub kept_a_pass: f64,
    /// Positions a second with it, all pictures together.
    pub positions_per_s: f64,
    /// Positions a second one by one, measured in turn with it.
    pub plain_positions_per_s: f64,
}

/// Measures an installed model.
///
/// # Errors
/// Whatever is wrong with the model, or the device reports.
pub fn installed(
    library: &Library,
    id: &str,
    cache: Option<&Path>,
    settings: &Settings,
) -> Result<Figures> {
    let start = Instant::now();
    let device = settings.device.open()?;
    let mut model = Model::load(library, id, cache, &device, &mut |_| Ok(()))?;
    let load = start.elapsed();
    let ahead = ahead(&mut model, settings)?;
    let guided = settings.guided && model.config.unconditional;
    Measured {
        name: id.to_owned(),
        load,
        device,
        config: model.config,
        transformer: model.transformer,
        tokenizer: model.tokenizer,
        preview: model.preview,
        begun: Vec::new(),
    }
    .measure(&Settings {
        guided,
        ..settings.clone()
    })
    .map(|figures| Figures {
        look_ahead: Some(ahead),
        ..figures
    })
}

/// Grows pictures with and without looking ahead, in turn.
fn ahead(model: &mut Model, settings: &Settings) -> Result<Ahead> {
    let (mut rates, mut kept) = ([Vec::new(), Vec::new()], Vec::new());
    let mut rounds = 0..;
    for _ in 0..AHEAD_ROUNDS {
        for (look_ahead, rates) in [LookAhead::Off, LookAhead::Auto]
            .into_iter()
            .zip(&mut rates)
        {
            model.set_look_ahead(look_ahead);
            let (rate, mean) = model.grow(rounds.next().unwrap_or_default(), settings)?;
            rates.push(rate);
            if look_ahead == LookAhead::Auto {
                kept.push(mean);
            }
        }
    }
    let [plain, ahead] = rates.map(median);
    Ok(Ahead {
        kept_a_pass: median(kept),
        positions_per_s: ahead,
        plain_positions_per_s: plain,
    })
}

impl Model {
    /// Grows pictures of the classes of a round; positions a second, and how many a pass kept.
    fn grow(&mut self, round: usize, settings: &Settings) -> Result<(f64, f64)> {
        let card = self.card.clone();
        let known: Vec<u32> = match card.classes.is_empty() {
            true => (0..self.config.classes as u32).collect(),
            false => card.classes.clone(),
        };
        let pictures = settings.pictures.max(1);
        let wanted = settings.positions.unwrap_or(usize::MAX);
        let recipe = |index: usize| Recipe {
            model: card.id.clone(),
            subject: match card.mode {
                Mode::Documents => Subject::Page,
                // Classes that differ between rounds, and in a batch, as if a person chose them.
                Mode::Classes => {
                    let class = (round * pictures + index) * 37 % known.len().max(1);
                    Subject::Class(known.get(class).copied().unwrap_or_default())
                }
            },
            guidance: card.guidance.clone(),
            sampling: card.sampling.clone(),
            seed: round as u64,
            index: index as u32,
            weights: None,
            start: None,
        };
        let begun = (0..pictures).map(|index| self.begin(&recipe(index), None));
        let mut growing = begun.collect::<Result<Vec<_>>>()?;
        let start = Instant::now();
        loop {
            let open =
                |growing: &&mut Growing| !growing.is_complete() && growing.positions() < wanted;
            let mut batch: Vec<&mut Growing> = growing.iter_mut().filter(open).collect();
            if batch.is_empty() {
                break;
            }
            self.step(&mut batch)?;
        }
        let secs = start.elapsed().as_secs_f64();
        let positions: usize = growing.iter().map(Growing::positions).sum();
        let passes: usize = growing.iter().map(|growing| growing.passes).sum();
        for growing in growing {
            self.close(&growing);
        }
        Ok((
            positions as f64 / secs,
            positions as f64 / passes.max(1) as f64,
        ))
    }
}

/// Measures a class model of a published size with random weights, made in place: 256 pixels, two codes a
/// position, the published tokenizer.
///
/// # Errors
/// What the device reports.
pub fn random(size: Preset, settings: &Settings) -> Result<Figures> {
    let start = Instant::now();
    let config = Config::published(size).checked()?;
    let tokenizer = Layout::published([16, 16, config.depth()]);
    let device = settings.device.open()?;
    let transformer = Transformer::random(&config, &device)?;
    let tokenizer = Tokenizer::random(&tokenizer, &device)?;
    let preview = Preview::blank(&tokenizer);
    Measured {
        name: format!("random {}", size.name),
        load: start.elapsed(),
        device,
        config,
        transformer,
        tokenizer,
        preview,
        begun: Vec::new(),
    }
    .measure(settings)
}

struct Measured {
    name: String,
    load: Duration,
    device: Opened,
    config: Config,
    transformer: Transformer,
    tokenizer: Tokenizer,
    preview: Preview,
    /// What it took to begin each step.
    begun: Vec<f64>,
}

/// Pictures on their way.
struct Batch {
    slots: Vec<Slot>,
    inputs: Vec<Input>,
    pictures: usize,
    position: usize,
}

impl Measured {
    fn measure(mut self, settings: &Settings) -> Result<Figures> {
        let positions = settings.positions.unwrap_or(usize::MAX);
        let positions = positions.clamp(1, self.config.positions());
        // The first step touches memory for the first time.
        self.first_preview(settings)?;
        let first_preview = self.first_preview(settings)?;
        let mut batch = self.open(settings)?;
        let before = self.transformer.work();
        self.begun.clear();
        let mut steps = self.steps(&mut batch, positions.div_ceil(2))?;
        let peak_rss_bytes = peak_rss();
        let bandwidth = Bandwidth::of(&self.device)?;
        let mut machine = bandwidth.readings()?;
        steps.extend(self.steps(&mut batch, positions / 2)?);
        machine.extend(bandwidth.readings()?);
        drop(bandwidth);
        let card = self.card(before);
        self.close(batch);
        let mut decoded = Vec::new();
        for _ in 0..TIMES {
            let start = Instant::now();
            self.tokenizer.decode(&self.grid(), Depths::ALL)?;
            decoded.push(start.elapsed().as_secs_f64());
        }
        let whole: f64 = steps.iter().sum();
        let step = median(steps);
        let bytes_per_step = self.transformer.bytes_per_step();
        let gb_per_s = bytes_per_step as f64 / step / 1e9;
        let machine = median(machine);
        Ok(Figures {
            device: self.transformer.device(),
            kernel: match &self.device {
                Opened::Gpu { gpu, .. } => gpu.about().title(),
                _ => Kernel::fastest().name().to_owned(),
            },
            threads: match &self.device {
                Opened::Cpu { threads, .. } => threads.count(),
                _ => 1,
            },
            format: self.transformer.format(),
            model: self.name,
            pictures: settings.pictures,
            guided: settings.guided,
            positions,
            load_s: self.load.as_secs_f64(),
            step_s: step,
            positions_per_s: (positions * settings.pictures) as f64 / whole,
            bytes_per_step,
            gb_per_s,
            machine_gb_per_s: machine,
            bandwidth_ratio: gb_per_s / machine,
            decoder_s: median(decoded),
            first_preview_s: first_preview.as_secs_f64(),
            card,
            look_ahead: None,
            peak_rss_bytes,
        })
    }

    fn open(&mut self, settings: &Settings) -> Result<Batch> {
        let pictures = settings.pictures.max(1);
        let rows = pictures * if settings.guided { 2 } else { 1 };
        let null = self.config.null_label().unwrap_or(0);
        let label = |row: usize| match row < pictures {
            true => Input::Label((row % self.config.classes) as u32),
            false => Input::Label(null),
        };
        Ok(Batch {
            inputs: (0..rows).map(label).collect(),
            slots: (0..rows)
                .map(|_| self.transformer.open())
                .collect::<Result<_>>()?,
            pictures,
            position: 0,
        })
    }

    fn close(&mut self, batch: Batch) {
        for slot in batch.slots {
            self.transformer.close(slot);
        }
    }

    /// One position of every picture.
    fn step(&mut self, batch: &mut Batch) -> Result<Vec<Vec<u32>>> {
        let pending = self.begin(batch)?;
        let codes = self.end(pending)?;
        let inputs = codes.iter().cycle().take(batch.slots.len()).cloned();
        batch.inputs = inputs.map(Input::Codes).collect();
        Ok(codes)
    }

    /// Begins the next position of every picture.
    fn begin(&mut self, batch: &mut Batch) -> Result<Pending> {
        let position = batch.position;
        let rows = batch
            .slots
            .iter()
            .zip(&batch.inputs)
            .map(|(&slot, input)| Row {
                token: Token { slot, position },
                input: input.clone(),
            });
        let rows: Vec<Row> = rows.collect();
        let sampled = |index: usize, depth: usize| Choice::Sample {
            scale: 2.0,
            filter: Filter {
                temperature: 1.0,
                top_k: 0,
                top_p: 1.0,
            },
            place: Place {
                seed: 1,
                index: index as u32,
                position: position as u32,
                depth: depth as u32,
            },
        };
        let depth = self.config.depth();
        let picks = (0..batch.pictures).map(|picture| Pick {
            row: picture,
            unconditional: (rows.len() > batch.pictures).then_some(batch.pictures + picture),
            depths: (0..depth).map(|depth| sampled(picture, depth)).collect(),
        });
        let picks: Vec<Pick> = picks.collect();
        let start = Instant::now();
        let pending = self.transformer.begin(&self.config, &rows, &picks)?;
        self.begun.push(start.elapsed().as_secs_f64());
        batch.position += 1;
        Ok(pending)
    }

    fn end(&mut self, pending: Pending) -> Result<Vec<Vec<u32>>> {
        let draws = self.transformer.end(pending)?.into_iter();
        let codes = draws.map(|draws| draws.iter().map(|draw| draw.code).collect());
        Ok(codes.collect())
    }

    /// The seconds of so many steps, one begun after the other as when pictures are drawn.
    fn steps(&mut self, batch: &mut Batch, count: usize) -> Result<Vec<f64>> {
        let mut times = Vec::with_capacity(count);
        let mut last = Instant::now();
        if !self.transformer.keeps_codes() {
            for _ in 0..count {
                self.step(batch)?;
                times.push(
                    std::mem::replace(&mut last, Instant::now())
                        .elapsed()
                        .as_secs_f64(),
                );
            }
            return Ok(times);
        }
        let mut flying = VecDeque::new();
        for step in 0..count + AHEAD {
            if step < count {
                flying.push_back(self.begin(batch)?);
                batch.inputs.fill(Input::Drawn);
            }
            if step >= AHEAD
                && let Some(first) = flying.pop_front()
            {
                self.end(first)?;
                times.push(
                    std::mem::replace(&mut last, Instant::now())
                        .elapsed()
                        .as_secs_f64(),
                );
            }
        }
        Ok(times)
    }

    /// How the card was kept at work since `before`.
    fn card(&self, before: Option<gpu::Work>) -> Option<Card> {
        let (before, now) = (before?, self.transformer.work()?);
        let steps = (now.passes - before.passes).max(1) as f64;
        Some(Card {
            dispatches_per_step: (now.dispatches - before.dispatches) as f64 / steps,
            submissions_per_step: (now.submissions - before.submissions) as f64 / steps,
            record_s: median(self.begun.clone()),
        })
    }

    /// From asking to the pixels of the first position.
    fn first_preview(&mut self, settings: &Settings) -> Result<Duration> {
        let columns = self.config.grid;
        let side = columns * self.tokenizer.cell();
        let mut canvas = crate::Pixels {
            width: side,
            height: side,
            rgb: vec![128; side * side * 3],
        };
        let start = Instant::now();
        let mut batch = self.open(settings)?;
        let codes = self.step(&mut batch)?;
        let quantiser = self.tokenizer.quantiser();
        let mut latent = vec![0.0; quantiser.dim];
        for (depth, &code) in codes.iter().flatten().take(quantiser.depth).enumerate() {
            quantiser.add(&mut latent, depth, code);
            self.preview.draw(&latent, 0, columns, &mut canvas);
        }
        let elapsed = start.elapsed();
        self.close(batch);
        Ok(elapsed)
    }

    /// Some codes for the decoder.
    fn grid(&self) -> Codes {
        let quantiser = self.tokenizer.quantiser();
        let cells = self.config.positions() * quantiser.depth;
        Codes {
            rows: self.config.grid,
            columns: self.config.grid,
            depth: quantiser.depth,
            codebook: quantiser.codebook,
            values: (0..cells)
                .map(|cell| (cell * 7919 % quantiser.codebook) as u32)
                .collect(),
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The most memory that the process has had, as Linux says it.
pub(crate) fn peak_rss() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
