//! Keeps the contract across a panic: every live job ends exactly once, whatever happens, and the loop can be
//! started again.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crossbeam_channel::Receiver;

use crate::{
    error::Error,
    worker::{
        Command, Event, JobEvent, machine::Machine, outbox::Outbox, queue::Queue, thread::Worker,
    },
};

/// What the handle sends.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are commands, and there are few"
)]
pub enum Control {
    /// A command of the contract.
    Command(Command),
    /// Build a new machine after a panic.
    Restart,
}

/// Whether the loop goes on.
pub enum Flow {
    /// It does.
    Continue,
    /// It ends.
    Stop,
}

/// Runs machines from `build` until a shutdown or until every handle is gone.
pub fn supervise<M: Machine>(
    receiver: &Receiver<Control>,
    listener: impl FnMut(Event),
    build: impl Fn() -> M,
    max_batch: usize,
) {
    let mut outbox = Outbox {
        listener,
        queue: Queue::default(),
        postponed: Vec::new(),
        came: VecDeque::new(),
    };
    loop {
        let run = || Worker::new(build(), &mut outbox, max_batch, receiver).run();
        let Err(panic) = catch_unwind(AssertUnwindSafe(run)) else {
            return;
        };
        let message = panic_message(panic.as_ref());
        for job in outbox.queue.live() {
            outbox.job(job, JobEvent::Failed(Error::Died(message.clone())));
        }
        for question in std::mem::take(&mut outbox.postponed) {
            outbox.refuse(&question, Error::Died(message.clone()));
        }
        // A restart cannot be among them: no one knows of the death yet.
        let came = std::mem::take(&mut outbox.came).into_iter();
        let ends = came.filter_map(|control| turn_away(control, &mut outbox, &message));
        let ends = ends.filter(|flow| matches!(flow, Flow::Stop)).count() > 0;
        outbox.queue.set_paused(false);
        (outbox.listener)(Event::Died {
            message: message.clone(),
        });
        if ends
            || matches!(
                wait_for_restart(receiver, &mut outbox, &message),
                Flow::Stop
            )
        {
            return;
        }
    }
}

/// Answers everything with the reason of death until a restart.
fn wait_for_restart<L: FnMut(Event)>(
    receiver: &Receiver<Control>,
    outbox: &mut Outbox<L>,
    message: &str,
) -> Flow {
    let mut controls = receiver.iter();
    controls
        .find_map(|control| turn_away(control, outbox, message))
        .unwrap_or(Flow::Stop)
}

/// Answers one control with the reason of death, unless it says how to go on.
fn turn_away<L: FnMut(Event)>(
    control: Control,
    outbox: &mut Outbox<L>,
    message: &str,
) -> Option<Flow> {
    let died = || Error::Died(message.to_owned());
    match control {
        Control::Restart => return Some(Flow::Continue),
        Control::Command(Command::Shutdown) => return Some(Flow::Stop),
        Control::Command(Command::Enqueue { job, .. } | Command::Resume { job, .. }) => {
            outbox.job(job, JobEvent::Failed(died()));
        }
        Control::Command(question) => outbox.refuse(&question, died()),
    }
    None
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".into())
}
