//! A published model is fetched with cuts and a rest, checked, converted, drawn with and removed, all from the window.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use eframe::egui::{Key, accesskit::Role};
use egui_kittest::kittest::Queryable as _;
use strata::{
    app::StudioApp,
    settings::Secret,
    state::{Page, WorkStage},
    wording::care,
};
use strata_engine::library::Precision;
use strata_tests::hub::Twist;

use super::{
    super::real::{studio_with, wait},
    Window, confirm, home, hub, hub_with, is_installed, open_models, press, stage, type_into,
};

#[test]
fn a_published_model_is_fetched_checked_converted_drawn_with_and_removed() {
    let weights = Arc::new(AtomicUsize::new(0));
    let asked = Arc::clone(&weights);
    let server = hub(move |seen| {
        let of_weights = seen.path.contains("/resolve/") && seen.path.contains("a.safetensors");
        if !of_weights || seen.method != "GET" {
            return None;
        }
        Some(match asked.fetch_add(1, Ordering::SeqCst) {
            // Slow enough to be paused, then cut once, then quick.
            0 => Twist::Slow(16),
            1 => Twist::Cut(9_000),
            _ => return None,
        })
    });
    let (_home, places, preferences) = home(&server);
    let mut window = studio_with(&places, preferences, false);
    open_models(&mut window);

    press(&mut window, "Download Published tiny");
    let running = |app: &StudioApp| {
        let work = app.state().works.each.get("published-tiny");
        let began = |work: &strata::state::Work| work.progress.total > 0 && work.progress.done > 0;
        stage(app) == Some(&WorkStage::Running) && work.is_some_and(began)
    };
    wait(&mut window, "the first bytes", running);
    wait(&mut window, "bytes of the weights", {
        let weights = Arc::clone(&weights);
        move |_| weights.load(Ordering::SeqCst) > 0
    });
    press(&mut window, "Pause Published tiny");
    wait(&mut window, "the rest", |app| {
        stage(app) == Some(&WorkStage::Paused)
    });
    assert!(!is_installed(window.state()));
    press(&mut window, "Resume Published tiny");
    wait(&mut window, "the model", is_installed);
    assert!(
        weights.load(Ordering::SeqCst) >= 3,
        "it was cut and went on"
    );
    wait(&mut window, "the end of the work", |app| {
        stage(app).is_none()
    });
    assert!(
        window
            .query_by_label("Published tiny is installed.")
            .is_some()
    );

    press(&mut window, "Check Published tiny");
    wait(&mut window, "the report", |app| {
        app.state().works.reports.contains_key("published-tiny")
    });
    let report = window.state().state().works.reports["published-tiny"].clone();
    assert!(report.sound, "{report:?}");
    window.step();
    assert!(window.query_by_label("It is as it should be.").is_some());

    press(&mut window, "Convert Published tiny");
    confirm(&mut window, "Convert");
    let precision = |app: &StudioApp| {
        let card = app.state().card_of("published-tiny");
        card.and_then(|card| card.precision)
    };
    wait(&mut window, "the conversion", move |app| {
        precision(app) == Some(Precision::Q8_0) && stage(app).is_none()
    });
    let card = window.state().state().card_of("published-tiny").unwrap();
    assert!(card.originals > 0);
    let label = care::drop_originals(card.originals);
    let label = format!("{} Published tiny", label.trim_end_matches('\u{2026}'));
    press(&mut window, &label);
    confirm(&mut window, "Delete");
    wait(&mut window, "the original's end", |app| {
        let card = app.state().card_of("published-tiny");
        card.is_some_and(|card| card.originals == 0) && stage(app).is_none()
    });

    press(&mut window, "Draw with Published tiny");
    assert_eq!(window.state().state().page, Page::Studio);
    window.get_by_label("Generate").click();
    window.step();
    wait(&mut window, "the pictures", |app| {
        app.state().shelf.saved >= 4
    });
    wait(&mut window, "the engine's rest", |app| {
        app.state().live() == 0
    });

    window.get_by_label("Models").click();
    for _ in 0..5 {
        window.step();
    }
    assert_eq!(window.state().state().page, Page::Models);
    press(&mut window, "Remove Published tiny");
    confirm(&mut window, "Remove");
    wait(&mut window, "the removal", |app| {
        !is_installed(app) && stage(app).is_none()
    });
    assert!(!places.models.join("published-tiny").exists());
    let state = window.state().state();
    assert_ne!(state.desk().model.as_deref(), Some("published-tiny"));
    assert!(state.can_generate(), "another model has its place");
    window.step();
    assert!(window.query_by_label("Download Published tiny").is_some());
}

#[test]
fn a_cancelled_download_leaves_nothing_and_a_refusal_says_where_the_token_goes() {
    let server = hub(|seen| {
        let signed = seen.authorization.as_deref() == Some("Bearer hf_right");
        match (signed, seen.path.contains("/resolve/")) {
            (false, _) => Some(Twist::Status(401, Vec::new())),
            (true, true) => Some(Twist::Slow(16)),
            (true, false) => None,
        }
    });
    let (_home, places, mut preferences) = home(&server);
    preferences.hub.token = Some(Secret::typed("hf_wrong".into()));
    let mut window = studio_with(&places, preferences, false);
    open_models(&mut window);
    press(&mut window, "Download Published tiny");
    wait(&mut window, "the refusal", |app| {
        matches!(stage(app), Some(WorkStage::Failed(_)))
    });
    window.step();
    assert!(window.query_by_label_contains("asks to sign in").is_some());
    let named = window.query_all_by_label_contains("Server and token");
    assert!(named.count() > 1, "the step names the button");

    press(&mut window, "Server and token");
    type_into(&mut window, Role::PasswordInput, "Token", "hf_right");
    window.key_press(Key::Enter);
    window.step();
    window.step();
    assert!(window.state().state().works.server.is_none());
    let shown = |window: &Window| {
        let shown = window.query_all_by_label_contains("hf_right").count();
        shown + window.query_all_by_value("hf_right").count()
    };
    assert_eq!(shown(&window), 0, "a token is never shown");
    press(&mut window, "Try again Published tiny");
    let folder = places.models.join("published-tiny");
    wait(&mut window, "the first bytes", {
        let folder = folder.clone();
        move |_| folder.exists()
    });
    press(&mut window, "Cancel Published tiny");
    wait(&mut window, "the end", |app| stage(app).is_none());
    assert!(!folder.exists());
    window.step();
    assert!(window.query_by_label("Download Published tiny").is_some());
}

#[test]
fn closing_the_window_ends_a_download_and_the_next_one_goes_on() {
    let server = hub(|seen| {
        let slow = seen.path.contains("a.safetensors");
        slow.then_some(Twist::Slow(16))
    });
    let (_home, places, preferences) = home(&server);
    let mut window = studio_with(&places, preferences.clone(), false);
    open_models(&mut window);
    press(&mut window, "Download Published tiny");
    let before = |app: &StudioApp| {
        let work = app.state().works.each.get("published-tiny");
        work.is_some_and(|work| work.progress.done > 0)
    };
    wait(&mut window, "the first bytes", before);
    let start = std::time::Instant::now();
    drop(window);
    assert!(start.elapsed() < std::time::Duration::from_secs(20));

    let mut window = studio_with(&places, preferences, false);
    open_models(&mut window);
    window.step();
    press(&mut window, "Resume Published tiny");
    wait(&mut window, "the model", is_installed);
}

#[test]
fn of_several_files_a_person_chooses() {
    let server = hub_with(
        &["transformer/a.safetensors", "transformer/b.safetensors"],
        |_| None,
    );
    let (_home, places, preferences) = home(&server);
    let mut window = studio_with(&places, preferences, false);
    open_models(&mut window);
    press(&mut window, "Download Published tiny");
    wait(&mut window, "the question", |app| {
        matches!(stage(app), Some(WorkStage::Asking(_)))
    });
    for _ in 0..5 {
        window.step();
    }
    assert!(window.query_by_label("Which file is meant?").is_some());
    let words = window.query_by_label_contains("several files that could be the transformer");
    assert!(words.is_some());

    // It can be put off, and is asked again from the card.
    confirm(&mut window, "Close");
    assert!(window.state().state().works.dialog.is_none());
    press(&mut window, "Choose the file Published tiny");
    confirm(&mut window, "b.safetensors");
    wait(&mut window, "the model", is_installed);
    let fetched = server.fetched();
    let of = |name: &str| fetched.iter().any(|seen| seen.path.ends_with(name));
    assert!(of("transformer/b.safetensors") && !of("transformer/a.safetensors"));
    assert!(places.models.join("published-tiny").exists());
}
