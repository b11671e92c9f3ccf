//! Growing again: what is kept, who descends from whom, and beginning with a photograph.
#![allow(clippy::unwrap_used)]

use strata_engine::{
    Codes, Command, Event, Picture, Pixels,
    worker::{Depths, RequestEvent},
};

use super::*;
use crate::{
    actions::Action,
    gallery::Answer,
    origin::Origin,
    panels::fixture::{self, act, hear, jobs, state},
    state::{Message, Relative},
};

fn finished() -> (State, PieceId) {
    let mut state = state();
    let effects = act(&mut state, [Action::SetCount(1), Action::Generate]);
    fixture::finish(&mut state, jobs(&effects)[0]);
    let id = state.desk().selected.unwrap();
    (state, id)
}

fn branch(state: &mut State, actions: impl IntoIterator<Item = BranchAction>) -> Vec<Effect> {
    let mut effects = act(state, actions.into_iter().map(Action::Branch));
    effects.retain(|effect| !matches!(effect, Effect::Remember(_)));
    effects
}

fn recipe(effects: &[Effect]) -> Recipe {
    let recipe = |effect: &Effect| match effect {
        Effect::Engine(Command::Enqueue { recipe, .. }) => Some(recipe.clone()),
        _ => None,
    };
    effects.iter().find_map(recipe).unwrap()
}

fn tree(state: &State, id: PieceId) -> Vec<(PieceId, usize)> {
    let relatives = state.relatives(id).into_iter();
    relatives
        .map(|Relative { piece, generation }| (piece, generation))
        .collect()
}

#[test]
fn a_click_keeps_what_lies_before_it_and_draws_the_rest_with_another_seed() {
    let (mut state, parent) = finished();
    let effects = branch(
        &mut state,
        [BranchAction::Open(parent), BranchAction::GrowFrom(6)],
    );
    let own = state.pieces[&parent].recipe.clone();
    let child = recipe(&effects);
    let start = child.start.clone().unwrap();
    assert_eq!((start.positions, start.depths), (6, 0));
    assert_ne!(child.seed, own.seed);
    assert_eq!(
        (child.subject, &child.sampling),
        (own.subject, &own.sampling)
    );
    let digest = own.digest().unwrap();
    assert!(matches!(&start.from, Lineage::Picture { recipe, .. } if *recipe == digest));

    let id = state.desk().selected.unwrap();
    assert_eq!(state.desk().board, [parent, id]);
    assert_eq!(tree(&state, id), [(parent, 0), (id, 1)]);
    assert_eq!(state.branch_plan(), None);
    assert_eq!(state.pieces[&id].title, state.pieces[&parent].title);
}

#[test]
fn the_first_position_keeps_nothing_so_nothing_happens() {
    let (mut state, parent) = finished();
    let effects = branch(
        &mut state,
        [BranchAction::Open(parent), BranchAction::GrowFrom(0)],
    );
    assert!(jobs(&effects).is_empty());
    assert!(state.branch_plan().is_some());
}

#[test]
fn rows_are_kept_without_a_mouse_and_never_all() {
    let (mut state, parent) = finished();
    branch(
        &mut state,
        [BranchAction::Open(parent), BranchAction::KeepRows(99)],
    );
    let keep = |state: &State| state.branch_plan().unwrap().keep;
    assert_eq!(keep(&state), Keep::Positions(15));
    branch(&mut state, [BranchAction::KeepRows(3)]);
    assert_eq!(keep(&state), Keep::Positions(12));
    let start = recipe(&branch(&mut state, [BranchAction::Grow]))
        .start
        .unwrap();
    assert_eq!(start.positions, 12);
}

#[test]
fn the_same_composition_keeps_depths() {
    let (mut state, parent) = finished();
    let actions = [
        BranchAction::OpenTexture(parent),
        BranchAction::KeepDepths(9),
        BranchAction::Grow,
    ];
    let start = recipe(&branch(&mut state, actions)).start.unwrap();
    assert_eq!((start.positions, start.depths), (0, 1));
}

#[test]
fn a_stopped_picture_keeps_no_more_than_it_has() {
    let mut state = state();
    let effects = act(&mut state, [Action::SetCount(1), Action::Generate]);
    let job = jobs(&effects)[0];
    hear(&mut state, fixture::started(job));
    let partial = fixture::picture(job, &state, 6);
    hear(&mut state, fixture::cancelled(job, Some(partial)));
    let id = state.desk().selected.unwrap();
    branch(&mut state, [BranchAction::OpenTexture(id)]);
    assert_eq!(
        state.branch_plan(),
        None,
        "its finer depths are not complete"
    );
    let actions = [BranchAction::Open(id), BranchAction::GrowFrom(12)];
    let start = recipe(&branch(&mut state, actions)).start.unwrap();
    assert_eq!(start.positions, 6);
}

#[test]
fn looking_elsewhere_chooses_nothing() {
    let (mut state, first) = finished();
    branch(&mut state, [BranchAction::Open(first), BranchAction::Grow]);
    branch(&mut state, [BranchAction::Open(first)]);
    assert!(state.branch_plan().is_some());
    let child = state.desk().board[1];
    act(&mut state, [Action::SelectPicture(child)]);
    assert_eq!(state.branch_plan(), None);
    assert!(jobs(&branch(&mut state, [BranchAction::Grow])).is_empty());
}

#[test]
fn files_find_their_parents_again() {
    let (mut state, parent) = finished();
    let made = Picture::clone(state.pieces[&parent].picture.as_ref().unwrap());
    let from = Lineage::Picture {
        recipe: made.recipe.digest().unwrap(),
        file: None,
    };
    let start = Start::new(made.codes.clone(), 4, 0, from).unwrap();
    let mut child = made;
    child.recipe.start = Some(Box::new(start));
    child.recipe.seed += 1;
    let answer = Answer::PictureRead {
        path: "old/child.png".into(),
        result: Ok(Origin::Strata(Box::new(child))),
    };
    state.update(0.0, Message::Gallery(answer.clone()));
    let id = state.desk().selected.unwrap();
    assert_eq!(tree(&state, parent), [(parent, 0), (id, 1)]);
    assert!(
        state.branch_plan().is_some(),
        "it can be grown again at once"
    );
    // The same file again is the same picture.
    let count = state.pieces.len();
    state.update(0.0, Message::Gallery(answer));
    assert_eq!(state.pieces.len(), count);
}

#[test]
fn a_parent_is_sought_in_the_file_beside_its_child() {
    let (made, digest) = {
        let (state, id) = finished();
        let made = Picture::clone(state.pieces[&id].picture.as_ref().unwrap());
        let digest = made.recipe.digest().unwrap();
        (made, digest)
    };
    let from = Lineage::Picture {
        recipe: digest,
        file: Some("parent.png".into()),
    };
    let start = Start::new(made.codes.clone(), 4, 0, from).unwrap();
    let mut child = made.clone();
    child.recipe.start = Some(Box::new(start));
    let mut state = state();
    let answer = |path: &str, picture: &Picture| {
        let result = Ok(Origin::Strata(Box::new(picture.clone())));
        let path = path.into();
        Message::Gallery(Answer::PictureRead { path, result })
    };
    let effects = state.update(0.0, answer("old/child.png", &child));
    let sought = effects.iter().find_map(|effect| match effect {
        Effect::ReadPicture(path) => Some(path.clone()),
        _ => None,
    });
    assert_eq!(sought, Some("old/parent.png".into()));
    let id = state.desk().selected.unwrap();
    assert_eq!(tree(&state, id).len(), 1);
    state.update(0.0, answer("old/parent.png", &made));
    assert_eq!(state.desk().selected, Some(id), "nothing else is shown");
    let generations: Vec<usize> = tree(&state, id).iter().map(|row| row.1).collect();
    assert_eq!(generations, [0, 1]);
    assert_eq!(tree(&state, id)[1].0, id);
}

fn photograph(state: &mut State) -> (Vec<Effect>, Codes) {
    let effects = branch(state, [BranchAction::OpenPicture("trip/cat.jpg".into())]);
    assert!(matches!(&effects[..], [Effect::ReadPicture(_)]));
    assert_eq!(
        state.branching.photographs.busy().as_deref(),
        Some("cat.jpg")
    );
    let pixels = Pixels {
        width: 3,
        height: 2,
        rgb: vec![7; 18],
    };
    let answer = Answer::PictureRead {
        path: "trip/cat.jpg".into(),
        result: Ok(Origin::Foreign(pixels)),
    };
    let effects = state.update(0.0, Message::Gallery(answer));
    let codes = Codes {
        rows: 4,
        columns: 4,
        depth: 2,
        codebook: 64,
        values: vec![9; 32],
    };
    (effects, codes)
}

#[test]
fn a_photograph_is_encoded_shown_and_continued() {
    let mut state = state();
    let (effects, codes) = photograph(&mut state);
    let [Effect::Engine(Command::Encode { request, model, .. })] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(model, "pictures");
    let encoded = Event::Request {
        request: *request,
        event: RequestEvent::Encoded(codes),
    };
    let effects = hear(&mut state, encoded);
    let [
        Effect::Engine(Command::Decode {
            request, depths, ..
        }),
    ] = &effects[..]
    else {
        panic!("{effects:?}");
    };
    assert_eq!(*depths, Depths::ALL);
    hear(&mut state, fixture::decoded(*request));
    let id = state.desk().selected.unwrap();
    assert_eq!(state.pieces[&id].title, "cat.jpg");
    assert_eq!(state.branching.photographs.busy(), None);
    assert!(
        act(&mut state, [Action::KeepUnfinished(id)]).is_empty(),
        "not Strata's"
    );

    // It goes on with the settings of the present, not with those of when it was opened.
    act(&mut state, [Action::SetTemperature(0.3)]);
    let child = recipe(&branch(&mut state, [BranchAction::Grow]));
    assert_eq!(child.sampling.temperature.at(0), 0.3);
    let start = child.start.unwrap();
    assert_eq!(start.positions, 8);
    assert!(matches!(&start.from, Lineage::Photograph { file } if file == "cat.jpg"));
    let child = state.desk().selected.unwrap();
    assert_eq!(tree(&state, child), [(id, 0), (child, 1)]);
}

#[test]
fn what_cannot_be_read_is_said_in_words() {
    let mut state = state();
    let error = crate::explain::Explained::new("cannot open cat.jpg", "Check the path.");
    let answer = Answer::PictureRead {
        path: "cat.jpg".into(),
        result: Err(error),
    };
    state.update(0.0, Message::Gallery(answer));
    assert_eq!(state.notices[0].sentence, "Cannot open cat.jpg.");
    hear(&mut state, fixture::died());
    let (effects, _) = photograph(&mut state);
    assert!(effects.is_empty());
    assert_eq!(state.branching.photographs.busy(), None);
}
