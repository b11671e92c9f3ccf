//! The gallery page: lists come in, pictures are picked, deleted, rated, and their settings used.
#![allow(clippy::unwrap_used)]

use strata_engine::{Guidance, Mode, Sampling};

use super::*;
use crate::{
    gallery::index::{Filter, Identity},
    panels::fixture::{act, finish, jobs, list, saved, state},
    state::Message,
};

fn browse(state: &mut State, browse: Browse) -> Vec<Effect> {
    act(state, [Action::Browse(browse)])
}

fn pick(state: &mut State, number: u8, how: Pick) -> Vec<Effect> {
    let path = format!("{number:05}.png");
    browse(state, Browse::Pick { path, how })
}

fn selected(state: &State) -> Vec<&str> {
    let selection = state.browser.selection();
    selection
        .map(|entry| entry.row.file.path.as_str())
        .collect()
}

fn asked(effects: &[Effect]) -> Vec<&Command> {
    fn command(effect: &Effect) -> Option<&Command> {
        match effect {
            Effect::Index(command) => Some(command),
            _ => None,
        }
    }
    effects.iter().filter_map(command).collect()
}

#[test]
fn the_page_opens_with_what_was_asked_for_last() {
    let mut state = state();
    let filter = Filter {
        favourites: true,
        ..Filter::default()
    };
    browse(&mut state, Browse::Filter(Box::new(filter.clone())));
    let effects = act(&mut state, [Action::ShowGallery]);
    assert_eq!(state.page, Page::Gallery);
    let [Command::Show(query)] = asked(&effects)[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(query.filter, filter);
    act(&mut state, [Action::SetMode(Mode::Documents)]);
    assert_eq!(state.page, Page::Studio);
}

#[test]
fn pictures_are_picked_alone_together_and_by_range() {
    let mut state = state();
    list(&mut state, 1..=9);
    pick(&mut state, 3, Pick::Only);
    pick(&mut state, 5, Pick::Toggle);
    assert_eq!(selected(&state), ["00003.png", "00005.png"]);
    pick(&mut state, 5, Pick::Toggle);
    assert_eq!(selected(&state), ["00003.png"]);
    pick(&mut state, 2, Pick::Range);
    assert_eq!(selected(&state).len(), 4, "2 to 5, where the anchor is");
    let extend = Browse::Step {
        by: -1,
        extend: true,
    };
    browse(&mut state, extend);
    assert_eq!(selected(&state).len(), 5);
    browse(&mut state, Browse::SelectAll);
    assert_eq!(selected(&state).len(), 9);
    browse(&mut state, Browse::SelectNone);
    assert!(selected(&state).is_empty());
}

#[test]
fn selecting_everything_leaves_a_picture_at_the_cursor() {
    let mut state = state();
    browse(&mut state, Browse::SelectAll);
    assert_eq!(state.browser.cursor, None, "an empty list has none");
    list(&mut state, 1..=3);
    let effects = browse(&mut state, Browse::SelectAll);
    let first = &state.browser.listing.entries[0].row.file.path;
    assert_eq!(state.browser.cursor.as_ref(), Some(first));
    assert!(matches!(asked(&effects)[..], [Command::Recipe(_)]));
    let large = Browse::Large(true);
    browse(&mut state, large);
    assert!(state.browser.large);
}

#[test]
fn the_studio_exports_the_picture_it_shows() {
    let mut state = state();
    let export = |state: &mut State| act(state, [Action::ExportPicture]);
    assert!(export(&mut state).is_empty(), "there is none");
    let job = jobs(&act(&mut state, [Action::SetCount(1), Action::Generate]))[0];
    assert!(export(&mut state).is_empty(), "it is not saved yet");
    finish(&mut state, job);
    let piece = state.desk().selected.unwrap();
    saved(&mut state, piece, "00001.png");
    let effects = export(&mut state);
    let [Effect::Export(order)] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(order.files.len(), 1);
    assert!(order.files[0].ends_with("00001.png"));
    assert_eq!(order.form, Form::Copies);
}

#[test]
fn steps_end_at_the_ends_and_ask_for_the_recipe() {
    let mut state = state();
    let step = |by| Browse::Step { by, extend: false };
    browse(&mut state, step(1));
    assert_eq!(
        state.browser.cursor, None,
        "an empty list has no place to go"
    );
    list(&mut state, 1..=3);
    let effects = browse(&mut state, step(5));
    assert_eq!(state.browser.cursor.as_deref(), Some("00001.png"));
    assert_eq!(asked(&effects), [&Command::Recipe("00001.png".into())]);
    browse(&mut state, step(isize::MAX));
    assert_eq!(state.browser.cursor.as_deref(), Some("00003.png"));
    browse(&mut state, step(-7));
    assert_eq!(state.browser.cursor.as_deref(), Some("00001.png"));
}

#[test]
fn what_is_gone_is_not_selected_and_the_cursor_stays_near() {
    let mut state = state();
    list(&mut state, 1..=5);
    pick(&mut state, 2, Pick::Only);
    pick(&mut state, 4, Pick::Toggle);
    browse(&mut state, Browse::Large(true));
    list(&mut state, [1, 2, 3, 5]);
    assert_eq!(selected(&state), ["00002.png"]);
    assert_eq!(state.browser.cursor.as_deref(), Some("00005.png"));
    list(&mut state, []);
    assert_eq!(state.browser.cursor, None);
    assert!(!state.browser.large);
}

#[test]
fn deleting_can_be_undone() {
    let mut state = state();
    list(&mut state, 1..=3);
    assert!(browse(&mut state, Browse::Discard).is_empty());
    pick(&mut state, 2, Pick::Only);
    let effects = browse(&mut state, Browse::Discard);
    let [Effect::Discard(files)] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(files, &[state.folder.join("00002.png")]);
    let done = vec![trash::Discarded {
        path: files[0].clone(),
        real_path: files[0].clone(),
        at_secs: 1,
    }];
    let event = trash::Event::Discarded {
        done: done.clone(),
        failed: Vec::new(),
    };
    let effects = state.update(0.0, Message::Trash(event));
    assert_eq!(asked(&effects), [&Command::Changed(files.clone())]);
    let notice = state.notices.last().unwrap();
    assert_eq!(notice.tone, Tone::Done);
    assert_eq!(notice.remedies, [Action::Browse(Browse::UndoDiscard)]);
    assert!(state.browser.can_undo());
    let effects = browse(&mut state, Browse::UndoDiscard);
    assert!(matches!(&effects[..], [Effect::Restore(files)] if *files == done));
    assert!(state.notices.is_empty(), "the offer is gone with it");
    assert!(browse(&mut state, Browse::UndoDiscard).is_empty());
}

#[test]
fn what_could_not_be_deleted_is_said() {
    let mut state = state();
    let event = trash::Event::Discarded {
        done: Vec::new(),
        failed: vec![("a.png".into(), "in use".into())],
    };
    state.update(0.0, Message::Trash(event));
    let notice = state.notices.last().unwrap();
    assert!(notice.sentence.contains("a.png"), "{notice:?}");
    assert!(notice.sentence.contains("in use"), "{notice:?}");
    assert!(!state.browser.can_undo());
}

fn recipe(model: &str) -> Recipe {
    Recipe {
        model: model.into(),
        weights: None,
        subject: Subject::Class(387),
        seed: 99,
        index: 5,
        guidance: Guidance::constant(3.0),
        sampling: Sampling::default(),
        start: None,
    }
}

/// The index tells the recipe of the picture at the cursor.
fn tell_recipe(state: &mut State, path: &str, model: &str) {
    let event = index::Event::Recipe {
        path: path.into(),
        recipe: Some(Box::new(recipe(model))),
    };
    state.update(0.0, Message::Index(event));
}

#[test]
fn settings_of_a_picture_go_onto_the_desk_so_that_generate_makes_it_again() {
    let mut state = state();
    act(
        &mut state,
        [Action::SetMode(Mode::Documents), Action::ShowGallery],
    );
    list(&mut state, 1..=2);
    pick(&mut state, 1, Pick::Only);
    tell_recipe(&mut state, "00002.png", "pictures-2");
    assert!(state.browser.recipe.is_none(), "of another picture");
    tell_recipe(&mut state, "00001.png", "pictures-2");
    browse(&mut state, Browse::UseSettings);
    assert_eq!((state.page, state.mode), (Page::Studio, Mode::Classes));
    assert_eq!(state.chosen_classes(), [387]);
    let desk = state.desk();
    assert_eq!(desk.model.as_deref(), Some("pictures-2"));
    assert_eq!((desk.seed, desk.seed_locked, desk.count), (99, true, 6));
    let wanted = recipe("pictures-2");
    assert_eq!(desk.settings.guidance, wanted.guidance);
    let effects = act(&mut state, [Action::Generate]);
    let same = |effect: &Effect| match effect {
        Effect::Engine(strata_engine::Command::Enqueue { recipe, .. }) => *recipe == wanted,
        _ => false,
    };
    assert!(effects.iter().any(same), "{effects:?}");
}

#[test]
fn a_recipe_of_a_model_that_is_not_there_is_refused_in_words() {
    let mut state = state();
    act(&mut state, [Action::ShowGallery]);
    list(&mut state, 1..=1);
    pick(&mut state, 1, Pick::Only);
    tell_recipe(&mut state, "00001.png", "elsewhere");
    browse(&mut state, Browse::UseSettings);
    assert_eq!(state.page, Page::Gallery);
    assert!(state.notices[0].sentence.contains("elsewhere"));
}

#[test]
fn marks_are_for_what_is_selected() {
    let mut state = state();
    list(&mut state, 1..=3);
    pick(&mut state, 1, Pick::Only);
    pick(&mut state, 3, Pick::Toggle);
    let change = MarkChange::Rating(4);
    let effects = browse(&mut state, Browse::Mark(change));
    let pictures = vec![Identity([1; 16]), Identity([3; 16])];
    assert_eq!(asked(&effects), [&Command::Mark { pictures, change }]);
}
