//! Growing again, sheets and drafts, by accessible label.

use eframe::egui::{Key, Theme, Vec2, accesskit::Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _, by};
use strata_engine::{
    Codes, Command, Event, JobEvent, JobId, Lineage, ModelCard, Pixels, Recipe,
    worker::RequestEvent,
};

use super::{
    screens::{adapter, keep, open},
    script::{Setup, Studio, landscape, picture, pictures, positions},
};

/// A studio with one finished picture, large.
fn with_one(folder: &std::path::Path, card: &ModelCard) -> Studio {
    let mut setup = Setup::in_folder(folder);
    setup.models = vec![card.clone(), super::script::pages()];
    let mut studio = setup.open();
    studio.model_ready(card);
    studio.click("Generate");
    for (job, recipe) in studio.jobs() {
        studio.make(job, &recipe, card);
    }
    studio.wait("the files", |app| app.state().shelf.saved == 4);
    studio.click("Show this picture large");
    studio.commands();
    studio
}

fn only_job(studio: &Studio) -> (JobId, Recipe) {
    let jobs = studio.jobs();
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    jobs[0].clone()
}

#[test]
fn a_click_on_the_picture_grows_the_rest_anew() {
    let folder = tempfile::tempdir().unwrap();
    let card = pictures(4);
    let mut studio = with_one(folder.path(), &card);
    let state = studio.state();
    let parent = state.desk().selected.unwrap();
    let title = format!("Picture 1: {}", state.pieces[&parent].title);
    studio.click("Grow again from here");
    // The middle of a picture of 16 by 16 positions.
    studio.click(&title);
    let (job, recipe) = only_job(&studio);
    let start = recipe.start.clone().unwrap();
    let middle = [7 * 16 + 7, 7 * 16 + 8, 8 * 16 + 7, 8 * 16 + 8];
    assert!(middle.contains(&start.positions), "{}", start.positions);
    studio.make(job, &recipe, &card);
    studio.wait("the branch", |app| app.state().shelf.saved == 5);
    let branches = studio.harness.get_all(by().label_contains("Branch: "));
    assert_eq!(branches.count(), 2);
    studio
        .harness
        .get(by().label_contains("first picture"))
        .click();
    studio.harness.run();
    assert_eq!(studio.state().desk().selected, Some(parent));
}

#[test]
fn rows_and_depths_are_chosen_without_a_mouse() {
    let folder = tempfile::tempdir().unwrap();
    let card = pictures(4);
    let mut studio = with_one(folder.path(), &card);
    studio.click("Grow again from here");
    let slider = studio
        .harness
        .get(by().role(Role::Slider).label("Keep rows"));
    slider.set_value_accesskit(5.0);
    studio.harness.run();
    studio.harness.get_by_label("Grow the rest").focus();
    studio.harness.run();
    studio.harness.key_press(Key::Enter);
    studio.harness.run();
    let (job, recipe) = only_job(&studio);
    assert_eq!(recipe.start.as_ref().unwrap().positions, 80);
    studio.make(job, &recipe, &card);
    studio.click("Same composition, other texture");
    let slider = studio
        .harness
        .get(by().role(Role::Slider).label("Keep depths"));
    slider.set_value_accesskit(2.0);
    studio.harness.run();
    studio.click("Draw the finer depths");
    let (_, recipe) = only_job(&studio);
    let start = recipe.start.unwrap();
    assert_eq!((start.positions, start.depths), (0, 2));
}

#[test]
fn escape_leaves_the_choice() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = with_one(folder.path(), &pictures(4));
    studio.click("Grow again from here");
    assert!(studio.harness.query_by_label("Grow the rest").is_some());
    studio.harness.key_press(Key::Escape);
    studio.harness.run();
    assert!(studio.harness.query_by_label("Grow the rest").is_none());
    let view = studio.state().desk().view;
    assert_eq!(view, strata::state::View::One, "the picture stays large");
}

#[test]
fn a_model_of_one_depth_has_no_finer_depths() {
    let folder = tempfile::tempdir().unwrap();
    let studio = with_one(folder.path(), &pictures(1));
    let label = "Same composition, other texture";
    assert!(studio.harness.query_by_label(label).is_none());
    assert!(
        studio
            .harness
            .query_by_label("Grow again from here")
            .is_some()
    );
}

#[test]
fn a_photograph_is_opened_encoded_and_continued() {
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("cat.png");
    let pixels = Pixels {
        width: 8,
        height: 8,
        rgb: vec![90; 192],
    };
    pixels.write_png(&photo).unwrap();
    let card = pictures(4);
    let mut setup = Setup::in_folder(&folder.path().join("pictures"));
    setup.desktop.picture = Some(photo);
    let mut studio = setup.open();
    studio.model_ready(&card);
    studio.commands();
    studio.click("Start from a photograph or page");
    let commands = studio.script.commands.clone();
    studio.wait("the question", move |_| !commands.is_empty());
    let asked = studio.commands();
    let [Command::Encode { request, .. }] = &asked[..] else {
        panic!("{asked:?}");
    };
    let codes = Codes {
        rows: 16,
        columns: 16,
        depth: 4,
        codebook: 2048,
        values: vec![3; 1024],
    };
    studio.say(Event::Request {
        request: *request,
        event: RequestEvent::Encoded(codes),
    });
    let asked = studio.commands();
    let [Command::Decode { request, .. }] = &asked[..] else {
        panic!("{asked:?}");
    };
    let seen = landscape(&card, 3, 1, positions(&card));
    studio.say(Event::Request {
        request: *request,
        event: RequestEvent::Decoded(seen.into()),
    });
    studio.commands();
    studio.click("Grow the rest");
    let (_, recipe) = only_job(&studio);
    let start = recipe.start.unwrap();
    assert_eq!(start.positions, 128);
    assert!(matches!(start.from, Lineage::Photograph { file } if file == "cat.png"));
}

#[test]
fn a_sheet_is_made_shown_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let card = pictures(4);
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.model_ready(&card);
    studio.commands();
    studio.click("Make a sheet of variations");
    // Guidance across and temperature down are proposed.
    studio.click("Make the sheet");
    let jobs = studio.jobs();
    assert_eq!(jobs.len(), 9);
    let seed = jobs[0].1.seed;
    assert!(
        jobs.iter()
            .all(|(_, recipe)| (recipe.seed, recipe.index) == (seed, 0))
    );
    studio.harness.check_accessibility();
    let cell = "Cell 2: guidance 2, temperature 0.45";
    studio.click(cell);
    for (job, recipe) in &jobs {
        studio.make(*job, recipe, &card);
    }
    studio.wait("the sheet", |app| {
        let sheet = app.state().sheet_on_canvas();
        sheet.is_some_and(|sheet| matches!(sheet.file, strata::state::SheetFile::Saved(_)))
    });
    let files = std::fs::read_dir(folder.path()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let sheets: Vec<String> = names.filter(|name| name.starts_with("sheet-")).collect();
    assert_eq!(sheets.len(), 1, "{sheets:?}");
    let list = strata_engine::picture::sheet::read(folder.path().join(&sheets[0])).unwrap();
    assert_eq!(list.len(), 9);
    assert!(list.iter().all(|entry| entry.file.ends_with(".png")));
    assert!(
        studio
            .harness
            .query_by_label("Show the sheet in its folder")
            .is_some()
    );
}

#[test]
fn a_sheet_is_magnified_like_a_batch() {
    let folder = tempfile::tempdir().unwrap();
    let card = pictures(4);
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.model_ready(&card);
    studio.click("Make a sheet of variations");
    studio.click("Make the sheet");
    let cell = |studio: &Studio| {
        let first = by().role(Role::Button).label_contains("Cell 1: ");
        studio.harness.get(first).rect()
    };
    let fitted = studio.state().viewing.room.fitted;
    let width = |scale: f32| 256.0 * scale;
    assert!((cell(&studio).width() - width(fitted)).abs() < 0.1);
    studio.click("1:1");
    assert!(fitted < 1.0);
    assert!((cell(&studio).width() - width(1.0)).abs() < 0.1);
    studio.click("Fit into the window");
    assert!((cell(&studio).width() - width(fitted)).abs() < 0.1);
}

#[test]
fn a_sheet_that_cannot_be_says_why_and_escape_closes_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.click("Make a sheet of variations");
    studio.harness.get_by_label("Across: values").focus();
    studio.harness.run();
    studio.harness.get_by_label("Across: values").type_text("x");
    studio.harness.run();
    let make = studio.harness.get_by_label("Make the sheet");
    assert!(make.accesskit_node().is_disabled());
    studio.harness.key_press(Key::Escape);
    studio.harness.run();
    assert!(studio.harness.query_by_label("Make the sheet").is_none());
}

#[test]
fn of_several_drafts_the_likeliest_is_saved_and_another_by_a_click() {
    let folder = tempfile::tempdir().unwrap();
    let card = pictures(4);
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.model_ready(&card);
    studio.commands();
    studio.click("Make the best of several drafts");
    studio.click("Stop weak drafts early");
    studio.click("Make the drafts");
    let jobs = studio.jobs();
    assert_eq!(jobs.len(), 8);
    for (at, (job, recipe)) in jobs.iter().enumerate() {
        studio.start(*job, &card);
        let event = JobEvent::Codes {
            position: 0,
            codes: vec![1; 4],
            entropy: vec![0.5; 4],
            // The third is the likeliest.
            log_probability: vec![-(at as f32 - 2.0).abs() - 1.0; 4],
            kept: 0,
        };
        studio.say_job(*job, event);
        let whole = picture(recipe, &card, positions(&card));
        studio.say_job(*job, JobEvent::Finished(Box::new(whole)));
    }
    studio.wait("the best", |app| app.state().shelf.saved == 1);
    let saved = studio.state().shelf.pieces[0];
    let best = &studio.state().pieces[&saved];
    assert_eq!(best.recipe.index, 2);
    assert!(
        studio
            .harness
            .query(by().label_contains("1. Draft 3"))
            .is_some()
    );
    studio.click("Save draft 2");
    studio.wait("another", |app| app.state().shelf.saved == 2);
}

#[test]
fn branches_sheets_and_drafts_as_they_look() {
    if !adapter() {
        return;
    }
    let shapes = [
        ("dark-small", Theme::Dark, Vec2::new(1024.0, 640.0)),
        ("light-large", Theme::Light, Vec2::new(1600.0, 1000.0)),
    ];
    for (name, theme, size) in shapes {
        let folder = tempfile::tempdir().unwrap();
        let card = pictures(4);
        let mut studio = open(folder.path(), theme, size, 4);
        studio.model_ready(&card);
        look_at_drafts(&mut studio, &card, name);
        look_at_branches(&mut studio, &card, name);
        look_at_a_sheet(&mut studio, &card, name);
    }
}

fn look_at_drafts(studio: &mut Studio, card: &ModelCard, name: &str) {
    studio.click("Make the best of several drafts");
    keep(studio, &format!("{name}-drafts-dialog"));
    studio.click("Make the drafts");
    for (at, (job, recipe)) in studio.jobs().iter().enumerate() {
        studio.start(*job, card);
        let event = JobEvent::Codes {
            position: 0,
            codes: vec![1; 4],
            entropy: vec![0.5; 4],
            log_probability: vec![-4.0 - at as f32 * 0.3; 4],
            kept: 0,
        };
        studio.say_job(*job, event);
        let whole = picture(recipe, card, positions(card));
        studio.say_job(*job, JobEvent::Finished(Box::new(whole)));
    }
    studio.wait("the best draft", |app| app.state().shelf.saved == 1);
    keep(studio, &format!("{name}-drafts"));
}

fn look_at_branches(studio: &mut Studio, card: &ModelCard, name: &str) {
    studio.commands();
    studio.click("Grow again from here");
    keep(studio, &format!("{name}-branch-choice"));
    studio.click("Grow the rest");
    let (job, recipe) = only_job(studio);
    studio.make(job, &recipe, card);
    studio.wait("the branch", |app| app.state().shelf.saved == 2);
    studio.click("Same composition, other texture");
    keep(studio, &format!("{name}-branch-texture"));
    studio.click("Draw the finer depths");
    let (job, _) = only_job(studio);
    studio.start(job, card);
    studio.grow(job, card, 100);
    keep(studio, &format!("{name}-branch-tree"));
    studio.say_job(job, JobEvent::Cancelled(None));
}

fn look_at_a_sheet(studio: &mut Studio, card: &ModelCard, name: &str) {
    studio.commands();
    studio.click("Make a sheet of variations");
    keep(studio, &format!("{name}-sheet-dialog"));
    studio.click("Make the sheet");
    for (at, (job, recipe)) in studio.jobs().iter().enumerate() {
        match at {
            0..6 => studio.make(*job, recipe, card),
            6 => {
                studio.start(*job, card);
                studio.grow(*job, card, 120);
            }
            _ => {}
        }
    }
    keep(studio, &format!("{name}-sheet"));
    studio.press(Key::G);
    studio.click("1:1");
    keep(studio, &format!("{name}-sheet-large"));
    studio.press(Key::G);
}
