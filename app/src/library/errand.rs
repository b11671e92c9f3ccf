//! What the workshop can be asked for, how far it is with it, and what comes of it. Plain values.

use std::{path::PathBuf, sync::Arc};

use strata_engine::{
    Error,
    library::{
        Precision, convert, download, identify::Identified, import, install::Choice, verify,
    },
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
    /// Make a model of identified files.
    Import(Box<Import>),
    /// Copy a folder that is a model already.
    ImportFolder(PathBuf),
    /// Look whether a model, by its id, is what it should be.
    Check(String),
    /// Write a model's weights in another precision.
    Convert {
        /// The model's id.
        id: String,
        /// How.
        settings: convert::Settings,
    },
    /// Remove what a model, by its id, was converted from.
    DropOriginals(String),
    /// Remove a model, by its id, with all its files.
    Remove(String),
}

/// Identified files to make a model of.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// What was found in them.
    pub found: Arc<Identified>,
    /// Which of the models that they make.
    pub model: usize,
    /// What a person wants of it.
    pub order: import::Order,
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
    /// Bytes are compared with their hash, or numbers with what they may be.
    Checking,
    /// Files are copied.
    Copying,
    /// Weights are written in another precision.
    Converting,
    /// A few positions are drawn on trial.
    Drawing,
}

impl From<download::Phase> for Step {
    fn from(phase: download::Phase) -> Self {
        match phase {
            download::Phase::Fetching => Self::Fetching,
            download::Phase::Checking => Self::Checking,
            download::Phase::Copying => Self::Copying,
            download::Phase::Converting => Self::Converting,
            download::Phase::Drawing => Self::Drawing,
        }
    }
}

impl Step {
    /// Whether it is counted in bytes.
    pub fn counts_bytes(self) -> bool {
        matches!(self, Self::Fetching | Self::Copying | Self::Converting)
    }
}

/// How far an errand is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// What is being done.
    pub step: Step,
    /// How much is done: of the whole download, else of the step; in bytes where [`Step::counts_bytes`].
    pub done: u64,
    /// Of how much; 0 while unknown.
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

    /// Of a step that counts for itself.
    pub(super) fn of_step(told: &download::Progress) -> Self {
        let step = Step::from(told.phase);
        Self {
            step,
            done: told.done,
            total: told.total,
            rate: told.rate.filter(|rate| *rate > 0.0 && step.counts_bytes()),
            left_secs: told.left.map(|left| left.as_secs_f64()),
        }
    }

    /// Of a file of a download of `total` bytes, with `before` bytes in the files that came before it.
    pub(super) fn of_file(told: &download::Progress, before: u64, total: u64) -> Self {
        let own = Self::of_step(told);
        // What is being checked is there already; for how long says nothing of the files to come.
        let there = match told.phase {
            download::Phase::Fetching => told.done,
            _ => told.total,
        };
        let done = before + there;
        let left = |rate: f64| total.saturating_sub(done) as f64 / rate;
        Self {
            done,
            total,
            left_secs: own.rate.map(left),
            ..own
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
    /// It is a model now.
    Imported {
        /// The id.
        id: String,
        /// Its name.
        name: String,
    },
    /// It was checked.
    Checked(Box<verify::Report>),
    /// It is in another precision.
    Converted {
        /// The id.
        id: String,
        /// In which.
        precision: Precision,
    },
    /// What it was converted from is gone.
    Dropped {
        /// The id.
        id: String,
        /// Bytes that are free now.
        bytes: u64,
    },
    /// It is gone.
    Removed {
        /// The id.
        id: String,
        /// Bytes that are free now.
        bytes: u64,
    },
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
            error => Self::Trouble(words::explained(&error)),
        }
    }
}

impl From<Explained> for Failure {
    fn from(explained: Explained) -> Self {
        Self::Trouble(explained)
    }
}
