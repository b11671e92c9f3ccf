//! The seam between the commands and the machine: which models there are, and an engine to drive.
//!
//! Tests put a scripted engine here; nothing below this line of the program knows the difference.

use std::{path::Path, sync::Arc, time::Duration};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use strata_engine::{
    Codes, Command, Device, Engine, Error, Event, JobEvent, Library, LookAhead, ModelCard, Pixels,
    bench::{self, Figures, Settings},
    library::catalogue::Catalogue,
    worker::{Depths, DeviceNews, Options, RequestEvent, RequestId},
};

use super::Result;
use crate::{explain::Explained, export::Projector, places::Places, shipped, wording};

/// How long one wait for the engine lasts before a caller looks up again.
const PATIENCE: Duration = Duration::from_millis(100);

/// How an engine runs.
#[derive(Clone, Debug)]
pub struct How {
    /// Most pictures that grow together.
    pub batch: usize,
    /// On what.
    pub device: Device,
    /// How many positions a pass tries.
    pub look_ahead: LookAhead,
}

impl Default for How {
    /// One picture at a time, as the device and the model go best.
    fn default() -> Self {
        Self {
            batch: 1,
            device: Device::default(),
            look_ahead: LookAhead::default(),
        }
    }
}

/// A running engine.
pub trait Worker {
    /// Sends a command.
    ///
    /// # Errors
    /// When the engine has been shut down.
    fn send(&self, command: Command) -> strata_engine::Result<()>;

    /// The next event, or none within `timeout`.
    ///
    /// # Errors
    /// When the engine is gone.
    fn next(&self, timeout: Duration) -> strata_engine::Result<Option<Event>>;
}

/// What the commands need of the machine.
pub trait Studio {
    /// The cards of all readable models, sorted by id, and an error for each other one.
    fn cards(&self) -> (Vec<Arc<ModelCard>>, Vec<Error>);

    /// The published models.
    ///
    /// # Errors
    /// When the user's own part of it cannot be read.
    fn catalogue(&self) -> Result<Catalogue>;

    /// The installed models.
    fn library(&self) -> &Library;

    /// Where models are installed.
    fn models_folder(&self) -> &Path;

    /// Where what can be made again is kept.
    fn cache(&self) -> Option<&Path>;

    /// Starts an engine.
    ///
    /// # Errors
    /// When it cannot start.
    fn engine(&self, how: How) -> Result<Box<dyn Worker>>;

    /// Measures an installed model.
    ///
    /// # Errors
    /// When it cannot be read, or the device fails.
    fn measure(&self, model: &str, settings: &Settings) -> Result<Figures>;
}

/// This machine.
#[derive(Debug)]
pub struct Machine {
    places: Places,
    library: Library,
}

impl Machine {
    /// The shipped models and those in the user's folder.
    pub fn new(places: Places) -> Self {
        Self {
            library: shipped::library(&places),
            places,
        }
    }
}

impl Studio for Machine {
    fn cards(&self) -> (Vec<Arc<ModelCard>>, Vec<Error>) {
        self.library.cards()
    }

    fn catalogue(&self) -> Result<Catalogue> {
        Ok(shipped::catalogue(&self.places)?)
    }

    fn library(&self) -> &Library {
        &self.library
    }

    fn models_folder(&self) -> &Path {
        &self.places.models
    }

    fn cache(&self) -> Option<&Path> {
        Some(&self.places.cache)
    }

    fn engine(&self, how: How) -> Result<Box<dyn Worker>> {
        let (sender, events) = crossbeam_channel::unbounded();
        let options = Options {
            library: self.library.clone(),
            max_batch: how.batch,
            cache: Some(self.places.cache.clone()),
            device: how.device,
            look_ahead: how.look_ahead,
        };
        let engine = Engine::start(options, move |event| {
            if let Event::Device(news) = &event {
                warn_of(news);
            }
            if !is_picture_in_between(&event) {
                // The receiver lives as long as the engine, which is dropped first.
                let _ = sender.send(event);
            }
        })?;
        Ok(Box::new(Running { engine, events }))
    }

    fn measure(&self, model: &str, settings: &Settings) -> Result<Figures> {
        let cache = Some(self.places.cache.as_path());
        Ok(bench::installed(&self.library, model, cache, settings)?)
    }
}

/// Says on standard error that a card could not be used, and what is used instead.
fn warn_of(news: &DeviceNews) {
    if let Some(error) = &news.instead_because {
        let why = Explained::from(error);
        let instead = wording::devices::instead(&news.device.name);
        let sentence = wording::sentence(&why.sentence);
        eprintln!("{sentence} {instead} {}", why.next_step);
    }
}

/// What only a window shows; kept off the channel, so that it stays short however slow a disk is.
fn is_picture_in_between(event: &Event) -> bool {
    matches!(
        event,
        Event::Job {
            event: JobEvent::Codes { .. } | JobEvent::Preview { .. },
            ..
        }
    )
}

struct Running {
    engine: Engine,
    events: Receiver<Event>,
}

impl Worker for Running {
    fn send(&self, command: Command) -> strata_engine::Result<()> {
        self.engine.send(command)
    }

    fn next(&self, timeout: Duration) -> strata_engine::Result<Option<Event>> {
        match self.events.recv_timeout(timeout) {
            Ok(event) => Ok(Some(event)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Error::ShutDown),
        }
    }
}

/// One question at a time, with answers awaited.
pub struct Questions<'a> {
    worker: &'a dyn Worker,
    asked: u64,
}

impl Projector for Questions<'_> {
    fn decode(&mut self, model: &str, codes: Codes, depths: Depths) -> Result<Arc<Pixels>> {
        Questions::decode(self, model, codes, depths)
    }
}

impl<'a> Questions<'a> {
    /// To this engine.
    pub fn new(worker: &'a dyn Worker) -> Self {
        Self { worker, asked: 0 }
    }

    /// The codes of a picture of the model's size.
    ///
    /// # Errors
    /// Why the model cannot.
    pub fn encode(&mut self, model: &str, image: Pixels) -> Result<Codes> {
        let answer = self.ask(|request| Command::Encode {
            request,
            model: model.to_owned(),
            image,
        })?;
        match answer {
            RequestEvent::Encoded(codes) => Ok(codes),
            RequestEvent::Failed(error) => Err(error.into()),
            RequestEvent::Decoded(_) => Err(wrong_answer()),
        }
    }

    /// The picture of a complete grid of codes.
    ///
    /// # Errors
    /// Why the model cannot.
    pub fn decode(&mut self, model: &str, codes: Codes, depths: Depths) -> Result<Arc<Pixels>> {
        let answer = self.ask(|request| Command::Decode {
            request,
            model: model.to_owned(),
            codes,
            depths,
        })?;
        match answer {
            RequestEvent::Decoded(pixels) => Ok(pixels),
            RequestEvent::Failed(error) => Err(error.into()),
            RequestEvent::Encoded(_) => Err(wrong_answer()),
        }
    }

    fn ask(&mut self, question: impl FnOnce(RequestId) -> Command) -> Result<RequestEvent> {
        let mine = RequestId(self.asked);
        self.asked += 1;
        self.worker.send(question(mine))?;
        loop {
            match self.worker.next(PATIENCE)? {
                Some(Event::Request { request, event }) if request == mine => return Ok(event),
                Some(Event::Died { message }) => return Err(Error::Died(message).into()),
                _ => {}
            }
        }
    }
}

fn wrong_answer() -> crate::explain::Explained {
    Error::Died("it answered another question than was asked".into()).into()
}
