//! Files that are dropped on the window become a model.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use strata::places::Places;

use super::{
    super::real::{studio, wait},
    drop_on, files, press, type_into,
};

#[test]
fn dropped_files_become_a_model() {
    let (_folder, own) = files();
    let home = tempfile::tempdir().unwrap();
    let places = Places::below(home.path());
    let mut window = studio(&places, false);
    window.step();
    let weights = own.join("transformer.safetensors");
    drop_on(&mut window, std::slice::from_ref(&weights));
    wait(&mut window, "the dialog", |app| {
        app.state().works.dialog.is_some()
    });
    window.step();
    assert!(
        window.query_by_label_contains("tokenizer with").is_some(),
        "it is missing"
    );
    window.get_by_label("Close").click();
    window.step();
    window.step();

    let parts = ["tokenizer.safetensors", "config.yaml"].map(|name| own.join(name));
    let all: Vec<PathBuf> = parts.into_iter().chain([weights]).collect();
    drop_on(&mut window, &all);
    wait(&mut window, "the dialog", |app| {
        app.state().works.dialog.is_some()
    });
    window.step();
    type_into(
        &mut window,
        Role::TextInput,
        "Heads after layers, typed",
        "0, 1",
    );
    let heads = (Role::ComboBox, "Attention heads");
    window.get_by_role_and_label(heads.0, heads.1).click();
    window.step();
    window.step();
    window.get_by_label("2").click();
    window.step();
    window.step();
    window.get_by_label("Import").click();
    window.step();
    wait(&mut window, "the model", |app| app.state().models.len() > 3);
    wait(&mut window, "the end of the work", |app| {
        app.state().works.each.is_empty()
    });
    let model = window
        .state()
        .state()
        .models
        .iter()
        .find(|card| card.folder.is_some());
    let model = Arc::clone(model.unwrap());
    assert_eq!((model.depth, model.grid, model.size), (2, [4, 4], [32, 32]));
    assert!(
        all.iter().all(|path| path.exists()),
        "what was dropped stays"
    );

    press(&mut window, &format!("Draw with {}", model.name));
    window.get_by_label("Generate").click();
    window.step();
    wait(&mut window, "a picture", |app| app.state().shelf.saved >= 1);
    assert_is_of(&places.pictures, &model.id);
}

fn assert_is_of(pictures: &Path, model: &str) {
    let mut files = std::fs::read_dir(pictures).unwrap();
    let png = files.find_map(|file| {
        let path = file.unwrap().path();
        (path.extension()? == "png").then_some(path)
    });
    let document = strata_engine::picture::read_png(png.unwrap()).unwrap();
    assert_eq!(document.recipe.model, model);
}
