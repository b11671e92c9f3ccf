//! The page of models over the real engine and a hub on the loopback address that misbehaves: a model is fetched with
//! cuts and a rest, checked, converted, drawn with and removed, all from the window; and one is made of dropped files.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use eframe::egui::{Key, accesskit::Role};
use egui_kittest::{Harness, kittest::Queryable as _};
use strata::{
    app::StudioApp,
    places::Places,
    settings::{Preferences, Secret},
    state::{Page, WorkStage},
    wording::care,
};
use strata_engine::library::Precision;
use strata_tests::{
    hub::{REPOSITORY, Seen, Server, Twist},
    random_model::TINY,
};

use super::{
    gallery::hand,
    real::{studio, studio_of_size, studio_with, wait},
    screens::adapter,
};

/// A catalogue of the tiny model, in two folders of the hub.
fn catalogue() -> String {
    format!(
        r#"
[[tokenizer]]
id = "tiny-tokenizer"
name = "Tiny tokenizer"
summary = "Codes of tiny pictures"
family = "dnd"
repository = "{REPOSITORY}"
folder = "tokenizer"
image = {{ width = 32, height = 32 }}
codes = {{ grid = [4, 4], depth = 2, codebook = 64 }}
licence = "CC0-1.0"

[[transformer]]
id = "published-tiny"
name = "Published tiny"
summary = "Noise in thirty-two pixels"
family = "dnd"
kind = "class"
tokenizer = "tiny-tokenizer"
repository = "{REPOSITORY}"
folder = "transformer"
score = "gFID 300"
licence = "CC0-1.0"

[transformer.shape]
layers = 2
heads = 2
width = 32
head_positions = [0, 1]
classes = 1000
class_dropout_prob = 0.1

[transformer.sampling]
guidance = 2.0
"#
    )
}

/// The tiny model's files, in a folder of their own.
fn files() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    TINY.write(folder.path()).unwrap();
    let own = folder.path().join(TINY.id);
    (folder, own)
}

/// A hub with the tiny model, which follows the script.
fn hub(script: impl Fn(&Seen) -> Option<Twist> + Send + Sync + 'static) -> Server {
    let (_folder, own) = files();
    let read = |name: &str| std::fs::read(own.join(name)).unwrap();
    let config = read("config.yaml");
    let (tokenizer, transformer) = (
        read("tokenizer.safetensors"),
        read("transformer.safetensors"),
    );
    Server::start(
        &[
            ("tokenizer/config.yaml", &config),
            ("tokenizer/tok.safetensors", &tokenizer),
            ("transformer/a.safetensors", &transformer),
            ("transformer/README.md", b"words"),
        ],
        script,
    )
}

/// A home whose catalogue has the tiny model, and preferences that name its hub.
fn home(server: &Server) -> (tempfile::TempDir, Places, Preferences) {
    let home = tempfile::tempdir().unwrap();
    let places = Places::below(home.path());
    std::fs::create_dir_all(&places.config).unwrap();
    std::fs::write(places.catalogue(), catalogue()).unwrap();
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

/// Keeps a picture of the window, to be looked at.
fn keep(window: &mut Window, name: &str) {
    for _ in 0..30 {
        window.step();
    }
    let image = window.render().unwrap();
    if let Some(folder) = std::env::var_os("STRATA_SCREENS") {
        std::fs::create_dir_all(&folder).unwrap();
        image
            .save(Path::new(&folder).join(format!("library-{name}.png")))
            .unwrap();
    }
}

#[test]
fn the_page_can_be_looked_at_in_its_states() {
    if !adapter() {
        return;
    }
    let (_folder, own) = files();
    for (name, size) in [("small", [1024.0, 640.0]), ("usual", [1280.0, 800.0])] {
        let server = hub(|seen| {
            let slow = seen.path.contains("a.safetensors");
            slow.then_some(Twist::Slow(8))
        });
        let (_home, places, preferences) = home(&server);
        TINY.write(&places.models).unwrap();
        let mut window = studio_of_size(&places, preferences, true, size);
        open_models(&mut window);
        wait(&mut window, "the machine", |app| {
            app.state().works.strength.is_some()
        });
        keep(&mut window, &format!("{name}-1-installed"));
        press(&mut window, "Server and token");
        keep(&mut window, &format!("{name}-2-server"));
        press(&mut window, "Close");
        press(&mut window, "Download Published tiny");
        wait(&mut window, "bytes of the weights", |app| {
            let work = app.state().works.each.get("published-tiny");
            work.is_some_and(|work| work.progress.left_secs.is_some_and(|left| left > 1.0))
        });
        keep(&mut window, &format!("{name}-3-download"));
        press(&mut window, "Pause Published tiny");
        keep(&mut window, &format!("{name}-4-paused"));
        press(&mut window, "Check tiny");
        wait(&mut window, "the report", |app| {
            !app.state().works.reports.is_empty()
        });
        keep(&mut window, &format!("{name}-5-report"));
        press(&mut window, "Convert tiny");
        keep(&mut window, &format!("{name}-6-convert"));
        window.key_press(Key::Escape);
        window.step();
        assert_eq!(
            window.state().state().page,
            Page::Models,
            "one thing at a time"
        );
        press(&mut window, "Remove tiny");
        keep(&mut window, &format!("{name}-7-remove"));
        window.key_press(Key::Escape);
        window.step();
        let parts = [
            "transformer.safetensors",
            "tokenizer.safetensors",
            "config.yaml",
        ];
        drop_on(&mut window, &parts.map(|part| own.join(part)));
        wait(&mut window, "the dialog", |app| {
            app.state().works.dialog.is_some()
        });
        keep(&mut window, &format!("{name}-8-import"));
    }
}
