//! Drives the engine through a plan, a few pictures at a time.
//!
//! The engine's queue is never longer than the window, so 50,000 pictures need no more memory than 50.
//! Each picture is on disk before the next takes its place in the queue.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use strata_engine::{Command, Error, Event, JobEvent, JobId, ModelEvent, Picture};

use super::{
    super::{Result, failure::INTERRUPTED, studio::Worker},
    kept::{self, AllDone, Done},
    plan::Plan,
    progress::Progress,
};
use crate::explain::Explained;

/// How long one wait lasts before Ctrl-C is looked at again.
const PATIENCE: Duration = Duration::from_millis(100);

/// Everything a run needs.
pub struct Feed<'a> {
    /// The pictures.
    pub plan: &'a Plan,
    /// Where they go.
    pub folder: &'a Path,
    /// Who makes them.
    pub worker: &'a dyn Worker,
    /// Most pictures with the engine at a time.
    pub window: usize,
    /// Raised to stop.
    pub stopped: Arc<AtomicBool>,
}

/// Where finished pictures go.
pub trait Shelf {
    /// Takes the picture of this number.
    ///
    /// # Errors
    /// When it cannot be kept; the run then stops.
    fn take(&mut self, index: u32, picture: Picture) -> Result<()>;
}

/// Puts every picture into the plan's folder at once.
pub struct Folder<'a> {
    /// The pictures.
    pub plan: &'a Plan,
    /// The folder.
    pub path: &'a Path,
}

impl Shelf for Folder<'_> {
    fn take(&mut self, index: u32, picture: Picture) -> Result<()> {
        let path = self.path.join(self.plan.file_name(index));
        picture.write_png(&path, &self.plan.title(index))?;
        Ok(())
    }
}

/// What changes while a run goes on.
struct Run<'a> {
    shelf: &'a mut dyn Shelf,
    done: &'a mut AllDone,
    progress: &'a Progress,
    /// Positions done of each picture that the engine has.
    live: BTreeMap<u32, usize>,
    /// Why no further picture is begun.
    failure: Option<Explained>,
    weights: Option<Arc<str>>,
}

impl Feed<'_> {
    /// Makes every picture that is not in `done`, puts it on the shelf and adds it there.
    ///
    /// # Errors
    /// The first thing that went wrong, or Ctrl-C. What was with the engine by then is cancelled; what
    /// is finished is on the shelf.
    pub fn run(
        &self,
        shelf: &mut dyn Shelf,
        done: &mut AllDone,
        progress: &Progress,
    ) -> Result<()> {
        let mut todo = self.plan.indices();
        let mut run = Run {
            shelf,
            done,
            progress,
            live: BTreeMap::new(),
            failure: None,
            weights: None,
        };
        loop {
            if run.failure.is_none() && self.stopped.load(Ordering::SeqCst) {
                self.stop(&mut run, self.interrupted());
            }
            while run.failure.is_none() && run.live.len() < self.window {
                let Some(index) = todo.next() else { break };
                if !run.done.contains_key(&index) {
                    self.enqueue(index, &mut run)?;
                }
            }
            if run.live.is_empty() {
                return match run.failure {
                    Some(failure) => Err(failure),
                    None => Ok(()),
                };
            }
            if let Some(event) = self.worker.next(PATIENCE)? {
                self.hear(event, &mut run);
            }
        }
    }

    fn enqueue(&self, index: u32, run: &mut Run) -> Result<()> {
        run.live.insert(index, 0);
        self.worker.send(Command::Enqueue {
            job: JobId(u64::from(index)),
            recipe: self.plan.recipe(index),
        })?;
        Ok(())
    }

    fn interrupted(&self) -> Explained {
        Explained::new(
            format!(
                "{INTERRUPTED}; the finished pictures are in {}",
                self.folder.display()
            ),
            "Give the same command again to make the rest.",
        )
    }

    /// Begins no more pictures and cancels those begun. Only the first reason counts.
    fn stop(&self, run: &mut Run, why: Explained) {
        if run.failure.is_none() {
            run.failure = Some(why);
            // An engine that is gone has nothing to cancel; the next wait will say so.
            let _ = self.worker.send(Command::CancelAll);
        }
    }

    fn hear(&self, event: Event, run: &mut Run) {
        match event {
            Event::Job { job, event } => {
                // Job numbers are ours: the picture's number.
                if let Ok(index) = u32::try_from(job.0)
                    && run.live.contains_key(&index)
                {
                    self.hear_of_picture(index, event, run);
                }
            }
            Event::Model {
                event: ModelEvent::Loading { fraction },
                ..
            } => run.progress.loading(fraction),
            Event::Died { message } => {
                // Its jobs have failed before, with less to say.
                run.live.clear();
                run.failure = Some(Error::Died(message).into());
            }
            _ => {}
        }
    }

    fn hear_of_picture(&self, index: u32, event: JobEvent, run: &mut Run) {
        match event {
            JobEvent::Progress { done, .. } => {
                run.live.insert(index, done);
            }
            JobEvent::Finished(picture) => {
                run.live.remove(&index);
                let done = Done {
                    seconds: Some(picture.seconds),
                    weights: kept::intern(picture.recipe.weights.as_deref(), &mut run.weights),
                    log_likelihood: picture.log_likelihood,
                };
                match run.shelf.take(index, *picture) {
                    Ok(()) => drop(run.done.insert(index, done)),
                    Err(failure) => self.stop(run, failure),
                }
            }
            JobEvent::Failed(error) => {
                run.live.remove(&index);
                self.stop(run, error.into());
            }
            JobEvent::Cancelled(_) => {
                run.live.remove(&index);
                // Nobody else can cancel; were it so, the set would lack a picture.
                self.stop(run, self.interrupted());
            }
            JobEvent::Started { .. } | JobEvent::Codes { .. } | JobEvent::Preview { .. } => {}
        }
        run.progress.show(run.done.len(), run.live.values().sum());
    }
}
