//! How far a download is, how fast it goes, and how long it will take. Knows no clock but the times it is
//! given.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// The rate is that of so much time.
const WINDOW: Duration = Duration::from_secs(8);
/// Times further apart than this are remembered.
const STEP: Duration = Duration::from_millis(200);

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Bytes come.
    Fetching,
    /// Bytes that are here are compared with their hash, or numbers with what they may be.
    Checking,
    /// A file is copied as it is.
    Copying,
    /// Weights are written in another form.
    Converting,
    /// A few positions are drawn on trial.
    Drawing,
}

/// How far a download, or other long work on a model's files, is.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// The file, as the hub calls it or by its name in the model's folder.
    pub name: String,
    /// What is being done.
    pub phase: Phase,
    /// Bytes that are here, those of earlier runs too.
    pub done: u64,
    /// Bytes of the file.
    pub total: u64,
    /// Bytes a second, once known.
    pub rate: Option<f64>,
    /// Until the phase is over, at that rate.
    pub left: Option<Duration>,
}

/// Measures the rate.
#[derive(Debug)]
pub(in crate::library) struct Pace {
    seen: VecDeque<(Instant, u64)>,
}

impl Pace {
    /// With this many bytes there already.
    pub fn start(now: Instant, done: u64) -> Self {
        Self {
            seen: VecDeque::from([(now, done)]),
        }
    }

    /// So many bytes are there now.
    pub fn see(&mut self, now: Instant, done: u64) {
        let last = self.seen.back();
        if last.is_none_or(|(time, _)| now.duration_since(*time) >= STEP) {
            self.seen.push_back((now, done));
        }
        // One older than the window stays, so that the window is full.
        let old = |at: Option<&(Instant, u64)>| {
            at.is_some_and(|(time, _)| now.duration_since(*time) > WINDOW)
        };
        while old(self.seen.get(1)) {
            self.seen.pop_front();
        }
    }

    /// Bytes a second.
    pub fn rate(&self) -> Option<f64> {
        let ((first, from), (last, to)) = (self.seen.front()?, self.seen.back()?);
        let seconds = last.duration_since(*first).as_secs_f64();
        // A server that knows no ranges may send us back to the beginning.
        (seconds > 0.0).then(|| to.saturating_sub(*from) as f64 / seconds)
    }

    /// How long the rest takes.
    pub fn left(&self, bytes: u64) -> Option<Duration> {
        let rate = self.rate().filter(|rate| *rate > 0.0)?;
        Duration::try_from_secs_f64(bytes as f64 / rate).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut pace = Pace::start(start, 1000);
        assert_eq!(pace.rate(), None);
        assert_eq!(pace.left(10), None);
        for second in 1..=20 {
            pace.see(after(second), 1000 + 100 * second);
        }
        assert_eq!(pace.rate(), Some(100.0));
        assert_eq!(pace.left(500), Some(Duration::from_secs(5)));
        for second in 21..=40 {
            pace.see(after(second), 3000);
        }
        assert_eq!(pace.rate(), Some(0.0));
        assert_eq!(pace.left(500), None, "never at this rate");
        assert!(pace.seen.len() < 20);
    }
}
