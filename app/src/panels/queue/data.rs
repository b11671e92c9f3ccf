//! What the queue shows.

use strata_engine::Mode;

use crate::{
    state::{Group, GroupId, Piece, Stage, State},
    wording::queue as words,
};

/// The queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    /// What is being made, in its order.
    pub jobs: Vec<Job>,
    /// Whether it rests.
    pub paused: bool,
    /// Whether a finished job calls.
    pub notify: bool,
    /// Whether passes look ahead where that is faster.
    pub look_ahead: bool,
    /// What saves all cancelled pictures on the canvas, in words; `None` without any.
    pub keep: Option<String>,
}

/// What one press on Generate asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Which.
    pub group: GroupId,
    /// Its place, from 0.
    pub place: usize,
    /// Whether it is the last.
    pub is_last: bool,
    /// What it draws.
    pub title: String,
    /// How far it is, in words.
    pub details: String,
    /// From 0 to 1.
    pub fraction: f32,
}

impl Queue {
    /// From the state.
    pub fn of(state: &State) -> Self {
        let groups = &state.queue.groups;
        let job = |(place, group)| job(state, place, group);
        let unfinished = match state.live() {
            0 => state.unfinished().count(),
            _ => 0,
        };
        Self {
            jobs: groups.iter().enumerate().map(job).collect(),
            paused: state.queue.paused,
            notify: state.queue.notify,
            look_ahead: state.queue.look_ahead,
            keep: (unfinished > 0).then(|| words::keep_unfinished(unfinished, state.mode)),
        }
    }
}

fn job(state: &State, place: usize, group: &Group) -> Job {
    let pieces: Vec<&Piece> = state.pieces_of(group).collect();
    let done = pieces.iter().filter(|piece| !piece.stage.is_live()).count();
    let mode = pieces.first().map_or(Mode::Classes, |piece| piece.mode());
    let model = pieces.first().map_or("", |piece| &piece.card.name);
    // What was cancelled or failed is not going to be made.
    let fraction = |piece: &&Piece| match piece.stage.is_live() {
        true => piece.fraction(),
        false => 1.0,
    };
    let fraction = pieces.iter().map(fraction).sum::<f32>() / pieces.len().max(1) as f32;
    let begun = pieces.iter().any(|piece| piece.stage != Stage::Waiting);
    let now = match (begun, state.queue.paused) {
        (false, _) => words::WAITING.to_owned(),
        (true, true) => words::PAUSED.to_owned(),
        (true, false) => crate::wording::percent(fraction),
    };
    Job {
        group: group.id,
        place,
        is_last: place + 1 == state.queue.groups.len(),
        title: state.title_of(group),
        details: words::details(&words::job(done, pieces.len(), mode), model, &now),
        fraction,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        actions::Action,
        panels::fixture::{self, act, hear, jobs},
    };

    fn told(state: &State) -> Vec<(String, String)> {
        let jobs = Queue::of(state).jobs;
        jobs.into_iter()
            .map(|job| (job.title, job.details))
            .collect()
    }

    #[test]
    fn a_job_is_one_press_on_generate() {
        let mut state = fixture::state();
        assert_eq!(Queue::of(&state).jobs, []);
        let first = jobs(&act(&mut state, [Action::SetCount(2), Action::Generate]));
        act(
            &mut state,
            [
                Action::ChooseClass(387),
                Action::ToggleClass(963),
                Action::Generate,
            ],
        );
        hear(&mut state, fixture::started(first[0]));
        fixture::finish(&mut state, first[0]);
        let titles: Vec<String> = told(&state).into_iter().map(|(title, _)| title).collect();
        assert_eq!(titles[0], state.class_name(207));
        assert_eq!(
            titles[1],
            format!("{} and {}", state.class_name(387), state.class_name(963))
        );
        let queue = Queue::of(&state);
        assert_eq!(
            queue.jobs[0].details,
            "1 of 2 pictures done \u{b7} Sticker book \u{b7} 50 %"
        );
        assert_eq!(
            queue.jobs[1].details,
            "4 pictures \u{b7} Sticker book \u{b7} waiting"
        );
        assert!(!queue.jobs[0].is_last && queue.jobs[1].is_last);
        act(&mut state, [Action::SetPaused(true)]);
        assert!(told(&state)[0].1.ends_with("paused"));
    }

    #[test]
    fn cancelled_pictures_can_be_kept_once_all_rests() {
        let mut state = fixture::state();
        let jobs = jobs(&act(&mut state, [Action::SetCount(2), Action::Generate]));
        for job in &jobs {
            hear(&mut state, fixture::started(*job));
        }
        for (job, keep) in jobs.iter().zip([None, Some("Save 2 unfinished pictures")]) {
            let partial = fixture::picture(*job, &state, 5);
            hear(&mut state, fixture::cancelled(*job, Some(partial)));
            assert_eq!(Queue::of(&state).keep.as_deref(), keep);
        }
        act(&mut state, [Action::KeepAllUnfinished]);
        assert_eq!(Queue::of(&state).keep, None);
    }
}
