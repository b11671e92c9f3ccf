//! The gallery page over a folder of real files: found, looked at, marked, deleted, brought back, and
//! their settings used again.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use eframe::egui::{DroppedFile, DroppedFileHandle, Key, Modifiers, Theme, Vec2};
use egui_kittest::kittest::{Queryable as _, by};
use strata::state::Page;
use strata_engine::Mode;

use super::script::{Setup, Studio, pictures};

/// A studio that has saved `count` pictures and shows the gallery.
fn gallery(folder: &Path, count: usize, setup: Setup) -> Studio {
    let card = pictures(4);
    let mut studio = setup.open();
    studio.model_ready(&card);
    let mut saved = 0;
    while saved < count {
        studio.click("Generate");
        for (job, recipe) in studio.jobs() {
            studio.make(job, &recipe, &card);
            saved += 1;
        }
        studio.wait("the saved files", |app| app.state().shelf.saved == saved);
    }
    assert_eq!(pngs(folder), saved);
    studio.click("Gallery");
    studio.wait("the list", |app| app.state().browser.listing.len() == saved);
    studio
}

fn pngs(folder: &Path) -> usize {
    let names = fs::read_dir(folder).unwrap();
    let is_png = |name: &fs::DirEntry| name.path().extension().is_some_and(|end| end == "png");
    names.filter(|name| is_png(name.as_ref().unwrap())).count()
}

/// The tile whose file's name begins with a number.
fn pick(studio: &mut Studio, number: &str) {
    let told = format!(", {number}");
    studio.harness.get(by().label_contains(&told)).click();
    studio.harness.run();
}

#[test]
fn pictures_are_found_marked_and_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = gallery(folder.path(), 4, Setup::in_folder(folder.path()));
    pick(&mut studio, "00002");
    studio.wait("the recipe", |app| app.state().browser.recipe.is_some());
    let recipe = studio.state().browser.recipe.clone().unwrap().1;
    studio.press(Key::F);
    studio.press(Key::Num3);
    studio.wait("the marks", |app| {
        let mark = app.state().browser.current().unwrap().mark;
        mark.favourite && mark.rating == 3
    });
    studio.click("Only favourites");
    studio.wait("the favourite", |app| {
        app.state().browser.listing.len() == 1
    });
    studio.click("Only favourites");
    studio.wait("all", |app| app.state().browser.listing.len() == 4);

    studio.click("Use these settings");
    let state = studio.state();
    assert_eq!((state.page, state.mode), (Page::Studio, Mode::Classes));
    assert_eq!(
        (state.desk().seed, state.desk().seed_locked),
        (recipe.seed, true)
    );
    studio.click("Generate");
    let jobs = studio.jobs();
    let same = |(_, again): &&(_, strata_engine::Recipe)| again.index == recipe.index;
    let (_, again) = jobs.iter().find(same).unwrap();
    assert_eq!((again.seed, again.subject), (recipe.seed, recipe.subject));
}

#[test]
fn deleted_pictures_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = gallery(folder.path(), 4, Setup::in_folder(folder.path()));
    pick(&mut studio, "00001");
    studio
        .harness
        .key_press_modifiers(Modifiers::SHIFT, Key::ArrowLeft);
    studio.harness.run();
    assert_eq!(studio.state().browser.selected.len(), 2);
    studio.press(Key::Delete);
    studio.wait("the shorter list", |app| {
        app.state().browser.listing.len() == 2
    });
    assert_eq!(pngs(folder.path()), 2);
    studio.click("Undo");
    studio.wait("the whole list", |app| {
        app.state().browser.listing.len() == 4
    });
    assert_eq!(pngs(folder.path()), 4);
}

#[test]
fn a_search_that_finds_nothing_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = gallery(folder.path(), 4, Setup::in_folder(folder.path()));
    studio.harness.get_by_label("Search pictures").click();
    studio.harness.run();
    studio
        .harness
        .get_by_label("Search pictures")
        .type_text("zzz");
    studio.harness.run();
    studio.wait("nothing", |app| app.state().browser.listing.is_empty());
    studio.click("show all pictures");
    studio.wait("all", |app| app.state().browser.listing.len() == 4);
}

#[test]
fn the_page_is_drawn_in_both_themes() {
    if !super::screens::adapter() {
        return;
    }
    let shapes = [
        ("gallery-dark", Theme::Dark, Vec2::new(1024.0, 640.0)),
        ("gallery-light", Theme::Light, Vec2::new(1600.0, 1000.0)),
    ];
    for (name, theme, size) in shapes {
        let folder = tempfile::tempdir().unwrap();
        let mut setup = Setup::in_folder(folder.path());
        (setup.draws, setup.theme, setup.size) = (true, theme, size);
        let mut studio = gallery(folder.path(), 12, setup);
        pick(&mut studio, "00005");
        studio.wait("the recipe", |app| app.state().browser.recipe.is_some());
        studio.wait("small copies", |app| app.has_thumbnails());
        super::screens::keep(&mut studio, name);
        studio.press(Key::Enter);
        super::screens::keep(&mut studio, &format!("{name}-large"));
    }
}

/// A file as the desktop hands it over.
#[derive(Debug)]
struct Handed(PathBuf);

impl DroppedFile for Handed {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// A file in the hand of a person who drops it.
pub fn hand(path: &Path) -> DroppedFileHandle {
    Arc::new(Handed(path.to_owned()))
}

fn drop_on(studio: &mut Studio, path: &Path) {
    studio.harness.input_mut().dropped_files.push(hand(path));
    studio.harness.step();
    studio.harness.input_mut().dropped_files.clear();
}

#[test]
fn a_visited_folder_is_drawn_with_the_way_back() {
    if !super::screens::adapter() {
        return;
    }
    let theirs = tempfile::tempdir().unwrap();
    drop(gallery(theirs.path(), 4, Setup::in_folder(theirs.path())));
    let folder = tempfile::tempdir().unwrap();
    let mut setup = Setup::in_folder(folder.path());
    (setup.draws, setup.size) = (true, Vec2::new(1024.0, 640.0));
    let mut studio = setup.open();
    studio.model_ready(&pictures(4));
    drop_on(&mut studio, theirs.path());
    studio.wait("their pictures", |app| {
        app.state().browser.listing.len() == 4
    });
    studio.wait("small copies", |app| app.has_thumbnails());
    super::screens::keep(&mut studio, "gallery-visit");
    let screen = studio.harness.ctx.content_rect();
    for label in [
        theirs.path().to_str().unwrap(),
        "Back to your pictures",
        "Size of the pictures",
    ] {
        let rect = studio.harness.get_by_label(label).rect();
        assert!(screen.contains_rect(rect), "{label} at {rect:?}");
    }
}

#[test]
fn dropped_pictures_show_how_they_were_made() {
    // Someone else's pictures, in a folder of their own.
    let theirs = tempfile::tempdir().unwrap();
    drop(gallery(theirs.path(), 4, Setup::in_folder(theirs.path())));
    let mut files: Vec<PathBuf> = fs::read_dir(theirs.path())
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();

    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.model_ready(&pictures(4));
    drop_on(&mut studio, theirs.path());
    studio.wait("their pictures", |app| {
        app.state().browser.listing.len() == 4
    });
    studio.click("Back to your pictures");
    studio.wait("one's own", |app| app.state().browser.listing.is_empty());
    studio.click("Classes");

    drop_on(&mut studio, &files[2]);
    studio.wait("the recipe", |app| app.state().browser.recipe.is_some());
    let browser = &studio.state().browser;
    let (name, recipe) = browser.recipe.clone().unwrap();
    assert!(browser.large);
    assert!(files[2].ends_with(&name));
    studio.click("Use these settings");
    let state = studio.state();
    assert_eq!((state.page, state.desk().seed), (Page::Studio, recipe.seed));
    assert_eq!(state.folder, folder.path());

    // It grows again, though its folder is not one's own.
    studio.click("Gallery");
    studio.click("Grow again from it");
    studio.wait("the picture on the canvas", |app| {
        app.state().page == Page::Studio && app.state().branch_plan().is_some()
    });
}
