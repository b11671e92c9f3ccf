//! Looking at pictures: overlays, zoom, each depth alone, the timeline, comparing, full screen, the keys.

use eframe::egui::{
    Event as Input, Key, Modifiers, MouseWheelSource, MouseWheelUnit, TouchPhase, Vec2,
    accesskit::Role,
};
use egui_kittest::kittest::{By, Queryable as _, by};
use strata::state::{View, Way, Zoom};
use strata_engine::{
    Command, Event, JobEvent,
    worker::{Depths, RequestEvent, RequestId},
};

use super::script::{Setup, Studio, landscape, pictures, positions};

fn viewing(studio: &Studio) -> &strata::state::Viewing {
    &studio.state().viewing
}

/// A batch of four that is done, its first picture selected and its depths decoded.
fn done(folder: &std::path::Path) -> Studio {
    let card = pictures(4);
    let mut studio = Setup::in_folder(folder).open();
    studio.click("Generate");
    for (job, recipe) in studio.jobs() {
        studio.make(job, &recipe, &card);
    }
    studio.wait("the saved files", |app| app.state().shelf.saved == 4);
    let commands = studio.commands();
    studio.decode(&commands, &card);
    studio
}

fn tile(studio: &Studio, number: usize) -> String {
    let state = studio.state();
    let piece = state.desk().board[number - 1];
    format!("Picture {number}: {}", state.pieces[&piece].title)
}

/// The open questions to the decoder: names, depths, whether the grid is whole.
fn questions(studio: &Studio) -> Vec<(RequestId, Depths, bool)> {
    let question = |command| match command {
        Command::Decode {
            request,
            depths,
            codes,
            ..
        } => Some((request, depths, codes.is_complete())),
        _ => None,
    };
    studio.commands().into_iter().filter_map(question).collect()
}

fn timeline<'a>() -> By<'a> {
    by().role(Role::Slider).label("Timeline")
}

fn answer(studio: &mut Studio, request: RequestId) {
    let card = pictures(4);
    let pixels = landscape(&card, 3, 5, positions(&card));
    let event = RequestEvent::Decoded(pixels.into());
    studio.say(Event::Request { request, event });
}

#[test]
fn overlays_are_turned_on_by_buttons_and_keys() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = done(folder.path());
    studio.click("Show the grid of positions");
    assert!(viewing(&studio).overlays.grid);
    studio.press(Key::G);
    assert!(!viewing(&studio).overlays.grid);
    studio.press(Key::S);
    assert!(viewing(&studio).overlays.position);
    studio.press(Key::U);
    assert!(viewing(&studio).overlays.uncertainty);
    let none = "Nothing is known about this picture";
    assert!(studio.harness.query_by_label_contains(none).is_some());
}

#[test]
fn uncertainty_has_a_legend_that_stays_after_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let card = pictures(4);
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.click("Generate");
    let jobs = studio.jobs();
    studio.start(jobs[0].0, &card);
    for position in 0..20 {
        let event = JobEvent::Codes {
            position,
            codes: vec![1; 4],
            entropy: vec![1.0; 4],
            log_probability: vec![-1.0; 4],
            kept: 0,
        };
        studio.say_job(jobs[0].0, event);
    }
    studio.press(Key::U);
    // Four depths of one nat each are 5.8 bits.
    let legend = "Uncertainty of all depths: dark is certain, bright is 6 bits or more";
    studio.harness.get_by_label(legend);
    studio.make(jobs[0].0, &jobs[0].1, &card);
    studio.harness.get_by_label(legend);
    studio.press(Key::Num1);
    let legend = "Uncertainty at depth 1: dark is certain, bright is 2 bits or more";
    studio.harness.get_by_label(legend);
}

#[test]
fn keys_choose_depths_summed_and_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = done(folder.path());
    let depth = |studio: &Studio| studio.state().desk().depth;
    studio.press(Key::Num2);
    assert_eq!(depth(&studio), Some(1));
    studio.press(Key::Num4);
    assert_eq!(depth(&studio), None, "the fourth of four is the whole");
    studio.press(Key::Num8);
    assert_eq!(depth(&studio), None, "there are four only");
    studio.click("Alone");
    for expected in 1..4 {
        let open = questions(&studio);
        assert_eq!(open.len(), 1, "one question at a time");
        assert_eq!(open[0].1, Depths::Only(expected));
        answer(&mut studio, open[0].0);
    }
    assert!(questions(&studio).is_empty());
    studio.click("Depth 4 alone");
    assert_eq!(depth(&studio), Some(3));
    studio.press(Key::Num0);
    assert_eq!(depth(&studio), None);
    let slider = by().role(Role::Slider).label("Depth");
    studio.harness.get(slider).set_value_accesskit(2.0);
    studio.harness.run();
    assert_eq!(depth(&studio), Some(1));
    studio.press(Key::A);
    assert!(!viewing(&studio).alone);
}

#[test]
fn the_timeline_is_scrubbed_stepped_and_played() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = done(folder.path());
    studio.harness.get(timeline()).set_value_accesskit(20.0);
    studio.harness.run();
    studio.harness.get_by_label("20 of 256");
    let open = questions(&studio);
    assert_eq!(open.len(), 1);
    assert!(open[0].2, "decoders take whole grids only");
    studio.harness.get(timeline()).set_value_accesskit(100.0);
    studio.harness.run();
    assert!(questions(&studio).is_empty(), "one question at a time");
    answer(&mut studio, open[0].0);
    assert_eq!(questions(&studio).len(), 1);
    studio.press(Key::Period);
    studio.harness.get_by_label("101 of 256");
    studio.click("One position back");
    studio.harness.get_by_label("100 of 256");

    // While it plays, frames follow each other.
    studio.harness.key_press(Key::Space);
    studio.harness.step();
    studio.harness.step();
    assert!(viewing(&studio).replay.as_ref().unwrap().playing);
    std::thread::sleep(std::time::Duration::from_millis(60));
    studio.harness.run_steps(4);
    assert!(viewing(&studio).replay.as_ref().unwrap().at > 100.5);
    studio.harness.get_by_label("Pause").click();
    studio.harness.run_steps(4);
    assert!(!viewing(&studio).replay.as_ref().unwrap().playing);
}

#[test]
fn a_change_of_picture_ends_the_timeline() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = done(folder.path());
    studio.harness.get(timeline()).set_value_accesskit(20.0);
    studio.harness.run();
    let open = questions(&studio);
    studio.press(Key::ArrowRight);
    let state = studio.state();
    assert_eq!(state.desk().selected, Some(state.desk().board[1]));
    assert_eq!(state.viewing.replay, None);
    answer(&mut studio, open[0].0);
    studio.harness.get_by_label("256 of 256");
}

#[test]
fn pictures_are_zoomed_and_moved() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = done(folder.path());
    studio.press(Key::Backspace);
    assert_eq!(studio.state().shown_view(), View::One);
    studio.press(Key::Z);
    assert_eq!(viewing(&studio).zoom, Zoom::Times(1.0));
    studio.harness.get_by_label("100 %");
    for _ in 0..6 {
        studio.click("Larger");
    }
    assert!(viewing(&studio).is_zoomed());
    let before = viewing(&studio).centre;
    studio.press(Key::ArrowRight);
    assert!(viewing(&studio).centre[0] > before[0], "arrows move it now");
    let label = tile(&studio, 1);
    let middle = studio.harness.get_by_label(&label).rect().center();
    let before = viewing(&studio).centre;
    studio.harness.hover_at(middle);
    studio.harness.step();
    studio.harness.drag_at(middle);
    studio.harness.step();
    studio.harness.hover_at(middle + Vec2::new(40.0, 0.0));
    studio.harness.step();
    studio.harness.drop_at(middle + Vec2::new(40.0, 0.0));
    studio.harness.run();
    assert!(viewing(&studio).centre[0] < before[0], "dragging moves it");
    studio.click("Fit into the window");
    assert_eq!(viewing(&studio).zoom, Zoom::Fit);
    assert!(!viewing(&studio).is_zoomed());
}

#[test]
fn the_wheel_zooms_where_the_pointer_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = done(folder.path());
    studio.press(Key::Backspace);
    let label = tile(&studio, 1);
    let corner = studio.harness.get_by_label(&label).rect().min;
    studio.harness.hover_at(corner + Vec2::splat(3.0));
    studio.harness.step();
    studio.harness.event(Input::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: Vec2::new(0.0, 600.0),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    });
    studio.harness.run_steps(12);
    studio.harness.run();
    assert!(matches!(viewing(&studio).zoom, Zoom::Times(_)));
    assert!(viewing(&studio).is_zoomed());
    let centre = viewing(&studio).centre;
    assert!(centre[0] < 0.5 && centre[1] < 0.5, "{centre:?}");
}

#[test]
fn two_pictures_are_compared_in_three_ways() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = done(folder.path());
    let second = tile(&studio, 2);
    studio
        .harness
        .get_by_label(&second)
        .click_modifiers(Modifiers::SHIFT);
    studio.harness.run();
    assert_eq!(viewing(&studio).compare.unwrap().way, Way::Slider);
    let state = studio.state();
    assert_eq!(state.desk().selected, Some(state.desk().board[0]));
    let divider = studio.harness.get_by_label("Divider");
    divider.focus();
    studio.harness.run();
    studio.press(Key::ArrowRight);
    assert!(viewing(&studio).compare.unwrap().split > 0.5);
    studio.click("Side by side");
    let label = tile(&studio, 1);
    let (left, right) = (
        studio.harness.get_by_label(&label).rect(),
        studio.harness.get_by_label(&second).rect(),
    );
    assert!(left.right() <= right.left() && left.size() == right.size());
    studio.press(Key::V);
    assert_eq!(viewing(&studio).compare.unwrap().way, Way::Flicker);
    studio.click("Stop comparing");
    assert_eq!(viewing(&studio).compare, None);
}

#[test]
fn the_picture_to_compare_with_is_picked_by_a_click() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = done(folder.path());
    studio.click("Compare with\u{2026}");
    studio
        .harness
        .get_by_label("Click the picture to compare with.");
    studio.press(Key::Escape);
    assert!(!viewing(&studio).picking);
    studio.press(Key::C);
    let third = tile(&studio, 3);
    studio.click(&third);
    let state = studio.state();
    let compare = state.viewing.compare.unwrap();
    assert_eq!(compare.with, state.desk().board[2]);
}

#[test]
fn full_screen_shows_the_picture_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = done(folder.path());
    studio.press(Key::F11);
    assert!(viewing(&studio).full_screen);
    assert!(studio.harness.query_by_label("Generate").is_none());
    let label = tile(&studio, 1);
    assert!(studio.harness.get_by_label(&label).rect().height() > 500.0);
    studio.press(Key::PageDown);
    let label = tile(&studio, 2);
    studio.harness.get_by_label(&label);
    studio.press(Key::Escape);
    assert!(!viewing(&studio).full_screen);
    studio.harness.get_by_label("Generate");
}

#[test]
fn the_list_of_keys_opens_and_closes() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = done(folder.path());
    studio.press(Key::F1);
    studio.harness.get_by_label("Keyboard shortcuts");
    studio.harness.get_by_label("Ctrl+Enter");
    studio.harness.get_by_label("1 \u{2013} 8");
    studio.press(Key::Escape);
    assert!(
        studio
            .harness
            .query_by_label("Keyboard shortcuts")
            .is_none()
    );
    studio.press(Key::Questionmark);
    studio.click("Close");
    assert!(!viewing(&studio).keys_shown);
}

#[test]
fn typing_a_class_presses_no_shortcut() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = done(folder.path());
    studio.harness.get_by_label("Search classes").focus();
    studio.harness.run();
    for pressed in [Key::G, Key::U, Key::Num1, Key::Space] {
        studio.press(pressed);
    }
    assert_eq!(
        viewing(&studio).overlays,
        strata::state::Overlays::default()
    );
    assert_eq!(studio.state().desk().depth, None);
    assert_eq!(viewing(&studio).replay, None);
}
