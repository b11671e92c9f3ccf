//! The window over the real engine and the starter models: the whole path once.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use egui_kittest::{Harness, kittest::Queryable};
use strata::{
    app::StudioApp, classes::Classes, places::Places, port::EnginePort, settings::Preferences,
    shipped, state::Surroundings, world::Machine,
};
use strata_engine::{picture::read_png, worker::Options};
use strata_tests::paper::{PaperDesktop, PaperTrash};

/// The slowest machine that the tests run on makes a picture, or reads the largest model, in far less.
const PATIENCE: Duration = Duration::from_secs(600);

pub fn wait(
    harness: &mut Harness<'static, StudioApp>,
    what: &str,
    done: impl Fn(&StudioApp) -> bool,
) {
    let start = Instant::now();
    while !done(harness.state()) {
        assert!(start.elapsed() < PATIENCE, "waiting for {what}");
        harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The whole program over a home of its own.
pub fn studio(places: &Places, draws: bool) -> Harness<'static, StudioApp> {
    studio_with(places, Preferences::default(), draws)
}

/// The same, with what a person chose before.
pub fn studio_with(
    places: &Places,
    preferences: Preferences,
    draws: bool,
) -> Harness<'static, StudioApp> {
    studio_of_size(places, preferences, draws, [1280.0, 800.0])
}

/// The same, in a window of this size.
pub fn studio_of_size(
    places: &Places,
    preferences: Preferences,
    draws: bool,
    size: [f32; 2],
) -> Harness<'static, StudioApp> {
    let mut builder = Harness::builder().with_size(size).with_max_steps(16);
    if draws {
        builder = builder.wgpu();
    }
    let places = places.clone();
    builder.build_eframe(move |cc| {
        let library = shipped::library(&places);
        let surroundings = Surroundings {
            models: library.cards().0,
            model_errors: Vec::new(),
            models_folder: "models".into(),
            classes: Classes::shipped(),
            folder: places.pictures.clone(),
            dice: 3,
            preferences,
            trouble: None,
        };
        let options = Options {
            library,
            max_batch: 4,
            cache: Some(places.cache.clone()),
            device: strata_engine::Device::default(),
            look_ahead: strata_engine::LookAhead::default(),
        };
        let port = EnginePort::start(options, &cc.egui_ctx).unwrap();
        let machine = Machine {
            port: Box::new(port),
            desktop: Arc::new(PaperDesktop::default()),
            trash: Arc::new(PaperTrash::default()),
            places,
        };
        StudioApp::new(cc, surroundings, machine)
    })
}

#[test]
fn generate_cancel_and_save_with_the_starter_models() {
    let home = tempfile::tempdir().unwrap();
    let places = Places::below(home.path());
    let folder = places.pictures.clone();
    let mut harness = studio(&places, false);
    harness.step();
    // Four pictures, cancelled at the first codes: nothing is left running, nothing unfinished is saved.
    harness.get_by_label("Generate").click();
    harness.step();
    let positions = |app: &StudioApp| {
        app.state()
            .pieces
            .values()
            .map(|piece| piece.done)
            .max()
            .unwrap_or(0)
    };
    wait(&mut harness, "the first codes", move |app| {
        positions(app) > 0
    });
    harness.get_by_label("Cancel").click();
    harness.step();
    wait(&mut harness, "the engine's rest", |app| {
        app.state().live() == 0
    });
    assert_eq!(harness.state().state().shelf.saved, 0);

    // A page of text from click to PNG.
    harness.get_by_label("Documents").click();
    harness.step();
    harness.get_by_label("Generate").click();
    harness.step();
    wait(&mut harness, "a saved page", |app| {
        app.state().shelf.saved >= 1
    });
    let file = std::fs::read_dir(folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let document = read_png(&file).unwrap();
    assert_eq!(document.recipe.model, "pages");
    assert!(document.codes.is_complete());
    harness.step();
}
