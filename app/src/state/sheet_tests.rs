//! What a sheet asks for, and when it is written.
#![allow(clippy::unwrap_used)]

use strata_engine::{Command, JobEvent, Mode, Recipe};

use super::*;
use crate::{
    gallery::Answer,
    panels::fixture::{self, act, hear, jobs, state},
    state::{Message, SheetTrouble},
};

fn wish(axes: &[(AxisKind, &str)]) -> Vec<Action> {
    let mut actions = vec![SheetAction::Open];
    for at in 0..3 {
        let axis = axes.get(at);
        actions.push(SheetAction::SetKind(at, axis.map(|axis| axis.0)));
        if let Some((_, text)) = axis {
            actions.push(SheetAction::SetValues(at, (*text).into()));
        }
    }
    actions.into_iter().map(Action::Sheet).collect()
}

fn make(state: &mut State, axes: &[(AxisKind, &str)]) -> Vec<Effect> {
    act(state, wish(axes));
    act(state, [Action::Sheet(SheetAction::Make)])
}

fn recipes(effects: &[Effect]) -> Vec<Recipe> {
    let recipe = |effect: &Effect| match effect {
        Effect::Engine(Command::Enqueue { recipe, .. }) => Some(recipe.clone()),
        _ => None,
    };
    effects.iter().filter_map(recipe).collect()
}

fn orders(effects: Vec<Effect>) -> Vec<SheetOrder> {
    let order = |effect| match effect {
        Effect::SaveSheet(order) => Some(order),
        _ => None,
    };
    effects.into_iter().filter_map(order).collect()
}

#[test]
fn only_the_named_axes_change() {
    let mut state = state();
    let effects = make(
        &mut state,
        &[
            (AxisKind::Guidance, "1, 2.5"),
            (AxisKind::Temperature, "0.5;1 1"),
        ],
    );
    let recipes = recipes(&effects);
    let varied: Vec<(f32, f32)> = recipes
        .iter()
        .map(|recipe| {
            (
                recipe.guidance.scale.at(1),
                recipe.sampling.temperature.at(1),
            )
        })
        .collect();
    assert_eq!(varied, [(1.0, 0.5), (2.5, 0.5), (1.0, 1.0), (2.5, 1.0)]);
    let seed = recipes[0].seed;
    assert!(
        recipes
            .iter()
            .all(|recipe| (recipe.seed, recipe.index) == (seed, 0))
    );
    let same = |recipe: &Recipe| recipe.sampling.top_p == recipes[0].sampling.top_p;
    assert!(recipes.iter().all(same));
    let sheet = state.sheet_on_canvas().unwrap();
    assert_eq!(
        (sheet.length(0), sheet.length(1), sheet.length(2)),
        (2, 2, 1)
    );
    assert!(!state.sheets.open);
}

#[test]
fn depths_are_read_off_one_picture() {
    let mut state = state();
    let axes = [(AxisKind::Depth, "1, 2"), (AxisKind::Seed, "7, 8")];
    let effects = make(&mut state, &axes);
    let jobs = jobs(&effects);
    assert_eq!(jobs.len(), 2);
    let sheet = state.sheet_on_canvas().unwrap().clone();
    let depths: Vec<Option<usize>> = sheet.cells.iter().map(|cell| cell.depth).collect();
    assert_eq!(depths, [Some(0), None, Some(0), None]);
    assert_eq!(sheet.cells[0].piece, sheet.cells[1].piece);

    // Every picture's depths are decoded, not only those of the one that is looked at.
    let mut requests = Vec::new();
    for job in &jobs {
        requests.extend(fixture::requests(&fixture::finish(&mut state, *job)));
    }
    assert_eq!(requests.len(), 2);
    for piece in state.desk().board.clone() {
        fixture::saved(&mut state, piece, "a.png");
    }
    assert!(orders(hear(&mut state, fixture::decoded(requests[0]))).is_empty());
    let order = orders(hear(&mut state, fixture::decoded(requests[1]))).remove(0);
    assert_eq!((order.columns, order.cells.len()), (2, 4));
    assert_eq!(order.cells[0].caption, "depth 1, seed 7");
    assert_eq!(order.cells[0].entry.file, "a.png");
    assert!(order.name.starts_with("sheet-"), "{}", order.name);
}

#[test]
fn a_whole_sheet_is_written_once_and_can_be_shown() {
    let mut state = state();
    let effects = make(&mut state, &[(AxisKind::Guidance, "1, 2")]);
    for job in jobs(&effects) {
        assert!(
            orders(fixture::finish(&mut state, job)).is_empty(),
            "files come first"
        );
    }
    let mut written = Vec::new();
    for (piece, file) in state
        .desk()
        .board
        .clone()
        .into_iter()
        .zip(["a.png", "b.png"])
    {
        let answer = Answer::Saved {
            piece,
            path: file.into(),
            thumbnail: fixture::pixels(16),
        };
        written.extend(orders(state.update(0.0, Message::Gallery(answer))));
    }
    assert_eq!(written.len(), 1);
    let answer = |sheet: u64| Answer::SheetSaved {
        sheet,
        result: Ok("sheet.png".into()),
    };
    state.update(0.0, Message::Gallery(answer(written[0].sheet + 1)));
    assert_eq!(state.sheet_on_canvas().unwrap().file, SheetFile::Running);
    let answer = answer(written[0].sheet);
    assert!(orders(state.update(0.0, Message::Gallery(answer))).is_empty());
    let effects = act(&mut state, [Action::Sheet(SheetAction::Reveal)]);
    assert!(matches!(&effects[..], [Effect::Reveal(path)] if path.ends_with("sheet.png")));
}

#[test]
fn an_unfinished_sheet_is_written_only_when_asked() {
    let mut state = state();
    let effects = make(&mut state, &[(AxisKind::Guidance, "1, 2")]);
    let jobs = jobs(&effects);
    fixture::finish(&mut state, jobs[0]);
    let partial = fixture::picture(jobs[1], &state, 3);
    let effects = hear(&mut state, fixture::cancelled(jobs[1], Some(partial)));
    assert!(orders(effects).is_empty());
    let order = orders(act(&mut state, [Action::Sheet(SheetAction::Save)]));
    assert_eq!(order[0].cells.len(), 2);
}

#[test]
fn what_stands_in_the_way_is_named() {
    let mut state = state();
    let trouble = |state: &mut State, axes: &[(AxisKind, &str)]| {
        act(state, wish(axes));
        state.sheet_axes().unwrap_err()
    };
    assert_eq!(trouble(&mut state, &[]), SheetTrouble::NoAxis);
    let twice = [(AxisKind::Seed, "1 2"), (AxisKind::Seed, "3 4")];
    assert_eq!(
        trouble(&mut state, &twice),
        SheetTrouble::Twice(AxisKind::Seed)
    );
    for (kind, text, word) in [
        (AxisKind::Guidance, "1 -2", "-2"),
        (AxisKind::Temperature, "1, NaN", "NaN"),
        (AxisKind::Depth, "1 3", "3"),
        (AxisKind::Seed, "1.5", "1.5"),
    ] {
        let expected = SheetTrouble::NoValue(kind, word.into());
        assert_eq!(trouble(&mut state, &[(kind, text)]), expected);
    }
    assert_eq!(
        trouble(&mut state, &[(AxisKind::Seed, " ")]),
        SheetTrouble::Empty(AxisKind::Seed)
    );
    assert_eq!(
        trouble(&mut state, &[(AxisKind::Class, "")]),
        SheetTrouble::OneCell
    );
    let many: Vec<String> = (0..101).map(|seed| seed.to_string()).collect();
    let many = many.join(" ");
    assert_eq!(
        trouble(&mut state, &[(AxisKind::Seed, &many)]),
        SheetTrouble::TooMany(101)
    );
    let effects = act(&mut state, [Action::Sheet(SheetAction::Make)]);
    assert!(jobs(&effects).is_empty());
    act(&mut state, [Action::SetMode(Mode::Documents)]);
    assert_eq!(
        trouble(&mut state, &[(AxisKind::Guidance, "1 2")]),
        SheetTrouble::NotHere(AxisKind::Guidance)
    );
}

#[test]
fn other_pictures_put_the_sheet_away() {
    let mut state = state();
    let effects = make(&mut state, &[(AxisKind::Guidance, "1, 2")]);
    assert!(state.sheet_on_canvas().is_some());
    act(&mut state, [Action::Generate]);
    assert!(state.sheet_on_canvas().is_none());
    let failed = JobEvent::Failed(strata_engine::Error::Config("x".into()));
    let job = jobs(&effects)[0];
    let event = strata_engine::Event::Job { job, event: failed };
    hear(&mut state, event);
}

#[test]
fn values_to_begin_with_lie_around_what_is_set() {
    let mut state = fixture::state();
    let usual = |state: &State| {
        [AxisKind::Guidance, AxisKind::Temperature].map(|kind| state.usual_values(kind))
    };
    act(
        &mut state,
        [Action::SetGuidance(1.5), Action::SetTemperature(0.2)],
    );
    assert_eq!(usual(&state), ["1, 1.5, 2", "0.1, 0.2, 0.3"]);
    act(
        &mut state,
        [Action::SetGuidance(1.0), Action::SetTemperature(0.0)],
    );
    assert_eq!(usual(&state), ["1, 2, 4", "0.5, 1, 1.5"]);
    act(&mut state, [Action::SetTemperature(0.01)]);
    assert_eq!(usual(&state)[1], "0.01, 0.02");
}
