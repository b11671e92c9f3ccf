//! How long a person waits: for the first frame, and from Generate to the first preview. Told to the
//! log (`STRATA_LOG=strata=info`), so that figures come from the program itself.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use strata_engine::{Event, JobEvent};

use crate::actions::Action;

static BEGUN: OnceLock<Instant> = OnceLock::new();

/// Marks the start of the program; later calls change nothing.
pub fn begin() {
    BEGUN.get_or_init(Instant::now);
}

/// The waits of one window.
#[derive(Debug, Default)]
pub struct Times {
    framed: bool,
    generated: Option<Instant>,
}

impl Times {
    /// A frame was laid out.
    pub fn frame(&mut self) {
        if !self.framed {
            self.framed = true;
            let waited = BEGUN.get().map(Instant::elapsed).unwrap_or_default();
            tracing::info!(milliseconds = millis(waited), "first frame");
        }
    }

    /// A person did something.
    pub fn action(&mut self, action: &Action) {
        if matches!(action, Action::Generate) {
            self.generated = Some(Instant::now());
        }
    }

    /// The engine told something.
    pub fn event(&mut self, event: &Event) {
        let preview = matches!(
            event,
            Event::Job {
                event: JobEvent::Preview { .. },
                ..
            }
        );
        if let Some(since) = self.generated.filter(|_| preview) {
            self.generated = None;
            tracing::info!(
                milliseconds = millis(since.elapsed()),
                "first preview after Generate"
            );
        }
    }
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e4).round() / 10.0
}
