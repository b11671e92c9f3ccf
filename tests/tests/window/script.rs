//! A studio for tests: a scripted engine that answers commands at once or when told to, and two models.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender};
use eframe::egui::{self, Vec2};
use egui_kittest::{Harness, HarnessBuilder, kittest::Queryable as _};
use strata::{
    app::StudioApp,
    classes::Classes,
    export::Projector,
    places::Places,
    port::Port,
    settings::Preferences,
    state::{State, Surroundings},
    world::Machine,
};
use strata_engine::{
    Codes, Command, Error, Event, Footprint, Guidance, JobEvent, JobId, Mode, ModelCard,
    ModelEvent, PerDepth, Picture, Pixels, Recipe, Sampling,
    worker::{Depths, RequestEvent},
};
use strata_tests::paper::{PaperDesktop, PaperTrash};

/// The commands that a scripted engine was sent, and the way to make it speak.
#[derive(Clone)]
pub struct Script {
    pub commands: Receiver<Command>,
    pub events: Sender<Event>,
    pub restarts: Arc<Mutex<usize>>,
}

struct ScriptedPort {
    commands: Sender<Command>,
    events: Receiver<Event>,
    restarts: Arc<Mutex<usize>>,
}

impl Port for ScriptedPort {
    fn send(&mut self, command: Command) -> strata_engine::Result<()> {
        let sent = self.commands.send(command);
        sent.map_err(|_| strata_engine::Error::ShutDown)
    }

    fn restart(&mut self) {
        *self.restarts.lock().unwrap() += 1;
    }

    fn events(&self) -> &Receiver<Event> {
        &self.events
    }

    fn projector(&self) -> Option<Box<dyn Projector + Send>> {
        None
    }
}

/// A window over a scripted engine.
pub struct Studio {
    pub harness: Harness<'static, StudioApp>,
    pub script: Script,
    pub desktop: PaperDesktop,
    _home: Arc<tempfile::TempDir>,
}

/// How a studio starts.
pub struct Setup {
    pub size: Vec2,
    pub theme: egui::Theme,
    pub draws: bool,
    pub folder: PathBuf,
    pub desktop: PaperDesktop,
    pub models: Vec<ModelCard>,
    /// Models that cannot be read.
    pub unreadable: Vec<Error>,
    pub preferences: Preferences,
    /// Where everything but pictures is kept; a second studio may be started where a first one ended.
    pub home: Arc<tempfile::TempDir>,
}

impl Setup {
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            size: Vec2::new(1280.0, 800.0),
            theme: egui::Theme::Dark,
            draws: false,
            folder: folder.to_owned(),
            desktop: PaperDesktop::default(),
            models: vec![pictures(4), pages()],
            unreadable: Vec::new(),
            preferences: Preferences::default(),
            home: Arc::new(tempfile::tempdir().unwrap()),
        }
    }

    pub fn open(self) -> Studio {
        let (commands, heard) = crossbeam_channel::unbounded();
        let (speak, events) = crossbeam_channel::unbounded();
        let restarts = Arc::new(Mutex::new(0));
        let port = ScriptedPort {
            commands,
            events,
            restarts: Arc::clone(&restarts),
        };
        let home = self.home;
        let surroundings = Surroundings {
            models: self.models.into_iter().map(Arc::new).collect(),
            model_errors: self.unreadable,
            models_folder: "models".into(),
            classes: Classes::shipped(),
            folder: self.folder,
            dice: 7,
            preferences: self.preferences,
            trouble: None,
        };
        let desktop = self.desktop.clone();
        let mut builder: HarnessBuilder<StudioApp> = Harness::builder()
            .with_size(self.size)
            .with_theme(self.theme)
            .with_max_steps(16);
        if self.draws {
            builder = builder.wgpu();
        }
        let machine = Machine {
            port: Box::new(port),
            desktop: Arc::new(desktop),
            trash: Arc::new(PaperTrash::default()),
            places: Places::below(home.path()),
        };
        let harness = builder.build_eframe(move |cc| StudioApp::new(cc, surroundings, machine));
        Studio {
            harness,
            script: Script {
                commands: heard,
                events: speak,
                restarts,
            },
            desktop: self.desktop,
            _home: home,
        }
    }
}

impl Studio {
    /// The engine says something; the window draws until it is at rest.
    pub fn say(&mut self, event: Event) {
        self.script.events.send(event).unwrap();
        self.harness.step();
        self.harness.run();
    }

    pub fn say_job(&mut self, job: JobId, event: JobEvent) {
        self.say(Event::Job { job, event });
    }

    /// Clicks what has this label; the window draws until it is at rest.
    pub fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run();
    }

    /// Presses a key; the window draws until it is at rest.
    pub fn press(&mut self, key: egui::Key) {
        self.harness.key_press(key);
        self.harness.run();
    }

    /// All that the window knows.
    pub fn state(&self) -> &State {
        self.harness.state().state()
    }

    /// The commands since the last call.
    pub fn commands(&self) -> Vec<Command> {
        self.script.commands.try_iter().collect()
    }

    /// The pictures that were asked for since the last call.
    pub fn jobs(&self) -> Vec<(JobId, Recipe)> {
        let job = |command| match command {
            Command::Enqueue { job, recipe } => Some((job, recipe)),
            _ => None,
        };
        self.commands().into_iter().filter_map(job).collect()
    }

    /// Steps until `done`; other threads get time meanwhile.
    pub fn wait(&mut self, what: &str, done: impl Fn(&StudioApp) -> bool) {
        let start = Instant::now();
        while !done(self.harness.state()) {
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "waited for {what}"
            );
            self.harness.step();
            std::thread::sleep(Duration::from_millis(10));
        }
        self.harness.run();
    }

    /// The engine makes a picture from start to end.
    pub fn make(&mut self, job: JobId, recipe: &Recipe, card: &ModelCard) {
        self.start(job, card);
        let picture = picture(recipe, card, positions(card));
        self.say_job(job, JobEvent::Finished(Box::new(picture)));
    }

    pub fn start(&mut self, job: JobId, card: &ModelCard) {
        let card = Arc::new(card.clone());
        let started = JobEvent::Started {
            card,
            given: 0,
            weights: "abc".into(),
        };
        self.say_job(job, started);
    }

    /// The engine shows the first `done` positions.
    pub fn grow(&mut self, job: JobId, card: &ModelCard, done: usize) {
        let lanes = (0..card.depth)
            .map(|depth| Arc::new(landscape(card, depth, job.0, done)))
            .collect();
        let total = positions(card);
        self.say_job(
            job,
            JobEvent::Preview {
                positions: done,
                lanes,
            },
        );
        self.say_job(
            job,
            JobEvent::Progress {
                done,
                total,
                remaining_secs: 1.0,
                kept_a_pass: None,
            },
        );
    }

    /// The model is loaded, and every question to the decoder is answered.
    pub fn model_ready(&mut self, card: &ModelCard) {
        let event = ModelEvent::Ready(Arc::new(card.clone()));
        self.say(Event::Model {
            model: card.id.clone(),
            event,
        });
    }

    /// Answers the questions to the decoder among `commands`.
    pub fn decode(&mut self, commands: &[Command], card: &ModelCard) {
        for command in commands {
            if let Command::Decode {
                request, depths, ..
            } = command
            {
                let depth = match depths {
                    Depths::First(n) => n - 1,
                    Depths::Only(n) => *n,
                };
                let pixels = landscape(card, depth, request.0, positions(card));
                let event = RequestEvent::Decoded(Arc::new(pixels));
                self.say(Event::Request {
                    request: *request,
                    event,
                });
            }
        }
    }
}

pub fn positions(card: &ModelCard) -> usize {
    card.grid[0] * card.grid[1]
}

/// A class model of `depth` depths that knows fifty classes.
pub fn pictures(depth: usize) -> ModelCard {
    ModelCard {
        id: "sticker-book".into(),
        name: "Sticker book".into(),
        family: "dnd",
        mode: Mode::Classes,
        summary: "Flat pictures of 50 ImageNet classes".into(),
        licence: "CC-BY-4.0".into(),
        source: String::new(),
        attribution: String::new(),
        grid: [16, 16],
        depth,
        codebook: 2048,
        size: [256, 256],
        classes: vec![
            7, 24, 31, 37, 105, 113, 118, 145, 147, 207, 277, 281, 291, 292, 294, 301, 309, 331,
            341, 386, 388, 404, 407, 417, 430, 468, 470, 483, 504, 546, 607, 671, 805, 817, 879,
            914, 928, 933, 934, 948, 949, 950, 951, 953, 954, 963, 980, 985, 987, 992,
        ],
        guidable: true,
        guidance: Guidance::constant(2.0),
        sampling: Sampling {
            temperature: PerDepth::Same(0.9),
            top_k: PerDepth::Same(0),
            top_p: PerDepth::Same(0.95),
        },
        presets: Vec::new(),
        footprint: Footprint {
            weights: 35_000_000,
            sequence: 4_000_000,
            decoding: 200_000_000,
        },
        precision: None,
        bytes: 0,
        originals: 0,
        folder: None,
    }
}

/// A page model.
pub fn pages() -> ModelCard {
    ModelCard {
        id: "typewriter".into(),
        name: "Typewriter".into(),
        family: "dnd",
        mode: Mode::Documents,
        summary: "Pages of typewriter text, 24 by 24 characters".into(),
        licence: "CC0-1.0".into(),
        source: String::new(),
        attribution: "Text learnt from sources in the public domain.".into(),
        grid: [24, 24],
        depth: 1,
        codebook: 128,
        size: [384, 384],
        classes: Vec::new(),
        guidable: false,
        guidance: Guidance::NONE,
        sampling: Sampling {
            temperature: PerDepth::Same(0.7),
            top_k: PerDepth::Same(0),
            top_p: PerDepth::Same(1.0),
        },
        presets: Vec::new(),
        footprint: Footprint::default(),
        precision: None,
        bytes: 0,
        originals: 0,
        folder: None,
    }
}

/// A picture of the first `done` positions.
pub fn picture(recipe: &Recipe, card: &ModelCard, done: usize) -> Picture {
    Picture {
        recipe: recipe.clone(),
        codes: Codes {
            rows: card.grid[0],
            columns: card.grid[1],
            depth: card.depth,
            codebook: card.codebook,
            values: vec![65; done * card.depth],
        },
        pixels: Arc::new(landscape(
            card,
            card.depth - 1,
            u64::from(recipe.index),
            done,
        )),
        log_likelihood: None,
        seconds: 1.5,
    }
}

/// Hills under a sky, coarse at depth 0 and finer with each; grey past the first `done` positions.
pub fn landscape(card: &ModelCard, depth: usize, seed: u64, done: usize) -> Pixels {
    let [width, height] = card.size;
    let cell = width / card.grid[1];
    let coarse = (cell >> depth.min(4)).max(1);
    let mut rgb = Vec::with_capacity(width * height * 3);
    let phase = seed as f32 * 1.7;
    for y in 0..height {
        for x in 0..width {
            if (y / cell) * card.grid[1] + x / cell >= done {
                rgb.extend([128, 128, 128]);
                continue;
            }
            let at = |value: usize, length: usize| {
                (value / coarse * coarse + coarse / 2) as f32 / length as f32
            };
            rgb.extend(hill(at(x, width), at(y, height), phase));
        }
    }
    Pixels { width, height, rgb }
}

fn hill(x: f32, y: f32, phase: f32) -> [u8; 3] {
    let near = 0.68 + 0.10 * (x * 7.0 + phase).sin() + 0.03 * (x * 23.0 + phase * 2.0).sin();
    let far = 0.48 + 0.12 * (x * 4.0 + phase * 1.3).cos() + 0.02 * (x * 31.0).sin();
    let sun = ((x - 0.72).powi(2) + (y - 0.22).powi(2)).sqrt();
    let mix = |a: [f32; 3], b: [f32; 3], t: f32| {
        [0, 1, 2].map(|i| (a[i] + (b[i] - a[i]) * t.clamp(0.0, 1.0)) as u8)
    };
    if y > near {
        mix([38.0, 92.0, 84.0], [22.0, 52.0, 58.0], (y - near) * 3.0)
    } else if y > far {
        mix([112.0, 150.0, 142.0], [70.0, 118.0, 116.0], (y - far) * 4.0)
    } else if sun < 0.09 {
        [250, 226, 168]
    } else {
        mix([238.0, 196.0, 160.0], [150.0, 188.0, 206.0], sun * 1.4)
    }
}
