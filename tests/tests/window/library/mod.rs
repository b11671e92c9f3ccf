//! The page of models over the real engine and a hub on the loopback address that misbehaves.

mod fetching;
mod importing;
mod looks;

use std::path::PathBuf;

use eframe::egui::accesskit::Role;
use egui_kittest::{Harness, kittest::Queryable as _};
use strata::{app::StudioApp, places::Places, settings::Preferences, state::WorkStage};
use strata_tests::{
    hub::{Seen, Server, Twist, tiny_catalogue},
    random_model::TINY,
};

use super::{gallery::hand, real::wait};

/// The tiny model's files, in a folder of their own.
fn files() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    TINY.write(folder.path()).unwrap();
    let own = folder.path().join(TINY.id);
    (folder, own)
}

/// A hub with the tiny model, which follows the script.
fn hub(script: impl Fn(&Seen) -> Option<Twist> + Send + Sync + 'static) -> Server {
    hub_with(&["transformer/a.safetensors"], script)
}

/// The same, with the transformer under these names.
fn hub_with(
    transformers: &[&str],
    script: impl Fn(&Seen) -> Option<Twist> + Send + Sync + 'static,
) -> Server {
    let (_folder, own) = files();
    let read = |name: &str| std::fs::read(own.join(name)).unwrap();
    let config = read("config.yaml");
    let (tokenizer, transformer) = (
        read("tokenizer.safetensors"),
        read("transformer.safetensors"),
    );
    let mut files: Vec<(&str, &[u8])> = vec![
        ("tokenizer/config.yaml", &config),
        ("tokenizer/tok.safetensors", &tokenizer),
        ("transformer/README.md", b"words"),
    ];
    files.extend(
        transformers
            .iter()
            .map(|name| (*name, transformer.as_slice())),
    );
    Server::start(&files, script)
}

/// A home whose catalogue has the tiny model, and preferences that name its hub.
fn home(server: &Server) -> (tempfile::TempDir, Places, Preferences) {
    let home = tempfile::tempdir().unwrap();
    let places = Places::below(home.path());
    std::fs::create_dir_all(&places.config).unwrap();
    let folders = ["tokenizer", "transformer"];
    let catalogue = tiny_catalogue("published-tiny", "Published tiny", folders);
    std::fs::write(places.catalogue(), catalogue).unwrap();
    let mut preferences = Preferences::default();
    preferences.hub.endpoint = Some(server.endpoint.clone());
    (home, places, preferences)
}

type Window = Harness<'static, StudioApp>;

/// Brings a button into view and presses it.
fn press(window: &mut Window, label: &str) {
    window.get_by_label(label).scroll_to_me();
    // Scrolling is animated.
    for _ in 0..30 {
        window.step();
    }
    window.get_by_label(label).click_accesskit();
    window.step();
    window.step();
}

/// Presses a button of the dialog that is open, which lies in view.
fn confirm(window: &mut Window, label: &str) {
    assert!(window.state().state().works.dialog.is_some(), "{label}");
    // A dialog is measured before it is shown.
    for _ in 0..5 {
        window.step();
    }
    window.get_by_label(label).click_accesskit();
    window.step();
    window.step();
}

fn open_models(window: &mut Window) {
    window.step();
    window.get_by_label("Models").click();
    window.step();
    wait(window, "the catalogue", |app| app.state().works.listed);
}

fn stage(app: &StudioApp) -> Option<&WorkStage> {
    let work = app.state().works.each.get("published-tiny");
    work.map(|work| &work.stage)
}

fn is_installed(app: &StudioApp) -> bool {
    app.state().card_of("published-tiny").is_some()
}

fn drop_on(window: &mut Window, paths: &[PathBuf]) {
    for path in paths {
        window.input_mut().dropped_files.push(hand(path));
    }
    window.step();
    window.input_mut().dropped_files.clear();
}

fn type_into(window: &mut Window, role: Role, label: &str, text: &str) {
    window.get_by_role_and_label(role, label).focus();
    window.step();
    window.get_by_role_and_label(role, label).type_text(text);
    window.step();
    window.step();
}
