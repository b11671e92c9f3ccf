//! How much of a frame's time is the window's own work, with the 1.4B model drawing and over 20,000
//! pictures:
//! `cargo test --release --workspace --test window frames -- --ignored --nocapture --test-threads 1`.
//!
//! A frame here is everything but the graphics card's part: messages, reducer, layout, tessellation.

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use cpu_time::ThreadTime;
use eframe::egui::{Event, Modifiers, MouseWheelSource, MouseWheelUnit, Pos2, TouchPhase, Vec2};
use egui_kittest::{Harness, kittest::Queryable as _};
use strata::{app::StudioApp, places::Places, settings::Preferences};
use strata_engine::{Mode, Picture, Recipe, Subject};
use strata_tests::random_model::RandomModel;

use super::{
    real::{studio_with, wait},
    script::{Setup, Studio, picture, pictures, positions},
};

/// What a display at 60 Hz leaves for a frame.
const FRAME: Duration = Duration::from_millis(16);
const PICTURES: usize = 20_000;

/// Frames, measured two ways.
#[derive(Default)]
struct Frames {
    /// Of the window's thread, on a core.
    own: Vec<Duration>,
    /// On the clock, with everything that other threads took meanwhile.
    wall: Vec<Duration>,
}

impl Frames {
    /// Draws a frame, and waits for the display as a window does.
    fn draw(&mut self, harness: &mut Harness<'static, StudioApp>) {
        let (begun, on_a_core) = (Instant::now(), ThreadTime::now());
        harness.step();
        let shapes = harness.output().shapes.clone();
        let scale = harness.ctx.pixels_per_point();
        std::hint::black_box(harness.ctx.tessellate(shapes, scale));
        self.own.push(on_a_core.elapsed());
        self.wall.push(begun.elapsed());
        std::thread::sleep(FRAME.saturating_sub(begun.elapsed()));
    }

    /// Says the figures; 99 in 100 frames must leave the display its rate.
    fn tell(mut self, what: &str) {
        let count = self.own.len();
        let [own, wall] = [&mut self.own, &mut self.wall].map(|times| {
            times.sort();
            [50, 99, 100].map(|percent| times[(count * percent / 100).min(count - 1)])
        });
        println!(
            "{what}: {count} frames; median, 99 %, longest: own work {own:.1?}, clock {wall:.1?}"
        );
        assert!(own[1] < FRAME, "{what}: {:?}", own[1]);
    }
}

/// Pictures of every class that the model knows, as the program writes them.
fn fill(folder: &Path) {
    let card = pictures(4);
    let drawn = |class: &u32| {
        let recipe = Recipe {
            model: card.id.clone(),
            weights: None,
            subject: Subject::Class(*class),
            seed: 0,
            index: *class,
            guidance: card.guidance.clone(),
            sampling: card.sampling.clone(),
            start: None,
        };
        picture(&recipe, &card, positions(&card))
    };
    let drawn: Vec<Picture> = card.classes.iter().map(drawn).collect();
    let next = AtomicUsize::new(0);
    let write = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= PICTURES {
                return;
            }
            let mut picture = drawn[number % drawn.len()].clone();
            picture.recipe.seed = number as u64;
            let file = folder.join(format!("{number:05}-picture.png"));
            picture.write_png(file, "a picture").unwrap();
        }
    };
    std::thread::scope(|scope| {
        (0..2).for_each(|_| drop(scope.spawn(write)));
    });
}

fn scroll(studio: &mut Studio, points: f32) {
    studio
        .harness
        .event(Event::PointerMoved(Pos2::new(640.0, 500.0)));
    studio.harness.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: Vec2::new(0.0, points),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
}

#[test]
#[ignore = "measures; takes minutes"]
fn twenty_thousand_pictures() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.harness.get_by_label("Gallery").click();
    let mut frames = Frames::default();
    let begun = Instant::now();
    while studio.harness.state().state().browser.listing.len() < PICTURES {
        assert!(begun.elapsed() < Duration::from_secs(300));
        frames.draw(&mut studio.harness);
    }
    frames.tell("20,000 pictures, while the folder is read for the first time");
    println!("read in {:.1?}", begun.elapsed());

    let mut frames = Frames::default();
    for _ in 0..600 {
        scroll(&mut studio, -180.0);
        frames.draw(&mut studio.harness);
    }
    frames.tell("20,000 pictures, scrolled through");
    let mut frames = Frames::default();
    for _ in 0..200 {
        frames.draw(&mut studio.harness);
    }
    frames.tell("20,000 pictures, at rest");
}

#[test]
#[ignore = "measures; needs 9 GB of memory and 3 GB of disk, takes minutes"]
fn the_model_of_1_4_billion_weights() {
    let model = RandomModel::xxl();
    let home = tempfile::tempdir().unwrap();
    let places = Places::below(home.path());
    model.write(&places.models).unwrap();
    let mut preferences = Preferences::default();
    preferences.desk_mut(Mode::Classes).model = Some(model.id.into());
    preferences.desk_mut(Mode::Classes).count = Some(4);
    let mut harness = studio_with(&places, preferences, false);
    harness.step();
    harness.get_by_label("Generate").click();
    harness.step();
    let done = |app: &StudioApp| {
        app.state()
            .pieces
            .values()
            .map(|piece| piece.done)
            .sum::<usize>()
    };
    wait(&mut harness, "the first codes", move |app| done(app) > 0);
    let (first, begun) = (done(harness.state()), Instant::now());
    let mut frames = Frames::default();
    while begun.elapsed() < Duration::from_secs(40) {
        frames.draw(&mut harness);
    }
    let steps = (done(harness.state()) - first) / 4;
    assert!(steps > 0, "the model drew nothing meanwhile");
    println!("{steps} positions of each picture meanwhile");
    frames.tell("1.4B model, four guided pictures");
    harness.get_by_label("Cancel").click();
    harness.step();
    wait(&mut harness, "the engine's rest", |app| {
        app.state().live() == 0
    });
}
