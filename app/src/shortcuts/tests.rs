//! The table of keys says the same everywhere.
#![allow(clippy::unwrap_used)]
use super::*;
use crate::panels::fixture::{self, act};

#[test]
fn no_key_means_two_things_at_once() {
    let arrows = [Key::ArrowLeft, Key::ArrowRight];
    for page in [Page::Studio, Page::Gallery, Page::Models] {
        let here = |row: &&Shortcut| row.deed.page().is_none_or(|own| own == page);
        let rows = SHORTCUTS.iter().filter(here);
        let all: Vec<Keys> = rows.flat_map(|row| row.keys).copied().collect();
        for (at, keys) in all.iter().enumerate() {
            let twice = all.iter().skip(at + 1).any(|other| other == keys);
            assert!(!twice || arrows.contains(&keys.key), "{page:?}: {keys:?}");
        }
    }
}

#[test]
fn every_row_is_listed_once_with_its_keys() {
    let listed: Vec<_> = Group::ALL.into_iter().flat_map(listed).collect();
    assert!(listed.contains(&("Ctrl+Enter".into(), "Generate")) || cfg!(target_os = "macos"));
    assert!(listed.contains(&("1 \u{2013} 8".into(), words::CHOOSE_DEPTH)));
    assert!(listed.contains(&("F1 or ?".into(), words::SHOW_KEYS)));
    assert!(listed.contains(&("+".into(), words::ZOOM_IN)));
    assert!(listed.contains(&("0 \u{2013} 5".into(), gallery::RATE)));
    let mut names: Vec<&str> = listed.iter().map(|(_, words)| *words).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    assert!(listed.iter().all(|(keys, _)| !keys.is_empty()));
}

#[test]
fn tooltips_name_the_same_keys() {
    assert_eq!(tip("Grid", Deed::Overlay(Overlay::Grid)), "Grid (G)");
    assert_eq!(tip("Stop", Deed::Back), "Stop (Esc)");
    assert_eq!(keys_of(Deed::Next), "Right or Page Down");
}

#[test]
fn escape_takes_what_lies_on_top() {
    let mut state = fixture::state();
    act(&mut state, [Action::SetCount(2), Action::Generate]);
    assert_eq!(back(&state), Action::CancelAll);
    act(
        &mut state,
        [
            Action::Look(Look::FullScreen(true)),
            Action::Look(Look::Keys(true)),
        ],
    );
    assert_eq!(back(&state), Action::Look(Look::Keys(false)));
    act(&mut state, [Action::Look(Look::Keys(false))]);
    assert_eq!(back(&state), Action::Look(Look::FullScreen(false)));
}

#[test]
fn arrows_step_until_the_picture_is_zoomed() {
    let mut state = fixture::state();
    act(&mut state, [Action::SetCount(2), Action::Generate]);
    assert_eq!(Deed::Pan(1, 0).action(0, &state), None);
    assert_eq!(Deed::Next.action(0, &state), Some(Action::StepPicture(1)));
    let room = crate::state::Room {
        fitted: 1.0,
        visible: [0.5, 0.5],
    };
    act(&mut state, [Action::Look(Look::Room(room))]);
    assert!(Deed::Pan(1, 0).action(0, &state).is_some());
}

#[test]
fn the_gallery_has_keys_of_its_own() {
    let mut state = fixture::state();
    fixture::list(&mut state, 1..=3);
    act(&mut state, [Action::ShowGallery]);
    let rate = Some(Action::Browse(Browse::Mark(MarkChange::Rating(4))));
    assert_eq!(
        Deed::Rate.action(4, &state),
        None,
        "nothing is at the cursor"
    );
    act(&mut state, [Action::Browse(Browse::SelectAll)]);
    assert_eq!(Deed::Rate.action(4, &state), rate);
    assert_eq!(
        Deed::Favour.action(0, &state),
        Some(Action::Browse(Browse::Mark(MarkChange::Favourite(true))))
    );
    let copies = Action::Browse(Browse::Export(Form::Copies));
    assert_eq!(Deed::Export.action(0, &state), Some(copies));
    let large = Deed::Large.action(0, &state).unwrap();
    act(&mut state, [large]);
    assert_eq!(back(&state), Action::Browse(Browse::Large(false)));
    act(&mut state, [Action::Browse(Browse::Large(false))]);
    assert_eq!(back(&state), Action::Browse(Browse::SelectNone));
}
