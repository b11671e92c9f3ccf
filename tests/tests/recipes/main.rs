//! The recipes rerun: tiny models made from the sources, opened by the engine, with the codes PyTorch draws.
//!
//! `STRATA_RECIPES_PYTHON` names a Python that has `assets/recipes/requirements.txt`; without it the tests
//! say so and pass.
#![allow(clippy::unwrap_used, missing_docs)]

mod speed;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command as Program,
    time::Duration,
};

use crossbeam_channel::{Receiver, unbounded};
use serde::Deserialize;
use strata::{places::Places, shipped};
use strata_engine::{
    Command, Engine, Event, Guidance, JobEvent, JobId, Picture, Pixels, Recipe, Sampling, Subject,
    recipe::PerDepth,
    worker::{Options, RequestEvent, RequestId},
};

/// Two logits this near may change places when sums are taken in another order.
const MARGIN: f32 = 1e-4;

const MODELS: [&str; 3] = ["illustrations", "typewriter", "pages"];

#[derive(Deserialize)]
struct Expected {
    label: Option<u32>,
    codes: Vec<u32>,
    margins: Vec<f32>,
    heldout_codes: Vec<u32>,
}

fn recipes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/recipes")
}

fn python() -> Option<PathBuf> {
    let named = std::env::var_os("STRATA_RECIPES_PYTHON").map(PathBuf::from);
    if named.is_none() {
        eprintln!("skipped: set STRATA_RECIPES_PYTHON to a Python with requirements.txt installed");
    }
    named
}

/// Runs Python in the recipes' folder.
fn run(python: &Path, arguments: &[&str]) {
    let done = program(python, arguments).status();
    assert!(done.unwrap().success(), "python {arguments:?} failed");
}

fn program(python: &Path, arguments: &[&str]) -> Program {
    let mut program = Program::new(python);
    program
        .args(arguments)
        .current_dir(recipes())
        .env("OMP_NUM_THREADS", "2")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    program
}

/// A folder for the tiny models; fetched packages in it are kept from run to run.
fn emptied_work() -> PathBuf {
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recipes");
    for model in MODELS {
        let _ = fs::remove_dir_all(work.join(model));
    }
    fs::create_dir_all(&work).unwrap();
    work
}

/// The engine with the tiny models in a user's library, in place of the shipped ones of the same names.
struct Session {
    engine: Engine,
    events: Receiver<Event>,
    _home: tempfile::TempDir,
}

fn open(work: &Path) -> Session {
    let home = tempfile::tempdir().unwrap();
    let places = Places::below(home.path());
    for model in MODELS {
        let folder = places.models.join(model);
        fs::create_dir_all(&folder).unwrap();
        for file in fs::read_dir(work.join(model).join("model")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), folder.join(file.file_name())).unwrap();
        }
    }
    let (sender, events) = unbounded();
    let options = Options {
        library: shipped::library(&places),
        max_batch: 1,
        cache: Some(places.cache),
        device: strata_engine::Device::default(),
        look_ahead: strata_engine::LookAhead::default(),
    };
    let engine = Engine::start(options, move |event| {
        let _ = sender.send(event);
    });
    Session {
        engine: engine.unwrap(),
        events,
        _home: home,
    }
}

impl Session {
    fn next(&self) -> Event {
        self.events.recv_timeout(Duration::from_secs(240)).unwrap()
    }

    fn greedy(&self, model: &str, label: Option<u32>) -> Box<Picture> {
        let recipe = Recipe {
            model: model.into(),
            weights: None,
            subject: label.map_or(Subject::Page, Subject::Class),
            seed: 0,
            index: 0,
            guidance: Guidance::NONE,
            sampling: Sampling {
                temperature: PerDepth::Same(0.0),
                ..Sampling::default()
            },
            start: None,
        };
        let job = JobId(1);
        self.engine.send(Command::Enqueue { job, recipe }).unwrap();
        loop {
            match self.next() {
                Event::Job {
                    event: JobEvent::Finished(picture),
                    ..
                } => return picture,
                Event::Job { event, .. } => assert!(!event.is_terminal(), "{model}: {event:?}"),
                Event::Model { .. } | Event::Devices(_) | Event::Device(_) => {}
                other => panic!("{model}: {other:?}"),
            }
        }
    }

    fn encode(&self, model: &str, image: Pixels) -> Vec<u32> {
        let encode = Command::Encode {
            request: RequestId(1),
            model: model.into(),
            image,
        };
        self.engine.send(encode).unwrap();
        loop {
            match self.next() {
                Event::Request {
                    event: RequestEvent::Encoded(codes),
                    ..
                } => return codes.values,
                Event::Request { event, .. } => panic!("{model}: {event:?}"),
                _ => {}
            }
        }
    }
}

#[test]
fn the_recipes_train_export_and_the_engine_draws_their_codes() {
    let Some(python) = python() else { return };
    let work = emptied_work();
    let work_text = work.to_str().unwrap();
    run(
        &python,
        &[
            "-m",
            "strata_recipes",
            "smoke",
            "--work",
            work_text,
            "--threads",
            "2",
        ],
    );
    let session = open(&work);
    for model in MODELS {
        let folder = work.join(model);
        let expected = fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected: Expected = serde_json::from_str(&expected).unwrap();

        let picture = session.greedy(model, expected.label);
        same_up_to_ties(model, &expected, &picture.codes.values);
        if picture.codes.values == expected.codes {
            let drawn = Pixels::read(folder.join("expected.png")).unwrap();
            let apart = drawn.rgb.iter().zip(&picture.pixels.rgb);
            let most = apart.map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert!(most <= 1, "{model}: a pixel is {most} off");
        }

        let codes = session.encode(model, Pixels::read(folder.join("heldout.png")).unwrap());
        let same = codes
            .iter()
            .zip(&expected.heldout_codes)
            .filter(|(a, b)| a == b)
            .count();
        let share = same as f32 / expected.heldout_codes.len() as f32;
        assert!(
            codes.len() == expected.heldout_codes.len() && share > 0.99,
            "{model}: {share}"
        );
    }
}

/// Equal codes, until a decision that is a tie as far as f32 can tell.
fn same_up_to_ties(model: &str, expected: &Expected, found: &[u32]) {
    assert_eq!(expected.codes.len(), found.len(), "{model}");
    if let Some(first) = expected.codes.iter().zip(found).position(|(a, b)| a != b) {
        let margin = expected.margins[first];
        assert!(
            margin < MARGIN,
            "{model}: code {first} differs at a margin of {margin}"
        );
    }
}

#[test]
fn a_clear_decision_that_differs_is_found() {
    let expected = Expected {
        label: None,
        codes: vec![3, 4, 5],
        margins: vec![1.0, 1e-6, 1.0],
        heldout_codes: Vec::new(),
    };
    same_up_to_ties("same", &expected, &[3, 4, 5]);
    same_up_to_ties("tie", &expected, &[3, 9, 9]);
    assert!(std::panic::catch_unwind(|| same_up_to_ties("off", &expected, &[3, 4, 6])).is_err());
}

#[test]
fn the_recipes_architectures_conform() {
    let Some(python) = python() else { return };
    // The Python tests skip what needs the golden outputs when STRATA_CONFORMANCE names none.
    run(
        &python,
        &["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
    );
}
