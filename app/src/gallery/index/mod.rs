//! The index of the pictures folder: which pictures there are, what made them, which ones are liked.
//!
//! The folder is the truth, the index can be lost at any time. An [`Indexer`] owns everything on a
//! thread of its own: commands go in, events come out through a listener, nothing is shared but rows
//! that never change.
//!
//! | file | what lives there |
//! |---|---|
//! | `row` | what is known of one file, and which picture it is |
//! | `store` | the rows in SQLite: kept between runs, replaced when damaged |
//! | `marks` | favourites and ratings, beside the pictures |
//! | `scan` | one look through the folder, in steps |
//! | `query` | filters, orders, and the list for the window |
//! | `worker` | the thread's loop |
//!
//! Changes made outside are found by looking again every few seconds while the window has the focus,
//! and at once when it gets it. Sizes and times of twenty thousand files are compared in a fraction of
//! a second, and this works on network shares, on synchronised folders and past the kernel's limit of
//! watches, where notifications of the file system are late, missing or in need of a full look anyway.

#[cfg(test)]
pub(crate) mod fixture;
mod marks;
mod query;
mod row;
mod scan;
mod store;
mod worker;
#[cfg(test)]
mod worker_tests;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::Duration,
};

use crossbeam_channel::Sender;
use strata_engine::Recipe;

pub use marks::{MOST_STARS, Mark, MarkChange, MarksTrouble};
pub use query::{
    ClassOverview, Entry, Filter, Listing, ModelOverview, Overview, Query, SortBy, identities,
};
pub use row::{Content, Facts, Found, Identity, Row};
pub use scan::Progress;
pub use store::Restart;

/// What the index is asked to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Show another folder; everything about the old one is put away.
    SetFolder(PathBuf),
    /// Show these pictures in this order from now on; answered by [`Event::Listed`], now and whenever
    /// the list changes.
    Show(Query),
    /// The window got or lost the focus: changes made outside are looked for while it has it.
    SetFocused(bool),
    /// Look through the folder now.
    Rescan,
    /// These files (full paths) were just written, deleted or restored by us.
    Changed(Vec<PathBuf>),
    /// Mark pictures.
    Mark {
        /// Which.
        pictures: Vec<Identity>,
        /// How.
        change: MarkChange,
    },
    /// Tell the recipe of a picture (its row's path); answered by [`Event::Recipe`].
    Recipe(String),
}

/// What the index tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The pictures that fit the query that was set last.
    Listed {
        /// Where they lie; another folder may have been asked for since.
        folder: PathBuf,
        /// Which they are.
        listing: Arc<Listing>,
    },
    /// The folder is being looked through; told a few times a second, and only when it takes longer.
    Scanning(Progress),
    /// The folder was looked through.
    Scanned {
        /// What was seen and read.
        progress: Progress,
        /// Files that are gone.
        vanished: usize,
        /// How long it took.
        elapsed: Duration,
    },
    /// The recipe of a picture; `None` when there is no such picture.
    Recipe {
        /// The path of its row.
        path: String,
        /// What made it.
        recipe: Option<Box<Recipe>>,
    },
    /// The folder cannot be read; what was known of it is kept.
    Unreachable {
        /// Which.
        folder: PathBuf,
        /// Whether there is no such folder, as before the first picture is saved.
        missing: bool,
        /// The system's words.
        reason: String,
    },
    /// The index was not used as it was; the folder is being read anew.
    Restarted(Restart),
    /// Something about favourites and ratings.
    Marks(MarksTrouble),
    /// The thread ended in a panic; the gallery stays as it was last listed.
    Died(String),
}

/// Hears events, on the index's thread.
pub type Listener = Arc<dyn Fn(Event) + Send + Sync>;

/// The index as the window sees it. Dropping it ends the thread.
pub struct Indexer {
    commands: Option<Sender<Command>>,
    thread: Option<JoinHandle<()>>,
}

impl Indexer {
    /// Starts the thread and looks through `folder`; the index itself lies below `cache`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(cache: &Path, folder: &Path, listener: Listener) -> std::io::Result<Self> {
        Self::start_with(worker::Pace::default(), cache, folder, listener)
    }

    fn start_with(
        pace: worker::Pace,
        cache: &Path,
        folder: &Path,
        listener: Listener,
    ) -> std::io::Result<Self> {
        let (commands, waiting) = crossbeam_channel::unbounded();
        let (cache, folder) = (cache.to_owned(), folder.to_owned());
        let thread = std::thread::Builder::new()
            .name("strata-index".into())
            .spawn(move || worker::run(pace, cache, folder, &waiting, &*listener))?;
        Ok(Self {
            commands: Some(commands),
            thread: Some(thread),
        })
    }

    /// Asks for something; says whether there is still someone to ask.
    pub fn send(&self, command: Command) -> bool {
        self.commands
            .as_ref()
            .is_some_and(|commands| commands.send(command).is_ok())
    }
}

impl Drop for Indexer {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the index's thread ended in a panic");
        }
    }
}
