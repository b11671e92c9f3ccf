//! How far an export is, on standard error: a bar in a terminal, now and then a line elsewhere, nothing
//! with JSON.

use std::{
    cell::Cell,
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::export::Halt;

/// How often a line is written where there is no terminal.
const PAUSE: Duration = Duration::from_secs(30);

/// Shows progress somewhere, or not.
pub(super) struct Progress {
    bar: ProgressBar,
    /// When the last line was written, where lines are.
    lines: Option<Cell<Instant>>,
}

impl Progress {
    /// Of so many steps.
    pub(super) fn start(steps: usize, json: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = if json || !terminal {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(steps as u64)
        };
        bar.set_length(steps as u64);
        // A template is data to indicatif; were it refused, its own style would do.
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos} of {len}, {eta} left") {
            bar.set_style(style);
        }
        Self {
            bar,
            lines: (!json && !terminal).then(|| Cell::new(Instant::now())),
        }
    }

    /// One more is done.
    pub(super) fn step(&self) -> Result<(), Halt> {
        self.bar.inc(1);
        let Some(last) = &self.lines else {
            return Ok(());
        };
        if last.get().elapsed() >= PAUSE {
            last.set(Instant::now());
            let (done, steps) = (self.bar.position(), self.bar.length().unwrap_or(0));
            // Progress is a courtesy: nothing depends on standard error.
            let _ = writeln!(std::io::stderr(), "{done} of {steps} steps");
        }
        Ok(())
    }

    /// Clears the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
