//! What the thread tells, and the books that it keeps for that: they outlive a panic of the machine.

use std::collections::VecDeque;

use crate::{
    error::{Error, Result},
    worker::{
        Command, Event, JobEvent, JobId, ModelEvent, RequestEvent, RequestId, queue::Queue,
        supervisor::Control,
    },
};

/// Sends events and keeps the books of live jobs, so that a job gets exactly one terminal event.
pub struct Outbox<L> {
    /// Hears every event.
    pub listener: L,
    /// The live jobs.
    pub queue: Queue,
    /// Questions about another model than the one at work.
    pub postponed: Vec<Command>,
    /// What came while a model was loaded; it is taken before anything else.
    pub came: VecDeque<Control>,
}

impl<L: FnMut(Event)> Outbox<L> {
    /// Tells of a job.
    pub fn job(&mut self, job: JobId, event: JobEvent) {
        if event.is_terminal() {
            self.queue.remove(job);
        }
        (self.listener)(Event::Job { job, event });
    }

    /// Tells of a model.
    pub fn model(&mut self, model: &str, event: ModelEvent) {
        (self.listener)(Event::Model {
            model: model.to_owned(),
            event,
        });
    }

    /// Says of a question that it gets no answer.
    pub fn refuse(&mut self, question: &Command, error: Error) {
        match question {
            Command::LoadModel { model } => self.model(model, ModelEvent::Failed(error)),
            // What has ended holds nothing.
            Command::Forget { model } => self.model(model, ModelEvent::Forgotten),
            Command::Encode { request, .. } | Command::Decode { request, .. } => {
                self.request(*request, Err(error));
            }
            _ => {}
        }
    }

    /// Answers a question.
    pub fn request(&mut self, request: RequestId, answer: Result<RequestEvent>) {
        let event = answer.unwrap_or_else(RequestEvent::Failed);
        (self.listener)(Event::Request { request, event });
    }
}

/// The model that a question is about.
pub fn model_of(question: &Command) -> Option<&str> {
    match question {
        Command::LoadModel { model }
        | Command::Forget { model }
        | Command::Encode { model, .. }
        | Command::Decode { model, .. } => Some(model),
        _ => None,
    }
}
