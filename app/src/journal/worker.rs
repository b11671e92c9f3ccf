//! The journal's thread: entries go to the system as they come, to the disk every second and whenever a
//! picture ends. A disk that is full is tried again; what could not be written waits in memory.

use std::{
    collections::BTreeSet,
    io,
    path::PathBuf,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use strata_engine::Error;

use super::{
    Entry, Event, Listener,
    file::RunFile,
    frame,
    left::{Left, find_left},
};

/// The longest time that an entry waits for the disk.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// What the thread is asked.
#[derive(Debug)]
pub enum Order {
    /// Write this.
    Note(Entry),
    /// Write these at once, and remove what earlier runs left.
    HandOver(Vec<Entry>),
    /// Bring everything to the disk, and say so; the sender is dropped unused when that fails.
    Sync(Sender<()>),
    /// Bring everything to the disk and end.
    End,
}

/// Writes until the end of the run.
pub fn run(folder: PathBuf, orders: &Receiver<Order>, tell: Listener) {
    let left = find_left(&folder).unwrap_or_else(|error| {
        tracing::warn!(folder = %folder.display(), %error, "the journals cannot be looked through");
        Left::default()
    });
    if !left.pictures.is_empty() {
        tell(Event::Left(left.pictures.clone()));
    }
    let mut worker = Worker {
        folder,
        tell,
        left: Some(left),
        forget_left: false,
        file: None,
        pending: Vec::new(),
        live: BTreeSet::new(),
        unsynced: false,
        urgent: false,
        troubled: false,
        due: Instant::now(),
        waiting: Vec::new(),
    };
    while worker.work(orders) {}
}

struct Worker {
    folder: PathBuf,
    tell: Listener,
    left: Option<Left>,
    forget_left: bool,
    /// The file of this run, while something is unfinished.
    file: Option<RunFile>,
    /// Frames that are not written yet.
    pending: Vec<u8>,
    /// Pictures that are unfinished.
    live: BTreeSet<u64>,
    /// Whether something written is not on the disk yet.
    unsynced: bool,
    /// Whether the disk cannot wait.
    urgent: bool,
    /// Whether the last try failed.
    troubled: bool,
    /// When the disk is next due.
    due: Instant,
    waiting: Vec<Sender<()>>,
}

impl Worker {
    /// Waits for something to do, and does it; false at the end.
    fn work(&mut self, orders: &Receiver<Order>) -> bool {
        let owes = self.unsynced || !self.pending.is_empty();
        let order = match owes {
            true => orders.recv_deadline(self.due),
            false => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        let mut goes_on = match order {
            Ok(order) => self.take(order),
            Err(RecvTimeoutError::Timeout) => true,
            Err(RecvTimeoutError::Disconnected) => false,
        };
        // What came meanwhile is written in one go.
        while let Some(order) = orders.try_recv().ok().filter(|_| goes_on) {
            goes_on = self.take(order);
        }
        self.urgent |= !goes_on;
        self.settle();
        goes_on
    }

    /// False at the end.
    fn take(&mut self, order: Order) -> bool {
        match order {
            Order::Note(entry) => self.note(&entry),
            Order::HandOver(entries) => {
                entries.iter().for_each(|entry| self.note(entry));
                if let Some(left) = &self.left {
                    self.note(&Entry::TakenOver(left.names()));
                }
                self.forget_left = true;
                self.urgent = true;
            }
            Order::Sync(done) => {
                self.waiting.push(done);
                self.urgent = true;
            }
            Order::End => return false,
        }
        true
    }

    fn note(&mut self, entry: &Entry) {
        let counts = match entry {
            Entry::Asked { piece, .. } => {
                self.live.insert(*piece);
                true
            }
            Entry::Started { piece, .. }
            | Entry::Codes { piece, .. }
            | Entry::Saving { piece, .. } => self.live.contains(piece),
            Entry::Order(_) | Entry::TakenOver(_) => !self.live.is_empty(),
            Entry::Ended { piece } => {
                let ends = self.live.remove(piece);
                self.urgent |= ends;
                ends
            }
        };
        if !counts {
            return;
        }
        if !self.unsynced && self.pending.is_empty() {
            self.due = Instant::now() + SYNC_EVERY;
        }
        frame::append(entry, &mut self.pending);
    }

    /// Brings what waits where it belongs, as far as that is due.
    fn settle(&mut self) {
        if self.troubled && !self.urgent && Instant::now() < self.due {
            return;
        }
        match self.write() {
            Ok(()) => {
                self.troubled = false;
                self.waiting.drain(..).for_each(|done| {
                    // Whoever waited may have gone.
                    let _ = done.send(());
                });
            }
            Err(error) => {
                self.waiting.clear();
                self.due = Instant::now() + SYNC_EVERY;
                if !std::mem::replace(&mut self.troubled, true) {
                    let path = self.file.as_ref().map_or(&*self.folder, RunFile::path);
                    (self.tell)(Event::Failed(Error::file("write", path, &error)));
                }
            }
        }
        self.urgent = false;
    }

    fn write(&mut self) -> io::Result<()> {
        if !self.pending.is_empty() {
            let file = match &mut self.file {
                Some(file) => file,
                none => none.insert(RunFile::create(&self.folder)?),
            };
            file.append(&self.pending)?;
            self.pending.clear();
            self.unsynced = true;
        }
        if self.live.is_empty() {
            if let Some(file) = self.file.take() {
                file.remove()?;
            }
            self.unsynced = false;
        }
        if self.unsynced && (self.urgent || Instant::now() >= self.due) {
            if let Some(file) = &self.file {
                file.sync()?;
            }
            self.unsynced = false;
        }
        if self.forget_left && !self.unsynced {
            self.forget_left = false;
            self.left.take().into_iter().for_each(Left::remove);
        }
        Ok(())
    }
}
