//! Dropped files: told apart, visited, picked, begun with.
#![allow(clippy::unwrap_used)]

use std::{path::PathBuf, sync::Arc};

use strata_engine::Pixels;

use crate::{
    actions::{Action, BranchAction, Browse},
    gallery::{Answer, Dropped, index::Command},
    panels::fixture::{self, act, list, list_in},
    state::{Effect, Message, Page, State},
};

fn told(state: &mut State, dropped: Dropped) -> Vec<Effect> {
    state.update(1.0, Message::Gallery(Answer::Dropped(dropped)))
}

fn folder(files: &[&str]) -> Dropped {
    Dropped::Folder {
        folder: "elsewhere".into(),
        files: files.iter().map(|file| (*file).into()).collect(),
    }
}

fn folders(effects: &[Effect]) -> Vec<PathBuf> {
    let folder = |effect: &Effect| match effect {
        Effect::Index(Command::SetFolder(folder)) => Some(folder.clone()),
        _ => None,
    };
    effects.iter().filter_map(folder).collect()
}

#[test]
fn what_is_dropped_is_looked_at() {
    let mut state = fixture::state();
    let paths = vec![PathBuf::from("a.png")];
    let effects = act(&mut state, [Action::Drop(paths.clone())]);
    assert!(matches!(&effects[..], [Effect::LookAt(asked)] if *asked == paths));
}

#[test]
fn a_folder_is_visited_and_left_again() {
    let mut state = fixture::state();
    let own = state.folder.clone();
    let overview = Arc::clone(&state.picking.overview);
    let effects = told(&mut state, folder(&[]));
    assert_eq!(folders(&effects), [PathBuf::from("elsewhere")]);
    assert_eq!(state.page, Page::Gallery);
    assert_eq!(state.shown_folder(), PathBuf::from("elsewhere"));
    // Pictures are saved where they always are, and the classes show one's own.
    assert_eq!(state.folder, own);
    list(&mut state, []);
    assert!(Arc::ptr_eq(&state.picking.overview, &overview));

    let effects = act(&mut state, [Action::Browse(Browse::GoHome)]);
    assert_eq!(folders(&effects), std::slice::from_ref(&own));
    assert_eq!(state.shown_folder(), own);
}

#[test]
fn a_late_list_of_the_folder_before_is_not_shown() {
    let mut state = fixture::state();
    let own = state.folder.clone();
    list(&mut state, [1]);
    told(&mut state, folder(&[]));
    list_in(&mut state, own.clone(), [1, 2]);
    assert!(state.browser.listing.is_empty());
    list(&mut state, [3]);
    assert_eq!(state.browser.listing.len(), 1);
    let overview = Arc::clone(&state.picking.overview);
    act(&mut state, [Action::Browse(Browse::GoHome)]);
    list_in(&mut state, "elsewhere".into(), [3]);
    assert!(state.browser.listing.is_empty());
    assert!(Arc::ptr_eq(&state.picking.overview, &overview));
    list(&mut state, [1, 2]);
    assert_eq!(state.browser.listing.len(), 2);
}

#[test]
fn ones_own_folder_is_no_visit() {
    let mut state = fixture::state();
    let own = Dropped::Folder {
        folder: state.folder.clone(),
        files: Vec::new(),
    };
    told(&mut state, own);
    assert_eq!(state.browser.visiting, None);
}

#[test]
fn dropped_pictures_are_picked_once_all_are_listed() {
    let mut state = fixture::state();
    told(&mut state, folder(&["00002.png", "00003.png"]));
    list(&mut state, [1, 2]);
    assert!(state.browser.selected.is_empty());
    list(&mut state, [1, 2, 3]);
    let selected: Vec<&String> = state.browser.selected.iter().collect();
    assert_eq!(selected, ["00002.png", "00003.png"]);
    assert_eq!(state.browser.cursor.as_deref(), Some("00002.png"));
    assert!(!state.browser.large);

    told(&mut state, folder(&["00001.png"]));
    list(&mut state, [1, 2]);
    assert!(state.browser.large, "one picture is looked at");
    let effects = act(&mut state, [Action::Browse(Browse::BeginWith)]);
    let file = PathBuf::from("elsewhere").join("00001.png");
    assert!(matches!(&effects[..], [Effect::ReadPicture(path)] if *path == file));
    assert_eq!(state.page, Page::Studio);
}

#[test]
fn a_photograph_is_begun_with_and_nothing_is_said() {
    let mut state = fixture::state();
    act(&mut state, [Action::ShowGallery]);
    let effects = told(&mut state, Dropped::Photograph("cat.jpg".into()));
    assert!(matches!(&effects[..], [Effect::ReadPicture(path)] if path.ends_with("cat.jpg")));
    assert_eq!(state.page, Page::Studio);
    told(&mut state, Dropped::Nothing);
    assert_eq!(state.notices.len(), 1);
    assert!(!matches!(
        state.notices[0].remedies.first(),
        Some(Action::Branch(BranchAction::PickPicture))
    ));
}

#[test]
fn files_are_told_apart() {
    let mut state = fixture::state();
    act(&mut state, [Action::Generate]);
    let job = state.jobs.keys().next().copied().unwrap();
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name);
    let picture = fixture::picture(job, &state, 16);
    let own = |name: &str| {
        picture.write_png(path(name), "a picture").unwrap();
        path(name)
    };
    let (first, second) = (own("1.png"), own("2.png"));
    let pixels = Pixels {
        width: 2,
        height: 2,
        rgb: vec![7; 12],
    };
    let foreign = path("foreign.png");
    pixels.write_png(&foreign).unwrap();
    let photo = path("Photo.JPEG");
    std::fs::write(&photo, "").unwrap();
    let text = path("notes.txt");
    std::fs::write(&text, "").unwrap();
    let inside = |files: &[&str]| Dropped::Folder {
        folder: home.path().into(),
        files: files.iter().map(|file| (*file).into()).collect(),
    };
    let cases = [
        (vec![text.clone(), home.path().into()], inside(&[])),
        (
            vec![foreign.clone(), second, first.clone()],
            inside(&["2.png", "1.png"]),
        ),
        (
            vec![text.clone(), photo.clone()],
            Dropped::Photograph(photo),
        ),
        (vec![foreign.clone()], Dropped::Photograph(foreign)),
        (
            vec![text, path("absent.png")],
            Dropped::Photograph(path("absent.png")),
        ),
        (Vec::new(), Dropped::Nothing),
    ];
    for (paths, expected) in cases {
        assert_eq!(Dropped::of(&paths), expected);
    }
}
