//! A picture of the batch, as the thread keeps its books.

use std::time::{Duration, Instant};

use crate::{
    model::Found,
    recipe::Recipe,
    worker::{JobEvent, JobId, budget::Budget},
};

/// A picture of the batch.
pub struct Active<G> {
    /// Whose it is.
    pub job: JobId,
    /// What it is to become.
    pub recipe: Recipe,
    /// The picture.
    pub growing: G,
    /// When it was opened.
    pub started: Instant,
    /// When the first code was drawn; those given took no such time.
    pub drawing: Option<Instant>,
    /// Positions in all.
    pub total: usize,
    /// Positions that were known beforehand.
    pub given: usize,
    /// Positions in a row.
    pub columns: usize,
    /// Positions that have their codes.
    pub done: usize,
    /// Positions that were told before, on a device that is gone.
    pub told: usize,
    /// Whether the last step finished a row.
    pub row_ended: bool,
    /// Positions that each pass kept, in the mean.
    pub kept_a_pass: Option<f32>,
    /// What its previews may cost.
    pub budget: Budget,
}

impl<G> Active<G> {
    /// The queue rested for this long; that says nothing about the rate of drawing.
    pub fn rested(&mut self, time: Duration) {
        self.started += time;
        self.drawing = self.drawing.map(|drawing| drawing + time);
    }

    /// How far it is, with the time left at the rate of drawing, once that is known.
    pub fn progress(&self) -> JobEvent {
        let (since, counted) = match self.drawing {
            Some(drawing) => (drawing, self.done - self.given),
            None => (self.started, self.done),
        };
        let rate = since.elapsed().as_secs_f32() / counted.max(1) as f32;
        JobEvent::Progress {
            done: self.done,
            total: self.total,
            remaining_secs: rate * (self.total - self.done) as f32,
            kept_a_pass: self.kept_a_pass,
        }
    }
}

/// What a step found, as it is told.
pub fn codes_event(found: Found) -> JobEvent {
    let Found {
        position,
        codes,
        entropy,
        log_probability,
        kept,
    } = found;
    JobEvent::Codes {
        position,
        codes,
        entropy,
        log_probability,
        kept,
    }
}
