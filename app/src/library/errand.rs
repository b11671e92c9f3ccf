//! What the workshop can be asked for, how far it is with it, and what comes of it. Plain values.

use strata_engine::{
    Error,
    library::{download, install::Choice},
};

use crate::{explain::Explained, settings::Secret, wording::library as words};

/// An errand. Chosen by the sender, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrandId(pub u64);

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Errand {
    /// Its name.
    pub id: ErrandId,
    /// What.
    pub task: Task,
}

/// What there is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// Fetch a published model; goes on where an earlier errand was stopped.
    Get(Get),
    /// Throw away what was fetched of one, by its id.
    Discard(String),
}

/// A published model to fetch.
#[derive(Clone, Debug, PartialEq)]
pub struct Get {
    /// Its id in the catalogue.
    pub id: String,
    /// Which files are meant, where there are several.
    pub choice: Choice,
    /// The hub or a mirror; none for the usual one.
    pub endpoint: Option<String>,
    /// A token of the person's account.
    pub token: Option<Secret>,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The hub is asked what there is.
    Asking,
    /// Bytes come.
    Fetching,
    /// Bytes are compared with their hash.
    Hashing,
}

/// How far an errand is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// What is being done.
    pub step: Step,
    /// Bytes of the errand that are done.
    pub done: u64,
    /// Bytes of the errand; 0 while unknown.
    pub total: u64,
    /// Bytes a second.
    pub rate: Option<f64>,
    /// Seconds that are left at that rate.
    pub left_secs: Option<f64>,
}

impl Progress {
    /// Nothing yet.
    pub const BEGIN: Self = Self {
        step: Step::Asking,
        done: 0,
        total: 0,
        rate: None,
        left_secs: None,
    };

    /// Of a file that `before` bytes of others come before, of `total` in all.
    pub(super) fn of_file(told: &download::Progress, before: u64, total: u64) -> Self {
        let done = before + told.done;
        // The rate counts until all files are there; while one is checked it says nothing of the others.
        let rate = told.rate.filter(|rate| *rate > 0.0);
        let left_secs = match told.phase {
            download::Phase::Fetching => rate.map(|rate| total.saturating_sub(done) as f64 / rate),
            download::Phase::Checking => None,
        };
        Self {
            step: match told.phase {
                download::Phase::Fetching => Step::Fetching,
                download::Phase::Checking => Step::Hashing,
            },
            // What is being checked is there already.
            done: match told.phase {
                download::Phase::Fetching => done,
                download::Phase::Checking => before + told.total,
            },
            total,
            rate: rate.filter(|_| told.phase == download::Phase::Fetching),
            left_secs,
        }
    }

    /// From 0 to 1.
    pub fn fraction(&self) -> f32 {
        match self.total {
            0 => 0.0,
            total => (self.done as f64 / total as f64).clamp(0.0, 1.0) as f32,
        }
    }
}

/// What came of an errand.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    /// It is fetched.
    Got {
        /// The id.
        id: String,
        /// Whether it is a model, and not a tokenizer alone.
        is_model: bool,
    },
    /// What there was of it is gone.
    Discarded(String),
}

/// Why nothing came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// It was stopped.
    Cancelled,
    /// A person has to say which file is meant.
    Choice {
        /// "transformer" or "tokenizer".
        part: &'static str,
        /// The folder on the hub.
        folder: String,
        /// Its files that could be meant.
        candidates: Vec<String>,
    },
    /// Something went wrong.
    Trouble(Explained),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Cancelled => Self::Cancelled,
            Error::Choice {
                part,
                folder,
                candidates,
            } if candidates.len() > 1 => Self::Choice {
                part,
                folder,
                candidates,
            },
            error => {
                let Explained {
                    sentence,
                    next_step,
                } = Explained::from(&error);
                let next_step = words::next_step(&error).map_or(next_step, str::to_owned);
                Self::Trouble(Explained::new(sentence, next_step))
            }
        }
    }
}

impl From<Explained> for Failure {
    fn from(explained: Explained) -> Self {
        Self::Trouble(explained)
    }
}
