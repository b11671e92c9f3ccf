//! House rules that a machine can check.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A Rust file past this hides a room that wants a name. The soft limit is 400.
const MOST_LINES: usize = 560;
/// A kernel's limit.
const MOST_KERNEL_LINES: usize = 200;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path
            .extension()
            .is_some_and(|end| end == "rs" || end == "wgsl")
        {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for package in ["app", "engine", "tests"] {
        sources(&root().join(package), &mut found);
    }
    assert!(found.len() > 50, "the sources are where they should be");
    found
}

#[test]
fn no_file_is_too_long() {
    for file in all_sources() {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        let most = if file.extension().unwrap() == "rs" {
            MOST_LINES
        } else {
            MOST_KERNEL_LINES
        };
        assert!(lines <= most, "{}: {lines} lines", file.display());
    }
}

#[test]
fn every_module_says_what_belongs_in_it() {
    for file in all_sources()
        .iter()
        .filter(|file| file.extension().unwrap() == "rs")
    {
        let text = fs::read_to_string(file).unwrap();
        assert!(text.starts_with("//!"), "{}", file.display());
    }
}

#[test]
fn unsafe_stays_in_kernels_and_maps() {
    let word = concat!("uns", "afe {");
    for file in all_sources() {
        let text = fs::read_to_string(&file).unwrap();
        // The driver's memory and its compiled kernels are had by calls that the compiler cannot check.
        let allowed = file.ends_with("checkpoint/source.rs")
            || file.ends_with("gpu/driver.rs")
            || file.components().any(|part| part.as_os_str() == "cpu");
        assert!(allowed || !text.contains(word), "{}", file.display());
    }
}

#[test]
fn the_reducer_knows_no_window() {
    let mut files = Vec::new();
    sources(&root().join("app/src/state"), &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert!(
            !text.contains("use egui") && !text.contains("eframe"),
            "{}",
            file.display()
        );
    }
}

#[test]
fn the_top_level_holds_the_house_and_nothing_else() {
    let allowed = [
        ".ci",
        ".git",
        ".gitignore",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "app",
        "assets",
        "engine",
        "packaging",
        "target",
        "tests",
    ];
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            allowed.contains(&name.as_str()),
            "{name} does not belong at the top"
        );
    }
}
