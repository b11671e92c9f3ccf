//! How far a run is, on standard error: a bar in a terminal, now and then a line elsewhere, nothing
//! with JSON.

use std::{
    cell::Cell,
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::plan::Plan;

/// How often a line is written where there is no terminal.
const PAUSE: Duration = Duration::from_secs(30);

/// Shows progress somewhere, or not.
pub struct Progress {
    way: Way,
    pictures: usize,
    positions: usize,
}

enum Way {
    Bar(ProgressBar),
    Lines {
        start: Instant,
        last: Cell<Instant>,
        /// Pictures that needed no work.
        already: usize,
    },
    Silent,
}

impl Progress {
    /// Of a plan, of which `already` pictures are done.
    pub fn start(plan: &Plan, already: usize, json: bool) -> Self {
        let pictures = plan.len();
        let positions = plan.card.grid.iter().product();
        let way = if json || already == pictures {
            Way::Silent
        } else if std::io::stderr().is_terminal() {
            Way::Bar(bar(pictures * positions, already * positions))
        } else {
            Way::Lines {
                start: Instant::now(),
                last: Cell::new(Instant::now()),
                already,
            }
        };
        let progress = Self {
            way,
            pictures,
            positions,
        };
        progress.show(already, 0);
        progress
    }

    /// A model is being read; `fraction` from 0 to 1.
    pub fn loading(&self, fraction: f32) {
        if let Way::Bar(bar) = &self.way {
            bar.set_message(format!("loading the model, {:.0} %", fraction * 100.0));
        }
    }

    /// `done` pictures are finished, and `positions` positions of others.
    pub fn show(&self, done: usize, positions: usize) {
        match &self.way {
            Way::Bar(bar) => {
                bar.set_message(format!("{done} of {} pictures", self.pictures));
                bar.set_position((done * self.positions + positions) as u64);
            }
            Way::Lines {
                start,
                last,
                already,
            } => {
                if last.get().elapsed() >= PAUSE {
                    last.set(Instant::now());
                    let fresh = done.saturating_sub(*already) as f64
                        + positions as f64 / self.positions.max(1) as f64;
                    let left = (self.pictures - done.min(self.pictures)) as f64;
                    let line = line(done, self.pictures, start.elapsed(), fresh, left);
                    // Progress is a courtesy: nothing depends on standard error.
                    let _ = writeln!(std::io::stderr(), "{line}");
                }
            }
            Way::Silent => {}
        }
    }

    /// Clears the bar away.
    pub fn finish(&self) {
        if let Way::Bar(bar) = &self.way {
            bar.finish_and_clear();
        }
    }
}

fn bar(length: usize, position: usize) -> ProgressBar {
    let bar = ProgressBar::new(length as u64).with_position(position as u64);
    // A template is data to indicatif; were it refused, its own style would do.
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {msg}, {eta} left") {
        bar.set_style(style);
    }
    bar.reset_eta();
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}

/// One line, with the time left at the rate so far: `fresh` pictures took `elapsed`.
fn line(done: usize, pictures: usize, elapsed: Duration, fresh: f64, left: f64) -> String {
    if fresh > 0.0 {
        let seconds = (elapsed.as_secs_f64() / fresh * left).round();
        format!("{done} of {pictures} pictures, about {seconds} s left")
    } else {
        format!("{done} of {pictures} pictures")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_the_time_left() {
        let elapsed = Duration::from_secs(10);
        assert_eq!(
            line(7, 17, elapsed, 2.0, 10.0),
            "7 of 17 pictures, about 50 s left"
        );
        assert_eq!(line(0, 17, elapsed, 0.0, 17.0), "0 of 17 pictures");
    }
}
