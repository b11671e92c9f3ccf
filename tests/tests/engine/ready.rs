//! A large model starts from the weights that lie ready beside it.

use std::{
    fs::{self, File},
    path::Path,
    time::SystemTime,
};

use strata_engine::{Device, JobEvent, Recipe, Subject, family::dnd::Preset};
use strata_tests::{
    program::User,
    random_model::{RandomModel, TINY},
};

use super::{finished, open_at, recipe};

/// Over a hundred million weights, so that they are kept in 8-bit blocks.
const LARGE: RandomModel = RandomModel {
    id: "large",
    size: Preset {
        name: "large",
        layers: 12,
        heads: 12,
        width: 768,
    },
    head_layers: &[9, 11],
    codebook: 16_384,
    ..TINY
};

/// Fills a file with zeros; its size stays, and its time too unless it is to be noticed.
fn blank(file: &Path, noticed: bool) {
    let before = fs::metadata(file).unwrap();
    fs::write(file, vec![0; before.len() as usize]).unwrap();
    let time = match noticed {
        true => SystemTime::now(),
        false => before.modified().unwrap(),
    };
    let opened = File::options().write(true).open(file).unwrap();
    opened.set_modified(time).unwrap();
}

#[test]
fn a_large_model_is_read_once_and_mapped_from_then_on() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("models").join(LARGE.id);
    LARGE.write(&home.path().join("models")).unwrap();
    let picture = Recipe {
        model: LARGE.id.into(),
        ..recipe("", Subject::Class(3))
    };
    let draw = |job| {
        let session = open_at(home.path(), Device::default());
        session.enqueue(job, picture.clone());
        finished(&session, job)
    };
    let first = draw(1);
    let ready = folder.join("ready-q8_0.safetensors");
    let kept = fs::metadata(&ready).unwrap();

    // The checkpoint is gone, and nobody looks.
    blank(&folder.join("transformer.safetensors"), false);
    let second = draw(2);
    assert_eq!(first.codes, second.codes);
    assert_eq!(first.recipe.weights, second.recipe.weights);
    let still = fs::metadata(&ready).unwrap();
    assert_eq!(kept.modified().unwrap(), still.modified().unwrap());

    // It was replaced, and that is seen.
    blank(&folder.join("transformer.safetensors"), true);
    let session = open_at(home.path(), Device::default());
    session.enqueue(3, picture);
    let (_, end) = session.end_of(3, |_, _| {});
    assert!(matches!(end, JobEvent::Failed(_)), "{end:?}");
}

/// `cargo test --workspace --test engine of_published_size -- --ignored --nocapture`.
#[test]
#[ignore = "measures; needs 5 GB of memory and 6 GB of disk"]
fn starting_a_model_of_published_size() {
    let user = User::new();
    RandomModel::xxl().write(&user.path("models")).unwrap();
    for start in ["first", "second", "third"] {
        let arguments = ["bench", "--model", "random-xxl", "--positions", "24"];
        let figures = user.json(&arguments);
        for key in [
            "load_s",
            "step_s",
            "gb_per_s",
            "machine_gb_per_s",
            "peak_rss_bytes",
        ] {
            println!("{start} start: {key} {}", figures[key]);
        }
    }
}
