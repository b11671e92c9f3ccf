//! What other threads hold of the engine.

use std::path::PathBuf;

use crate::{
    Library,
    error::Result,
    worker::{Command, Event},
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
}

/// The engine thread, as its owner sees it. Dropping it shuts the thread down.
pub struct Engine {}

impl Engine {
    /// Starts the thread. `listener` is called on it, once per event, and must not block for long.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub fn start(_options: Options, _listener: impl FnMut(Event) + Send + 'static) -> Result<Self> {
        Ok(Self {})
    }

    /// Sends a command; it is taken between two steps.
    ///
    /// # Errors
    /// [`crate::Error::ShutDown`] after `Command::Shutdown`.
    pub fn send(&self, _command: Command) -> Result<()> {
        Ok(())
    }

    /// After [`Event::Died`]: takes jobs again, with nothing loaded. Ignored otherwise.
    pub fn restart(&self) {}
}
