//! The journal: which pictures were asked for and which codes they have, on the disk while they grow, so
//! that a crash, a kill or a power cut costs a second of work at most. What is done about pictures that
//! an earlier run left is the reducer's business; finished pictures are the gallery's.
//!
//! | file | what lives there |
//! |---|---|
//! | `frame` | entries as bytes with length and checksum, and back |
//! | `books` | entries to unfinished pictures |
//! | `file` | the file of this run: locked, appended to, removed |
//! | `left` | the files of runs that ended |
//! | `worker` | the thread that writes |

mod books;
mod file;
mod frame;
mod left;
mod worker;
#[cfg(test)]
mod worker_tests;

use std::{io, path::PathBuf, sync::Arc, thread::JoinHandle};

use crossbeam_channel::Sender;
use serde::{Deserialize, Serialize};
use strata_engine::{Codes, Error, Recipe};

pub use left::{Left, find_left};
use worker::Order;

/// Something that the next run must know should this one end early. Pictures are named by numbers that
/// one run never uses twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A picture was asked for.
    Asked {
        /// Which.
        piece: u64,
        /// The pictures that were asked for together have the same.
        group: u64,
        /// What to make.
        recipe: Box<Recipe>,
        /// The codes that it begins with, mostly none, on the model's grid.
        done: Codes,
    },
    /// A picture is drawn from now on, with these weights.
    Started {
        /// Which picture.
        piece: u64,
        /// Their SHA-256 in hexadecimal.
        weights: String,
    },
    /// The codes of one more position.
    Codes {
        /// Of which picture.
        piece: u64,
        /// The position in raster order; only the next one counts.
        position: usize,
        /// One code per depth.
        codes: Vec<u32>,
    },
    /// These pictures come first, in this order; the others follow in theirs.
    Order(Vec<u64>),
    /// A picture is about to be written to this file, where no file is yet.
    Saving {
        /// Which picture.
        piece: u64,
        /// The file.
        path: PathBuf,
    },
    /// What was unfinished in these journals, by their names, is in this one now.
    TakenOver(Vec<String>),
    /// A picture is in its file, or no longer wanted.
    Ended {
        /// Which.
        piece: u64,
    },
}

/// A picture that an earlier run did not finish.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfinished {
    /// The pictures that were asked for together have the same.
    pub group: u64,
    /// What to make.
    pub recipe: Recipe,
    /// The codes so far.
    pub done: Codes,
    /// The file that it was being written to.
    pub place: Option<PathBuf>,
}

/// What the journal tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Earlier runs left these pictures, in the order they would have been made. Told once, and not when
    /// there are none.
    Left(Vec<Unfinished>),
    /// The journal cannot be written at present; said once until it can be again.
    Failed(Error),
}

/// Hears the journal, on its thread.
pub type Listener = Arc<dyn Fn(Event) + Send + Sync>;

/// The journal of this run. Dropping it waits until all is on the disk; the file is removed unless
/// pictures are unfinished.
pub struct Journal {
    notes: Notes,
    thread: Option<JoinHandle<()>>,
}

/// Writes into a journal, from any thread.
#[derive(Clone)]
pub struct Notes(Sender<Order>);

impl Notes {
    /// Writes an entry soon. It survives the end of this process at once and a power cut within a second.
    pub fn note(&self, entry: Entry) {
        self.send(Order::Note(entry));
    }

    /// Waits until all that was noted is on the disk; false when that failed.
    pub fn sync(&self) -> bool {
        let (done, wait) = crossbeam_channel::bounded(1);
        self.send(Order::Sync(done));
        wait.recv().is_ok()
    }

    fn send(&self, order: Order) {
        if self.0.send(order).is_err() {
            tracing::error!("the journal's thread is gone; pictures are not journalled");
        }
    }
}

impl Journal {
    /// Starts the thread. It looks through `folder` for what earlier runs left; nothing is written before
    /// the first entry.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(folder: PathBuf, listener: Listener) -> io::Result<Self> {
        let (sender, orders) = crossbeam_channel::unbounded();
        let thread = std::thread::Builder::new()
            .name("strata-journal".into())
            .spawn(move || worker::run(folder, &orders, listener))?;
        Ok(Self {
            notes: Notes(sender),
            thread: Some(thread),
        })
    }

    /// A way to write that can be given away.
    pub fn notes(&self) -> Notes {
        self.notes.clone()
    }

    /// Writes an entry; see [`Notes::note`].
    pub fn note(&self, entry: Entry) {
        self.notes.note(entry);
    }

    /// What earlier runs left goes on in this one, as `entries` say, or is no longer wanted: their files are
    /// removed once that is on the disk. A run that ends in between leaves every picture once.
    pub fn hand_over(&self, entries: Vec<Entry>) {
        self.notes.send(Order::HandOver(entries));
    }

    /// Waits until all that was noted is on the disk; false when that failed.
    pub fn sync(&self) -> bool {
        self.notes.sync()
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // Others may still hold a way to write, so the channel does not end by itself.
        self.notes.send(Order::End);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the journal's thread ended in a panic");
        }
    }
}
