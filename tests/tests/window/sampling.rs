//! The sampling panel: values of each depth, the guidance curve, presets, warnings, seeds used lately, and
//! what a batch will take.

use eframe::egui::{Event, Key, Modifiers, Theme, Vec2, accesskit::Role};
use egui_kittest::kittest::{Queryable as _, by};
use strata::state::PresetKey;
use strata_engine::{PerDepth, Schedule};

use super::{
    screens::{adapter, keep},
    script::{Setup, Studio, pictures},
};

/// Tall enough that the whole panel is in view.
fn open(folder: &std::path::Path) -> Studio {
    let mut setup = Setup::in_folder(folder);
    setup.size = Vec2::new(1280.0, 1800.0);
    let mut studio = setup.open();
    studio.harness.run();
    studio
}

fn slide(studio: &mut Studio, name: &str, value: f64) {
    let slider = studio.harness.get(by().role(Role::Slider).label(name));
    slider.set_value_accesskit(value);
    studio.harness.run();
}

fn schedule(studio: &Studio) -> Schedule {
    let state = studio.state();
    state.desk().settings.guidance.schedule
}

#[test]
fn each_depth_has_its_own_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = open(folder.path());
    studio.click("Per depth");
    let field = studio.harness.get_by_label("Temperature, depth 2");
    field.set_value_accesskit(0.5);
    studio.harness.run();
    let field = studio.harness.get_by_label("Top-k, depth 4");
    field.set_value_accesskit(30.0);
    studio.harness.run();
    studio.harness.check_accessibility();
    studio.click("Generate");
    let (_, recipe) = studio.jobs().remove(0);
    let each = PerDepth::Each(vec![0.9, 0.5, 0.9, 0.9]);
    assert_eq!(recipe.sampling.temperature, each);
    assert_eq!(recipe.sampling.top_k, PerDepth::Each(vec![0, 0, 0, 30]));
    studio.click("All depths");
    let settings = &studio.state().desk().settings;
    assert_eq!(settings.sampling.temperature, PerDepth::Same(0.9));
}

#[test]
fn the_curve_is_moved_by_keys_by_the_pointer_and_by_typing() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = open(folder.path());
    studio.click("Interval");
    let interval = |first, last| Schedule::Interval { first, last };
    assert_eq!(schedule(&studio), interval(64, 192));
    let handle = |name| by().role(Role::Slider).label(name);
    studio.harness.get(handle("First guided row")).focus();
    studio.harness.run();
    // The handle keeps the arrow keys for itself from the frame after it got the focus.
    studio.harness.run_steps(2);
    studio.harness.key_press(Key::ArrowLeft);
    studio.harness.run();
    assert_eq!(schedule(&studio), interval(48, 192));

    let from = studio
        .harness
        .get(handle("First guided row"))
        .rect()
        .center();
    let to = studio
        .harness
        .get(handle("Last guided row"))
        .rect()
        .center();
    let row = (to.x - from.x) / 9.0;
    studio.harness.drag_at(from);
    studio.harness.run();
    studio.harness.hover_at(from + Vec2::new(2.0 * row, 0.0));
    studio.harness.run();
    studio.harness.drop_at(from + Vec2::new(2.0 * row, 0.0));
    studio.harness.run();
    assert_eq!(schedule(&studio), interval(80, 192));

    let typed = studio.harness.get_by_label("Last guided row, typed");
    typed.set_value_accesskit(10.0);
    studio.harness.run();
    assert_eq!(schedule(&studio), interval(80, 160));

    studio.click("Ramp");
    slide(&mut studio, "Guidance in the first row", 1.5);
    assert_eq!(schedule(&studio), Schedule::Ramp { from: 1.5 });
    slide(&mut studio, "Guidance on the curve", 3.5);
    studio.harness.check_accessibility();
    studio.click("Generate");
    let (_, recipe) = studio.jobs().remove(0);
    assert_eq!(recipe.guidance.scale, PerDepth::Same(3.5));
    assert_eq!(recipe.guidance.schedule, Schedule::Ramp { from: 1.5 });
}

#[test]
fn flat_pictures_are_warned_of_before_they_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = open(folder.path());
    let warned = |studio: &Studio, words: &'static str| {
        let warning = by().label_contains(words);
        studio.harness.query_all(warning).next().is_some()
    };
    assert!(!warned(&studio, "warning"));
    slide(&mut studio, "Temperature", 0.1);
    assert!(warned(&studio, "At a temperature this low"));
    assert!(warned(&studio, "1 warning"));
    slide(&mut studio, "Top-k", 1.0);
    assert!(warned(&studio, "Top-k 1 leaves one code"));
    assert!(warned(&studio, "2 warnings"));
    studio.click("Reset to recommended");
    assert!(!warned(&studio, "warning"));
}

#[test]
fn presets_are_saved_chosen_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = open(folder.path());
    let menu = "Save, rename or delete presets";
    slide(&mut studio, "Temperature", 0.7);
    studio.click(menu);
    studio.click("Save as preset\u{2026}");
    let name = studio.harness.get_by_label("Name of the preset");
    assert!(name.is_focused());
    name.type_text("Calm");
    studio.harness.run();
    studio.click("Save");
    studio.click("Reset to recommended");
    let combo = by().role(Role::ComboBox).label("Preset");
    studio.harness.get(combo).click();
    studio.harness.run();
    studio.click("Calm");
    let state = studio.state();
    let temperature = &state.desk().settings.sampling.temperature;
    assert_eq!(*temperature, PerDepth::Same(0.7));
    let is_own = |key: &PresetKey| matches!(key, PresetKey::Own { name, .. } if name == "Calm");
    assert!(state.present_preset().as_ref().is_some_and(is_own));
    studio.click(menu);
    studio.click("Delete preset");
    let state = studio.state();
    assert_eq!(state.presets().len(), 1);
    assert_eq!(state.present_preset(), None);
}

#[test]
fn seeds_that_were_used_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = open(folder.path());
    studio.click("Keep this seed");
    studio.click("Generate");
    let (_, recipe) = studio.jobs().remove(0);
    studio.click("Another seed");
    assert_ne!(studio.state().desk().seed, recipe.seed);
    studio.click("Recent seeds");
    studio.click(&recipe.seed.to_string());
    assert_eq!(studio.state().desk().seed, recipe.seed);
}

#[test]
fn what_a_batch_takes_is_said_before_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let studio = open(folder.path());
    // 35 MB of weights, four guided pictures of two sequences of 4 MB, 200 MB to decode.
    let words = "267 MB memory";
    assert!(studio.harness.query_by_label_contains(words).is_some());
}

#[test]
fn the_smallest_window_leaves_room_for_the_classes() {
    let folder = tempfile::tempdir().unwrap();
    let mut setup = Setup::in_folder(folder.path());
    setup.size = Vec2::new(1024.0, 640.0);
    let mut studio = setup.open();
    studio.harness.run();
    let search = studio.harness.get_by_label("Search classes").rect();
    let sampling = studio.harness.get_by_label("Sampling").rect();
    let seed = studio.harness.get_by_label("Another seed").rect();
    let classes_height = sampling.top() - search.bottom();
    let sampling_height = seed.top() - sampling.bottom();
    assert!(classes_height >= 100.0, "{classes_height}");
    assert!(sampling_height >= 100.0, "{sampling_height}");
}

#[test]
fn the_panel_as_it_looks() {
    if !adapter() {
        return;
    }
    let shapes = [
        ("dark-small", Theme::Dark, Vec2::new(1024.0, 640.0)),
        ("light-tall", Theme::Light, Vec2::new(1280.0, 1400.0)),
    ];
    for (name, theme, size) in shapes {
        let folder = tempfile::tempdir().unwrap();
        let mut setup = Setup::in_folder(folder.path());
        setup.draws = true;
        setup.theme = theme;
        setup.size = size;
        setup.models[0] = pictures(8);
        let mut studio = setup.open();
        studio.harness.run();
        slide(&mut studio, "Temperature", 0.1);
        keep(&mut studio, &format!("sampling-warning-{name}"));
        click_anywhere(&mut studio, "Per depth");
        click_anywhere(&mut studio, "Interval");
        let handle = by().role(Role::Slider).label("First guided row");
        studio.harness.get(handle).focus();
        keep(&mut studio, &format!("sampling-depths-{name}"));
    }
}

/// Clicks what may have to be scrolled to.
fn click_anywhere(studio: &mut Studio, label: &str) {
    studio.harness.get_by_label(label).focus();
    studio.harness.run();
    studio.click(label);
}

#[test]
fn the_longest_seed_widens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.model_ready(&pictures(2));
    let ends = |studio: &Studio| {
        ["Cancel", "Start from a photograph or page", "Another seed"].map(|label| {
            let right = studio.harness.get_by_label(label).rect().right();
            (label, right.round())
        })
    };
    let mut seen = Vec::new();
    for seed in ["7", "18446744073709551615"] {
        studio
            .harness
            .get_by_role_and_label(Role::SpinButton, "Seed")
            .focus();
        studio.harness.run();
        studio
            .harness
            .key_press_modifiers(Modifiers::COMMAND, Key::A);
        studio.harness.event(Event::Text(seed.into()));
        studio.press(Key::Enter);
        studio.harness.run_steps(3);
        assert_eq!(studio.state().desk().seed.to_string(), seed);
        seen.push(ends(&studio));
    }
    assert_eq!(seen[0], seen[1]);
    // Within the column and its margin.
    assert!(seen[1].iter().all(|(_, right)| *right <= 279.0), "{seen:?}");
}
