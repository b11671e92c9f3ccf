//! The loop of the workshop's thread: one errand after the other, each told from its beginning to its end.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::Receiver;
use strata_engine::{
    Device, Error, Result,
    library::{Home, convert, download, hub::Cancel, import, remove, verify},
};

use super::{
    Done, ErrandId, Event, Failure, Import, Listener, Order, Progress, Stock, Task, getting,
};
use crate::{places::Places, shipped};

/// The least time between two tellings of progress at the same step.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// What the thread has.
pub(super) struct Worker {
    places: Places,
    listener: Listener,
}

impl Worker {
    pub fn new(places: Places, listener: Listener) -> Self {
        Self { places, listener }
    }

    /// Works until no one can order any more.
    pub fn run(&self, orders: &Receiver<Order>) {
        for (errand, cancel) in orders {
            let work = AssertUnwindSafe(|| self.work(errand.id, &errand.task, &cancel));
            // A file that makes a reader panic must not end the others' turn.
            let result = catch_unwind(work)
                .unwrap_or_else(|_| Err(Error::Died("work on a model failed".into())));
            // What there is now comes first, so that the window never shows the end of the work without it.
            (self.listener)(Event::Listed(Arc::new(Stock::of(&self.places))));
            (self.listener)(Event::Ended {
                errand: errand.id,
                result: result.map_err(Failure::from),
            });
        }
    }

    fn work(&self, errand: ErrandId, task: &Task, cancel: &Cancel) -> Result<Done> {
        cancel.check()?;
        (self.listener)(Event::Begun(errand));
        let mut told: Option<(Progress, Instant)> = None;
        let tell = &mut |progress: Progress| {
            let now = Instant::now();
            let fresh = told.is_none_or(|(before, at)| {
                before.step != progress.step || now.duration_since(at) >= TOLD_EVERY
            });
            if fresh {
                told = Some((progress, now));
                (self.listener)(Event::Progress { errand, progress });
            }
        };
        match task {
            Task::Get(get) => {
                let catalogue = shipped::catalogue(&self.places)?;
                getting::get(get, &catalogue, &self.places.models, cancel, tell)
            }
            _ => {
                let mut by_step = |told: download::Progress| tell(Progress::of_step(&told));
                self.work_here(task, cancel, &mut by_step)
            }
        }
    }

    /// What needs no network.
    fn work_here(
        &self,
        task: &Task,
        cancel: &Cancel,
        tell: &mut dyn FnMut(download::Progress),
    ) -> Result<Done> {
        let models = &self.places.models;
        let imported = |made: import::Imported| Done::Imported {
            id: made.id,
            name: made.name,
        };
        Ok(match task {
            Task::Get(_) => return Err(Error::Cancelled),
            Task::Discard(id) => {
                download::discard(&models.join(id))?;
                Done::Discarded(id.clone())
            }
            Task::Import(own) => imported(self.import(own, cancel, tell)?),
            Task::ImportFolder(folder) => {
                imported(import::import_folder(folder, models, cancel, tell)?)
            }
            Task::Check(id) => Done::Checked(Box::new(verify::verify(
                &shipped::library(&self.places),
                id,
                &Device::default(),
                Some(&self.places.cache),
                cancel,
                tell,
            )?)),
            Task::Convert { id, settings } => {
                let folder = self.folder_of(id)?;
                let made = convert::convert(models, &folder, settings, cancel, tell)?;
                Done::Converted {
                    id: id.clone(),
                    precision: made.precision,
                }
            }
            Task::DropOriginals(id) => Done::Dropped {
                id: id.clone(),
                bytes: remove::remove_originals(models, &self.folder_of(id)?)?.bytes,
            },
            Task::Remove(id) => Done::Removed {
                id: id.clone(),
                bytes: remove::remove(models, &self.folder_of(id)?)?.bytes,
            },
        })
    }

    fn import(
        &self,
        own: &Import,
        cancel: &Cancel,
        tell: &mut dyn FnMut(download::Progress),
    ) -> Result<import::Imported> {
        let Import {
            found,
            model,
            order,
        } = own;
        let proposal = found.models.get(*model).ok_or(Error::Incomplete {
            what: "a transformer".into(),
        })?;
        let catalogue = shipped::catalogue(&self.places)?;
        let models = &self.places.models;
        import::import(found, proposal, order, &catalogue, models, cancel, tell)
    }

    /// The folder of a model that is not inside the program.
    fn folder_of(&self, id: &str) -> Result<std::path::PathBuf> {
        match shipped::library(&self.places).home(id)? {
            Home::Folder(folder) => Ok(folder),
            Home::Shipped(_) => Err(Error::Outside {
                path: id.into(),
                models: self.places.models.clone(),
            }),
        }
    }
}
