//! The window over the real engine on a graphics card, chosen in the menu: the same picture as on the processor,
//! seen while it grows; a window that is closed in the middle; what the menu says of room.

use std::{
    collections::BTreeSet,
    fs, panic,
    sync::{
        Arc, Once,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use egui_kittest::{Harness, kittest::Queryable};
use strata::{
    app::StudioApp,
    journal::find_left,
    places::Places,
    settings::{Preferences, Seed},
    state::{Piece, Readiness, Stage},
    wording::devices as words,
};
use strata_engine::{
    Picture,
    backend::gpu::{About, Adapter},
    family::dnd::Preset,
};
use strata_tests::{
    card::card,
    random_model::{RandomModel, TINY},
};

use super::real::{studio_with, wait};

/// Large enough that the window draws many frames while a picture grows, and no larger.
const SMALL: RandomModel = RandomModel {
    id: "small",
    size: Preset {
        name: "small",
        layers: 4,
        heads: 4,
        width: 128,
    },
    head_layers: &[1, 3],
    grid: 8,
    codebook: 256,
    tokenizer: (32, &[1, 1, 1]),
    ..TINY
};
/// A card finishes what it was given in far less.
const LONGEST_END: Duration = Duration::from_secs(60);

type Window = Harness<'static, StudioApp>;

/// A window in which one picture of a model is chosen, the same one every time.
fn open_model(places: &Places, model: &str) -> Window {
    let mut preferences = Preferences::default();
    let desk = &mut preferences.classes;
    desk.model = Some(model.into());
    desk.count = Some(1);
    desk.seed = Some(Seed(5));
    desk.seed_locked = true;
    studio_with(places, preferences, false)
}

/// The same for the small model, once it can draw.
fn open(places: &Places) -> Window {
    let mut window = open_model(places, SMALL.id);
    wait(&mut window, "the cards", |app| {
        app.state().devices.cards.is_some()
    });
    wait(&mut window, "the model", is_ready);
    window
}

fn is_ready(app: &StudioApp) -> bool {
    app.state().readiness.get(SMALL.id) == Some(&Readiness::Ready)
}

/// Chooses a line of the menu of devices, and waits for the model there.
fn choose(window: &mut Window, line: &str) {
    window.get_by_label(words::DEVICE).click();
    window.run_steps(3);
    window.get_by_label(line).click();
    window.run_steps(3);
    wait(window, "the model on another device", |app| {
        is_ready(app) && app.state().devices.running.is_some()
    });
    window.key_press(eframe::egui::Key::Escape);
    window.run_steps(3);
}

fn choose_card(window: &mut Window, card: &About) {
    choose(window, &words::card(card));
    let running = window.state().state().devices.running.clone().unwrap();
    assert_eq!((running.id.as_str(), running.name), ("gpu", card.title()));
}

/// The picture that was asked for last.
fn newest(app: &StudioApp) -> &Piece {
    app.state().pieces.values().next_back().unwrap()
}

/// What a person sees of a picture that grows: how many positions, whenever that changes.
fn generate(window: &mut Window) -> (Arc<Picture>, BTreeSet<usize>) {
    window.get_by_label("Generate").click();
    window.step();
    let mut seen = BTreeSet::new();
    let start = Instant::now();
    loop {
        let piece = newest(window.state());
        match piece.stage {
            Stage::Finished => return (piece.picture.clone().unwrap(), seen),
            Stage::Growing if piece.previewed > 0 => {
                let pixels = piece.pixels.as_ref().unwrap();
                // The first cell is drawn, and no longer the blank of the beginning.
                assert!(pixels.rgb[..12].iter().any(|byte| *byte != 128));
                seen.insert(piece.previewed);
            }
            Stage::Growing | Stage::Waiting => {}
            Stage::Cancelled | Stage::Failed => panic!("{:?}", window.state().state().notices),
        }
        assert!(start.elapsed() < LONGEST_END, "waiting for the picture");
        window.step();
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_picture_grows_on_the_card_before_ones_eyes_and_is_the_processors() {
    let Some(card) = card().unwrap() else { return };
    let home = tempfile::tempdir().unwrap();
    let places = Places::below(home.path());
    SMALL.write(&places.models).unwrap();
    let mut window = open(&places);
    let (expected, _) = generate(&mut window);
    choose_card(&mut window, card.about());
    let (found, seen) = generate(&mut window);
    assert_eq!(found.codes, expected.codes);
    let pairs = found.pixels.rgb.iter().zip(&expected.pixels.rgb);
    let apart = pairs.map(|(a, b)| a.abs_diff(*b)).max();
    assert!(apart <= Some(1), "{apart:?} apart");
    let total = SMALL.grid * SMALL.grid;
    let partial = seen.iter().filter(|positions| **positions < total);
    assert!(partial.count() >= 2, "only {seen:?} of {total} were seen");
}

/// What the menu of devices says of room for a model.
fn room(home: &tempfile::TempDir, model: &str, wanted: &str) -> usize {
    let mut window = open_model(&Places::below(home.path()), model);
    let know = |app: &StudioApp| {
        let state = app.state();
        let cards = state.devices.cards.as_ref();
        let known = |card| state.room_on_card(card).is_some();
        cards.is_some_and(|cards| cards.iter().all(known))
    };
    wait(&mut window, "what the model needs", know);
    window.get_by_label(words::DEVICE).click();
    window.run_steps(3);
    window.get_by_label(&words::room_for(model, 1));
    window.query_all_by_label(wanted).count()
}

#[test]
fn the_menu_says_whether_the_model_fits() {
    if card().unwrap().is_none() {
        return;
    }
    let cards = Adapter::all().len();
    let home = tempfile::tempdir().unwrap();
    let models = Places::below(home.path()).models;
    SMALL.write(&models).unwrap();
    assert_eq!(
        room(&home, SMALL.id, "fits"),
        cards + 1,
        "the processor too"
    );
    // A matrix alone is larger than what any card takes at a time; that there are no such weights is said only when
    // they are loaded.
    let vast = RandomModel {
        id: "vast",
        ..SMALL
    };
    vast.write(&models).unwrap();
    let manifest = models.join(vast.id).join("model.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(manifest, text.replace("width = 128", "width = 65536")).unwrap();
    assert_eq!(
        room(&home, vast.id, "does not fit: use the processor"),
        cards
    );
}

/// Panics of Strata's own threads from the first call on.
fn panics() -> usize {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let thread = std::thread::current();
            if thread
                .name()
                .is_some_and(|name| name.starts_with("strata-"))
            {
                COUNT.fetch_add(1, Ordering::Relaxed);
            }
            before(info);
        }));
    });
    COUNT.load(Ordering::Relaxed)
}

#[test]
fn a_window_that_closes_while_the_card_draws_leaves_codes_to_go_on_from() {
    let Some(card) = card().unwrap() else { return };
    let home = tempfile::tempdir().unwrap();
    let places = Places::below(home.path());
    SMALL.write(&places.models).unwrap();
    let mut window = open(&places);
    let (whole, _) = generate(&mut window);
    choose_card(&mut window, card.about());
    assert_eq!(panics(), 0);
    window.get_by_label("Generate").click();
    window.step();
    wait(&mut window, "some codes", |app| newest(app).done >= 4);
    let piece = newest(window.state());
    assert_eq!(piece.stage, Stage::Growing, "closed in the middle");
    let seen = piece.codes.clone();
    let start = Instant::now();
    drop(window);
    assert!(start.elapsed() < LONGEST_END, "{:?}", start.elapsed());
    assert_eq!(panics(), 0);

    let left = find_left(&places.journal).unwrap();
    let [unfinished] = left.pictures.as_slice() else {
        panic!("{left:?}");
    };
    let kept = &unfinished.done.values;
    assert!(kept.starts_with(&seen), "{kept:?} and {seen:?}");
    assert!(whole.codes.values.starts_with(kept) && !unfinished.done.is_complete());
    drop(left);

    // The next window goes on with it, on the processor, and it becomes the picture that it would have been.
    let mut window = open(&places);
    wait(&mut window, "word of the unfinished picture", |app| {
        !app.state().notices.is_empty()
    });
    window.step();
    window.get_by_label(strata::wording::queue::GO_ON).click();
    window.step();
    wait(&mut window, "the rest", |app| {
        newest(app).stage == Stage::Finished
    });
    let piece = newest(window.state());
    assert_eq!(piece.picture.as_ref().unwrap().codes, whole.codes);
}
