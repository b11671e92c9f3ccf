//! Bringing the missing ranges of a file: several couriers at a time, one writer, growing pauses.
//!
//! The first request goes alone, because only its answer tells whether the server knows ranges. One that
//! does not gives the whole file in one go.

use std::{
    collections::{HashMap, VecDeque},
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

use super::{
    Limits,
    courier::{self, Errand, Said, Word},
    journal::Part,
    pace::{Pace, Phase, Progress},
};
use crate::{
    error::{Error, Result},
    library::hub::{Cancel, GLANCE, Hub, Refusal, RemoteFile, Trouble},
};

/// How often progress is told.
const TOLD_EVERY: Duration = Duration::from_millis(100);
/// A request that brought so much before it failed was no failure in a row.
const WORTH: u64 = 256 << 10;

/// What is known of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    /// Nothing yet.
    Unknown,
    /// It gives ranges.
    Ranges,
    /// It gives whole files only.
    Whole,
}

/// A range that waits for a courier.
struct Task {
    span: Range<u64>,
    /// Requests in a row that failed.
    failures: u32,
    not_before: Instant,
}

/// A range on its way.
struct Running {
    span: Range<u64>,
    /// Where the next bytes go.
    at: u64,
    failures: u32,
    stop: Arc<AtomicBool>,
}

/// One file on its way.
pub(super) struct Flow<'a> {
    hub: &'a Hub,
    file: &'a RemoteFile,
    limits: &'a Limits,
    cancel: &'a Cancel,
    part: &'a mut Part,
    server: Server,
    waiting: VecDeque<Task>,
    running: HashMap<u64, Running>,
    couriers: u64,
    pace: Pace,
    told: Instant,
    words: (SyncSender<Word>, Receiver<Word>),
}

impl<'a> Flow<'a> {
    pub fn new(
        hub: &'a Hub,
        file: &'a RemoteFile,
        limits: &'a Limits,
        cancel: &'a Cancel,
        part: &'a mut Part,
    ) -> Self {
        let now = Instant::now();
        let waiting = part.gaps().into_iter();
        let waiting = waiting.flat_map(|gap| pieces(gap, limits.range.max(1)));
        Self {
            waiting: waiting.map(|span| Task::new(span, now)).collect(),
            pace: Pace::start(now, part.done()),
            words: sync_channel(2 * limits.connections.max(1)),
            server: Server::Unknown,
            running: HashMap::new(),
            couriers: 0,
            told: now,
            hub,
            file,
            limits,
            cancel,
            part,
        }
    }

    /// Brings everything. Whatever happens, what came is recorded.
    pub fn run(mut self, tell: &mut dyn FnMut(Progress)) -> Result<()> {
        let outcome = self.bring(tell);
        for running in self.running.values() {
            running.stop.store(true, Ordering::Relaxed);
        }
        outcome.and(self.part.record())
    }

    fn bring(&mut self, tell: &mut dyn FnMut(Progress)) -> Result<()> {
        while !(self.waiting.is_empty() && self.running.is_empty()) {
            self.cancel.check()?;
            self.send_out()?;
            self.tell(tell, false);
            match self.words.1.recv_timeout(GLANCE) {
                Ok(word) => self.hear(word)?,
                // This end holds a sender too, so it is never disconnected.
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
        self.tell(tell, true);
        Ok(())
    }

    /// Starts as many couriers as the server and the clock allow.
    fn send_out(&mut self) -> Result<()> {
        let most = match self.server {
            Server::Ranges => self.limits.connections.max(1),
            Server::Unknown | Server::Whole => 1,
        };
        let now = Instant::now();
        while self.running.len() < most {
            let ready = |task: &Task| task.not_before <= now;
            let Some(next) = self.waiting.iter().position(ready) else {
                break;
            };
            if let Some(task) = self.waiting.remove(next) {
                self.send(task)?;
            }
        }
        Ok(())
    }

    fn send(&mut self, task: Task) -> Result<()> {
        self.couriers += 1;
        let stop = Arc::new(AtomicBool::new(false));
        let range = (self.server != Server::Whole).then(|| task.span.clone());
        courier::send(Errand {
            courier: self.couriers,
            hub: self.hub.clone(),
            file: self.file.clone(),
            range,
            stop: stop.clone(),
            tell: self.words.0.clone(),
        })?;
        let running = Running {
            at: task.span.start,
            span: task.span,
            failures: task.failures,
            stop,
        };
        self.running.insert(self.couriers, running);
        Ok(())
    }

    fn hear(&mut self, word: Word) -> Result<()> {
        let Some(running) = self.running.get_mut(&word.courier) else {
            // Someone who was left behind.
            return Ok(());
        };
        match word.said {
            Said::Begun { ranges: true } => self.server = Server::Ranges,
            Said::Begun { ranges: false } if self.server != Server::Whole => {
                self.take_whole(Some(word.courier))?;
            }
            Said::Begun { ranges: false } => {}
            Said::Bytes(bytes) => {
                self.part.write(running.at, &bytes)?;
                running.at += bytes.len() as u64;
                if self.part.unrecorded() >= self.limits.record {
                    self.part.record()?;
                }
            }
            Said::Ended(outcome) => {
                if let Some(running) = self.running.remove(&word.courier) {
                    self.end(running, outcome)?;
                }
            }
        }
        Ok(())
    }

    /// From now on the file comes in one go: from `courier`, who began to bring it, or a new one.
    fn take_whole(&mut self, courier: Option<u64>) -> Result<()> {
        self.server = Server::Whole;
        self.part.forget(self.file)?;
        self.pace = Pace::start(Instant::now(), 0);
        self.waiting.clear();
        let size = self.file.size;
        self.running.retain(|number, running| {
            let stays = Some(*number) == courier;
            if stays {
                (running.span, running.at) = (0..size, 0);
            } else {
                running.stop.store(true, Ordering::Relaxed);
            }
            stays
        });
        if courier.is_none() {
            self.waiting.push_back(Task::new(0..size, Instant::now()));
        }
        Ok(())
    }

    fn end(&mut self, running: Running, outcome: Result<(), Refusal>) -> Result<()> {
        let refusal = match outcome {
            Ok(()) if running.at == running.span.end => return Ok(()),
            Ok(()) => Trouble::CutOff.into(),
            Err(refusal) => refusal,
        };
        // A server that denies a range of a file whose length it knows may still give all of it.
        if refusal.trouble == Trouble::Status(416) && self.server != Server::Whole {
            return self.take_whole(None);
        }
        self.again(running, refusal)
    }

    /// Asks for the rest of a range once more, later.
    fn again(&mut self, running: Running, Refusal { trouble, after }: Refusal) -> Result<()> {
        // Where nothing but the whole file is given, what came before a cut must come again.
        let brought = match self.server {
            Server::Whole => 0,
            _ => running.at - running.span.start,
        };
        let failures = if brought >= WORTH {
            1
        } else {
            running.failures + 1
        };
        let patience = self.hub.patience();
        if !trouble.may_pass() || failures >= patience.attempts {
            return Err(Error::remote(self.file.subject(), trouble));
        }
        tracing::debug!(file = self.file.path, %trouble, failures, "asking again");
        let not_before = Instant::now() + patience.pause_after(failures, after);
        // A server that is in trouble with one request is not pressed with the others.
        if self.server == Server::Unknown || matches!(trouble, Trouble::Busy(_)) {
            for task in &mut self.waiting {
                task.not_before = task.not_before.max(not_before);
            }
        }
        let start = match self.server {
            Server::Whole => 0,
            _ => running.at,
        };
        self.waiting.push_front(Task {
            span: start..running.span.end,
            failures,
            not_before,
        });
        Ok(())
    }

    fn tell(&mut self, tell: &mut dyn FnMut(Progress), last: bool) {
        let now = Instant::now();
        if !last && now.duration_since(self.told) < TOLD_EVERY {
            return;
        }
        self.told = now;
        let done = self.part.done();
        self.pace.see(now, done);
        tell(Progress {
            name: self.file.name().to_owned(),
            phase: Phase::Fetching,
            done,
            total: self.file.size,
            rate: self.pace.rate(),
            left: self.pace.left(self.file.size - done),
        });
    }
}

impl Task {
    fn new(span: Range<u64>, not_before: Instant) -> Self {
        Self {
            span,
            failures: 0,
            not_before,
        }
    }
}

/// A gap in ranges of at most `size` bytes.
fn pieces(gap: Range<u64>, size: u64) -> impl Iterator<Item = Range<u64>> {
    let mut start = gap.start;
    std::iter::from_fn(move || {
        let piece = start..gap.end.min(start.saturating_add(size));
        start = piece.end;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_cut_into_pieces() {
        let cut: Vec<_> = pieces(3..13, 4).collect();
        assert_eq!(cut, [3..7, 7..11, 11..13]);
        assert_eq!(pieces(3..3, 4).count(), 0);
    }
}
