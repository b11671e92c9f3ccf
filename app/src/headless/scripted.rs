//! A machine with two invented models and an engine that follows a script; for tests only.
//!
//! Its pictures are a plain function of the recipe, as the real engine's are, so that resuming, shards
//! and replays can be checked without weights.

use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use strata_engine::{
    Codes, Command, Error, Event, Footprint, Guidance, JobEvent, JobId, Library, Mode, ModelCard,
    Picture, Pixels, Recipe, Sampling, Subject,
    bench::{Figures, Settings},
    library::catalogue::Catalogue,
    worker::{Depths, RequestEvent},
};

use super::{How, Result, Studio, Worker};
use crate::{explain::Explained, places::Places, shipped};

/// What the scripted engine was told and how it should misbehave.
#[derive(Default)]
pub struct Script {
    /// Recipes begun, in order.
    pub begun: Vec<Recipe>,
    /// Most jobs it held at a time.
    pub most_held: usize,
    /// Engines started.
    pub started: usize,
    /// The job of this number fails.
    pub fails: Option<u64>,
    /// It dies at the job of this number.
    pub dies: Option<u64>,
    /// Called before the job of this number finishes.
    pub before: Option<(u64, Box<dyn Fn()>)>,
}

/// The machine.
#[derive(Default)]
pub struct Scripted {
    /// Shared with its engines.
    pub script: Rc<RefCell<Script>>,
    /// Nothing is installed.
    library: Library,
}

fn card(id: &str, mode: Mode) -> Arc<ModelCard> {
    let classes = mode == Mode::Classes;
    Arc::new(ModelCard {
        id: id.into(),
        name: id.to_uppercase(),
        family: "dnd",
        mode,
        summary: "Invented".into(),
        licence: "CC0-1.0".into(),
        source: String::new(),
        attribution: String::new(),
        grid: [2, 2],
        depth: 2,
        codebook: 16,
        size: [4, 4],
        classes: if classes {
            vec![7, 207, 281, 951]
        } else {
            Vec::new()
        },
        guidable: classes,
        guidance: Guidance::constant(if classes { 2.0 } else { 1.0 }),
        sampling: Sampling::default(),
        presets: Vec::new(),
        footprint: Footprint::default(),
        precision: None,
        bytes: 0,
        originals: 0,
        folder: None,
    })
}

impl Studio for Scripted {
    fn cards(&self) -> (Vec<Arc<ModelCard>>, Vec<Error>) {
        let cards = vec![
            card("tiny-classes", Mode::Classes),
            card("tiny-pages", Mode::Documents),
        ];
        (cards, Vec::new())
    }

    fn catalogue(&self) -> Result<Catalogue> {
        Ok(shipped::catalogue(&Places::below(self.models_folder()))?)
    }

    fn library(&self) -> &Library {
        &self.library
    }

    fn models_folder(&self) -> &Path {
        Path::new("nowhere")
    }

    fn cache(&self) -> Option<&Path> {
        None
    }

    fn engine(&self, _: How) -> Result<Box<dyn Worker>> {
        self.script.borrow_mut().started += 1;
        Ok(Box::new(ScriptedEngine {
            script: self.script.clone(),
            queue: RefCell::default(),
            events: RefCell::default(),
        }))
    }

    fn measure(&self, model: &str, _: &Settings) -> Result<Figures> {
        Err(Explained::new(
            format!("{model} is a script, which has no speed"),
            "Measure a model.",
        ))
    }
}

struct ScriptedEngine {
    script: Rc<RefCell<Script>>,
    queue: RefCell<BTreeMap<JobId, Recipe>>,
    events: RefCell<VecDeque<Event>>,
}

impl ScriptedEngine {
    fn tell(&self, job: JobId, event: JobEvent) {
        self.events
            .borrow_mut()
            .push_back(Event::Job { job, event });
    }

    /// Finishes the newest job first, so that nobody can rely on the order.
    fn step(&self) {
        let Some((job, recipe)) = self.queue.borrow_mut().pop_last() else {
            return;
        };
        let script = self.script.borrow();
        if let Some((number, action)) = &script.before
            && *number == job.0
        {
            action();
        }
        if script.dies == Some(job.0) {
            for (job, _) in std::mem::take(&mut *self.queue.borrow_mut()) {
                self.tell(job, JobEvent::Failed(Error::Died("scripted".into())));
            }
            self.tell(job, JobEvent::Failed(Error::Died("scripted".into())));
            let message = "scripted".into();
            self.events.borrow_mut().push_back(Event::Died { message });
        } else if script.fails == Some(job.0) {
            let error = Error::Backend {
                device: "reference",
                operation: "attend",
                message: "scripted".into(),
            };
            self.tell(job, JobEvent::Failed(error));
        } else {
            self.tell(job, JobEvent::Finished(Box::new(picture(recipe))));
        }
    }
}

impl Worker for ScriptedEngine {
    fn send(&self, command: Command) -> strata_engine::Result<()> {
        match command {
            Command::Enqueue { job, recipe } => {
                let mut script = self.script.borrow_mut();
                script.begun.push(recipe.clone());
                self.queue.borrow_mut().insert(job, recipe);
                script.most_held = script.most_held.max(self.queue.borrow().len());
            }
            Command::CancelAll => {
                for (job, _) in std::mem::take(&mut *self.queue.borrow_mut()) {
                    self.tell(job, JobEvent::Cancelled(None));
                }
            }
            Command::Encode { request, image, .. } => {
                let event = RequestEvent::Encoded(Codes {
                    rows: 2,
                    columns: 2,
                    depth: 2,
                    codebook: 16,
                    values: image
                        .rgb
                        .iter()
                        .take(8)
                        .map(|&v| u32::from(v % 16))
                        .collect(),
                });
                self.events
                    .borrow_mut()
                    .push_back(Event::Request { request, event });
            }
            Command::Decode {
                request,
                codes,
                depths,
                ..
            } => {
                let event = RequestEvent::Decoded(Arc::new(decoded(&codes, depths)));
                self.events
                    .borrow_mut()
                    .push_back(Event::Request { request, event });
            }
            _ => {}
        }
        Ok(())
    }

    fn next(&self, _: Duration) -> strata_engine::Result<Option<Event>> {
        if self.events.borrow().is_empty() {
            self.step();
        }
        Ok(self.events.borrow_mut().pop_front())
    }
}

fn decoded(codes: &Codes, depths: Depths) -> Pixels {
    let shown = match depths {
        Depths::First(count) => 0..count.min(codes.depth),
        Depths::Only(depth) => depth..depth + 1,
    };
    let values: Vec<u8> = codes
        .values
        .iter()
        .enumerate()
        .map(|(at, &code)| {
            if shown.contains(&(at % codes.depth)) {
                code as u8
            } else {
                0
            }
        })
        .collect();
    painted(&values)
}

/// A 4x4 picture of 2x2 cells from two values a cell.
pub fn painted(values: &[u8]) -> Pixels {
    let rgb = (0..16).flat_map(|at| {
        let cell = (at / 4 / 2) * 2 + (at % 4) / 2;
        [values[2 * cell] * 10, values[2 * cell + 1] * 10, at as u8]
    });
    Pixels {
        width: 4,
        height: 4,
        rgb: rgb.collect(),
    }
}

/// What the scripted engine makes of a recipe.
pub fn picture(mut recipe: Recipe) -> Picture {
    recipe.weights = Some("0123456789abcdef".repeat(4));
    let start = recipe.seed as u32 * 5 + recipe.index * 3 + recipe.subject.label();
    let codes = Codes {
        rows: 2,
        columns: 2,
        depth: 2,
        codebook: 16,
        values: (0..8).map(|at| (start + at) % 16).collect(),
    };
    Picture {
        pixels: Arc::new(decoded(&codes, Depths::ALL)),
        codes,
        log_likelihood: Some(-((recipe.index * 7 % 5) as f32)),
        recipe,
        seconds: 0.5,
    }
}

/// A finished picture of the golden retriever in a file, and its recipe.
pub fn finished_png(folder: &Path) -> (PathBuf, Recipe) {
    renamed(folder, "tiny-classes")
}

/// The same, made by a model of another id.
pub fn renamed(folder: &Path, model: &str) -> (PathBuf, Recipe) {
    let picture = picture(Recipe {
        model: model.into(),
        weights: None,
        subject: Subject::Class(207),
        seed: 3,
        index: 5,
        guidance: Guidance::constant(1.5),
        sampling: Sampling::default(),
        start: None,
    });
    let path = folder.join("retriever.png");
    picture
        .write_png(&path, "golden retriever")
        .expect("a folder that takes files");
    (path, picture.recipe)
}
