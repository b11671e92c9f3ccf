//! Passes that are on a device that computes by itself: the next one is sent before the codes of the last are here.
//!
//! The codes of a pass stay on the device for the next one, and come to the host a few passes later. So the device
//! never waits for the host, and the host hears of every position a little late, which a live view does not show.

use std::collections::VecDeque;

use super::{Growing, Model, WINDOW, growing::Found, transformer::Pending};
use crate::error::Result;

/// Passes that are on their way before the first of them is waited for.
pub(super) const AHEAD: usize = 3;

/// The passes on their way, oldest first.
#[derive(Default)]
pub(super) struct Stream {
    passes: VecDeque<Passage>,
}

/// A pass on its way.
struct Passage {
    pending: Pending,
    /// Which pictures it takes how many positions further, by their numbers.
    pictures: Vec<(u64, usize)>,
}

impl Model {
    /// As [`Model::step`], where a pass can go on from codes that are still on the device: sends what can be
    /// sent, and takes what the oldest passes found.
    pub(super) fn stream(&mut self, batch: &mut [&mut Growing]) -> Result<Vec<Vec<Found>>> {
        let outcome = self.send_and_land(batch);
        if outcome.is_err() {
            self.give_up();
        }
        outcome
    }

    /// Forgets what is on its way: the pictures that it belongs to are gone.
    pub(super) fn give_up(&mut self) {
        self.stream.passes.clear();
        self.transformer.forget();
    }

    fn send_and_land(&mut self, batch: &mut [&mut Growing]) -> Result<Vec<Vec<Found>>> {
        let mut found = vec![Vec::new(); batch.len()];
        let unsent = |growing: &&mut Growing| growing.sent() < growing.total();
        let open: Vec<usize> = (0..batch.len()).filter(|at| unsent(&batch[*at])).collect();
        let knows = |at: &usize| batch[*at].sent() < batch[*at].given();
        let (known, drawn): (Vec<usize>, Vec<usize>) = open.into_iter().partition(knows);
        let share = (WINDOW / known.len().max(1)).max(1);
        let left = |at: &usize| (batch[*at].given() - batch[*at].sent()).min(share);
        let counts: Vec<usize> = known.iter().map(left).collect();
        self.send(batch, &known, &counts)?;
        self.send(batch, &drawn, &vec![1; drawn.len()])?;
        // With nothing left to send, one pass after the other lands, so that a cancellation is heard between them.
        let is_idle = known.is_empty() && drawn.is_empty();
        let most = if is_idle {
            self.stream.passes.len().saturating_sub(1)
        } else {
            AHEAD
        };
        while self.stream.passes.len() > most {
            self.land(batch, &mut found)?;
        }
        for growing in batch.iter_mut() {
            self.settle(growing);
        }
        Ok(found)
    }

    /// Sends the next `counts` positions of pictures `which`.
    fn send(
        &mut self,
        batch: &mut [&mut Growing],
        which: &[usize],
        counts: &[usize],
    ) -> Result<()> {
        if which.is_empty() {
            return Ok(());
        }
        let (mut rows, mut picks) = (Vec::new(), Vec::new());
        let mut pictures = Vec::with_capacity(which.len());
        for (at, count) in which.iter().zip(counts) {
            let growing = &mut *batch[*at];
            growing.plan(growing.sent(), *count, &self.config, &mut rows, &mut picks);
            growing.note_sent(*count);
            pictures.push((growing.number, *count));
        }
        let pending = self.transformer.begin(&self.config, &rows, &picks)?;
        self.stream.passes.push_back(Passage { pending, pictures });
        Ok(())
    }

    /// Takes what the oldest pass found. Pictures that have been closed since then are passed over.
    fn land(&mut self, batch: &mut [&mut Growing], found: &mut [Vec<Found>]) -> Result<()> {
        let Some(Passage { pending, pictures }) = self.stream.passes.pop_front() else {
            return Ok(());
        };
        let mut draws = self.transformer.end(pending)?.into_iter();
        for (number, count) in pictures {
            let own: Vec<_> = draws.by_ref().take(count).collect();
            let place = batch.iter().position(|growing| growing.number == number);
            let Some(at) = place else { continue };
            for draws in &own {
                let new = batch[at].take_one(draws);
                self.draw(batch[at], new.position, &new.codes);
                found[at].push(new);
            }
        }
        Ok(())
    }
}
