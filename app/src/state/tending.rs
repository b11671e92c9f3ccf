//! What follows later from what happened: depths that a sheet shows, weak drafts, the best ones, a sheet's
//! PNG. Looked at only when something may be due, not for every position of every picture.

use strata_engine::{Event, JobEvent};

use super::{Effect, Message, State};
use crate::gallery::Answer;

impl State {
    /// Writes down what drafts are compared by; whether something may be due after this message.
    pub(super) fn watch(&mut self, message: &Message) -> bool {
        match message {
            Message::Engine(Event::Job { job, event }) => match event {
                JobEvent::Codes {
                    position,
                    log_probability,
                    kept,
                    ..
                } => self.note_draft(*job, *position, log_probability, *kept),
                event => event.is_terminal(),
            },
            Message::Engine(Event::Request { .. } | Event::Died { .. }) => true,
            Message::Gallery(Answer::Saved { .. } | Answer::NotSaved { .. }) => true,
            _ => false,
        }
    }

    pub(super) fn tend(&mut self) -> Vec<Effect> {
        let mut effects = self.tend_drafts();
        effects.extend(self.tend_sheet());
        effects
    }
}
