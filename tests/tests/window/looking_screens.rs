//! Looking at pictures as it looks, to be looked at: see `screens`.

use eframe::egui::{Key, Modifiers, Theme, Vec2, accesskit::Role};
use egui_kittest::kittest::{Queryable as _, by};
use strata_engine::JobEvent;

use super::{
    screens::{adapter, keep, open},
    script::{Studio, pages, pictures, positions},
};

/// Entropies as a model has them: high where something begins, low where it goes on.
fn tell_codes(studio: &mut Studio, job: strata_engine::JobId, depths: usize, count: usize) {
    for position in 0..count {
        let wave = (position as f32 * 0.37).sin() + (position as f32 * 0.023).cos();
        let entropy = |depth: usize| (1.5 + wave) / (depth as f32 + 1.0);
        let event = JobEvent::Codes {
            position,
            codes: vec![1; depths],
            entropy: (0..depths).map(entropy).collect(),
            log_probability: vec![-1.0; depths],
            kept: 0,
        };
        studio
            .script
            .events
            .send(strata_engine::Event::Job { job, event })
            .unwrap();
    }
    studio.harness.step();
    studio.harness.run();
}

#[test]
fn overlays_timeline_and_comparing_in_both_themes() {
    if !adapter() {
        return;
    }
    let shapes = [
        ("dark-small", Theme::Dark, Vec2::new(1024.0, 640.0)),
        ("light-large", Theme::Light, Vec2::new(1600.0, 1000.0)),
    ];
    for (name, theme, size) in shapes {
        let folder = tempfile::tempdir().unwrap();
        let card = pictures(8);
        let mut studio = open(folder.path(), theme, size, 8);
        studio.model_ready(&card);
        studio.harness.get_by_label("Generate").click();
        studio.harness.run();
        for (job, recipe) in studio.jobs() {
            studio.start(job, &card);
            tell_codes(&mut studio, job, 8, positions(&card));
            studio.make(job, &recipe, &card);
        }
        let commands = studio.commands();
        studio.decode(&commands, &card);
        studio.wait("the files", |app| app.state().shelf.saved == 4);
        for pressed in [Key::G, Key::S] {
            studio.press(pressed);
        }
        keep(&mut studio, &format!("{name}-looking-grid"));
        studio.press(Key::G);
        studio.press(Key::Backspace);
        studio.press(Key::U);
        keep(&mut studio, &format!("{name}-looking-uncertainty"));
        studio.press(Key::U);
        let timeline = by().role(Role::Slider).label("Timeline");
        studio.harness.get(timeline).set_value_accesskit(150.0);
        studio.harness.run();
        keep(&mut studio, &format!("{name}-looking-timeline"));
        studio.press(Key::Backspace);
        let other = studio.harness.get(by().label_contains("Picture 2: "));
        other.click_modifiers(Modifiers::SHIFT);
        studio.harness.run();
        keep(&mut studio, &format!("{name}-looking-slider"));
        studio.press(Key::V);
        keep(&mut studio, &format!("{name}-looking-beside"));
        studio.press(Key::F1);
        keep(&mut studio, &format!("{name}-looking-keys"));
    }
}

#[test]
fn pages_waver() {
    if !adapter() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let card = pages();
    let mut studio = open(folder.path(), Theme::Light, Vec2::new(1280.0, 800.0), 2);
    studio.harness.get_by_label("Documents").click();
    studio.harness.run();
    studio.commands();
    studio.model_ready(&card);
    studio.harness.get_by_label("Generate").click();
    studio.harness.run();
    for (job, recipe) in studio.jobs() {
        studio.start(job, &card);
        tell_codes(&mut studio, job, 1, positions(&card));
        studio.make(job, &recipe, &card);
    }
    studio.wait("the page", |app| app.state().shelf.saved == 1);
    studio.press(Key::U);
    keep(&mut studio, "page-looking-uncertainty");
    studio.harness.get_by_label("Larger").click();
    studio.harness.run();
    keep(&mut studio, "page-looking-larger");
}
