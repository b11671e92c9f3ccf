//! Sequences of messages and the state they lead to.
#![allow(clippy::unwrap_used)]

use std::io::ErrorKind;

use strata_engine::{Command, Error, Event, Mode, Subject, worker::JobId};

use super::*;
use crate::{
    gallery::Answer,
    panels::fixture::{self, act, hear, jobs},
};

fn generate(count: u32) -> (State, Vec<JobId>) {
    let mut state = fixture::state();
    let effects = act(&mut state, [Action::SetCount(count), Action::Generate]);
    let jobs = jobs(&effects);
    (state, jobs)
}

fn stages(state: &State) -> Vec<Stage> {
    let board = state.desk().board.iter();
    board.map(|id| state.pieces[id].stage).collect()
}

fn full_disk() -> Error {
    Error::File {
        path: "pictures/a.png".into(),
        action: "write",
        kind: ErrorKind::StorageFull,
        message: "no space left on device".into(),
    }
}

fn commands(effects: &[Effect]) -> String {
    let words = effects.iter().filter_map(|effect| {
        Some(match effect {
            Effect::Engine(Command::LoadModel { model }) => format!("load {model}"),
            Effect::Engine(Command::Enqueue { .. }) => "enqueue".into(),
            Effect::Engine(Command::Cancel(_)) => "cancel".into(),
            Effect::Engine(Command::CancelAll) => "cancel all".into(),
            Effect::Engine(Command::Decode { .. }) => "decode".into(),
            Effect::Engine(other) => format!("{other:?}"),
            Effect::RestartEngine => "restart".into(),
            Effect::Save(_) => "save".into(),
            Effect::Reveal(path) => format!("reveal {}", path.display()),
            Effect::PickFolder(_) => "pick folder".into(),
            Effect::PickPicture(_) => "pick picture".into(),
            Effect::LookAt(_) => "look at".into(),
            Effect::ReadPicture(_) => "read picture".into(),
            Effect::SaveSheet(_) => "save sheet".into(),
            Effect::Index(_) => return None,
            Effect::CopyPicture(_) => "copy".into(),
            Effect::Export(_) => "export".into(),
            Effect::CancelExport => "cancel export".into(),
            Effect::Discard(_) => "discard".into(),
            Effect::Restore(_) => "restore".into(),
            Effect::PickModelFiles => "pick model files".into(),
            Effect::PickModelFolder => "pick model folder".into(),
            Effect::Identify(_) => "identify".into(),
            Effect::LookAtCopies { .. } => "look at copies".into(),
            Effect::Errand(_) => "errand".into(),
            Effect::StopErrand(_) => "stop errand".into(),
            Effect::ListModels | Effect::MeasureMachine | Effect::PlanMemory(_) => return None,
            Effect::Remember(_)
            | Effect::Note(_)
            | Effect::HandOver(_)
            | Effect::CallAttention { .. } => {
                return None;
            }
        })
    });
    words.collect::<Vec<_>>().join(", ")
}

#[test]
fn at_the_start_the_model_loads_and_generate_would_work() {
    let (state, effects) = fixture::start();
    assert_eq!(commands(&effects), "load pictures");
    assert_eq!(
        state.chosen_classes(),
        [207],
        "golden retriever is first by name"
    );
    assert!(state.can_generate());
    let mut state = state;
    assert_eq!(
        commands(&act(&mut state, [Action::SetMode(Mode::Documents)])),
        "load pages"
    );
    assert_eq!(
        commands(&act(&mut state, [Action::SetMode(Mode::Classes)])),
        "",
        "it is loading already"
    );
}

#[test]
fn a_batch_is_every_class_times_the_count_under_one_seed() {
    let mut state = fixture::state();
    let effects = act(
        &mut state,
        [
            Action::ToggleClass(963),
            Action::SetCount(2),
            Action::SetSeed(77),
            Action::Generate,
        ],
    );
    let recipes: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Engine(Command::Enqueue { recipe, .. }) => {
                Some((recipe.subject, recipe.seed, recipe.index))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        recipes,
        [
            (Subject::Class(207), 77, 0),
            (Subject::Class(207), 77, 1),
            (Subject::Class(963), 77, 2),
            (Subject::Class(963), 77, 3),
        ]
    );
}

#[test]
fn the_same_messages_give_the_same_state() {
    let run = || {
        let (mut state, jobs) = generate(3);
        hear(&mut state, fixture::started(jobs[0]));
        hear(&mut state, fixture::codes(jobs[0], 0));
        act(&mut state, [Action::RollSeed, Action::Generate]);
        format!("{state:?}")
    };
    assert_eq!(run(), run());
}

#[test]
fn dice_roll_with_every_generate_unless_the_seed_is_kept() {
    let mut state = fixture::state();
    let mut seeds = Vec::new();
    for _ in 0..3 {
        act(&mut state, [Action::Generate]);
        seeds.push(state.desk().seed);
    }
    assert!(seeds[0] != seeds[1] && seeds[1] != seeds[2]);
    act(&mut state, [Action::ToggleSeedLock, Action::Generate]);
    assert_eq!(state.desk().seed, seeds[2]);
    act(&mut state, [Action::SetSeed(5)]);
    assert_eq!((state.desk().seed, state.desk().seed_locked), (5, true));
}

#[test]
fn a_job_goes_from_started_to_finished_and_is_saved() {
    let (mut state, jobs) = generate(1);
    assert_eq!(stages(&state), [Stage::Waiting]);
    hear(&mut state, fixture::started(jobs[0]));
    assert_eq!(stages(&state), [Stage::Growing]);
    for position in 0..16 {
        hear(&mut state, fixture::codes(jobs[0], position));
    }
    let piece = state.pieces.values().next().unwrap();
    assert_eq!(
        (piece.done, piece.codes.len(), piece.entropy.len()),
        (16, 32, 32)
    );
    let effects = fixture::finish(&mut state, jobs[0]);
    assert_eq!(commands(&effects), "save, decode");
    assert_eq!(stages(&state), [Stage::Finished]);
    assert_eq!((state.live(), state.run_positions()), (0, (16, 16)));
}

#[test]
fn events_of_unknown_and_ended_jobs_are_ignored() {
    let (mut state, jobs) = generate(1);
    hear(&mut state, fixture::started(jobs[0]));
    let finished = fixture::finished(jobs[0], &state);
    hear(&mut state, finished.clone());
    let before = format!("{state:?}");
    let late = [
        fixture::codes(jobs[0], 3),
        fixture::preview(jobs[0], 3),
        fixture::progress(jobs[0], 3),
        fixture::cancelled(jobs[0], None),
        fixture::failed(jobs[0], Error::ShutDown),
        finished,
        fixture::started(JobId(999)),
        fixture::codes(JobId(999), 0),
        fixture::decoded(strata_engine::worker::RequestId(999)),
    ];
    for event in late {
        assert_eq!(commands(&hear(&mut state, event)), "");
    }
    assert_eq!(format!("{state:?}"), before);
}

#[test]
fn absurd_codes_and_old_previews_change_nothing() {
    let (mut state, jobs) = generate(1);
    hear(&mut state, fixture::started(jobs[0]));
    hear(&mut state, fixture::preview(jobs[0], 8));
    let before = state
        .pieces
        .values()
        .next()
        .unwrap()
        .pixels
        .clone()
        .unwrap();
    hear(&mut state, fixture::codes(jobs[0], usize::MAX));
    hear(&mut state, fixture::preview(jobs[0], 2));
    let piece = state.pieces.values().next().unwrap();
    assert_eq!(piece.codes.len(), 0);
    assert!(Arc::ptr_eq(&before, piece.pixels.as_ref().unwrap()));
}

#[test]
fn cancelling_keeps_what_has_grown_and_clears_what_has_not() {
    let (mut state, jobs) = generate(2);
    hear(&mut state, fixture::started(jobs[0]));
    assert_eq!(
        commands(&act(&mut state, [Action::CancelAll])),
        "cancel all"
    );
    let partial = fixture::picture(jobs[0], &state, 5);
    hear(&mut state, fixture::cancelled(jobs[0], Some(partial)));
    hear(&mut state, fixture::cancelled(jobs[1], None));
    assert_eq!(stages(&state), [Stage::Cancelled]);
    let piece = state.desk().board[0];
    assert_eq!(state.pieces[&piece].done, 5);
    assert_eq!(
        commands(&act(&mut state, [Action::KeepUnfinished(piece)])),
        "save"
    );
    assert_eq!(commands(&act(&mut state, [Action::CancelAll])), "");
}

#[test]
fn one_picture_can_be_cancelled_alone() {
    let (mut state, _) = generate(2);
    let second = state.desk().board[1];
    let effects = act(&mut state, [Action::Cancel(second)]);
    let job = state.pieces[&second].job;
    assert!(
        matches!(effects.as_slice(), [Effect::Engine(Command::Cancel(id))] if id == &job),
        "{effects:?}"
    );
}

#[test]
fn pictures_asked_for_meanwhile_join_those_that_grow() {
    let (mut state, jobs) = generate(2);
    hear(&mut state, fixture::started(jobs[0]));
    fixture::finish(&mut state, jobs[0]);
    act(&mut state, [Action::Generate]);
    assert_eq!(state.desk().board.len(), 4);
    assert_eq!(state.run_pieces(), (1, 4));
}

#[test]
fn failures_are_told_once_with_a_next_step_and_can_be_tried_again() {
    let (mut state, jobs) = generate(2);
    for job in &jobs {
        let error = Error::Backend {
            device: "cpu",
            operation: "attend",
            message: "out of memory".into(),
        };
        hear(&mut state, fixture::failed(*job, error));
    }
    assert_eq!(state.notices.len(), 1);
    let notice = &state.notices[0];
    assert_eq!(notice.times, 2);
    assert_eq!(
        notice.sentence,
        "The cpu device failed in attend: out of memory."
    );
    assert!(notice.next_step.ends_with('.'), "{}", notice.next_step);
    assert_eq!(notice.remedies, [Action::RetryFailed]);
    let effects = act(&mut state, [Action::RetryFailed]);
    let again = fixture::jobs(&effects);
    assert_eq!(again.len(), 2);
    assert!(again.iter().all(|job| !jobs.contains(job)));
    assert_eq!(stages(&state), [Stage::Waiting, Stage::Waiting]);
    assert_eq!(state.notices.len(), 0);
}

#[test]
fn a_dead_engine_is_told_once_restarted_and_its_work_done_again() {
    let (mut state, jobs) = generate(2);
    hear(&mut state, fixture::started(jobs[0]));
    for job in jobs {
        hear(&mut state, fixture::failed(job, Error::Died("oh".into())));
    }
    hear(&mut state, fixture::died());
    let sentences: Vec<_> = state.notices.iter().map(|n| n.sentence.as_str()).collect();
    assert_eq!(
        sentences,
        ["The engine stopped unexpectedly (index out of bounds)."]
    );
    assert!(!state.can_generate());
    assert_eq!(commands(&act(&mut state, [Action::Generate])), "");
    assert_eq!(
        commands(&act(&mut state, [Action::RestartEngine])),
        "restart, load pictures"
    );
    assert_eq!(state.notices[0].sentence, "2 pictures were interrupted.");
    assert_eq!(
        commands(&act(&mut state, [Action::RetryFailed])),
        "enqueue, enqueue"
    );
    assert!(state.notices.is_empty());
}

#[test]
fn a_death_ends_jobs_that_were_not_ended() {
    let (mut state, jobs) = generate(1);
    hear(&mut state, fixture::started(jobs[0]));
    hear(&mut state, fixture::died());
    assert_eq!(stages(&state), [Stage::Failed]);
    assert_eq!(state.live(), 0);
}

#[test]
fn a_model_that_fails_says_why_and_can_be_loaded_again() {
    let mut state = fixture::state();
    let event = Event::Model {
        model: "pictures".into(),
        event: strata_engine::ModelEvent::Failed(Error::Config("no layers".into())),
    };
    hear(&mut state, event);
    assert!(!state.can_generate());
    let remedy = state.notices[0].remedies[0].clone();
    assert_eq!(commands(&act(&mut state, [remedy])), "load pictures");
    hear(&mut state, fixture::model_ready("pictures"));
    assert!(state.can_generate() && state.notices.is_empty());
}

#[test]
fn an_unsaved_picture_is_kept_until_it_is_saved() {
    let (mut state, jobs) = generate(1);
    hear(&mut state, fixture::started(jobs[0]));
    fixture::finish(&mut state, jobs[0]);
    let piece = state.desk().board[0];
    let error = full_disk();
    state.update(0.0, Message::Gallery(Answer::NotSaved { piece, error }));
    assert_eq!(
        state.notices[0].remedies,
        [Action::RetrySaving, Action::ChooseFolder]
    );
    // Another batch takes the canvas, twice; the picture is still there.
    act(&mut state, [Action::Generate]);
    hear(&mut state, fixture::died());
    act(&mut state, [Action::RestartEngine, Action::Generate]);
    assert!(!state.desk().board.contains(&piece));
    assert!(state.pieces[&piece].picture.is_some());
    assert_eq!(
        commands(&act(&mut state, [Action::ChooseFolder])),
        "pick folder"
    );
    let picked = Answer::FolderPicked(Some("elsewhere".into()));
    let effects = state.update(0.0, Message::Gallery(picked));
    assert!(
        matches!(&effects[..], [Effect::Save(order), Effect::Index(_), Effect::Remember(_)]
            if order.piece == piece && order.folder == std::path::Path::new("elsewhere")),
        "{effects:?}"
    );
    fixture::saved(&mut state, piece, "a.png");
    assert_eq!(state.shelf.saved, 1);
    assert_eq!(
        commands(&act(&mut state, [Action::RevealInFolder(piece)])),
        "reveal pictures/a.png"
    );
}

#[test]
fn pictures_that_nothing_points_to_are_let_go() {
    let (mut state, jobs) = generate(1);
    let partial = fixture::picture(jobs[0], &state, 5);
    hear(&mut state, fixture::started(jobs[0]));
    hear(&mut state, fixture::cancelled(jobs[0], Some(partial)));
    let old = state.desk().board[0];
    act(&mut state, [Action::Generate]);
    assert!(!state.pieces.contains_key(&old));
}

#[test]
fn absurd_settings_are_held_to_what_a_recipe_takes() {
    let mut state = fixture::state();
    act(
        &mut state,
        [
            Action::SetTemperature(f32::NAN),
            Action::SetGuidance(1e9),
            Action::SetTopP(-3.0),
            Action::SetCount(1_000_000),
        ],
    );
    let settings = &state.desk().settings;
    assert_eq!(leading(&settings.sampling.temperature, 0.0), 0.9);
    assert_eq!(leading(&settings.guidance.scale, 0.0), 100.0);
    assert_eq!(leading(&settings.sampling.top_p, 9.0), 0.0);
    assert_eq!(state.desk().count, MOST_PICTURES);
    assert!(!jobs(&act(&mut state, [Action::Generate])).is_empty());
}

#[test]
fn another_model_brings_its_own_settings_and_is_loaded() {
    let mut state = fixture::state();
    let effects = act(
        &mut state,
        [
            Action::SetTemperature(1.7),
            Action::ChooseModel("pictures-2".into()),
        ],
    );
    assert_eq!(commands(&effects), "load pictures-2");
    assert_eq!(
        leading(&state.desk().settings.sampling.temperature, 0.0),
        0.9
    );
    assert_eq!(state.chosen_classes(), [207]);
    let unknown = act(&mut state, [Action::ChooseModel("nothing".into())]);
    assert_eq!(commands(&unknown), "");
}

#[test]
fn without_models_nothing_is_asked_of_the_engine() {
    let mut state = fixture::state_without_models();
    assert!(!state.can_generate());
    assert_eq!(commands(&act(&mut state, [Action::Generate])), "");
}
