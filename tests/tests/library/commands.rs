//! The same by commands.

use std::{fs, process::Command};

use strata_tests::{
    program::{User, program},
    random_model::TINY,
};

fn user() -> User {
    let user = User::new();
    TINY.publish(user.home.path(), true).unwrap();
    user
}

const IMPORT: [&str; 10] = [
    "models",
    "import",
    "transformer.pt",
    "tokenizer.pt",
    "--id",
    "mine",
    "--attention-heads",
    "2",
    "--head-layers",
    "0,1",
];

#[test]
fn from_files_to_a_picture_and_away_again() {
    let user = user();
    let look = user.json(&[
        "models",
        "import",
        "transformer.pt",
        "tokenizer.pt",
        "--look",
    ]);
    assert_eq!(look["parts"][0]["transformer"]["layers"], 2);
    let questions = look["models"][0]["questions"].as_array().unwrap();
    assert!(questions.iter().any(|own| own["about"] == "head_layers"));
    let (error, hint) = user.refused(&IMPORT[..6]);
    assert!(error.contains("heads"), "{error}");
    assert!(hint.contains("--"), "{hint}");

    let imported = user.json(&IMPORT);
    assert_eq!(imported["id"], "mine");
    let rows = user.json(&["models", "list"]);
    let row = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == "mine");
    let row = row.unwrap();
    assert_eq!(
        (&row["family"], &row["precision"]),
        (&"dnd".into(), &"f32".into())
    );
    assert_eq!(row["bytes"], imported["bytes"]);

    let converted = user.json(&["models", "convert", "mine", "--precision", "q8_0"]);
    assert!(converted["originals"].as_u64().unwrap() > 0);
    let freed = user.json(&["models", "remove", "mine", "--original", "--yes"]);
    assert_eq!(freed["bytes"], converted["originals"]);
    let report = user.json(&["models", "verify", "mine"]);
    assert_eq!(report["sound"], true);
    user.json(&[
        "sample", "--model", "mine", "--class", "7", "--out", "out", "--count", "1",
    ]);

    let (error, hint) = user.refused(&["models", "remove", "mine"]);
    assert!(error.contains("mine") && hint.contains("--yes"), "{error}");
    assert!(user.path("models/mine/model.toml").exists());
    user.json(&["models", "remove", "mine", "--yes"]);
    assert!(!user.path("models/mine").exists());
    user.refused(&["models", "remove", "pages", "--yes"]);
}

#[test]
fn a_model_that_is_not_sound_is_told_by_the_status_too() {
    let user = user();
    user.json(&IMPORT);
    let file = user.path("models/mine/transformer.pt");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(&file, bytes).unwrap();
    let output = user.run(&["models", "verify", "mine", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["sound"], false);
    let people = user.run(&["models", "verify", "mine"]);
    let text = String::from_utf8(people.stdout).unwrap();
    assert!(
        text.contains("BAD") && text.contains("changed since"),
        "{text}"
    );
}

/// A file that may not grow past some size is a disk that is full in the middle of a file.
#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_leaves_the_model_as_it_was() {
    let user = user();
    user.json(&IMPORT);
    let before = fs::read(user.path("models/mine/model.toml")).unwrap();
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\""])
        .arg(program())
        .args(["models", "convert", "mine", "--precision", "f32", "--json"])
        .current_dir(user.home.path())
        .env("STRATA_HOME", user.home.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        said["error"].as_str().unwrap().contains("could not write"),
        "{said}"
    );
    assert_eq!(
        fs::read(user.path("models/mine/model.toml")).unwrap(),
        before
    );
    let left: Vec<_> = fs::read_dir(user.path("models")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(user.json(&["models", "verify", "mine"])["sound"], true);
}
