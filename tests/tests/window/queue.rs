//! The queue, by its labels: order, pause, cancel; and what is there after a window that ended early.

use std::{path::Path, sync::Arc};

use eframe::egui::{Key, Theme, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _, by};
use strata_engine::{Command, JobEvent, JobId, ModelCard, Recipe};

use super::{
    screens,
    script::{Setup, Studio, picture, pictures},
};

fn press(studio: &mut Studio) -> Asked {
    studio.click("Generate");
    studio.jobs()
}

fn choose(studio: &mut Studio, class: &str) {
    let field = studio.harness.get_by_label("Search classes");
    field.focus();
    studio.harness.run();
    let field = studio.harness.get_by_label("Search classes");
    field.type_text(class);
    studio.harness.run();
    studio.click(class);
    studio.click("Clear the search");
}

type Asked = Vec<(JobId, Recipe)>;

/// Two jobs, volcano and then pizza, with the queue open.
fn two_jobs(folder: &Path) -> (Studio, Asked, Asked) {
    two_jobs_in(Setup::in_folder(folder))
}

fn two_jobs_in(setup: Setup) -> (Studio, Asked, Asked) {
    let mut studio = setup.open();
    studio.model_ready(&pictures(4));
    studio.commands();
    choose(&mut studio, "volcano");
    let first = press(&mut studio);
    choose(&mut studio, "pizza");
    let second = press(&mut studio);
    studio.click("Queue");
    (studio, first, second)
}

fn codes(studio: &mut Studio, job: JobId, card: &ModelCard, positions: usize) {
    for position in 0..positions {
        let codes = vec![65; card.depth];
        let event = JobEvent::Codes {
            position,
            entropy: vec![1.0; card.depth],
            log_probability: vec![-1.0; card.depth],
            codes,
            kept: 0,
        };
        studio.say_job(job, event);
    }
}

#[test]
fn jobs_change_places_and_the_engine_follows() {
    let folder = tempfile::tempdir().unwrap();
    let (mut studio, first, second) = two_jobs(folder.path());
    let top = studio
        .harness
        .get(by().label_contains("Job 1: volcano"))
        .rect();
    let below = studio
        .harness
        .get(by().label_contains("Job 2: pizza"))
        .rect();
    assert!(top.bottom() < below.top());
    let earlier = studio.harness.get_by_label("Make volcano earlier");
    assert!(earlier.accesskit_node().is_disabled());
    studio.click("Make pizza earlier");
    assert!(
        studio
            .harness
            .query(by().label_contains("Job 1: pizza"))
            .is_some()
    );
    let expected: Vec<JobId> = second.iter().chain(&first).map(|(job, _)| *job).collect();
    let commands = studio.commands();
    assert!(
        matches!(&commands[..], [Command::Reorder(order)] if *order == expected),
        "{commands:?}"
    );
    studio.harness.check_accessibility();
}

#[test]
fn the_queue_rests_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (mut studio, first, _) = two_jobs(folder.path());
    studio.start(first[0].0, &pictures(4));
    studio.click("Pause");
    let commands = studio.commands();
    assert!(matches!(commands[..], [Command::SetPaused(true)]));
    let words = by().label_contains("Paused, 0 of 8 pictures done");
    assert!(studio.harness.query(words).is_some());
    studio.click("Go on");
    let commands = studio.commands();
    assert!(matches!(commands[..], [Command::SetPaused(false)]));
}

#[test]
fn one_job_or_all_are_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let (mut studio, first, second) = two_jobs(folder.path());
    studio.click("Cancel the job pizza");
    let cancelled: Vec<JobId> = studio
        .commands()
        .into_iter()
        .filter_map(|command| match command {
            Command::Cancel(job) => Some(job),
            _ => None,
        })
        .collect();
    let expected: Vec<JobId> = second.iter().map(|(job, _)| *job).collect();
    assert_eq!(cancelled, expected);
    for job in expected {
        studio.say_job(job, JobEvent::Cancelled(None));
    }
    let gone = by().label_contains("Job 2");
    assert!(studio.harness.query(gone).is_none());
    studio.click("Cancel all");
    assert!(matches!(studio.commands()[..], [Command::CancelAll]));
    for (job, _) in first {
        studio.say_job(job, JobEvent::Cancelled(None));
    }
    let empty = by().label_contains("Nothing is waiting");
    assert!(studio.harness.query(empty).is_some());
}

#[test]
fn cancelled_pictures_are_kept_from_the_progress_bar() {
    let folder = tempfile::tempdir().unwrap();
    let card = pictures(4);
    let mut studio = Setup::in_folder(folder.path()).open();
    let jobs = press(&mut studio);
    for (job, _) in &jobs {
        studio.start(*job, &card);
    }
    studio.click("Cancel");
    for (job, recipe) in &jobs {
        let partial = Box::new(picture(recipe, &card, 40));
        studio.say_job(*job, JobEvent::Cancelled(Some(partial)));
    }
    studio.click("Save 4 unfinished pictures");
    studio.wait("the kept pictures", |app| app.state().shelf.saved == 4);
    let offer = by().label_contains("unfinished pictures");
    assert!(studio.harness.query(offer).is_none());
}

#[test]
fn escape_closes_the_queue_before_it_cancels() {
    let folder = tempfile::tempdir().unwrap();
    let (mut studio, _, _) = two_jobs(folder.path());
    studio.harness.key_press(Key::Escape);
    studio.harness.run();
    assert!(studio.harness.query_by_label("Cancel all").is_none());
    assert!(studio.commands().is_empty());
    studio.harness.key_press(Key::Escape);
    studio.harness.run();
    assert!(matches!(studio.commands()[..], [Command::CancelAll]));
}

#[test]
fn the_queue_fits_the_smallest_window_in_both_themes() {
    if !screens::adapter() {
        return;
    }
    for (name, theme) in [("dark", Theme::Dark), ("light", Theme::Light)] {
        let folder = tempfile::tempdir().unwrap();
        let card = pictures(4);
        let mut setup = Setup::in_folder(folder.path());
        setup.draws = true;
        setup.theme = theme;
        setup.size = Vec2::new(1024.0, 640.0);
        let (mut studio, first, _) = two_jobs_in(setup);
        studio.start(first[0].0, &card);
        studio.grow(first[0].0, &card, 130);
        screens::keep(&mut studio, &format!("queue-{name}"));
        let screen = studio.harness.ctx.content_rect();
        let notify = studio.harness.get_by_label("Call me when a job is done");
        assert!(screen.contains_rect(notify.rect()), "{:?}", notify.rect());
    }
}

#[test]
fn being_called_is_a_choice() {
    let folder = tempfile::tempdir().unwrap();
    let mut studio = Setup::in_folder(folder.path()).open();
    studio.click("Queue");
    assert!(studio.state().queue.notify);
    studio.click("Call me when a job is done");
    assert!(!studio.state().queue.notify);
}

#[test]
fn a_window_that_ended_early_is_gone_on_with_at_the_same_position() {
    let folder = tempfile::tempdir().unwrap();
    let card = pictures(4);
    let setup = Setup::in_folder(folder.path());
    let home = Arc::clone(&setup.home);
    let mut studio = setup.open();
    let jobs = press(&mut studio);
    // One is done and saved, one has grown, two wait.
    studio.make(jobs[0].0, &jobs[0].1, &card);
    studio.wait("the first file", |app| app.state().shelf.saved == 1);
    studio.start(jobs[1].0, &card);
    codes(&mut studio, jobs[1].0, &card, 20);
    drop(studio);

    let again = |home: &Arc<tempfile::TempDir>| {
        let mut setup = Setup::in_folder(folder.path());
        setup.home = Arc::clone(home);
        setup.open()
    };
    let mut studio = again(&home);
    studio.wait("the offer", |app| !app.state().notices.is_empty());
    let sentence = &studio.state().notices[0].sentence;
    assert_eq!(sentence, "Strata ended before 3 pictures were finished.");
    studio.commands();
    studio.click("Go on");
    let mut resumed = Vec::new();
    let mut asked = Vec::new();
    for command in studio.commands() {
        match command {
            Command::Resume { job, recipe, done } => resumed.push((job, recipe, done)),
            Command::Enqueue { job, recipe } => asked.push((job, recipe)),
            _ => {}
        }
    }
    assert_eq!(resumed.len(), 1);
    let (job, recipe, done) = resumed.remove(0);
    // The weights that drew the first codes are asked for by name.
    let drawn = Recipe {
        weights: Some("abc".into()),
        ..jobs[1].1.clone()
    };
    assert_eq!(recipe, drawn);
    assert_eq!(done.values, vec![65; 20 * card.depth]);
    let recipes: Vec<&Recipe> = asked.iter().map(|(_, recipe)| recipe).collect();
    assert_eq!(recipes, [&jobs[2].1, &jobs[3].1]);

    // When all of it is made, nothing is left for the next time.
    asked.push((job, recipe));
    for (job, recipe) in &asked {
        studio.make(*job, recipe, &card);
    }
    studio.wait("the other files", |app| app.state().shelf.saved == 3);
    drop(studio);
    let journals = std::fs::read_dir(home.path().join("journal")).unwrap();
    assert_eq!(journals.count(), 0);
    let mut studio = again(&home);
    studio.harness.run_steps(20);
    assert!(studio.state().notices.is_empty());
}

#[test]
fn what_is_left_can_be_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup::in_folder(folder.path());
    let home = Arc::clone(&setup.home);
    let mut studio = setup.open();
    press(&mut studio);
    drop(studio);
    let mut setup = Setup::in_folder(folder.path());
    setup.home = Arc::clone(&home);
    let mut studio = setup.open();
    studio.wait("the offer", |app| !app.state().notices.is_empty());
    studio.click("Leave them");
    assert!(studio.state().notices.is_empty());
    drop(studio);
    let journals = std::fs::read_dir(home.path().join("journal")).unwrap();
    assert_eq!(journals.count(), 0);
}

#[test]
fn a_finished_job_is_told_outside_a_window_that_is_behind_others() {
    let folder = tempfile::tempdir().unwrap();
    let (mut studio, first, second) = two_jobs(folder.path());
    let told = Arc::clone(&studio.desktop.told);
    let card = pictures(4);
    for (job, recipe) in &first {
        studio.make(*job, recipe, &card);
    }
    studio.wait("the first files", |app| app.state().shelf.saved > 0);
    studio.harness.input_mut().focused = false;
    studio.harness.run();
    for (job, recipe) in &second {
        studio.make(*job, recipe, &card);
    }
    studio.wait("the message", |_| !told.lock().unwrap().is_empty());
    let words = format!(
        "{} picture{} done",
        second.len(),
        if second.len() == 1 { "" } else { "s" }
    );
    assert_eq!(*told.lock().unwrap(), [("pizza".to_owned(), words)]);
}
