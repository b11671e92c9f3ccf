//! Looking at pictures: what is asked of the decoder and when, comparing, zoom.
#![allow(clippy::unwrap_used)]

use strata_engine::{Command, Error, Event, worker::RequestEvent};

use super::*;
use crate::panels::fixture::{self, act, hear, jobs, requests};

/// A batch that is done, its depths decoded.
fn done(count: u32) -> State {
    let mut state = fixture::state();
    let effects = act(&mut state, [Action::SetCount(count), Action::Generate]);
    for job in jobs(&effects) {
        for request in requests(&fixture::finish(&mut state, job)) {
            hear(&mut state, fixture::decoded(request));
        }
    }
    state
}

fn look(state: &mut State, look: Look) -> Vec<Effect> {
    act(state, [Action::Look(look)])
}

fn look_at(state: &mut State, now_secs: f64, look: Look) -> Vec<Effect> {
    state.update(now_secs, Message::Action(Action::Look(look)))
}

fn shown(state: &State) -> Option<usize> {
    state.replayed(state.desk().selected.unwrap())
}

#[test]
fn scrubbing_asks_for_one_row_at_a_time() {
    let mut state = done(1);
    let first = look(&mut state, Look::Scrub(2));
    let [Effect::Engine(Command::Decode { codes, depths, .. })] = &first[..] else {
        panic!("{first:?}");
    };
    assert!(codes.is_complete(), "decoders take whole grids only");
    assert_eq!(*depths, strata_engine::worker::Depths::ALL);
    assert_eq!(shown(&state), Some(2));
    assert!(
        look(&mut state, Look::Scrub(6)).is_empty(),
        "one is open already"
    );
    assert!(look(&mut state, Look::Scrub(9)).is_empty());
    let next = hear(&mut state, fixture::decoded(requests(&first)[0]));
    assert_eq!(requests(&next).len(), 1, "what is wanted by now");
    assert!(hear(&mut state, fixture::decoded(requests(&next)[0])).is_empty());
    // The last row is the picture itself, and what was decoded is kept.
    assert!(look(&mut state, Look::Scrub(14)).is_empty());
    assert!(look(&mut state, Look::Scrub(10)).is_empty());
    assert!(look(&mut state, Look::Scrub(1)).is_empty());
    assert_eq!(requests(&look(&mut state, Look::Scrub(6))).len(), 1);
    look(&mut state, Look::Scrub(16));
    assert_eq!(shown(&state), None);
}

#[test]
fn frames_come_from_the_row_or_from_later_codes() {
    let mut state = done(1);
    let id = state.desk().selected.unwrap();
    let asked = look(&mut state, Look::Scrub(2));
    let pixels = |state: &State| {
        let piece = &state.pieces[&id];
        Arc::clone(state.replay_pixels(piece, state.sight()).unwrap())
    };
    let whole = state.pieces[&id].pixels.clone().unwrap();
    assert!(Arc::ptr_eq(&pixels(&state), &whole));
    hear(&mut state, fixture::decoded(requests(&asked)[0]));
    let row = pixels(&state);
    assert!(!Arc::ptr_eq(&row, &whole));
    look(&mut state, Look::Scrub(4));
    assert!(Arc::ptr_eq(&pixels(&state), &row));
    look(&mut state, Look::Scrub(5));
    assert!(Arc::ptr_eq(&pixels(&state), &whole));
}

#[test]
fn an_answer_for_another_picture_is_put_away() {
    let mut state = done(2);
    let asked = look(&mut state, Look::Scrub(2));
    let second = state.desk().board[1];
    let effects = act(&mut state, [Action::SelectPicture(second)]);
    assert_eq!(shown(&state), None, "the timeline ends with its picture");
    for request in requests(&effects) {
        hear(&mut state, fixture::decoded(request));
    }
    assert!(
        look(&mut state, Look::Scrub(2)).is_empty(),
        "one is open already"
    );
    let next = hear(&mut state, fixture::decoded(requests(&asked)[0]));
    assert_eq!(requests(&next).len(), 1);
    let piece = &state.pieces[&second];
    let pixels = state.replay_pixels(piece, state.sight()).unwrap();
    assert!(Arc::ptr_eq(pixels, piece.pixels.as_ref().unwrap()));
}

#[test]
fn a_refused_question_is_not_asked_again() {
    let mut state = done(1);
    let asked = look(&mut state, Look::Scrub(2));
    let event = Event::Request {
        request: requests(&asked)[0],
        event: RequestEvent::Failed(Error::ShutDown),
    };
    assert!(hear(&mut state, event).is_empty());
    assert!(look(&mut state, Look::Scrub(3)).is_empty());
    assert_eq!(requests(&look(&mut state, Look::Scrub(5))).len(), 1);
}

#[test]
fn it_plays_to_the_end_and_again() {
    let mut state = done(1);
    look_at(&mut state, 10.0, Look::Play);
    assert_eq!(shown(&state), Some(0));
    look_at(&mut state, 13.01, Look::Advance);
    assert_eq!(shown(&state), Some(8), "half of six seconds");
    look_at(&mut state, 13.01, Look::Play);
    look_at(&mut state, 14.0, Look::Advance);
    assert_eq!(shown(&state), Some(8), "paused");
    look_at(&mut state, 20.0, Look::Speed(2.0));
    look_at(&mut state, 20.0, Look::Play);
    look_at(&mut state, 21.6, Look::Advance);
    assert_eq!(shown(&state), None);
    assert!(!state.viewing.replay.as_ref().unwrap().playing);
    look_at(&mut state, 22.0, Look::Play);
    assert_eq!(shown(&state), Some(0));
    look_at(&mut state, 22.0, Look::StepPosition(1));
    assert_eq!(shown(&state), Some(1));
    look_at(&mut state, 22.0, Look::StepPosition(-5));
    assert_eq!(shown(&state), Some(0));
}

#[test]
fn two_pictures_are_compared_until_one_goes() {
    let mut state = done(3);
    let [first, second, third] = state.desk().board[..] else {
        panic!("three pictures");
    };
    look(&mut state, Look::CompareWith(first));
    assert_eq!(state.viewing.compare, None, "not with itself");
    let effects = look(&mut state, Look::CompareWith(second));
    assert_eq!(requests(&effects).len(), 1, "its depths are compared too");
    assert_eq!(state.viewing.compare.unwrap().with, second);
    assert_eq!(state.shown_view(), View::One);
    look(&mut state, Look::CompareBy(Way::Flicker));
    act(&mut state, [Action::SelectPicture(third)]);
    let compare = state.viewing.compare.unwrap();
    assert_eq!((compare.with, compare.way), (second, Way::Flicker));
    act(&mut state, [Action::SelectPicture(second)]);
    assert_eq!(state.viewing.compare, None);
    look(&mut state, Look::CompareWith(third));
    act(&mut state, [Action::SetView(View::All)]);
    assert_eq!(state.viewing.compare, None);
}

#[test]
fn the_other_picture_is_picked_by_the_next_click() {
    let mut state = done(2);
    let [first, second] = state.desk().board[..] else {
        panic!("two pictures");
    };
    assert_eq!(state.only_other(), Some(second));
    look(&mut state, Look::Pick(true));
    assert_eq!(state.shown_view(), View::All);
    act(&mut state, [Action::SelectPicture(second)]);
    assert_eq!(state.desk().selected, Some(first));
    assert_eq!(state.viewing.compare.unwrap().with, second);
    assert!(!state.viewing.picking);
}

#[test]
fn a_compared_picture_is_not_forgotten() {
    let mut state = done(2);
    let [first, second] = state.desk().board[..] else {
        panic!("two pictures");
    };
    look(&mut state, Look::CompareWith(second));
    state.desk_mut().board = vec![first];
    state.shelf.pieces.clear();
    state.run.clear();
    if let Some(piece) = state.pieces.get_mut(&second) {
        piece.saving = Saving::Not;
    }
    state.forget_loose_pieces();
    assert!(state.pieces.contains_key(&second));
}

#[test]
fn zoom_goes_in_steps_between_fitting_and_squares() {
    let mut state = done(1);
    let room = |fitted, visible| {
        Look::Room(Room {
            fitted,
            visible: [visible; 2],
        })
    };
    look(&mut state, room(0.4, 1.0));
    look(&mut state, Look::StepZoom(1));
    assert_eq!(state.viewing.zoom, Zoom::Times(0.5));
    look(&mut state, Look::StepZoom(-1));
    assert_eq!(state.viewing.zoom, Zoom::Fit, "nothing smaller than fits");
    look(&mut state, Look::Zoom(Zoom::Times(2.6)));
    assert_eq!(state.viewing.zoom.drawn(0.4), 3.0, "whole multiples only");
    look(&mut state, Look::Zoom(Zoom::Times(f32::NAN)));
    assert_eq!(state.viewing.zoom, Zoom::Fit);
    look(&mut state, room(3.0, 1.0));
    for _ in 0..5 {
        look(&mut state, Look::StepZoom(-1));
    }
    assert_eq!(state.viewing.zoom, Zoom::Times(1.0));
}

#[test]
fn panning_stays_within_the_picture() {
    let mut state = done(1);
    let room = Room {
        fitted: 1.0,
        visible: [0.5, 1.0],
    };
    look(&mut state, Look::Room(room));
    look(&mut state, Look::Zoom(Zoom::Times(2.0)));
    assert!(state.viewing.is_zoomed());
    look(&mut state, Look::Pan([1, 1]));
    assert_eq!(state.viewing.centre, [0.6, 0.5]);
    for _ in 0..9 {
        look(&mut state, Look::Pan([1, 0]));
    }
    assert_eq!(state.viewing.centre, [0.75, 0.5]);
    look(&mut state, Look::Zoom(Zoom::Fit));
    assert_eq!(state.viewing.centre, [0.5, 0.5]);
}

#[test]
fn full_screen_needs_a_picture() {
    let mut state = fixture::state();
    look(&mut state, Look::FullScreen(true));
    assert!(!state.viewing.full_screen);
    let mut state = done(2);
    look(&mut state, Look::FullScreen(true));
    assert_eq!(state.shown_view(), View::One);
}

#[test]
fn overlays_are_found_again_in_the_next_session() {
    let mut state = fixture::state();
    look(&mut state, Look::Toggle(Overlay::Grid));
    let next = fixture::restarted(state.preferences.clone());
    assert!(next.viewing.overlays.grid);
    assert!(!next.viewing.overlays.uncertainty);
}
