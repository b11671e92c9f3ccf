//! How fast the work goes and how long it will take. Time comes in with every event, so that the same
//! events give the same figures in a test.

use std::collections::VecDeque;

/// Seconds that the rate is averaged over.
const WINDOW_SECS: f64 = 4.0;

/// Measures positions a second over the last seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pace {
    samples: VecDeque<(f64, u64)>,
    total: u64,
}

impl Pace {
    /// Forgets everything; `now_secs` is the moment work begins.
    pub fn start(&mut self, now_secs: f64) {
        self.samples.clear();
        self.total = 0;
        self.samples.push_back((now_secs, 0));
    }

    /// `positions` more are done.
    pub fn note(&mut self, now_secs: f64, positions: usize) {
        self.total += positions as u64;
        match self.samples.back_mut() {
            Some((at, total)) if now_secs - *at < 0.05 && *total > 0 => *total = self.total,
            _ => self.samples.push_back((now_secs, self.total)),
        }
        while self.samples.len() > 2
            && self
                .samples
                .front()
                .is_some_and(|(at, _)| now_secs - at > WINDOW_SECS)
        {
            self.samples.pop_front();
        }
    }

    /// Positions a second, all pictures together; `None` before there is anything to measure.
    pub fn positions_per_sec(&self) -> Option<f64> {
        let (first, last) = (self.samples.front()?, self.samples.back()?);
        let secs = last.0 - first.0;
        (secs > 0.05 && last.1 > first.1).then(|| (last.1 - first.1) as f64 / secs)
    }

    /// Seconds that `positions` more will take.
    pub fn remaining_secs(&self, positions: u64) -> Option<f64> {
        Some(positions as f64 / self.positions_per_sec()?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn steady_work_has_a_steady_rate() {
        let mut pace = Pace::default();
        pace.start(10.0);
        assert_eq!(pace.positions_per_sec(), None);
        for step in 1..=100 {
            pace.note(10.0 + f64::from(step) * 0.1, 4);
        }
        assert!((pace.positions_per_sec().unwrap() - 40.0).abs() < 0.5);
        assert!((pace.remaining_secs(80).unwrap() - 2.0).abs() < 0.1);
    }

    #[test]
    fn the_rate_follows_a_change_within_the_window() {
        let mut pace = Pace::default();
        pace.start(0.0);
        for step in 1..=50 {
            pace.note(f64::from(step) * 0.1, 10);
        }
        for step in 1..=50 {
            pace.note(5.0 + f64::from(step) * 0.1, 1);
        }
        assert!((pace.positions_per_sec().unwrap() - 10.0).abs() < 1.0);
    }
}
