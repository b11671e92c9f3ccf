//! Drafts: which are stopped, which are saved.
#![allow(clippy::unwrap_used)]

use strata_engine::Command;

use super::*;
use crate::panels::fixture::{self, act, hear, jobs, likely, state};

fn make(state: &mut State, count: u32, keep: u32) -> Vec<JobId> {
    let actions = [
        DraftsAction::Open,
        DraftsAction::SetCount(count),
        DraftsAction::SetKeep(keep),
        DraftsAction::Make,
    ];
    let effects = act(state, actions.map(Action::Drafts));
    jobs(&effects)
}

fn cancelled(effects: &[Effect]) -> Vec<JobId> {
    let job = |effect: &Effect| match effect {
        Effect::Engine(Command::Cancel(job)) => Some(*job),
        _ => None,
    };
    effects.iter().filter_map(job).collect()
}

fn saves(effects: &[Effect]) -> Vec<PieceId> {
    let piece = |effect: &Effect| match effect {
        Effect::Save(order) => Some(order.piece),
        _ => None,
    };
    effects.iter().filter_map(piece).collect()
}

/// Positions `from..to` of a draft whose codes have `nats` each; the jobs that are cancelled meanwhile.
fn draw(state: &mut State, job: JobId, from: usize, to: usize, nats: f32) -> Vec<JobId> {
    let mut stopped = Vec::new();
    for position in from..to {
        stopped.extend(cancelled(&hear(state, likely(job, position, nats))));
    }
    stopped
}

#[test]
fn drafts_differ_in_their_number_alone() {
    let mut state = state();
    let actions = [DraftsAction::SetCount(3), DraftsAction::Make];
    let effects = act(&mut state, actions.map(Action::Drafts));
    let recipe = |effect: &Effect| match effect {
        Effect::Engine(Command::Enqueue { recipe, .. }) => Some(recipe.clone()),
        _ => None,
    };
    let recipes: Vec<Recipe> = effects.iter().filter_map(recipe).collect();
    for (index, own) in recipes.iter().enumerate() {
        let expected = Recipe {
            index: index as u32,
            ..recipes[0].clone()
        };
        assert_eq!(*own, expected);
    }
    assert_eq!(recipes.len(), 3);
}

#[test]
fn the_weaker_half_stops_at_a_quarter_and_the_best_is_saved() {
    let mut state = state();
    let jobs = make(&mut state, 4, 1);
    let nats = [-3.0, -1.0, -4.0, -2.0];
    let mut stopped = Vec::new();
    for (job, nats) in jobs.iter().zip(nats) {
        hear(&mut state, fixture::started(*job));
        stopped.extend(draw(&mut state, *job, 0, 4, nats));
    }
    stopped.sort();
    assert_eq!(stopped, [jobs[0], jobs[2]]);
    for job in stopped {
        let partial = fixture::picture(job, &state, 4);
        let effects = hear(&mut state, fixture::cancelled(job, Some(partial)));
        assert!(saves(&effects).is_empty() && cancelled(&effects).is_empty());
    }

    // At half of the way one of the two goes on.
    let mut stopped = draw(&mut state, jobs[1], 4, 8, -1.0);
    stopped.extend(draw(&mut state, jobs[3], 4, 8, -2.0));
    assert_eq!(stopped, [jobs[3]]);
    let partial = fixture::picture(jobs[3], &state, 8);
    hear(&mut state, fixture::cancelled(jobs[3], Some(partial)));
    let best = state
        .pieces
        .values()
        .find(|piece| piece.job == jobs[1])
        .unwrap()
        .id;
    let effects = fixture::finish(&mut state, jobs[1]);
    assert_eq!(saves(&effects), [best]);
    assert_eq!(
        state.desk().board[0],
        best,
        "the canvas follows the ranking"
    );
    let race = state.race_on_canvas().unwrap();
    assert!(race.over);

    // Another one is kept by a click, once.
    let second = race.drafts[1].piece;
    let keep = Action::Drafts(DraftsAction::Keep(second));
    assert_eq!(saves(&act(&mut state, [keep.clone(), keep])), [second]);
}

#[test]
fn without_stopping_all_are_finished_and_only_the_best_are_saved() {
    let mut state = state();
    act(&mut state, [Action::Drafts(DraftsAction::SetEarly(false))]);
    let jobs = make(&mut state, 3, 2);
    let mut saved = Vec::new();
    for (job, nats) in jobs.iter().zip([-3.0, -1.0, -2.0]) {
        hear(&mut state, fixture::started(*job));
        assert!(draw(&mut state, *job, 0, 16, nats).is_empty());
        saved.extend(saves(&fixture::finish(&mut state, *job)));
    }
    let numbers: Vec<u32> = saved
        .iter()
        .map(|id| state.pieces[id].recipe.index)
        .collect();
    assert_eq!(numbers, [1, 2]);
}

#[test]
fn cancelling_everything_saves_what_is_finished() {
    let mut state = state();
    let jobs = make(&mut state, 2, 2);
    hear(&mut state, fixture::started(jobs[0]));
    draw(&mut state, jobs[0], 0, 16, -1.0);
    assert!(saves(&fixture::finish(&mut state, jobs[0])).is_empty());
    let effects = hear(&mut state, fixture::cancelled(jobs[1], None));
    assert_eq!(saves(&effects).len(), 1);
}

#[test]
fn kept_codes_do_not_count() {
    let mut state = state();
    let jobs = make(&mut state, 2, 1);
    hear(&mut state, fixture::started(jobs[0]));
    let event = strata_engine::JobEvent::Codes {
        position: 0,
        codes: vec![3, 4],
        entropy: vec![0.0, 0.5],
        log_probability: vec![0.0, -3.0],
        kept: 1,
    };
    let job = jobs[0];
    hear(&mut state, strata_engine::Event::Job { job, event });
    let race = state.race_on_canvas().unwrap();
    let draft = race.drafts.iter().find(|draft| draft.index == 0).unwrap();
    assert_eq!(draft.nats_per_code(), Some(-3.0));
}
