//! What other threads hold of the engine.

use std::{path::PathBuf, thread::JoinHandle};

use crossbeam_channel::{Sender, unbounded};

use crate::{
    backend::Device,
    error::{Error, Result},
    library::Library,
    model::LookAhead,
    worker::{
        Command, Event,
        machine::{Machine, Studio},
        supervisor::{self, Control},
    },
};

/// How to run the engine.
#[derive(Clone, Debug)]
pub struct Options {
    /// The installed models.
    pub library: Library,
    /// Most pictures grown together in one step.
    pub max_batch: usize,
    /// Where fitted previews are kept; `None` fits them anew at each start.
    pub cache: Option<PathBuf>,
    /// What models run on.
    pub device: Device,
    /// How many positions a pass tries. It changes no picture.
    pub look_ahead: LookAhead,
}

/// The engine thread, as its owner sees it. Dropping it shuts the thread down and waits for its step.
pub struct Engine {
    sender: Sender<Control>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the thread. `listener` is called on it, once per event, and must not block for long.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(options: Options, listener: impl FnMut(Event) + Send + 'static) -> Result<Self> {
        let max_batch = options.max_batch.max(1);
        Self::with_machine(max_batch, listener, move || Studio::new(options.clone()))
    }

    /// Starts the thread with machines from `build`: one at the start, another after each restart.
    pub(crate) fn with_machine<M: Machine>(
        max_batch: usize,
        listener: impl FnMut(Event) + Send + 'static,
        build: impl Fn() -> M + Send + 'static,
    ) -> Result<Self> {
        let (sender, receiver) = unbounded();
        let thread = std::thread::Builder::new()
            .name("strata-engine".into())
            .spawn(move || supervisor::supervise(&receiver, listener, build, max_batch))
            .map_err(|error| Error::Died(format!("no thread for the engine: {error}")))?;
        Ok(Self {
            sender,
            thread: Some(thread),
        })
    }

    /// Sends a command; it is taken between two steps.
    ///
    /// # Errors
    /// [`Error::ShutDown`] once the thread has ended.
    pub fn send(&self, command: Command) -> Result<()> {
        self.sender
            .send(Control::Command(command))
            .map_err(|_| Error::ShutDown)
    }

    /// After [`Event::Died`]: takes jobs again, with nothing loaded. Ignored otherwise.
    pub fn restart(&self) {
        // A thread that has ended cannot be restarted; the next `send` says so.
        let _ = self.sender.send(Control::Restart);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.send(Command::Shutdown);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the engine thread ended with a panic");
        }
    }
}
