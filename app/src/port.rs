//! The window's side of the engine: commands go in, events wait on a channel. Behind a trait, so that
//! tests can put a script in the engine's place.

use std::{sync::Arc, time::Duration};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use eframe::egui;
use strata_engine::{
    Codes, Command, Engine, Error, Event, Pixels, Result,
    worker::{Depths, Options, RequestEvent, RequestId},
};

use crate::{explain::Explained, export::Projector};

/// Requests from here on are an export's; the reducer counts from 1.
const FIRST_ASIDE: u64 = 1 << 63;
/// How long one answer may take before it is looked whether the engine still lives.
const PATIENCE: Duration = Duration::from_secs(60);

/// An engine, or what plays one.
pub trait Port {
    /// Sends a command.
    ///
    /// # Errors
    /// When the engine was shut down.
    fn send(&mut self, command: Command) -> Result<()>;

    /// Starts the engine again after [`Event::Died`].
    fn restart(&mut self);

    /// What the engine told and no one has read yet.
    fn events(&self) -> &Receiver<Event>;

    /// Someone who decodes on another thread, beside the window; one at a time.
    fn projector(&self) -> Option<Box<dyn Projector + Send>>;
}

/// The real engine.
pub struct EnginePort {
    engine: Arc<Engine>,
    events: Receiver<Event>,
    aside: Receiver<(RequestId, RequestEvent)>,
}

impl EnginePort {
    /// Starts the engine; each of its events wakes the window that `ctx` belongs to.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(options: Options, ctx: &egui::Context) -> Result<Self> {
        let (sender, events) = crossbeam_channel::unbounded();
        let (answers, aside) = crossbeam_channel::unbounded();
        let ctx = ctx.clone();
        let engine = Engine::start(options, move |event| {
            let Some(event) = turn_aside(event, &answers) else {
                return;
            };
            // The window may be gone already; then no one wants to know.
            if sender.send(event).is_ok() {
                ctx.request_repaint();
            }
        })?;
        Ok(Self {
            engine: Arc::new(engine),
            events,
            aside,
        })
    }
}

/// Gives an export its answers; everything else comes back.
fn turn_aside(event: Event, answers: &Sender<(RequestId, RequestEvent)>) -> Option<Event> {
    let (request, answer) = match &event {
        Event::Request { request, event } if request.0 >= FIRST_ASIDE => (*request, event.clone()),
        // No question that is open will be answered any more.
        Event::Died { message } => {
            let failed = RequestEvent::Failed(Error::Died(message.clone()));
            (RequestId(u64::MAX), failed)
        }
        _ => return Some(event),
    };
    // Both ends live as long as the port.
    let _ = answers.send((request, answer));
    matches!(event, Event::Died { .. }).then_some(event)
}

impl Port for EnginePort {
    fn send(&mut self, command: Command) -> Result<()> {
        self.engine.send(command)
    }

    fn restart(&mut self) {
        self.engine.restart();
    }

    fn events(&self) -> &Receiver<Event> {
        &self.events
    }

    fn projector(&self) -> Option<Box<dyn Projector + Send>> {
        // What an earlier one no longer wanted to know.
        self.aside.try_iter().for_each(drop);
        Some(Box::new(Asker {
            engine: Arc::clone(&self.engine),
            answers: self.aside.clone(),
            next: FIRST_ASIDE,
        }))
    }
}

/// Asks the engine on behalf of another thread than the window's.
struct Asker {
    engine: Arc<Engine>,
    answers: Receiver<(RequestId, RequestEvent)>,
    next: u64,
}

impl Asker {
    fn answer(&self, request: RequestId) -> Result<RequestEvent> {
        loop {
            match self.answers.recv_timeout(PATIENCE) {
                Ok((of, event)) if of == request || of.0 == u64::MAX => return Ok(event),
                // An earlier export's.
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => {
                    tracing::info!("an export waits for the engine");
                }
                Err(RecvTimeoutError::Disconnected) => return Err(Error::ShutDown),
            }
        }
    }
}

impl Projector for Asker {
    fn decode(
        &mut self,
        model: &str,
        codes: Codes,
        depths: Depths,
    ) -> std::result::Result<Arc<Pixels>, Explained> {
        let request = RequestId(self.next);
        self.next += 1;
        self.engine.send(Command::Decode {
            request,
            model: model.to_owned(),
            codes,
            depths,
        })?;
        match self.answer(request)? {
            RequestEvent::Decoded(pixels) => Ok(pixels),
            RequestEvent::Failed(error) => Err(error.into()),
            RequestEvent::Encoded(_) => Err(Error::ShutDown.into()),
        }
    }
}
