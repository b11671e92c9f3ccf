//! What the engine thread tells.

use std::sync::Arc;

use crate::{
    error::Error,
    library::ModelCard,
    picture::{Codes, Picture, Pixels},
    worker::command::{JobId, RequestId},
};

/// A device that the engine can compute on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// The name `--device` takes.
    pub id: String,
    /// For people.
    pub name: String,
}

/// What models run on from now on.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceNews {
    /// The device.
    pub device: DeviceInfo,
    /// Why it is not the one that was asked for.
    pub instead_because: Option<Error>,
}

/// News from the engine thread.
#[derive(Clone, Debug)]
pub enum Event {
    /// The devices there are; sent once at the start.
    Devices(Vec<DeviceInfo>),
    /// Models run on this device from now on.
    Device(DeviceNews),
    /// News of a model.
    Model {
        /// Its id.
        model: String,
        /// What happened.
        event: ModelEvent,
    },
    /// News of a job.
    Job {
        /// Which.
        job: JobId,
        /// What happened.
        event: JobEvent,
    },
    /// The answer to an `Encode` or `Decode`.
    Request {
        /// Which.
        request: RequestId,
        /// The answer.
        event: RequestEvent,
    },
    /// The engine thread panicked. Every live job has had its `Failed` before this; the thread takes
    /// jobs again after `Engine::restart`.
    Died {
        /// The panic's message.
        message: String,
    },
}

/// News of a model.
#[derive(Clone, Debug)]
pub enum ModelEvent {
    /// Being read; `fraction` from 0 to 1.
    Loading {
        /// How far.
        fraction: f32,
    },
    /// Ready to sample.
    Ready(Arc<ModelCard>),
    /// Cannot be used; [`Error::Cancelled`] when the loading was called off.
    Failed(Error),
    /// None of its files is open any longer.
    Forgotten,
}

/// News of a job. `Finished`, `Cancelled` and `Failed` are terminal: a job gets exactly one of them.
#[derive(Clone, Debug)]
pub enum JobEvent {
    /// The first step is about to run.
    Started {
        /// The model's card: grid, depth, size.
        card: Arc<ModelCard>,
        /// How many positions, the first ones, are known beforehand: kept whole by the recipe's start, or
        /// drawn before an interruption. Their codes come quickly, which says nothing about the rest.
        given: usize,
        /// SHA-256 of the weights that it is drawn with, in hexadecimal: another model under the same id
        /// cannot go on with it.
        weights: String,
    },
    /// The codes of one position. Never dropped, and told for every position from the first on, also where
    /// they were known beforehand.
    Codes {
        /// The position in raster order.
        position: usize,
        /// One code per depth.
        codes: Vec<u32>,
        /// Entropy of each code's distribution after the filters, in nats; 0 for kept codes.
        entropy: Vec<f32>,
        /// Logarithm of each code's probability in nats, as [`crate::sampling::Draw::log_probability`] has
        /// it; 0 for kept codes. Over all positions they add up to the picture's log-likelihood.
        log_probability: Vec<f32>,
        /// How many of the codes, the first ones, the recipe's start keeps; the others were drawn.
        kept: usize,
    },
    /// The picture so far, one per depth: entry `k` shows depths `0..=k` summed. May be dropped.
    Preview {
        /// How many positions it shows.
        positions: usize,
        /// One picture per depth.
        lanes: Vec<Arc<Pixels>>,
    },
    /// How far the job is.
    Progress {
        /// Positions done.
        done: usize,
        /// Positions in all.
        total: usize,
        /// Seconds left at the rate of drawing so far, which positions given beforehand do not count in.
        remaining_secs: f32,
        /// Positions that each pass of drawing kept, in the mean; more than 1 where look-ahead helps. `None`
        /// before the first.
        kept_a_pass: Option<f32>,
    },
    /// The picture is done.
    Finished(Box<Picture>),
    /// The job was cancelled; the picture so far if it had started.
    Cancelled(Option<Box<Picture>>),
    /// The job could not be done.
    Failed(Error),
}

impl JobEvent {
    /// Whether this is the job's last event.
    pub fn is_terminal(&self) -> bool {
        matches!(
            self,
            Self::Finished(_) | Self::Cancelled(_) | Self::Failed(_)
        )
    }
}

/// The answer to a request.
#[derive(Clone, Debug)]
pub enum RequestEvent {
    /// To `Encode`.
    Encoded(Codes),
    /// To `Decode`.
    Decoded(Arc<Pixels>),
    /// To either.
    Failed(Error),
}
