//! Which jobs wait and which run. Pure: it knows no thread, no model and no clock.

use std::collections::VecDeque;

use crate::{picture::Codes, recipe::Recipe, worker::JobId};

/// What a job is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// What to make.
    pub recipe: Recipe,
    /// What an interrupted job of this recipe has left.
    pub done: Option<Codes>,
    /// Positions that were told already, where the job has run before on a device that is gone.
    pub told: Option<usize>,
}

/// The jobs in the order of arrival, unless they were put into another. A job runs beside others of its
/// model only, and no job overtakes another by itself.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: VecDeque<(JobId, Order)>,
    running: Vec<JobId>,
    paused: bool,
}

impl Queue {
    /// Puts a job at the end. False when its id is taken by a live job.
    pub fn push(&mut self, job: JobId, order: Order) -> bool {
        let is_new = !self.is_live(job);
        if is_new {
            self.waiting.push_back((job, order));
        }
        is_new
    }

    /// Whether a job waits or runs.
    pub fn is_live(&self, job: JobId) -> bool {
        self.running.contains(&job) || self.waiting.iter().any(|(other, _)| *other == job)
    }

    /// The model that the next job needs.
    pub fn next_model(&self) -> Option<&str> {
        self.waiting
            .front()
            .map(|(_, order)| order.recipe.model.as_str())
    }

    /// Takes the next job into the batch: it must be of the model that runs, or nothing may run, and
    /// the batch must have room.
    pub fn admit(
        &mut self,
        running_model: Option<&str>,
        max_batch: usize,
    ) -> Option<(JobId, Order)> {
        let fits = match running_model {
            _ if self.paused => false,
            _ if self.running.is_empty() => true,
            Some(model) => self.running.len() < max_batch && self.next_model() == Some(model),
            None => false,
        };
        let (job, order) = if fits { self.waiting.pop_front() } else { None }?;
        self.running.push(job);
        Some((job, order))
    }

    /// Running jobs wait again, before all others and in this order.
    pub fn hand_back(&mut self, orders: Vec<(JobId, Order)>) {
        for (job, order) in orders.into_iter().rev() {
            self.running.retain(|other| *other != job);
            self.waiting.push_front((job, order));
        }
    }

    /// Forgets a job, wherever it is. True when it was running.
    pub fn remove(&mut self, job: JobId) -> bool {
        self.waiting.retain(|(other, _)| *other != job);
        let before = self.running.len();
        self.running.retain(|other| *other != job);
        self.running.len() < before
    }

    /// Every live job, running ones first.
    pub fn live(&self) -> Vec<JobId> {
        self.running
            .iter()
            .copied()
            .chain(self.waiting.iter().map(|(job, _)| *job))
            .collect()
    }

    /// Puts waiting jobs first, in the order of `first`; the others follow in theirs.
    pub fn reorder(&mut self, first: &[JobId]) {
        let place = |job: JobId| {
            let listed = first.iter().position(|other| *other == job);
            listed.unwrap_or(first.len())
        };
        // A stable sort: jobs that are not listed keep their order.
        self.waiting
            .make_contiguous()
            .sort_by_key(|(job, _)| place(*job));
    }

    /// Lets the queue rest, or go on.
    pub fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Whether there is nothing to do now: no jobs, or a pause.
    pub fn rests(&self) -> bool {
        self.paused || self.is_empty()
    }

    /// Whether nothing waits and nothing runs.
    pub fn is_empty(&self) -> bool {
        self.running.is_empty() && self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::{Guidance, Sampling, Subject};

    fn order(model: &str) -> Order {
        let recipe = Recipe {
            model: model.into(),
            weights: None,
            subject: Subject::Page,
            seed: 0,
            index: 0,
            guidance: Guidance::NONE,
            sampling: Sampling::default(),
            start: None,
        };
        Order {
            recipe,
            done: None,
            told: None,
        }
    }

    fn queue(models: &[&str]) -> Queue {
        let mut queue = Queue::default();
        for (index, model) in models.iter().enumerate() {
            assert!(queue.push(JobId(index as u64), order(model)));
        }
        queue
    }

    #[test]
    fn jobs_of_one_model_share_a_batch_in_order() {
        let mut queue = queue(&["a", "a", "a", "b", "a"]);
        let mut admit = |model| queue.admit(model, 2).map(|(job, _)| job.0);
        assert_eq!(admit(None), Some(0));
        assert_eq!(admit(Some("a")), Some(1));
        assert_eq!(admit(Some("a")), None, "the batch is full");
        assert!(queue.remove(JobId(0)));
        assert_eq!(queue.admit(Some("a"), 2).map(|(job, _)| job.0), Some(2));
        assert!(queue.remove(JobId(1)));
        assert!(
            queue.admit(Some("a"), 2).is_none(),
            "job 4 must not overtake job 3 of another model"
        );
        assert!(queue.remove(JobId(2)));
        assert_eq!(queue.admit(Some("a"), 2).map(|(job, _)| job.0), Some(3));
    }

    #[test]
    fn an_id_is_taken_while_its_job_lives() {
        let mut queue = queue(&["a"]);
        assert!(!queue.push(JobId(0), order("a")));
        queue.admit(None, 1);
        assert!(!queue.push(JobId(0), order("a")));
        assert!(queue.remove(JobId(0)));
        assert!(queue.is_empty());
        assert!(!queue.remove(JobId(0)));
    }

    #[test]
    fn live_jobs_are_running_ones_first() {
        let mut queue = queue(&["a", "b", "c"]);
        queue.admit(None, 1);
        assert_eq!(queue.live(), [JobId(0), JobId(1), JobId(2)]);
        assert_eq!(queue.next_model(), Some("b"));
    }

    #[test]
    fn waiting_jobs_are_put_first_and_the_rest_keeps_its_order() {
        let mut queue = queue(&["a", "a", "b", "a", "a"]);
        queue.admit(None, 1);
        // Job 0 runs and job 9 is unknown: neither counts.
        queue.reorder(&[4, 0, 9, 2].map(JobId));
        assert_eq!(queue.live(), [0, 4, 2, 1, 3].map(JobId));
        queue.reorder(&[]);
        assert_eq!(queue.live(), [0, 4, 2, 1, 3].map(JobId));
        assert!(queue.remove(JobId(0)));
        assert_eq!(queue.admit(None, 1).map(|(job, _)| job), Some(JobId(4)));
        assert_eq!(queue.next_model(), Some("b"));
    }

    #[test]
    fn a_pause_lets_nothing_in_and_keeps_everything() {
        let mut queue = queue(&["a", "a"]);
        assert!(!queue.rests());
        queue.admit(None, 2);
        queue.set_paused(true);
        assert!(queue.rests() && !queue.is_empty());
        assert!(queue.admit(Some("a"), 2).is_none());
        assert!(queue.push(JobId(5), order("a")));
        assert!(queue.remove(JobId(0)), "a paused job can be cancelled");
        assert!(queue.admit(None, 2).is_none());
        queue.set_paused(false);
        assert_eq!(queue.admit(None, 2).map(|(job, _)| job), Some(JobId(1)));
        assert_eq!(queue.live(), [1, 5].map(JobId));
    }
}
