//! What a person does, and what comes of it. No adapter is needed: nothing is rendered.

use eframe::egui::{Key, Modifiers, Pos2, Vec2, accesskit::Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _, by};
use strata_engine::{Command, Error, Event, JobEvent, Mode, Subject};

use super::script::{Setup, Studio, pages, picture, pictures};

fn pngs(folder: &std::path::Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn type_into(studio: &mut Studio, label: &str, text: &str) {
    studio.harness.get_by_label(label).focus();
    studio.harness.run();
    studio.harness.get_by_label(label).type_text(text);
    studio.harness.run();
}

#[test]
fn from_a_click_to_a_png() {
    let folder = tempfile::tempdir().unwrap();
    let card = pictures(4);
    let mut studio = Setup::in_folder(folder.path()).open();
    let load = studio.commands();
    assert!(
        matches!(&load[..], [Command::LoadModel { model }] if *model == card.id),
        "{load:?}"
    );
    studio.model_ready(&card);
    studio.click("Generate");
    let jobs = studio.jobs();
    assert_eq!(jobs.len(), 4);
    for (job, recipe) in &jobs {
        studio.grow_and_finish(*job, recipe, &card);
    }
    studio.wait("the saved files", |app| app.state().shelf.saved == 4);
    let names = pngs(folder.path());
    assert_eq!(names.len(), 4);
    assert!(names[0].starts_with("00001-"), "{names:?}");
    let edges: Vec<_> = {
        let item = |name: &&String| {
            let told = format!(", {name}");
            studio.harness.get(by().label_contains(&told)).rect()
        };
        names.iter().rev().map(|name| item(&name)).collect()
    };
    let apart = edges
        .windows(2)
        .all(|pair| pair[0].bottom() <= pair[1].top());
    assert!(apart, "items of the shelf lie on each other: {edges:?}");
    let image = image::open(folder.path().join(&names[0])).unwrap();
    assert_eq!((image.width(), image.height()), (256, 256));

    studio.click("Show in folder");
    studio.wait("the desktop", {
        let revealed = studio.desktop.revealed.clone();
        move |_| revealed.lock().unwrap().len() == 1
    });
    let revealed = studio.desktop.revealed.lock().unwrap().clone();
    assert_eq!(revealed, [folder.path().join(&names[0])]);
}

impl Studio {
    fn grow_and_finish(
        &mut self,
        job: strata_engine::JobId,
        recipe: &strata_engine::Recipe,
        card: &strata_engine::ModelCard,
    ) {
        self.start(job, card);
        self.grow(job, card, 100);
        let whole = picture(recipe, card, super::script::positions(card));
        self.say_job(job, JobEvent::Finished(Box::new(whole)));
    }
}

#[test]
fn a_class_is_found_while_typing_and_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    type_into(&mut studio, "Search classes", "pizz");
    studio.click("pizza");
    studio.click("Generate");
    let jobs = studio.jobs();
    assert!(!jobs.is_empty());
    for (_, recipe) in jobs {
        assert_eq!(recipe.subject, Subject::Class(963));
    }
    studio.click("Clear the search");
    assert_eq!(studio.state().search.text, "");
}

#[test]
fn enter_in_the_search_chooses_and_the_plus_adds() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    type_into(&mut studio, "Search classes", "volcano");
    studio.harness.key_press(Key::Enter);
    studio.harness.run();
    assert_eq!(studio.state().chosen_classes(), [980]);
    studio.click("Clear the search");
    type_into(&mut studio, "Search classes", "pizza");
    studio.click("Add pizza");
    assert_eq!(studio.state().chosen_classes(), [980, 963]);
    studio.click("Remove volcano");
    assert_eq!(studio.state().chosen_classes(), [963]);
}

#[test]
fn a_class_that_the_model_does_not_know_stays_visible_but_cannot_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    let before = studio.state().chosen.clone();
    type_into(&mut studio, "Search classes", "goldfish");
    let row = studio.harness.get_by_label("goldfish");
    assert!(row.accesskit_node().is_disabled());
    row.click();
    studio.harness.run();
    assert_eq!(studio.state().chosen, before);
}

#[test]
fn keys_generate_and_cancel() {
    let folder = tempfile::tempdir().unwrap();
    let card = pictures(4);
    let mut studio = Setup::in_folder(folder.path()).open();
    studio
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    studio.harness.run();
    let jobs = studio.jobs();
    assert_eq!(jobs.len(), 4);
    studio.start(jobs[0].0, &card);
    studio.harness.key_press(Key::Escape);
    studio.harness.run();
    let commands = studio.commands();
    assert!(
        matches!(&commands[..], [Command::CancelAll]),
        "{commands:?}"
    );

    // The started picture comes back unfinished and can be kept; the others leave no trace.
    let partial = picture(&jobs[0].1, &card, 40);
    studio.say_job(jobs[0].0, JobEvent::Cancelled(Some(Box::new(partial))));
    for (job, _) in &jobs[1..] {
        studio.say_job(*job, JobEvent::Cancelled(None));
    }
    assert_eq!(studio.state().desk().board.len(), 1);
    studio.click("Save it unfinished");
    studio.wait("the kept picture", |app| app.state().shelf.saved == 1);
    assert_eq!(pngs(folder.path()).len(), 1);
}

#[test]
fn pages_have_a_mode_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let card = pages();
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.click("Documents");
    assert_eq!(studio.state().mode, Mode::Documents);
    assert!(studio.harness.query_by_label("Search classes").is_none());
    studio.model_ready(&card);
    studio.commands();
    studio.click("Generate");
    let jobs = studio.jobs();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].1.subject, Subject::Page);
    studio.make(jobs[0].0, &jobs[0].1, &card);
    studio.wait("the saved page", |app| app.state().shelf.saved == 1);
    assert!(pngs(folder.path())[0].starts_with("00001-page-"));
}

#[test]
fn depths_are_decoded_and_can_be_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let card = pictures(4);
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.click("Generate");
    let jobs = studio.jobs();
    studio.make(jobs[0].0, &jobs[0].1, &card);
    let commands = studio.commands();
    assert_eq!(
        commands.len(),
        3,
        "three depths below the whole: {commands:?}"
    );
    studio.decode(&commands, &card);
    studio.click("Depths 1 to 2");
    assert_eq!(studio.state().desk().depth, Some(1));
    studio.click("Depths 1 to 4, the whole picture");
    assert_eq!(studio.state().desk().depth, None);
}

#[test]
fn sampling_is_set_by_its_controls() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    let slider = |studio: &Studio, name: &'static str, value: f64| {
        let slider = studio.harness.get(by().role(Role::Slider).label(name));
        slider.set_value_accesskit(value);
    };
    slider(&studio, "Guidance", 4.0);
    studio.harness.run();
    slider(&studio, "Temperature", 1.2);
    studio.harness.run();
    slider(&studio, "Top-k", 40.0);
    studio.harness.run();
    slider(&studio, "Top-p", 0.5);
    studio.harness.run();
    studio.click("Keep this seed");
    let seed = studio.state().desk().seed;
    studio.click("Generate");
    let (_, recipe) = studio.jobs().remove(0);
    assert_eq!(recipe.guidance.scale.at(0), 4.0);
    assert_eq!(recipe.sampling.temperature.at(0), 1.2);
    assert_eq!(recipe.sampling.top_k.at(0), 40);
    assert_eq!(recipe.sampling.top_p.at(0), 0.5);
    assert_eq!(recipe.seed, seed);
    studio.click("Reset to recommended");
    studio.click("Another seed");
    studio.click("Generate");
    let (_, recipe) = studio.jobs().remove(0);
    assert_eq!(recipe.sampling, pictures(4).sampling);
    assert_ne!(recipe.seed, seed);
}

#[test]
fn a_full_disk_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let in_the_way = folder.path().join("file");
    std::fs::write(&in_the_way, "").unwrap();
    let elsewhere = folder.path().join("elsewhere");
    let card = pictures(4);
    let mut setup = Setup::in_folder(&in_the_way);
    setup.desktop.folder = Some(elsewhere.clone());
    let mut studio = setup.open();
    studio.click("Generate");
    for (job, recipe) in studio.jobs() {
        studio.make(job, &recipe, &card);
    }
    studio.wait("the notice", |app| {
        let notices = &app.state().notices;
        notices.first().is_some_and(|notice| notice.times == 4)
    });
    studio.click("Choose another folder");
    studio.wait("the saved files", |app| app.state().shelf.saved == 4);
    assert_eq!(pngs(&elsewhere).len(), 4);
    assert!(studio.state().notices.is_empty());
}

#[test]
fn a_dead_engine_is_restarted_by_a_button() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.click("Generate");
    for (job, _) in studio.jobs() {
        studio.say_job(job, JobEvent::Failed(Error::Died("oh no".into())));
    }
    studio.say(Event::Died {
        message: "oh no".into(),
    });
    let generate = studio.harness.get_by_label("Generate");
    assert!(generate.accesskit_node().is_disabled());
    studio.click("Restart the engine");
    assert_eq!(*studio.script.restarts.lock().unwrap(), 1);
    studio.click("Try again");
    assert_eq!(studio.jobs().len(), 4);
}

#[test]
fn closing_the_window_waits_for_what_is_being_saved() {
    let folder = tempfile::tempdir().unwrap();
    let card = pictures(4);
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.click("Generate");
    for (job, recipe) in studio.jobs() {
        studio.make(job, &recipe, &card);
    }
    drop(studio);
    assert_eq!(pngs(folder.path()).len(), 4);
}

#[test]
fn a_picture_at_rest_is_sent_to_the_card_once() {
    let folder = tempfile::tempdir().unwrap();
    let card = pictures(4);
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.click("Generate");
    for (job, recipe) in studio.jobs() {
        studio.make(job, &recipe, &card);
    }
    studio.wait("the saved files", |app| app.state().shelf.saved == 4);
    let before = studio.harness.state().texture_uploads();
    studio.harness.run_steps(20);
    assert_eq!(studio.harness.state().texture_uploads(), before);
}

#[test]
fn every_size_from_the_smallest_to_4k_has_named_controls() {
    let folder = tempfile::tempdir().unwrap();
    for size in [[1024.0, 640.0], [1600.0, 1000.0], [3840.0, 2160.0]] {
        let mut setup = Setup::in_folder(folder.path());
        setup.size = size.into();
        let mut studio = setup.open();
        studio.click("Generate");
        studio.harness.check_accessibility();
        let screen = studio.harness.ctx.content_rect();
        for label in [
            "Generate",
            "Cancel",
            "Search classes",
            "Another seed",
            "Theme",
        ] {
            let rect = studio.harness.get_by_label(label).rect();
            assert!(
                screen.contains_rect(rect),
                "{label} at {rect:?} in {screen:?}"
            );
        }
        let left = 292.0 - 14.0;
        for label in ["Recent seeds", "Cancel", "Start from a photograph or page"] {
            let rect = studio.harness.get_by_label(label).rect();
            assert!(rect.right() <= left, "{label} ends at {rect:?}");
        }
    }
}

#[test]
fn panels_keep_the_width_they_were_given() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.harness.run();
    assert_eq!(studio.state().preferences.window.left, None);
    let edge = Pos2::new(292.0, 300.0);
    for (from, to) in [
        (edge, edge + Vec2::new(60.0, 0.0)),
        (Pos2::new(1050.0, 500.0), Pos2::new(1000.0, 500.0)),
    ] {
        studio.harness.hover_at(from);
        studio.harness.run();
        studio.harness.drag_at(from);
        studio.harness.run();
        studio.harness.hover_at(to);
        studio.harness.run();
        studio.harness.drop_at(to);
        studio.harness.run();
    }
    let window = &studio.state().preferences.window;
    assert_eq!((window.left, window.right), (Some(352.0), Some(280.0)));
    let mut setup = Setup::in_folder(folder.path());
    setup.preferences = studio.state().preferences.clone();
    let mut again = setup.open();
    again.harness.run();
    let generate = |studio: &Studio| studio.harness.get_by_label("Generate").rect();
    assert_eq!(generate(&again), generate(&studio));
}
