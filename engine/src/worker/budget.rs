//! How much time previews may take. Pure: durations in, decisions out.

use std::time::Duration;

/// Previews may take this share of the sampling time.
const SHARE: f64 = 0.05;
/// A picture is shown this often at most; faster than a screen draws is wasted.
const SHOW_EVERY: Duration = Duration::from_millis(33);

/// The books of one picture.
#[derive(Debug, Default)]
pub struct Budget {
    sampling: Duration,
    spent: Duration,
    since_shown: Option<Duration>,
}

impl Budget {
    /// A step took `time`.
    pub fn sampled(&mut self, time: Duration) {
        self.sampling += time;
        if let Some(since) = &mut self.since_shown {
            *since += time;
        }
    }

    /// A preview took `time`.
    pub fn spent(&mut self, time: Duration) {
        self.spent += time;
    }

    /// Whether a preview of this cost keeps all of them within their share.
    pub fn allows(&self, cost: Duration) -> bool {
        (self.spent + cost).as_secs_f64() <= SHARE * self.sampling.as_secs_f64()
    }

    /// Whether the picture is due to be shown: the first time at once, then at the rate of a screen, if
    /// the cost of the last showing fits the share. Starts the wait for the next.
    pub fn show(&mut self, cost: Duration) -> bool {
        let due = match self.since_shown {
            None => true,
            Some(since) => since >= SHOW_EVERY && self.allows(cost),
        };
        if due {
            self.since_shown = Some(Duration::ZERO);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn previews_stay_within_their_share() {
        let mut budget = Budget::default();
        let mut decodes = 0;
        for _ in 0..256 {
            budget.sampled(MS(10));
            if budget.allows(MS(30)) {
                budget.spent(MS(30));
                decodes += 1;
            }
        }
        assert_eq!(decodes, 4, "128 ms are 5 % of 2.56 s");
    }

    #[test]
    fn the_first_preview_is_shown_at_once_and_the_rest_at_screen_rate() {
        let mut budget = Budget::default();
        budget.sampled(MS(1));
        assert!(budget.show(Duration::ZERO));
        let shown = (0..330).filter(|_| {
            budget.sampled(MS(1));
            budget.show(Duration::ZERO)
        });
        assert_eq!(shown.count(), 10);
    }
}
