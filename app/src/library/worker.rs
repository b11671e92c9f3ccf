//! The loop of the workshop's thread: one errand after the other, each told from its beginning to its end.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::Receiver;
use strata_engine::{
    Error, Result,
    library::{download, hub::Cancel},
};

use super::{Done, ErrandId, Event, Failure, Listener, Order, Progress, Stock, Task, getting};
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
        let models = &self.places.models;
        match task {
            Task::Get(get) => {
                let catalogue = shipped::catalogue(&self.places)?;
                getting::get(get, &catalogue, models, cancel, tell)
            }
            Task::Discard(id) => {
                download::discard(&models.join(id))?;
                Ok(Done::Discarded(id.clone()))
            }
        }
    }
}
