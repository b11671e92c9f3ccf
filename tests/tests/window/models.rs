//! The page of models: what is installed, what could not be read, and the ways from there to the table and
//! to a model's pictures.

use std::path::PathBuf;

use eframe::egui::{Key, Theme, Vec2};
use egui_kittest::kittest::Queryable as _;
use strata::state::{Page, Readiness};
use strata_engine::{Command, Error, Mode};

use super::{
    screens::{adapter, keep},
    script::{Setup, Studio, pages, pictures},
};

fn open(setup: impl FnOnce(&mut Setup)) -> (tempfile::TempDir, Studio) {
    let folder = tempfile::tempdir().unwrap();
    let mut start = Setup::in_folder(folder.path());
    setup(&mut start);
    let mut studio = start.open();
    studio.model_ready(&pictures(4));
    studio.click("Models");
    assert_eq!(studio.state().page, Page::Models);
    (folder, studio)
}

#[test]
fn a_model_is_chosen_from_its_card() {
    let (_folder, mut studio) = open(|_| {});
    studio.commands();
    studio.click("Draw with Typewriter");
    let state = studio.state();
    assert_eq!((state.page, state.mode), (Page::Studio, Mode::Documents));
    let asked =
        |command: &Command| matches!(command, Command::LoadModel { model } if *model == pages().id);
    assert!(studio.commands().iter().any(asked));
    studio.click("Models");
    let loading = studio.harness.query_all_by_label_contains("loading");
    assert_eq!(
        loading.count(),
        2,
        "how far it is, and the button that stops it"
    );
    studio.model_ready(&pages());
    assert_eq!(studio.state().readiness[&pages().id], Readiness::Ready);
    // Both modes have their model; Escape leads back to the table.
    let in_use = studio.harness.query_all_by_label("in use").count();
    assert_eq!(in_use, 2);
    studio.press(Key::Escape);
    assert_eq!(studio.state().page, Page::Studio);
}

#[test]
fn the_pictures_of_a_model_are_one_click_away() {
    let (_folder, mut studio) = open(|_| {});
    let card = pictures(4);
    let name = format!("Pictures made with {}", card.name);
    studio.click("Classes");
    studio.click("Generate");
    for (job, recipe) in studio.jobs() {
        studio.make(job, &recipe, &card);
    }
    studio.wait("the saved file", |app| app.state().shelf.saved > 0);
    studio.click("Models");
    let counted = card.id.clone();
    studio.wait("the count", move |app| {
        app.state()
            .browser
            .listing
            .overview
            .models
            .contains_key(&counted)
    });
    studio.click(&name);
    let state = studio.state();
    assert_eq!(state.page, Page::Gallery);
    assert_eq!(state.browser.query.filter.model, Some(card.id));
}

#[test]
fn a_folder_that_cannot_be_read_is_told_with_the_next_step() {
    let path = PathBuf::from("models/broken/model.toml");
    let (_folder, mut studio) = open(|setup| {
        setup.unreadable = vec![Error::file(
            "read",
            &path,
            &std::io::Error::from(std::io::ErrorKind::PermissionDenied),
        )];
        let broken = setup.home.path().join("models").join("broken");
        std::fs::create_dir_all(&broken).unwrap();
        std::fs::write(broken.join("model.toml"), "name = ").unwrap();
        setup.size = Vec2::new(1024.0, 640.0);
        setup.theme = Theme::Light;
        setup.draws = adapter();
    });
    studio.wait("the list", |app| app.state().works.listed);
    let told = studio.harness.query_all_by_label_contains("broken").count();
    assert!(told >= 2, "a notice, and the page itself");
    if adapter() {
        keep(&mut studio, "models-light-small");
    }
    studio.click("Open the models folder");
    let revealed = std::sync::Arc::clone(&studio.desktop.revealed);
    let shown = move || revealed.lock().unwrap().clone();
    let there = shown.clone();
    studio.wait("the folder", move |_| !there().is_empty());
    assert_eq!(shown(), [PathBuf::from("models")]);
}
