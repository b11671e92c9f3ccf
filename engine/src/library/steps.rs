//! How far long work has come, told as it goes; and stopping in between.

use std::time::Instant;

use super::{
    download::{Pace, Phase, Progress},
    hub::Cancel,
};
use crate::error::Result;

/// Tells how far one task after the other is.
pub(super) struct Steps<'a> {
    cancel: &'a Cancel,
    tell: &'a mut dyn FnMut(Progress),
    name: String,
    phase: Phase,
    done: u64,
    total: u64,
    pace: Pace,
}

impl<'a> Steps<'a> {
    pub fn new(cancel: &'a Cancel, tell: &'a mut dyn FnMut(Progress)) -> Self {
        Self {
            cancel,
            tell,
            name: String::new(),
            phase: Phase::Checking,
            done: 0,
            total: 0,
            pace: Pace::start(Instant::now(), 0),
        }
    }

    /// Begins a task of so many bytes.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn begin(&mut self, name: &str, phase: Phase, total: u64) -> Result<()> {
        self.name = name.to_owned();
        (self.phase, self.done, self.total) = (phase, 0, total);
        self.pace = Pace::start(Instant::now(), 0);
        self.add(0)
    }

    /// So many bytes more are done.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled).
    pub fn add(&mut self, bytes: u64) -> Result<()> {
        self.cancel.check()?;
        self.done += bytes;
        self.pace.see(Instant::now(), self.done);
        (self.tell)(Progress {
            name: self.name.clone(),
            phase: self.phase,
            done: self.done,
            total: self.total,
            rate: self.pace.rate(),
            left: self.pace.left(self.total.saturating_sub(self.done)),
        });
        Ok(())
    }
}
