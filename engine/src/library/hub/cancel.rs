//! Stopping: a flag that whoever waits looks at often, and waiting that looks at it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{RecvTimeoutError, channel},
    },
    thread,
    time::{Duration, Instant},
};

use crate::error::{Error, Result};

/// How long a cancelled wait goes on at most.
pub(crate) const GLANCE: Duration = Duration::from_millis(25);

/// A flag that stops a download from outside. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl From<Arc<AtomicBool>> for Cancel {
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}

impl Cancel {
    /// Asks to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// # Errors
    /// [`Error::Cancelled`] once someone asked to stop.
    pub fn check(&self) -> Result<()> {
        match self.0.load(Ordering::SeqCst) {
            true => Err(Error::Cancelled),
            false => Ok(()),
        }
    }

    /// Waits.
    pub(super) fn sleep(&self, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        loop {
            self.check()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(GLANCE));
        }
    }

    /// The outcome of `work`, which may hang in the network: it runs on a thread of its own, which is left
    /// behind when someone asks to stop.
    pub(super) fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let (sender, receiver) = channel();
        let started = thread::Builder::new().name("hub".into()).spawn(move || {
            // No one listens any longer when it was cancelled.
            let _ = sender.send(work());
        });
        started.map_err(|error| Error::Died(error.to_string()))?;
        loop {
            self.check()?;
            match receiver.recv_timeout(GLANCE) {
                Ok(outcome) => return Ok(outcome),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::Died("a request to the hub ended early".into()));
                }
            }
        }
    }
}
