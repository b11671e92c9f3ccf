//! What the journal is told, and what becomes of pictures that an earlier run left.
#![allow(clippy::unwrap_used)]

use strata_engine::{Codes, Command, Error, JobEvent, Mode, Recipe};

use super::*;
use crate::{
    journal::{Entry, Event as Told, Unfinished},
    panels::fixture::{self, act, hear, jobs},
};

/// The journal's entries among effects, in short.
fn notes(effects: &[Effect]) -> Vec<String> {
    let note = |effect: &Effect| match effect {
        Effect::Note(entry) => short(entry).into_iter().collect(),
        Effect::HandOver(entries) => {
            let forget = Some("forget".to_owned());
            entries.iter().filter_map(short).chain(forget).collect()
        }
        _ => Vec::new(),
    };
    effects.iter().flat_map(note).collect()
}

fn short(entry: &Entry) -> Option<String> {
    match entry {
        Entry::Asked { piece, done, .. } => {
            Some(format!("asked {piece} from {}", done.positions()))
        }
        Entry::Codes {
            piece, position, ..
        } => Some(format!("codes {piece} at {position}")),
        Entry::Order(order) => Some(format!("order {order:?}")),
        Entry::Ended { piece } => Some(format!("ended {piece}")),
        _ => None,
    }
}

fn told(state: &mut State, pictures: Vec<Unfinished>) {
    let effects = state.update(0.0, Message::Journal(Told::Left(pictures)));
    assert!(effects.is_empty());
}

/// Two groups that a run left, as its journal has them.
fn left() -> Vec<Unfinished> {
    let mut state = fixture::state();
    let mut effects = act(&mut state, [Action::SetCount(2), Action::Generate]);
    effects.extend(act(&mut state, [Action::SetCount(1), Action::Generate]));
    let asked = effects.into_iter().filter_map(|effect| match effect {
        Effect::Note(Entry::Asked {
            group,
            recipe,
            done,
            ..
        }) => Some(Unfinished {
            group,
            recipe: *recipe,
            done,
            place: None,
        }),
        _ => None,
    });
    let mut left: Vec<Unfinished> = asked.collect();
    left[0].done.values = vec![9; 3 * 2];
    left
}

#[test]
fn what_is_asked_for_drawn_and_stopped_is_noted() {
    let mut state = fixture::state();
    let effects = act(&mut state, [Action::SetCount(2), Action::Generate]);
    let ids: Vec<u64> = state.desk().board.iter().map(|id| id.0).collect();
    let asked: Vec<String> = ids.iter().map(|id| format!("asked {id} from 0")).collect();
    assert_eq!(notes(&effects), asked);
    let jobs = jobs(&effects);
    assert!(notes(&hear(&mut state, fixture::started(jobs[0]))).is_empty());
    let effects = hear(&mut state, fixture::codes(jobs[0], 0));
    assert_eq!(notes(&effects), [format!("codes {} at 0", ids[0])]);
    let effects = hear(&mut state, fixture::cancelled(jobs[0], None));
    assert_eq!(notes(&effects), [format!("ended {}", ids[0])]);
    let broken = fixture::failed(jobs[1], Error::Config("no".into()));
    assert_eq!(
        notes(&hear(&mut state, broken)),
        [format!("ended {}", ids[1])]
    );
    let late = fixture::codes(jobs[0], 1);
    assert!(notes(&hear(&mut state, late)).is_empty());
}

#[test]
fn a_finished_picture_stays_in_the_journal_until_its_file_is_there() {
    let mut state = fixture::state();
    let jobs = jobs(&act(&mut state, [Action::SetCount(1), Action::Generate]));
    hear(&mut state, fixture::started(jobs[0]));
    assert!(notes(&fixture::finish(&mut state, jobs[0])).is_empty());
}

#[test]
fn what_a_dead_engine_left_can_go_on_in_the_next_run() {
    let mut state = fixture::state();
    let jobs = jobs(&act(&mut state, [Action::SetCount(1), Action::Generate]));
    hear(&mut state, fixture::started(jobs[0]));
    let death = fixture::failed(jobs[0], Error::Died("oh".into()));
    assert!(notes(&hear(&mut state, death)).is_empty());
}

#[test]
fn what_a_dead_engine_left_goes_on_after_its_restart() {
    let mut state = fixture::state();
    let jobs = jobs(&act(&mut state, [Action::SetCount(1), Action::Generate]));
    hear(&mut state, fixture::started(jobs[0]));
    for position in 0..3 {
        hear(&mut state, fixture::codes(jobs[0], position));
    }
    let death = || Error::Died("oh".into());
    hear(&mut state, fixture::failed(jobs[0], death()));
    hear(&mut state, fixture::died());
    let effects = act(&mut state, [Action::RestartEngine, Action::RetryFailed]);
    let resumed = effects.iter().find_map(|effect| match effect {
        Effect::Engine(Command::Resume { job, done, .. }) => Some((*job, done.values.clone())),
        _ => None,
    });
    let (job, values) = resumed.unwrap();
    assert_eq!(values, [3, 4, 3, 4, 3, 4]);
    let piece = state.desk().board[0].0;
    assert_eq!(notes(&effects), [format!("asked {piece} from 3")]);
    // One that fails before its first code begins anew.
    hear(&mut state, fixture::failed(job, death()));
    let effects = act(&mut state, [Action::RetryFailed]);
    assert_eq!(fixture::jobs(&effects).len(), 1);
}

#[test]
fn going_on_resumes_at_the_same_position_in_the_same_groups() {
    let left = left();
    let mut state = fixture::state();
    told(&mut state, left.clone());
    let notice = &state.notices[0];
    assert_eq!(
        notice.sentence,
        "Strata ended before 3 pictures were finished."
    );
    assert_eq!(notice.remedies, [Action::GoOn, Action::LeaveThem]);
    let effects = act(&mut state, [Action::GoOn]);
    assert!(state.notices.is_empty());
    let sent: Vec<(Recipe, usize)> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Engine(Command::Enqueue { recipe, .. }) => Some((recipe.clone(), 0)),
            Effect::Engine(Command::Resume { recipe, done, .. }) => {
                assert_eq!(done.values, left[0].done.values);
                Some((recipe.clone(), done.positions()))
            }
            _ => None,
        })
        .collect();
    let expected = left.iter().map(|p| (p.recipe.clone(), p.done.positions()));
    assert_eq!(sent, expected.collect::<Vec<_>>());
    // The new journal has all of it before the old one goes.
    let notes = notes(&effects);
    assert_eq!(notes.len(), 4);
    assert!(notes[0].ends_with("from 3") && notes[2].ends_with("from 0"));
    assert_eq!(notes[3], "forget");
    let sizes = state.queue.groups.iter().map(|group| group.pieces.len());
    assert_eq!(sizes.collect::<Vec<_>>(), [2, 1]);
    let first = &state.pieces[&state.desk().board[0]];
    assert_eq!((first.done, first.stage), (3, Stage::Waiting));
    assert_eq!(state.desk().selected, Some(first.id));
    assert_eq!(state.run_positions(), (3, 48));
    assert!(act(&mut state, [Action::GoOn]).is_empty(), "once");
}

#[test]
fn codes_that_are_told_again_count_once() {
    let mut state = fixture::state();
    told(&mut state, left());
    let effects = act(&mut state, [Action::GoOn]);
    let job = effects.iter().find_map(|effect| match effect {
        Effect::Engine(Command::Resume { job, .. }) => Some(*job),
        _ => None,
    });
    let job = job.unwrap();
    let card = std::sync::Arc::new(fixture::card("pictures", "Sticker book", Mode::Classes));
    let event = JobEvent::Started {
        card,
        given: 3,
        weights: "abc".into(),
    };
    hear(&mut state, strata_engine::Event::Job { job, event });
    for position in 0..3 {
        hear(&mut state, fixture::codes(job, position));
    }
    assert_eq!(state.run_positions().0, 3);
    assert_eq!(state.pace.positions_per_sec(), None);
    hear(&mut state, fixture::codes(job, 3));
    assert_eq!(state.run_positions().0, 4);
}

#[test]
fn leaving_them_forgets_them_and_dismissing_does_not() {
    let mut state = fixture::state();
    told(&mut state, left());
    let notice = state.notices[0].id;
    assert!(notes(&act(&mut state, [Action::DismissNotice(notice)])).is_empty());
    let mut state = fixture::state();
    told(&mut state, left());
    assert_eq!(notes(&act(&mut state, [Action::LeaveThem])), ["forget"]);
    assert!(state.notices.is_empty());
    assert!(act(&mut state, [Action::GoOn]).is_empty());
}

#[test]
fn pictures_of_absent_or_changed_models_wait_in_the_journal() {
    let mut pictures = left();
    pictures[1].recipe.model = "removed".into();
    pictures[2].done = Codes {
        codebook: 128,
        ..pictures[2].done.clone()
    };
    let mut state = fixture::state();
    told(&mut state, pictures.clone());
    assert!(state.notices[0].next_step.contains("2 more wait"));
    let effects = act(&mut state, [Action::GoOn]);
    let notes = notes(&effects);
    let asked = notes.iter().filter(|note| note.starts_with("asked"));
    assert_eq!(asked.count(), 3);
    assert_eq!(state.live(), 1);
    // Alone they are not spoken of: nothing could be done.
    let mut state = fixture::state();
    told(&mut state, pictures.split_off(1));
    assert!(state.notices.is_empty());
}

#[test]
fn pages_are_shown_where_pages_are() {
    let mut state = fixture::state();
    act(&mut state, [Action::SetMode(Mode::Documents)]);
    let effects = act(&mut state, [Action::Generate]);
    let page = effects.into_iter().find_map(|effect| match effect {
        Effect::Note(Entry::Asked {
            group,
            recipe,
            done,
            ..
        }) => Some(Unfinished {
            group,
            recipe: *recipe,
            done,
            place: None,
        }),
        _ => None,
    });
    let mut state = fixture::state();
    told(&mut state, vec![page.unwrap()]);
    let effects = act(&mut state, [Action::GoOn]);
    assert_eq!(state.mode, Mode::Documents);
    let loads = |effect: &Effect| matches!(effect, Effect::Engine(Command::LoadModel { .. }));
    assert!(effects.iter().any(loads));
}

#[test]
fn a_journal_that_cannot_be_written_is_told() {
    let mut state = fixture::state();
    let error = Error::ShutDown;
    state.update(0.0, Message::Journal(Told::Failed(error)));
    assert_eq!(state.notices.len(), 1);
}
