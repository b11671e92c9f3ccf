//! The loop of the index's thread: commands between the steps of a scan, a list when something changed.

use std::{
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError};

use super::{
    Command, Event, MarksTrouble, Restart,
    marks::Marks,
    query::{Catalogue, Query},
    row::{self, Reading},
    scan::{self, Scan, Step},
    store::{self, Store},
};

/// How often things happen by themselves.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Between two looks at the folder while the window has the focus.
    pub rescan: Duration,
    /// Between two lists or reports while a scan goes on.
    pub report: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            rescan: Duration::from_secs(3),
            report: Duration::from_millis(250),
        }
    }
}

/// A slow folder (a network share) is looked through at most this part of the time.
const IDLE_FACTOR: u32 = 20;
/// Rows written in one transaction.
const BATCH: usize = 256;

type Tell<'a> = &'a (dyn Fn(Event) + Send + Sync);

/// Runs until no one can send commands any more.
pub fn run(pace: Pace, cache: PathBuf, folder: PathBuf, commands: &Receiver<Command>, tell: Tell) {
    let work = AssertUnwindSafe(|| match Worker::open(pace, cache, folder, tell) {
        Ok(mut worker) => worker.work(commands),
        Err(error) => tell(Event::Died(error.to_string())),
    });
    if let Err(panic) = std::panic::catch_unwind(work) {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        tell(Event::Died(text.unwrap_or_else(|| "a panic".into())));
    }
}

struct Worker<'a> {
    pace: Pace,
    cache: PathBuf,
    folder: PathBuf,
    tell: Tell<'a>,
    /// Taken out only while it is replaced.
    store: Option<Store>,
    catalogue: Catalogue,
    marks: Marks,
    query: Query,
    /// The scan under way, since when.
    scan: Option<(Scan, Instant)>,
    /// Read, shown already, and not yet in the store.
    pending: Vec<Reading>,
    focused: bool,
    next_scan: Instant,
    /// The list changed since it was told, or was asked for.
    stale: bool,
    asked: bool,
    told: Instant,
}

impl<'a> Worker<'a> {
    fn open(pace: Pace, cache: PathBuf, folder: PathBuf, tell: Tell<'a>) -> store::Result<Self> {
        let now = Instant::now();
        let (store, catalogue) = open_store(&cache, &folder, tell)?;
        let (marks, trouble) = Marks::open(&folder);
        tell_trouble(tell, trouble);
        Ok(Self {
            pace,
            cache,
            scan: Some((Scan::new(&folder), now)),
            folder,
            tell,
            store: Some(store),
            catalogue,
            marks,
            query: Query::default(),
            pending: Vec::new(),
            focused: false,
            next_scan: now,
            stale: true,
            asked: true,
            told: now,
        })
    }

    fn work(&mut self, commands: &Receiver<Command>) {
        while self.take_commands(commands) {
            self.step();
            let due = self.told.elapsed() >= self.pace.report;
            if self.stale && (self.asked || self.scan.is_none() || due) {
                self.list();
            }
        }
        self.store_pending();
    }

    /// Carries out all that waits; waits itself when there is nothing else to do. `false` at the end.
    fn take_commands(&mut self, commands: &Receiver<Command>) -> bool {
        if self.scan.is_none() && !self.stale {
            let command = match self.focused {
                true => commands.recv_deadline(self.next_scan),
                false => commands.recv().map_err(RecvTimeoutError::from),
            };
            match command {
                Ok(command) => self.obey(command),
                Err(RecvTimeoutError::Timeout) => self.begin_scan(),
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
        loop {
            match commands.try_recv() {
                Ok(command) => self.obey(command),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::SetFolder(folder) => self.set_folder(folder),
            Command::Show(query) => {
                self.query = query;
                (self.stale, self.asked) = (true, true);
            }
            Command::SetFocused(focused) => {
                if focused && !self.focused {
                    self.begin_scan();
                }
                self.focused = focused;
            }
            Command::Rescan => self.begin_scan(),
            Command::Changed(paths) => self.look_at(&paths),
            Command::Mark { pictures, change } => {
                let trouble = self.marks.change(&pictures, change);
                tell_trouble(self.tell, trouble);
                (self.stale, self.asked) = (true, true);
            }
            Command::Recipe(path) => {
                let recipe = self.recipe(&path).map(Box::new);
                (self.tell)(Event::Recipe { path, recipe });
            }
        }
    }

    fn set_folder(&mut self, folder: PathBuf) {
        if folder == self.folder {
            return self.begin_scan();
        }
        self.store_pending();
        // Closed first: the new folder may use the same file.
        self.store = None;
        let query = self.query.clone();
        let focused = self.focused;
        match Self::open(self.pace, self.cache.clone(), folder, self.tell) {
            Ok(fresh) => {
                *self = Self {
                    query,
                    focused,
                    ..fresh
                }
            }
            Err(error) => (self.tell)(Event::Died(error.to_string())),
        }
    }

    fn begin_scan(&mut self) {
        if self.scan.is_none() {
            self.scan = Some((Scan::new(&self.folder), Instant::now()));
            let (changed, trouble) = self.marks.refresh();
            self.stale |= changed;
            tell_trouble(self.tell, trouble);
        }
    }

    /// Takes in files that we changed ourselves, without looking through the folder.
    fn look_at(&mut self, paths: &[PathBuf]) {
        for path in paths {
            let Some(path) = scan::relative(&self.folder, path) else {
                continue;
            };
            let found = scan::found(&self.folder, path.clone());
            match found.and_then(|found| row::read(&self.folder, found)) {
                Some(reading) => {
                    if let Some((scan, _)) = &mut self.scan {
                        scan.note(&path);
                    }
                    self.put(reading);
                }
                None => self.forget(&[path]),
            }
        }
        self.asked = true;
        self.store_pending();
    }

    fn step(&mut self) {
        let Some((scan, started)) = &mut self.scan else {
            return;
        };
        let (started, step) = (*started, scan.step(&self.catalogue));
        let progress = scan.progress();
        match step {
            Step::Walking | Step::Read(None) => {}
            Step::Read(Some(reading)) => self.put(*reading),
            Step::Finished(vanished) => {
                self.scan = None;
                self.forget(&vanished);
                self.store_pending();
                self.rest(started);
                (self.tell)(Event::Scanned {
                    progress,
                    vanished: vanished.len(),
                    elapsed: started.elapsed(),
                });
            }
            Step::Unreachable(error) => {
                self.scan = None;
                self.rest(started);
                (self.tell)(Event::Unreachable {
                    folder: self.folder.clone(),
                    missing: error.kind() == std::io::ErrorKind::NotFound,
                    reason: error.to_string(),
                });
            }
        }
        if self.scan.is_some() && self.told.elapsed() >= self.pace.report {
            (self.tell)(Event::Scanning(progress));
            self.told = Instant::now();
            if self.stale {
                self.list();
            }
        }
    }

    fn rest(&mut self, started: Instant) {
        let pause = self.pace.rescan.max(started.elapsed() * IDLE_FACTOR);
        self.next_scan = Instant::now() + pause;
    }

    fn put(&mut self, reading: Reading) {
        self.catalogue.put(reading.row.clone());
        self.pending.push(reading);
        self.stale = true;
        if self.pending.len() >= BATCH {
            self.store_pending();
        }
    }

    fn forget(&mut self, paths: &[String]) {
        let mut gone = Vec::new();
        for path in paths {
            if self.catalogue.remove(path) {
                gone.push(path.clone());
            }
        }
        if !gone.is_empty() {
            self.stale = true;
            // In order: what is pending may be among what is gone.
            self.store_pending();
            self.change_store(&[], &gone);
        }
    }

    fn store_pending(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            self.change_store(&pending, &[]);
        }
    }

    /// The store only saves time at the next start, so that it cannot be written is no one's concern;
    /// that it is damaged means to begin anew.
    fn change_store(&mut self, put: &[Reading], remove: &[String]) {
        let changed = self.store.as_mut().map(|store| store.change(put, remove));
        if let Some(Err(error)) = changed {
            tracing::warn!(%error, "the index was not written");
            if store::is_damage(&error) {
                self.restart_store();
            }
        }
    }

    fn restart_store(&mut self) {
        let Some(store) = self.store.take() else {
            return;
        };
        match store.restart(&self.folder) {
            Ok((store, restart)) => {
                self.store = Some(store);
                self.catalogue = Catalogue::default();
                self.scan = Some((Scan::new(&self.folder), Instant::now()));
                tell_restart(self.tell, restart);
            }
            Err(error) => tracing::error!(%error, "there is no index"),
        }
    }

    fn recipe(&mut self, path: &str) -> Option<strata_engine::Recipe> {
        self.store_pending();
        let json = self.store.as_ref().map(|store| store.recipe(path));
        let recipe = match json {
            Some(Ok(Some(json))) => serde_json::from_str(&json).ok(),
            _ => None,
        };
        // The file knows better than an index that does not.
        recipe.or_else(|| {
            self.catalogue.get(path)?;
            let header = strata_engine::picture::read_header(self.folder.join(path)).ok()?;
            Some(header.recipe)
        })
    }

    fn list(&mut self) {
        let listing = self.catalogue.list(&self.query, &self.marks);
        (self.stale, self.asked) = (false, false);
        self.told = Instant::now();
        (self.tell)(Event::Listed {
            folder: self.folder.clone(),
            listing: Arc::new(listing),
        });
    }
}

fn open_store(cache: &Path, folder: &Path, tell: Tell) -> store::Result<(Store, Catalogue)> {
    let (store, mut restart) = Store::open(&store::file_of(cache, folder), folder)?;
    let (store, rows) = match store.rows() {
        Ok(rows) => (store, rows),
        Err(error) => {
            tracing::warn!(%error, "the index cannot be read");
            let again = store.restart(folder)?;
            restart = again.1;
            (again.0, Vec::new())
        }
    };
    tell_restart(tell, restart);
    Ok((store, Catalogue::new(rows)))
}

fn tell_restart(tell: Tell, restart: Option<Restart>) {
    restart
        .into_iter()
        .for_each(|restart| tell(Event::Restarted(restart)));
}

fn tell_trouble(tell: Tell, trouble: Option<MarksTrouble>) {
    trouble
        .into_iter()
        .for_each(|trouble| tell(Event::Marks(trouble)));
}
