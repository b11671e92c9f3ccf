//! The engine thread: [`Command`]s in, [`Event`]s out.
//!
//! `command` and `event` are the contract, `queue` is pure bookkeeping, `outbox` tells, `thread` is the
//! loop that owns every model, `supervisor` keeps the contract when it panics, `handle` is what other threads hold. No state is shared: values are sent.

mod active;
mod budget;
mod command;
mod event;
mod handle;
mod machine;
mod outbox;
mod queue;
mod supervisor;
mod thread;

pub use command::{Command, Depths, JobId, RequestId};
pub use event::{DeviceInfo, DeviceNews, Event, JobEvent, ModelEvent, RequestEvent};
pub use handle::{Engine, Options};

#[cfg(test)]
mod tests;
