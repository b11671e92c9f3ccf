//! The window's side of the engine: commands go in, events wait on a channel. Behind a trait, so that
//! tests can put a script in the engine's place.

use crossbeam_channel::Receiver;
use eframe::egui;
use strata_engine::{Command, Engine, Event, Result, worker::Options};

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
}

/// The real engine.
pub struct EnginePort {
    engine: Engine,
    events: Receiver<Event>,
}

impl EnginePort {
    /// Starts the engine; each of its events wakes the window that `ctx` belongs to.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(options: Options, ctx: &egui::Context) -> Result<Self> {
        let (sender, events) = crossbeam_channel::unbounded();
        let ctx = ctx.clone();
        let engine = Engine::start(options, move |event| {
            // The window may be gone already; then no one wants to know.
            if sender.send(event).is_ok() {
                ctx.request_repaint();
            }
        })?;
        Ok(Self { engine, events })
    }
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
}
