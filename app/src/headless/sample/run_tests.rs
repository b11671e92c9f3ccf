//! Whole runs against the scripted engine: resuming, failures, shards, the archive, memory.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
};

use clap::Parser;
use serde_json::Value;
use strata_engine::{Lineage, Recipe, picture};

use super::*;
use crate::headless::{
    scripted::{self, Scripted},
    studio::Worker,
};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

fn args(folder: &Path, line: &str) -> Args {
    let out = folder.display().to_string();
    let words = ["sample", "--out", &out];
    let words = words.into_iter().chain(line.split_whitespace());
    Line::try_parse_from(words).unwrap().args
}

fn sample(studio: &Scripted, folder: &Path, line: &str) -> Result<Value> {
    let mut bytes = Vec::new();
    run(
        &args(folder, line),
        studio,
        &mut Output::new(&mut bytes, true),
    )?;
    Ok(serde_json::from_slice(&bytes).unwrap())
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn the_list_has_file_recipe_and_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let value = sample(
        &Scripted::default(),
        folder.path(),
        "--class lemon --count 3",
    )
    .unwrap();
    let rows = value.as_array().unwrap();
    assert_eq!(rows.len(), 3);
    for (index, row) in rows.iter().enumerate() {
        let document = picture::read_png(row["file"].as_str().unwrap()).unwrap();
        let recipe: Recipe = serde_json::from_value(row["recipe"].clone()).unwrap();
        assert_eq!(document.recipe, recipe);
        assert_eq!(recipe.index as usize, index);
        assert!(recipe.weights.is_some());
        assert_eq!(row["seconds"], 0.5);
    }
}

#[test]
fn without_a_class_the_first_document_model_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    let value = sample(&Scripted::default(), folder.path(), "").unwrap();
    assert_eq!(value[0]["recipe"]["model"], "tiny-pages");
    assert_eq!(value[0]["recipe"]["subject"], "page");
}

#[test]
fn the_engine_never_holds_more_than_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let studio = Scripted::default();
    sample(
        &studio,
        folder.path(),
        "--class random --count 100 --batch 3",
    )
    .unwrap();
    let script = studio.script.borrow();
    assert_eq!(script.begun.len(), 100);
    assert_eq!(script.most_held, 6);
}

#[test]
fn a_second_run_keeps_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let studio = Scripted::default();
    let line = "--class lemon --count 6";
    sample(&studio, folder.path(), line).unwrap();
    let whole = files(folder.path());
    fs::remove_file(folder.path().join(&whole[2].0)).unwrap();
    let value = sample(&studio, folder.path(), line).unwrap();
    assert_eq!(files(folder.path()), whole);
    assert_eq!(studio.script.borrow().begun.len(), 7);
    let kept: Vec<bool> = value
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["kept"].as_bool().unwrap())
        .collect();
    assert_eq!(kept, [true, true, false, true, true, true]);
    // A larger count goes on from there; a complete set needs no engine.
    sample(&studio, folder.path(), "--class lemon --count 8").unwrap();
    assert_eq!(studio.script.borrow().begun.len(), 9);
    let started = studio.script.borrow().started;
    sample(&studio, folder.path(), "--class lemon --count 8").unwrap();
    assert_eq!(studio.script.borrow().started, started);
}

#[test]
fn another_picture_is_not_replaced_unless_forced() {
    let folder = tempfile::tempdir().unwrap();
    let studio = Scripted::default();
    sample(&studio, folder.path(), "--class lemon --count 2").unwrap();
    let before = files(folder.path());
    let line = "--class lemon --count 2 --cfg 3";
    let error = sample(&studio, folder.path(), line).unwrap_err();
    assert!(error.sentence.contains("other guidance"), "{error:?}");
    assert!(error.next_step.contains("--force"), "{error:?}");
    assert_eq!(files(folder.path()), before);
    sample(&studio, folder.path(), &format!("{line} --force")).unwrap();
    assert_ne!(files(folder.path()), before);

    for bytes in [
        &b"no picture"[..],
        &scripted::painted(&[0; 8]).to_png().unwrap(),
    ] {
        let place = folder.path().join(&before[0].0);
        fs::write(&place, bytes).unwrap();
        assert!(sample(&studio, folder.path(), line).is_err());
        assert_eq!(fs::read(&place).unwrap(), bytes);
    }
}

#[test]
fn shards_together_are_the_whole_set() {
    let whole = tempfile::tempdir().unwrap();
    let parts = tempfile::tempdir().unwrap();
    let studio = Scripted::default();
    let line = "--class balanced --count 11 --seed 5";
    sample(&studio, whole.path(), &format!("{line} --batch 1")).unwrap();
    for part in 1..=3 {
        let line = format!("{line} --batch 4 --shard {part}/3");
        sample(&studio, parts.path(), &line).unwrap();
    }
    assert_eq!(files(whole.path()), files(parts.path()));
}

#[test]
fn an_empty_shard_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let value = sample(
        &Scripted::default(),
        folder.path(),
        "--class lemon --shard 2/2",
    )
    .unwrap();
    assert_eq!(value, Value::Array(Vec::new()));
}

#[test]
fn the_archive_holds_the_pictures_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    let npz = folder.path().join("set.npz");
    let line = format!("--class random --count 5 --npz {}", npz.display());
    let value = sample(&Scripted::default(), &pictures, &line).unwrap();
    let mut archive = zip::ZipArchive::new(fs::File::open(&npz).unwrap()).unwrap();
    let mut bytes = Vec::new();
    std::io::copy(&mut archive.by_name("arr_0.npy").unwrap(), &mut bytes).unwrap();
    let pixels: Vec<u8> = value
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| {
            let document = picture::read_png(row["file"].as_str().unwrap()).unwrap();
            document.pixels.rgb.clone()
        })
        .collect();
    assert!(bytes.ends_with(&pixels));
    assert!(String::from_utf8_lossy(&bytes[..128]).contains("(5, 4, 4, 3)"));
}

#[test]
fn a_failure_keeps_what_is_finished_and_the_rest_can_follow() {
    let folder = tempfile::tempdir().unwrap();
    let studio = Scripted::default();
    studio.script.borrow_mut().fails = Some(4);
    let line = "--class lemon --count 12 --batch 1";
    let error = sample(&studio, folder.path(), line).unwrap_err();
    assert!(
        error.sentence.contains("reference device failed"),
        "{error:?}"
    );
    let kept = files(folder.path()).len();
    assert!(kept > 0 && kept < 12, "{kept}");
    studio.script.borrow_mut().fails = None;
    sample(&studio, folder.path(), line).unwrap();
    assert_eq!(files(folder.path()).len(), 12);
    assert_eq!(studio.script.borrow().started, 2);
}

#[test]
fn a_dead_engine_is_a_clear_failure() {
    let folder = tempfile::tempdir().unwrap();
    let studio = Scripted::default();
    studio.script.borrow_mut().dies = Some(3);
    let error = sample(&studio, folder.path(), "--class lemon --count 9").unwrap_err();
    assert!(error.sentence.contains("stopped unexpectedly"), "{error:?}");
    assert!(error.next_step.contains("finished is kept"), "{error:?}");
}

#[test]
fn a_folder_that_vanishes_is_a_clear_failure() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("pictures");
    let studio = Scripted::default();
    let gone = folder.clone();
    let before = move || fs::remove_dir_all(&gone).unwrap();
    studio.script.borrow_mut().before = Some((2, Box::new(before)));
    let error = sample(&studio, &folder, "--class lemon --count 9 --batch 2").unwrap_err();
    assert!(error.sentence.contains("could not write"), "{error:?}");
}

#[test]
fn a_file_in_place_of_the_folder_is_refused_before_sampling() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, b"x").unwrap();
    let studio = Scripted::default();
    let error = sample(&studio, &file.join("pictures"), "--class lemon").unwrap_err();
    assert!(
        error.sentence.contains("could not make the folder"),
        "{error:?}"
    );
    assert_eq!(studio.script.borrow().started, 0);
}

#[test]
fn an_unknown_model_lists_the_installed_ones() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("pictures");
    let error = sample(&Scripted::default(), &out, "--model nothing").unwrap_err();
    assert!(error.sentence.contains("nothing"), "{error:?}");
    assert!(
        error.next_step.contains("tiny-classes, tiny-pages"),
        "{error:?}"
    );
    assert!(!out.exists());
}

/// Raises the flag once a few events were heard, as Ctrl-C would.
struct Impatient<'a> {
    worker: Box<dyn Worker>,
    stopped: &'a AtomicBool,
    folder: &'a Path,
}

impl Worker for Impatient<'_> {
    fn send(&self, command: strata_engine::Command) -> strata_engine::Result<()> {
        self.worker.send(command)
    }

    fn next(
        &self,
        timeout: std::time::Duration,
    ) -> strata_engine::Result<Option<strata_engine::Event>> {
        if fs::read_dir(self.folder).unwrap().count() >= 3 {
            self.stopped.store(true, Ordering::SeqCst);
        }
        self.worker.next(timeout)
    }
}

#[test]
fn ctrl_c_keeps_what_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let studio = Scripted::default();
    let args = args(folder.path(), "--class lemon --count 50 --batch 1");
    let card = model(&args, None, &studio).unwrap();
    let plan = Plan::new(&args, card, Classes::shipped()).unwrap();
    let stopped = Arc::new(AtomicBool::new(false));
    let worker = Impatient {
        worker: studio.engine(How::default()).unwrap(),
        stopped: &stopped,
        folder: folder.path(),
    };
    let feed = feed::Feed {
        plan: &plan,
        folder: folder.path(),
        worker: &worker,
        window: 2,
        stopped: stopped.clone(),
    };
    let mut done = kept::AllDone::new();
    let progress = progress::Progress::start(&plan, 0, true);
    let (plan, path) = (&plan, folder.path());
    let mut shelf = feed::Folder { plan, path };
    let error = feed.run(&mut shelf, &mut done, &progress).unwrap_err();
    assert!(error.sentence.starts_with("stopped by Ctrl-C"), "{error:?}");
    assert!(error.next_step.contains("same command again"));
    let files = files(folder.path());
    assert_eq!(files.len(), done.len());
    assert!((3..6).contains(&files.len()), "{}", files.len());
    for (name, _) in files {
        assert!(picture::read_png(folder.path().join(name)).is_ok());
    }
}

#[test]
fn of_many_drafts_the_likeliest_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let studio = Scripted::default();
    let line = "--class lemon --best-of 5 --keep 2";
    let value = sample(&studio, folder.path(), line).unwrap();
    let rows = value.as_array().unwrap();
    // The scripted engine finds picture i worth -(7 i mod 5).
    let indices: Vec<u64> = rows
        .iter()
        .map(|row| row["recipe"]["index"].as_u64().unwrap())
        .collect();
    assert_eq!(indices, [0, 3, 1, 4, 2]);
    assert_eq!(rows[1]["log_likelihood"], -1.0);
    assert_eq!(rows[4]["rank"], 5);
    assert!(rows[2]["file"].is_null());
    let kept = files(folder.path());
    assert_eq!(kept.len(), 2);
    assert!(kept[1].0.starts_with("000003-lemon"), "{}", kept[1].0);
    // Again, and the same: each class has its own ranking.
    let both = "--class lemon --class 7 --best-of 4 --keep 1";
    let other = tempfile::tempdir().unwrap();
    sample(&studio, other.path(), both).unwrap();
    assert_eq!(files(other.path()).len(), 2);
    sample(&studio, folder.path(), line).unwrap();
    assert_eq!(files(folder.path()), kept);

    for (line, step) in [
        ("--class lemon --best-of 2 --keep 3", "from 1 to 2"),
        ("--class lemon --best-of 0", "from 1 to 1"),
        ("--class random --best-of 3", "Name the class"),
    ] {
        let error = sample(&studio, folder.path(), line).unwrap_err();
        assert!(error.next_step.contains(step), "{error:?}");
    }
}

#[test]
fn a_start_is_part_of_every_recipe() {
    let folder = tempfile::tempdir().unwrap();
    let (png, parent) = scripted::finished_png(folder.path());
    let studio = Scripted::default();
    let out = folder.path().join("out");
    let line = format!("--start {} --keep-rows 1 --seed 9 --count 2", png.display());
    let value = sample(&studio, &out, &line).unwrap();
    let recipe: Recipe = serde_json::from_value(value[1]["recipe"].clone()).unwrap();
    assert_eq!(
        (&recipe.model, recipe.subject),
        (&parent.model, parent.subject)
    );
    let start = recipe.start.unwrap();
    assert_eq!((start.positions, start.depths), (2, 0));
    let digest = parent.digest().unwrap();
    let file = Some("retriever.png".to_owned());
    assert_eq!(
        start.from,
        Lineage::Picture {
            recipe: digest,
            file
        }
    );
    // It is what it was the second time, and another one is another recipe.
    sample(&studio, &out, &line).unwrap();
    assert_eq!(studio.script.borrow().begun.len(), 2);
    let error = sample(&studio, &out, &line.replace("rows", "depths")).unwrap_err();
    assert!(error.sentence.contains("another start"), "{error:?}");

    let photo = folder.path().join("photo.png");
    scripted::painted(&[9; 8]).write_png(&photo).unwrap();
    let begin = format!("--class lemon --start {}", photo.display());
    let line = format!("{begin} --keep-depths 1");
    let value = sample(&studio, &folder.path().join("photos"), &line).unwrap();
    let from = &value[0]["recipe"]["start"]["from"];
    assert_eq!(from["photograph"]["file"], "photo.png");

    for (line, step) in [
        (begin.clone(), "Add --keep-rows"),
        (format!("{begin} --keep-rows 2"), "Set kept positions to"),
        (format!("{begin} --keep-depths 2"), "Set kept depths to"),
        ("--start nowhere.png --keep-rows 1".into(), "Check the path"),
    ] {
        let error = sample(&studio, &out, &line).unwrap_err();
        assert!(error.next_step.contains(step), "{error:?}");
    }
}
