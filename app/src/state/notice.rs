//! What a person is told when something went wrong, or is done: one sentence, the next step, and a button where one
//! helps. Each thing is said once, with how often it happened.

use strata_engine::Error;

use super::State;
use crate::{actions::Action, explain::Explained, wording};

/// A notice. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoticeId(pub u64);

/// What a notice is about; a newer notice of the same topic takes the older one's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Pictures could not be made.
    Making,
    /// Pictures could not be saved.
    Saving,
    /// The engine stopped.
    Engine,
    /// Pictures were exported, or could not be.
    Export,
    /// Pictures were deleted.
    Deleted,
    /// Favourites and ratings could not be read or kept.
    Marks,
    /// Settings could not be read or kept.
    Settings,
    /// Pictures that an earlier run left.
    Left,
    /// The journal cannot be written.
    Journal,
    /// Models were fetched, changed or removed.
    Library,
    /// A graphics card could not be used.
    Device,
    /// A model could not be loaded: its id.
    Model(String),
    /// Anything else.
    Other,
}

/// Whether a notice calls for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something went wrong, or waits for an answer.
    Trouble,
    /// What was asked for is done.
    Done,
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Its name.
    pub id: NoticeId,
    /// What it is about.
    pub topic: Topic,
    /// Whether it calls for something.
    pub tone: Tone,
    /// What happened, one sentence.
    pub sentence: String,
    /// What to do, one sentence.
    pub next_step: String,
    /// Buttons that do it.
    pub remedies: Vec<Action>,
    /// How often.
    pub times: u32,
}

impl State {
    /// Tells that something went wrong, counting up when it was just told.
    pub(super) fn notify(
        &mut self,
        topic: Topic,
        sentence: String,
        next_step: String,
        remedies: Vec<Action>,
    ) {
        self.tell(Tone::Trouble, topic, sentence, next_step, remedies);
    }

    /// Tells something, counting up when it was just told.
    pub(super) fn tell(
        &mut self,
        tone: Tone,
        topic: Topic,
        sentence: String,
        next_step: String,
        remedies: Vec<Action>,
    ) {
        let earlier = self
            .notices
            .iter()
            .position(|notice| notice.topic == topic && topic != Topic::Other)
            .map(|at| self.notices.remove(at));
        let times = match earlier {
            Some(earlier) if earlier.sentence == sentence => earlier.times + 1,
            _ => 1,
        };
        let id = NoticeId(self.ids.next());
        self.notices.push(Notice {
            id,
            topic,
            tone,
            sentence,
            next_step,
            remedies,
            times,
        });
    }

    /// Tells an error of the engine with its next step.
    pub(super) fn notify_error(&mut self, topic: Topic, error: &Error, remedies: Vec<Action>) {
        let explained = Explained::from(error);
        self.notify(
            topic,
            wording::sentence(&explained.sentence),
            explained.next_step,
            remedies,
        );
    }

    /// Puts away what is said about a topic.
    pub(super) fn settle(&mut self, topic: &Topic) {
        self.notices.retain(|notice| &notice.topic != topic);
    }
}
