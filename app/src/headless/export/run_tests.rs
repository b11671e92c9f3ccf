//! `strata export` with a scripted engine.

#![allow(clippy::unwrap_used)]

use serde_json::Value;
use strata_engine::{
    Pixels,
    picture::{self, sheet},
};

use super::*;
use crate::headless::scripted::{Scripted, finished_png, renamed};

#[derive(clap::Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

/// A folder with a picture, where `strata export` runs; `@` in the arguments stands for the folder.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        finished_png(folder.path());
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn export(&self, arguments: &[&str]) -> Result<Value> {
        let folder = self.folder.path().to_str().unwrap();
        let arguments = arguments.iter().map(|word| word.replace('@', folder));
        let arguments = std::iter::once("export".to_owned()).chain(arguments);
        let cli = <Cli as clap::Parser>::try_parse_from(arguments)
            .map_err(|error| Explained::new(error.to_string(), "Arguments."))?;
        let mut bytes = Vec::new();
        run(
            &cli.args,
            &Scripted::default(),
            &mut Output::new(&mut bytes, true),
        )?;
        Ok(serde_json::from_slice(&bytes).unwrap())
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

#[test]
fn files_are_copied_once_under_their_new_names() {
    let place = Place::new();
    let export = [
        "@/retriever.png",
        "--out",
        "@/out",
        "--pattern",
        "{class} {seed}",
    ];
    let value = place.export(&export).unwrap();
    assert_eq!(value["files"][0]["kept"], false);
    assert_eq!(place.names("out"), ["golden-retriever 3.png"]);
    let bytes = |name: &str| fs::read(place.path(name)).unwrap();
    assert!(bytes("out/golden-retriever 3.png") == bytes("retriever.png"));
    assert_eq!(place.export(&export).unwrap()["files"][0]["kept"], true);
    assert_eq!(place.names("out").len(), 1);
    // A picture of the same name that is another one is kept beside it.
    renamed(place.folder.path(), "tiny-pages");
    place.export(&export).unwrap();
    assert_eq!(
        place.names("out"),
        ["golden-retriever 3-2.png", "golden-retriever 3.png"]
    );
}

#[test]
fn folders_give_the_pictures_that_are_ours() {
    let place = Place::new();
    let foreign = Pixels {
        width: 1,
        height: 1,
        rgb: vec![1; 3],
    };
    foreign.write_png(place.path("foreign.png")).unwrap();
    fs::write(place.path("notes.txt"), b"x").unwrap();
    let value = place.export(&["@", "--out", "@/out"]).unwrap();
    assert_eq!(value["files"].as_array().unwrap().len(), 1);
    place
        .export(&["@/foreign.png", "--out", "@/out"])
        .unwrap_err();
    fs::create_dir(place.path("empty")).unwrap();
    place.export(&["@/empty", "--out", "@/out"]).unwrap_err();
}

#[test]
fn moving_pictures_are_the_picture_to_strata() {
    let place = Place::new();
    for (way, name) in [("depths", "-depths.png"), ("growth", "-growth.png")] {
        let value = place
            .export(&["@/retriever.png", "--out", "@/out", "--animate", way])
            .unwrap();
        let file = value["files"][0]["file"].as_str().unwrap();
        assert!(
            file.ends_with(&format!("golden-retriever-3-5{name}")),
            "{file}"
        );
        let original = picture::read_png(place.path("retriever.png")).unwrap();
        assert_eq!(picture::read_png(file).unwrap(), original);
    }
    let gif = [
        "@/retriever.png",
        "--out",
        "@/out",
        "--animate",
        "growth",
        "--format",
        "gif",
    ];
    place
        .export(&[&gif[..], &["--seconds", "0.2"]].concat())
        .unwrap();
    let bytes = fs::read(place.path("out/golden-retriever-3-5-growth.gif")).unwrap();
    assert!(bytes.starts_with(b"GIF89a"));
    place.export(&gif).unwrap();
    assert_eq!(place.names("out").len(), 4, "a second one is numbered");
}

#[test]
fn a_sheet_alone_lists_its_pictures() {
    let place = Place::new();
    let sheet = [
        "@",
        "@/retriever.png",
        "--sheet",
        "@/sheet.png",
        "--columns",
        "2",
    ];
    let value = place.export(&sheet).unwrap();
    assert!(value["files"].as_array().unwrap().is_empty());
    let sheet = value["sheet"].as_str().unwrap();
    let pixels = Pixels::read(sheet).unwrap();
    // Two pictures of four pixels, three gaps of sixteen; below them a caption's height.
    assert_eq!((pixels.width, pixels.height), (56, 52));
    let entries = sheet::read(sheet).unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(
        (entries[0].file.as_str(), entries[0].recipe.seed),
        ("retriever.png", 3)
    );
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_written() {
    let place = Place::new();
    renamed(place.folder.path(), "elsewhere");
    let base = ["@/retriever.png", "--out", "@/out"];
    for more in [
        &["--animate", "depths"][..],
        &["--pattern", "{klass}"],
        &["--animate", "growth", "--fade", "1"],
        &["--animate", "growth", "--seconds", "0"],
        &["--animate", "growth", "--seconds", "NaN"],
        &["--format", "gif"],
        &["--columns", "2"],
        &["--sheet", "@/s.png", "--background", "+12345"],
    ] {
        place.export(&[&base[..], more].concat()).unwrap_err();
        assert!(!place.path("out").exists(), "{more:?}");
    }
    place.export(&["@/retriever.png"]).unwrap_err();
}

#[test]
fn colours_are_six_digits() {
    assert_eq!(colour("#10ff0a"), Ok([16, 255, 10]));
    for wrong in ["fff", "gggggg", "+12345", "ä1234", ""] {
        colour(wrong).unwrap_err();
    }
}
