//! The pictures of the README, made by the program itself with its starter models:
//! `STRATA_SCREENS=packaging/screenshots cargo test --workspace --test window tour -- --ignored`.

use std::path::Path;

use eframe::egui::{Key, accesskit::Role};
use egui_kittest::{
    Harness,
    kittest::{Queryable as _, by},
};
use strata::{app::StudioApp, places::Places, state::Stage};

use super::real::{studio, wait};

/// Classes of the tour: one search each, as a person would type it.
const CLASSES: [&str; 2] = ["lion", "teapot"];

fn click(harness: &mut Harness<'static, StudioApp>, label: &str) {
    harness.get_by_label(label).click();
    harness.step();
    harness.step();
}

fn settle(harness: &mut Harness<'static, StudioApp>) {
    for _ in 0..20 {
        harness.step();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn keep(harness: &mut Harness<'static, StudioApp>, name: &str) {
    settle(harness);
    let folder = std::env::var_os("STRATA_SCREENS").expect("STRATA_SCREENS names a folder");
    // The tests run in their package's folder; a person means the workspace's.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let image = harness.render().unwrap();
    image.save(folder.join(format!("{name}.png"))).unwrap();
}

fn at_rest(app: &StudioApp) -> bool {
    let unsaved =
        |piece: &strata::state::Piece| piece.stage == Stage::Finished && piece.is_unsaved();
    let state = app.state();
    state.live() == 0 && !state.pieces.values().any(unsaved)
}

fn choose(harness: &mut Harness<'static, StudioApp>, class: &str, add: bool) {
    harness.get_by_label("Search classes").focus();
    harness.step();
    harness.get_by_label("Search classes").type_text(class);
    harness.step();
    harness.step();
    match add {
        true => harness.key_press_modifiers(eframe::egui::Modifiers::SHIFT, Key::Enter),
        false => harness.key_press(Key::Enter),
    }
    harness.step();
    click(harness, "Clear the search");
}

#[test]
#[ignore = "makes the README's pictures; takes minutes and compares nothing"]
fn tour() {
    let home = tempfile::tempdir().unwrap();
    let places = Places::below(home.path());
    let mut harness = studio(&places, true);
    harness.step();
    for (at, class) in CLASSES.into_iter().enumerate() {
        choose(&mut harness, class, at > 0);
    }
    harness
        .get_by_role_and_label(Role::SpinButton, "Pictures")
        .focus();
    click(&mut harness, "Generate");
    wait(&mut harness, "the class pictures", at_rest);
    keep(&mut harness, "classes");

    let tile = by().label_contains("Picture 1: ");
    harness.get(tile).click();
    harness.step();
    click(&mut harness, "Show this picture large");
    click(&mut harness, "Grow again from here");
    keep(&mut harness, "branch");
    click(&mut harness, "Grow the rest");
    wait(&mut harness, "the branch", at_rest);

    click(&mut harness, "Make a sheet of variations");
    settle(&mut harness);
    click(&mut harness, "Make the sheet");
    wait(&mut harness, "the sheet", at_rest);
    keep(&mut harness, "sheet");

    click(&mut harness, "Documents");
    click(&mut harness, "Generate");
    wait(&mut harness, "the page", at_rest);
    keep(&mut harness, "documents");

    click(&mut harness, "Gallery");
    wait(&mut harness, "the list", |app| {
        let state = app.state();
        state.browser.listing.len() >= state.shelf.saved
    });
    harness.key_press(Key::ArrowRight);
    wait(&mut harness, "the recipe", |app| {
        app.state().browser.recipe.is_some() && app.has_thumbnails()
    });
    keep(&mut harness, "gallery");

    click(&mut harness, "Models");
    keep(&mut harness, "models");
}
