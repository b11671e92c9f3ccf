//! The second family through the whole engine: a folder with a manifest becomes pictures.

use std::{fs, path::Path};

use strata_engine::{
    Command, Device, Error, Event, Guidance, JobEvent, JobId, Library, LookAhead, Mode, ModelEvent,
    PerDepth, Picture, Recipe, Schedule, Subject,
    worker::{Depths, RequestEvent, RequestId},
};
use strata_tests::random_model::TINY_LLAMAGEN;

use super::{Session, finished, open_at, recipe};

const ID: &str = TINY_LLAMAGEN.id;

/// A home with the tiny model in it.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    TINY_LLAMAGEN.write(&home.path().join("models")).unwrap();
    home
}

/// A picture of a class, guided over its first half.
fn guided() -> Recipe {
    Recipe {
        guidance: Guidance {
            scale: PerDepth::Same(3.0),
            schedule: Schedule::cfg_interval(6.0),
        },
        ..recipe(ID, Subject::Class(999))
    }
}

fn answer(session: &Session, question: Command) -> RequestEvent {
    session.engine.send(question).unwrap();
    loop {
        if let Event::Request { event, .. } = session.next() {
            break event;
        }
    }
}

#[test]
fn a_llamagen_folder_is_in_the_library() {
    let home = home();
    let library = Library::new(Vec::new(), vec![home.path().join("models")]);
    let (cards, errors) = library.cards();
    assert_eq!(errors, []);
    let [card] = &cards[..] else {
        panic!("{cards:?}")
    };
    assert_eq!((card.id.as_str(), card.mode), (ID, Mode::Classes));
    assert_eq!((card.grid, card.depth, card.codebook), ([4, 4], 1, 64));
    assert_eq!(card.size, [32, 32]);
    assert_eq!(card.classes.len(), 1000);
    assert!(card.guidable);
    let footprint = card.footprint;
    assert!(footprint.weights > 0 && footprint.sequence > 0 && footprint.decoding > 0);
}

/// The picture of a device, with what was told on the way.
fn drawn(home: &Path, device: Device) -> Picture {
    let session = open_at(home, device);
    session.enqueue(1, guided());
    let mut previews = 0;
    let picture = loop {
        let Event::Job { event, .. } = session.next() else {
            continue;
        };
        match event {
            JobEvent::Preview { positions, lanes } => {
                assert!((1..=16).contains(&positions));
                let [lane] = &lanes[..] else {
                    panic!("one depth, one lane")
                };
                assert_eq!((lane.width, lane.height), (32, 32));
                previews += 1;
            }
            JobEvent::Finished(picture) => break *picture,
            JobEvent::Failed(error) => panic!("{error}"),
            _ => {}
        }
    };
    assert!(previews > 0, "the picture was seen while it grew");
    picture
}

#[test]
fn a_llamagen_picture_is_the_same_on_both_devices() {
    let home = home();
    let [fast, reference] =
        [Device::default(), Device::Reference].map(|device| drawn(home.path(), device));
    assert_eq!(fast.codes, reference.codes);
    assert_eq!((fast.codes.depth, fast.codes.positions()), (1, 16));
    let [fast, reference] = [fast, reference].map(|picture| picture.pixels);
    let pairs = fast.rgb.iter().zip(&reference.rgb);
    assert!(pairs.clone().all(|(a, b)| a.abs_diff(*b) <= 1));
    assert!(
        fast.rgb.iter().any(|byte| *byte != fast.rgb[0]),
        "something is drawn"
    );
}

#[test]
fn guidance_over_an_interval_is_neither_all_nor_none() {
    let home = home();
    let session = open_at(home.path(), Device::default());
    let kinds = [Guidance::constant(3.0), guided().guidance, Guidance::NONE];
    let codes = [1, 2, 3].map(|job| {
        let recipe = Recipe {
            guidance: kinds[job - 1].clone(),
            ..guided()
        };
        session.enqueue(job as u64, recipe);
        finished(&session, job as u64).codes.values
    });
    let [everywhere, interval, nowhere] = &codes;
    assert_eq!(
        everywhere[..8],
        interval[..8],
        "up to the end of the interval"
    );
    assert_ne!(everywhere, interval);
    assert_ne!(interval, nowhere);
}

#[test]
fn a_llamagen_picture_goes_on_where_it_was_left_and_looking_ahead_changes_nothing() {
    let home = home();
    let session = open_at(home.path(), Device::default());
    session.enqueue(1, guided());
    let whole = finished(&session, 1);
    let mut done = whole.codes.clone();
    done.values.truncate(9);
    let resume = Command::Resume {
        job: JobId(2),
        recipe: whole.recipe.clone(),
        done,
    };
    session.engine.send(resume).unwrap();
    let resumed = finished(&session, 2);
    assert_eq!(resumed.codes, whole.codes);
    assert_eq!(resumed.pixels, whole.pixels);
    for (job, setting) in (3..).zip([LookAhead::Off, LookAhead::Window(4)]) {
        session.engine.send(Command::SetLookAhead(setting)).unwrap();
        session.enqueue(job, guided());
        assert_eq!(finished(&session, job).codes, whole.codes, "{setting:?}");
    }
}

#[test]
fn a_picture_becomes_llamagen_codes_and_codes_a_picture() {
    let home = home();
    let session = open_at(home.path(), Device::default());
    session.enqueue(1, guided());
    let picture = finished(&session, 1);
    let decode = Command::Decode {
        request: RequestId(1),
        model: ID.into(),
        codes: picture.codes.clone(),
        depths: Depths::ALL,
    };
    let RequestEvent::Decoded(again) = answer(&session, decode) else {
        panic!("codes did not become a picture")
    };
    assert_eq!(again, picture.pixels);
    let encode = Command::Encode {
        request: RequestId(2),
        model: ID.into(),
        image: (*picture.pixels).clone(),
    };
    let RequestEvent::Encoded(codes) = answer(&session, encode) else {
        panic!("the picture did not become codes")
    };
    assert_eq!([codes.rows, codes.columns, codes.depth], [4, 4, 1]);
    assert!(codes.is_complete());
}

#[test]
fn a_manifest_of_other_sizes_says_which() {
    let home = home();
    let manifest = home.path().join("models").join(ID).join("model.toml");
    let good = fs::read_to_string(&manifest).unwrap();
    let failed = |from: &str, to: &str| -> Error {
        assert!(good.contains(from), "{from}");
        fs::write(&manifest, good.replace(from, to)).unwrap();
        let session = open_at(home.path(), Device::default());
        let load = Command::LoadModel { model: ID.into() };
        session.engine.send(load).unwrap();
        loop {
            let Event::Model { event, .. } = session.next() else {
                continue;
            };
            match event {
                ModelEvent::Failed(error) => break error,
                ModelEvent::Ready(_) => panic!("{to} was not noticed"),
                ModelEvent::Loading { .. } | ModelEvent::Forgotten => {}
            }
        }
    };
    for (from, to, told) in [
        ("layers = 2", "layers = 3", "number of layers is 2"),
        ("codebook = 64", "codebook = 128", "codebook is 64"),
        ("grid = [4, 4]", "grid = [8, 8]", "picture size"),
        (
            "class_dropout_prob = 0.1",
            "class_dropout_prob = 0.0",
            "is 1001 in the checkpoint but 1000",
        ),
    ] {
        let error = failed(from, to).to_string();
        assert!(error.contains(told), "{error}");
    }
}
