//! What a program can ask of the engine thread.

use crate::{
    backend::Device,
    model::LookAhead,
    picture::{Codes, Pixels},
    recipe::Recipe,
};

/// A job: one picture. Chosen by the sender, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// A question outside the queue. Chosen by the sender, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Which depths of the codes to decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depths {
    /// The first `n` depths summed (`n` from 1); more than there are means all.
    First(usize),
    /// One depth alone (0-based).
    Only(usize),
}

impl Depths {
    /// Every depth.
    pub const ALL: Self = Self::First(usize::MAX);
}

/// A command to the engine thread, taken between steps.
#[derive(Clone, Debug)]
pub enum Command {
    /// How many positions a pass tries from now on; see [`LookAhead`]. It changes no picture.
    SetLookAhead(LookAhead),
    /// Run models on another device from now on; answered by `Event::Device` when the first is loaded there.
    /// Pictures in hand go on there from the codes that they have.
    SetDevice(Device),
    /// Load a model ahead of its first job; answered by `Event::Model`.
    LoadModel {
        /// Its id in the library.
        model: String,
    },
    /// Stop loading a model; it then fails with [`crate::Error::Cancelled`], and the job that asked for it is
    /// cancelled. Ignored when that model is not being loaded.
    CancelLoading {
        /// Its id in the library.
        model: String,
    },
    /// Let go of a model, so that its files may be removed or replaced; answered by
    /// [`crate::ModelEvent::Forgotten`] once none of its pictures grows any more.
    Forget {
        /// Its id in the library.
        model: String,
    },
    /// Put a picture at the end of the queue; ends in exactly one terminal [`crate::JobEvent`].
    Enqueue {
        /// The job's name.
        job: JobId,
        /// What to make.
        recipe: Recipe,
    },
    /// Go on with a picture that was interrupted: as `Enqueue`, but nothing that is done is drawn again.
    /// The picture becomes the very one that it would have been.
    Resume {
        /// The job's name.
        job: JobId,
        /// What the interrupted job was told to make; a changed recipe makes a picture of two halves.
        recipe: Recipe,
        /// The codes that it left, from the first position on, as [`crate::JobEvent::Codes`] told them.
        done: Codes,
    },
    /// Stop a job within one step; the picture so far comes back. Unknown jobs are ignored.
    Cancel(JobId),
    /// Stop every job.
    CancelAll,
    /// Rest after the step at hand, with everything kept as it is, or go on. While the queue rests, other
    /// commands are taken as ever; a death ends the rest.
    SetPaused(bool),
    /// Put these waiting jobs first, in this order; the others follow in theirs. What runs goes on, and
    /// jobs that do not wait are passed over.
    Reorder(Vec<JobId>),
    /// Turn a picture into codes; answered by `Event::Request`.
    Encode {
        /// The question's name.
        request: RequestId,
        /// The model whose tokenizer is meant.
        model: String,
        /// Fitted to the model's size (centre crop, then resampling).
        image: Pixels,
    },
    /// Turn codes into a picture; answered by `Event::Request`.
    Decode {
        /// The question's name.
        request: RequestId,
        /// The model whose tokenizer is meant.
        model: String,
        /// A complete grid.
        codes: Codes,
        /// Which depths.
        depths: Depths,
    },
    /// Cancel everything and end the thread.
    Shutdown,
}
