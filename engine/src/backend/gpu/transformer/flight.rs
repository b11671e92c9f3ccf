//! Passes whose codes are still on their way to the host.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crossbeam_channel::Receiver;
use wgpu::{Buffer, BufferAsyncError, BufferUsages, CommandEncoder, MapMode, SubmissionIndex};

use super::{
    super::{Gpu, failed},
    arena::{Arena, DRAW_BYTES, DrawWord},
    kernels::MOST_ROWS,
};
use crate::error::Result;

/// The draws of one pass.
#[derive(Debug)]
struct Flying {
    serial: u64,
    copy: Buffer,
    /// Picks of each depth.
    counts: Vec<usize>,
    landed: Receiver<Result<(), BufferAsyncError>>,
    submission: SubmissionIndex,
    since: Instant,
    dispatches: usize,
}

/// All of them, oldest first, and those that have landed and were not asked for yet.
#[derive(Debug, Default)]
pub struct Flight {
    flying: VecDeque<Flying>,
    landed: VecDeque<(u64, Vec<Vec<DrawWord>>)>,
    /// Copies that can be used again.
    spare: Vec<Buffer>,
    /// When the last one landed.
    last: Option<Instant>,
}

/// What a pass took on the card: the time, and how many dispatches it had.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    pub time: Duration,
    pub dispatches: usize,
}

/// A pass that is about to be submitted.
#[derive(Debug)]
pub struct Leaving {
    serial: u64,
    copy: Buffer,
    counts: Vec<usize>,
    dispatches: usize,
}

impl Flight {
    /// Records that the draws of a pass are copied for the host. To be submitted, and then told by
    /// [`Flight::left`].
    pub fn leave(
        &mut self,
        gpu: &Gpu,
        arena: &Arena,
        encoder: &mut CommandEncoder,
        (serial, counts, dispatches): (u64, Vec<usize>, usize),
    ) -> Result<Leaving> {
        let row = MOST_ROWS as u64 * DRAW_BYTES;
        let bytes = row as usize * counts.len();
        let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
        let copy = match self.spare.pop() {
            Some(copy) => copy,
            None => gpu.allocate("draws for the host", bytes, usage)?,
        };
        for (depth, count) in (0..).zip(&counts) {
            if *count > 0 {
                let bytes = *count as u64 * DRAW_BYTES;
                encoder.copy_buffer_to_buffer(&arena.draws, depth * row, &copy, depth * row, bytes);
            }
        }
        Ok(Leaving {
            serial,
            copy,
            counts,
            dispatches,
        })
    }

    /// The pass was submitted.
    pub fn left(&mut self, leaving: Leaving, submission: SubmissionIndex) {
        let (sender, landed) = crossbeam_channel::bounded(1);
        leaving.copy.map_async(MapMode::Read, .., move |result| {
            // Nobody listens any more only when the model is gone.
            let _ = sender.send(result);
        });
        self.flying.push_back(Flying {
            serial: leaving.serial,
            copy: leaving.copy,
            counts: leaving.counts,
            landed,
            submission,
            since: Instant::now(),
            dispatches: leaving.dispatches,
        });
    }

    /// The draws of a pass at a depth; waits for it, and says what it took where it did.
    pub fn draws(
        &mut self,
        gpu: &Gpu,
        serial: u64,
        depth: usize,
    ) -> Result<(Vec<DrawWord>, Option<Took>)> {
        let mut took = None;
        while self
            .flying
            .front()
            .is_some_and(|first| first.serial <= serial)
        {
            took = self.land(gpu)?;
        }
        let place = self.landed.iter().position(|(own, _)| *own == serial);
        let missing = || failed("reading codes", "they were read already");
        let place = place.ok_or_else(missing)?;
        let draws = std::mem::take(&mut self.landed[place].1[depth]);
        if self.landed[place].1.iter().all(Vec::is_empty) {
            self.landed.remove(place);
        }
        Ok((draws, took))
    }

    /// Waits for the oldest.
    fn land(&mut self, gpu: &Gpu) -> Result<Option<Took>> {
        let Some(first) = self.flying.pop_front() else {
            return Ok(None);
        };
        let refused = |message: String| failed("reading codes", message);
        let result = loop {
            gpu.check()?;
            if let Ok(result) = first.landed.try_recv() {
                break result;
            }
            gpu.wait_for(first.submission.clone())?;
        };
        if let Err(error) = result {
            // Where the card is lost, that is the reason; it may be told a moment later.
            gpu.wait()?;
            return Err(refused(error.to_string()));
        }
        let view = first
            .copy
            .get_mapped_range(..)
            .map_err(|error| refused(error.to_string()))?;
        let words: Vec<DrawWord> = bytemuck::pod_collect_to_vec(&view[..]);
        drop(view);
        first.copy.unmap();
        self.spare.push(first.copy);
        let rows = words.chunks_exact(MOST_ROWS);
        let draws = first
            .counts
            .iter()
            .zip(rows)
            .map(|(count, row)| row[..*count].to_vec());
        self.landed.push_back((first.serial, draws.collect()));
        let now = Instant::now();
        let since = self
            .last
            .replace(now)
            .map_or(first.since, |last| last.max(first.since));
        Ok(Some(Took {
            time: now - since,
            dispatches: first.dispatches,
        }))
    }

    /// Forgets every pass: nobody will ask for them.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}
