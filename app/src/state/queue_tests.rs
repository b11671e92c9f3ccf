//! Groups, their order, pauses, and what is told at the end.
#![allow(clippy::unwrap_used)]

use strata_engine::{Command, JobId, Mode};

use super::*;
use crate::{
    journal,
    panels::fixture::{self, act, hear, jobs},
};

/// Presses Generate as often as there are counts; the jobs of each press.
fn pressed(counts: &[u32]) -> (State, Vec<Vec<JobId>>) {
    let mut state = fixture::state();
    let press = |count: &u32| {
        let wishes = [Action::SetCount(*count), Action::Generate];
        jobs(&act(&mut state, wishes))
    };
    let jobs = counts.iter().map(press).collect();
    (state, jobs)
}

fn groups(state: &State) -> Vec<GroupId> {
    state.queue.groups.iter().map(|group| group.id).collect()
}

fn reordered(effects: &[Effect]) -> Vec<JobId> {
    let order = |effect: &Effect| match effect {
        Effect::Engine(Command::Reorder(jobs)) => Some(jobs.clone()),
        _ => None,
    };
    effects.iter().find_map(order).unwrap_or_default()
}

fn pauses(effects: &[Effect]) -> Vec<bool> {
    let pause = |effect: &Effect| match effect {
        Effect::Engine(Command::SetPaused(paused)) => Some(*paused),
        _ => None,
    };
    effects.iter().filter_map(pause).collect()
}

/// The words of the calls for attention.
fn calls(effects: &[Effect]) -> Vec<String> {
    let call = |effect: &Effect| match effect {
        Effect::CallAttention { heading, words } => Some(format!("{heading}: {words}")),
        _ => None,
    };
    effects.iter().filter_map(call).collect()
}

#[test]
fn a_group_lives_as_long_as_one_of_its_pictures() {
    let (mut state, jobs) = pressed(&[2, 1]);
    let both = groups(&state);
    assert_eq!(both.len(), 2);
    for job in &jobs[0] {
        assert_eq!(groups(&state), both);
        hear(&mut state, fixture::started(*job));
        fixture::finish(&mut state, *job);
    }
    assert_eq!(groups(&state), both[1..]);
    hear(&mut state, fixture::cancelled(jobs[1][0], None));
    assert_eq!(groups(&state), []);
}

#[test]
fn waiting_pictures_follow_the_order_of_their_groups() {
    let (mut state, jobs) = pressed(&[2, 1, 1]);
    let ids = groups(&state);
    hear(&mut state, fixture::started(jobs[0][0]));
    let (group, to) = (ids[2], 0);
    let effects = act(&mut state, [Action::MoveGroup { group, to }]);
    assert_eq!(groups(&state), [ids[2], ids[0], ids[1]]);
    assert_eq!(
        reordered(&effects),
        [jobs[2][0], jobs[0][1], jobs[1][0]],
        "what grows is not asked to wait"
    );
    let noted = |effect: &Effect| match effect {
        Effect::Note(journal::Entry::Order(order)) => Some(order.len()),
        _ => None,
    };
    assert_eq!(effects.iter().find_map(noted), Some(4));
    let (group, to) = (ids[2], 99);
    let effects = act(&mut state, [Action::MoveGroup { group, to }]);
    assert_eq!(groups(&state), [ids[0], ids[1], ids[2]]);
    assert_eq!(reordered(&effects).last(), Some(&jobs[2][0]));
    let nothing = [
        Action::MoveGroup { group, to: 2 },
        Action::MoveGroup {
            group: GroupId(999),
            to: 0,
        },
    ];
    assert!(act(&mut state, nothing).is_empty());
}

#[test]
fn one_group_is_cancelled_alone() {
    let (mut state, jobs) = pressed(&[2, 2]);
    hear(&mut state, fixture::started(jobs[1][0]));
    fixture::finish(&mut state, jobs[1][0]);
    let group = groups(&state)[1];
    let effects = act(&mut state, [Action::CancelGroup(group)]);
    let cancelled: Vec<JobId> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Engine(Command::Cancel(job)) => Some(*job),
            _ => None,
        })
        .collect();
    assert_eq!(cancelled, jobs[1][1..], "what is done stays done");
    assert!(act(&mut state, [Action::CancelGroup(GroupId(999))]).is_empty());
}

#[test]
fn a_pause_ends_with_the_work() {
    let (mut state, jobs) = pressed(&[1]);
    assert_eq!(pauses(&act(&mut state, [Action::SetPaused(true)])), [true]);
    assert!(state.queue.paused);
    assert!(act(&mut state, [Action::SetPaused(true)]).is_empty());
    assert_eq!(
        pauses(&act(&mut state, [Action::SetPaused(false)])),
        [false]
    );
    act(&mut state, [Action::SetPaused(true)]);
    let effects = hear(&mut state, fixture::cancelled(jobs[0][0], None));
    assert_eq!(pauses(&effects), [false]);
    assert!(!state.queue.paused);
    assert!(act(&mut state, [Action::SetPaused(true)]).is_empty());
}

#[test]
fn a_pause_does_not_slow_the_figures() {
    let (mut state, jobs) = pressed(&[1]);
    let job = jobs[0][0];
    hear(&mut state, fixture::started(job));
    for step in 0..4 {
        fixture::hear_at(&mut state, step as f64, fixture::codes(job, step));
    }
    let act_at = |state: &mut State, at, action| state.update(at, Message::Action(action));
    act_at(&mut state, 4.0, Action::SetPaused(true));
    act_at(&mut state, 1000.0, Action::SetPaused(false));
    for step in 4..8 {
        let at = 1000.0 + (step - 3) as f64;
        fixture::hear_at(&mut state, at, fixture::codes(job, step));
    }
    let rate = state.pace.positions_per_sec().unwrap();
    assert!((rate - 1.0).abs() < 0.1, "{rate}");
}

#[test]
fn the_end_of_a_job_calls_unless_it_was_cancelled_or_calls_are_off() {
    let (mut state, jobs) = pressed(&[2, 1, 1]);
    hear(&mut state, fixture::started(jobs[0][0]));
    let title = state.title_of(&state.queue.groups[0]);
    assert!(calls(&fixture::finish(&mut state, jobs[0][0])).is_empty());
    let told = calls(&fixture::finish(&mut state, jobs[0][1]));
    assert_eq!(told, [format!("{title}: 2 pictures done")]);
    assert_eq!(state.queue.made, None);
    let cancelled = fixture::cancelled(jobs[1][0], None);
    assert!(calls(&hear(&mut state, cancelled)).is_empty());
    act(&mut state, [Action::SetNotify(false)]);
    assert!(calls(&fixture::finish(&mut state, jobs[2][0])).is_empty());
    let made = Made {
        count: 3,
        mode: Some(Mode::Classes),
    };
    assert_eq!(state.queue.made, Some(made));
}

#[test]
fn whether_to_call_is_kept() {
    let mut state = fixture::state();
    assert!(state.queue.notify);
    let effects = act(&mut state, [Action::SetNotify(false)]);
    let kept = effects.into_iter().find_map(|effect| match effect {
        Effect::Remember(preferences) => Some(*preferences),
        _ => None,
    });
    assert!(!fixture::restarted(kept.unwrap()).queue.notify);
}

#[test]
fn a_retry_is_a_press_of_its_own_unless_its_group_still_works() {
    let (mut state, jobs) = pressed(&[2]);
    let group = groups(&state);
    let broken = |job| fixture::failed(job, strata_engine::Error::Config("no".into()));
    hear(&mut state, broken(jobs[0][0]));
    act(&mut state, [Action::RetryFailed]);
    assert_eq!(groups(&state), group);
    assert_eq!(state.queue.groups[0].pieces.len(), 2);
}

#[test]
fn every_unfinished_picture_can_be_kept_at_once() {
    let (mut state, jobs) = pressed(&[3]);
    for job in &jobs[0][..2] {
        hear(&mut state, fixture::started(*job));
        let partial = fixture::picture(*job, &state, 5);
        hear(&mut state, fixture::cancelled(*job, Some(partial)));
    }
    hear(&mut state, fixture::cancelled(jobs[0][2], None));
    assert_eq!(state.unfinished().count(), 2);
    let effects = act(&mut state, [Action::KeepAllUnfinished]);
    let saves = |effect: &&Effect| matches!(effect, Effect::Save(_));
    assert_eq!(effects.iter().filter(saves).count(), 2);
    assert!(act(&mut state, [Action::KeepAllUnfinished]).is_empty());
}
