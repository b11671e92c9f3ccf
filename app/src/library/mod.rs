//! The model library's workshop: long work on models is done on a thread of its own, one errand after the
//! other, and told as events. Downloads, conversions and checks can be stopped; what an errand that was stopped
//! has brought is kept where the engine can go on with it. What any of it means for the window is the reducer's
//! business, and how it is done the engine's.
//!
//! | file | what lives there |
//! |---|---|
//! | `errand` | what can be asked for, how far it is, what comes of it |
//! | `worker` | the thread's loop |
//! | `getting` | a published model from the hub |
//! | `stock` | what is installed and what may be had |

mod errand;
mod getting;
mod stock;
mod worker;

use std::{collections::HashMap, io, path::PathBuf, sync::Arc, thread::JoinHandle};

use crossbeam_channel::Sender;
use strata_engine::{
    backend::gpu::plan::Plan,
    library::{
        convert,
        hub::Cancel,
        identify::{self, Identified},
    },
};

pub use errand::{Done, Errand, ErrandId, Failure, Get, Import, Progress, Step, Task};
pub use stock::{Offer, Stock, Strength};

use crate::{explain::Explained, places::Places, shipped, wording::library as words};

/// What the workshop tells.
#[derive(Clone, Debug)]
pub enum Event {
    /// What there is now.
    Listed(Arc<Stock>),
    /// How strong this machine is.
    Measured(Strength),
    /// What files from anywhere are.
    Identified(Arc<Identified>),
    /// Which copies of a model's weights there are to convert.
    Copies {
        /// The model's id.
        id: String,
        /// What there is, or why that cannot be told.
        copies: Result<convert::Offers, Explained>,
    },
    /// What a model needs of a graphics card, and what memory the machine has.
    Planned {
        /// The model's id.
        id: String,
        /// What it needs; `None` where its sizes cannot be read.
        plan: Option<Plan>,
        /// Bytes, where the system says.
        memory: Option<u64>,
    },
    /// An errand's turn has come.
    Begun(ErrandId),
    /// How far it is; told a few times a second.
    Progress {
        /// Which errand.
        errand: ErrandId,
        /// How far.
        progress: Progress,
    },
    /// It is over. Told once for each errand.
    Ended {
        /// Which errand.
        errand: ErrandId,
        /// What came of it.
        result: Result<Done, Failure>,
    },
}

/// Hears events, on any thread.
pub type Listener = Arc<dyn Fn(Event) + Send + Sync>;

/// An errand, and the flag that stops it.
type Order = (Errand, Cancel);

/// The workshop as the window sees it. Dropping it stops what is being done, and waits for that.
pub struct Workshop {
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    cancels: HashMap<ErrandId, Cancel>,
    places: Places,
    listener: Listener,
}

impl Workshop {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn start(places: Places, listener: Listener) -> io::Result<Self> {
        let (orders, waiting) = crossbeam_channel::unbounded();
        let worker = worker::Worker::new(places.clone(), Arc::clone(&listener));
        let thread = std::thread::Builder::new()
            .name("strata-library".into())
            .spawn(move || worker.run(&waiting))?;
        Ok(Self {
            orders: Some(orders),
            thread: Some(thread),
            cancels: HashMap::new(),
            places,
            listener,
        })
    }

    /// Does an errand when its turn comes; answered by [`Event::Ended`].
    pub fn send(&mut self, errand: Errand) {
        let (id, cancel) = (errand.id, Cancel::default());
        self.cancels.insert(id, cancel.clone());
        let orders = self.orders.as_ref();
        if orders.is_none_or(|orders| orders.send((errand, cancel)).is_err()) {
            (self.listener)(Event::Ended {
                errand: id,
                result: Err(strata_engine::Error::ShutDown.into()),
            });
        }
    }

    /// Stops an errand, or takes it out of the line; it still ends with [`Event::Ended`].
    pub fn cancel(&mut self, errand: ErrandId) {
        if let Some(cancel) = self.cancels.remove(&errand) {
            cancel.cancel();
        }
    }

    /// Looks at what is installed and what is published, aside; answered by [`Event::Listed`].
    pub fn list(&self) {
        let (places, listener) = (self.places.clone(), Arc::clone(&self.listener));
        aside(move || listener(Event::Listed(Arc::new(Stock::of(&places)))));
    }

    /// Looks what files are, aside; answered by [`Event::Identified`].
    pub fn identify(&self, paths: Vec<PathBuf>) {
        let (places, listener) = (self.places.clone(), Arc::clone(&self.listener));
        aside(move || {
            let catalogue = shipped::catalogue(&places).unwrap_or_else(|_| shipped::published());
            let library = shipped::library(&places);
            let never = Cancel::default();
            // Only a cancellation would be an error.
            let found = identify::identify(&paths, &library, &catalogue, &never);
            listener(Event::Identified(Arc::new(found.unwrap_or_default())));
        });
    }

    /// Looks which copies of a model's weights there are, aside; answered by [`Event::Copies`].
    pub fn look_at_copies(&self, id: String, folder: PathBuf) {
        let listener = Arc::clone(&self.listener);
        aside(move || {
            let copies = convert::offers(&folder).map_err(|error| words::explained(&error));
            listener(Event::Copies { id, copies });
        });
    }

    /// Looks what memory a model needs, aside; answered by [`Event::Planned`].
    pub fn plan(&self, id: String) {
        let (places, listener) = (self.places.clone(), Arc::clone(&self.listener));
        aside(move || {
            let plan = strata_engine::plan_on_card(&shipped::library(&places), &id);
            // What is wrong with a model is said when it is loaded.
            let plan = plan.inspect_err(|error| tracing::info!(id, %error, "no plan of memory"));
            listener(Event::Planned {
                id,
                plan: plan.ok(),
                memory: stock::memory(),
            });
        });
    }

    /// Measures this machine, aside; answered by [`Event::Measured`].
    pub fn measure(&self) {
        let listener = Arc::clone(&self.listener);
        aside(move || listener(Event::Measured(Strength::measure())));
    }
}

/// Questions that are answered soon do not wait behind a download.
fn aside(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().name("strata-models".into());
    if let Err(error) = thread.spawn(work) {
        tracing::error!("no thread to look at the models on: {error}");
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        self.cancels.values().for_each(Cancel::cancel);
        self.orders = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the library's thread ended in a panic");
        }
    }
}
