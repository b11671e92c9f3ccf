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
}

/// The jobs in the order of arrival. A job runs beside others of its model only, and no job overtakes
/// another.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: VecDeque<(JobId, Order)>,
    running: Vec<JobId>,
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
            _ if self.running.is_empty() => true,
            Some(model) => self.running.len() < max_batch && self.next_model() == Some(model),
            None => false,
        };
        let (job, order) = if fits { self.waiting.pop_front() } else { None }?;
        self.running.push(job);
        Some((job, order))
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
        Order { recipe, done: None }
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
}
