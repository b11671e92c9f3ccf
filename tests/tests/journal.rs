//! The journal under kills: a process of its own journals pictures without end, is killed at a random
//! moment, and what it left is held against what it would have written. Nothing acknowledged may be
//! missing, nothing else may be there.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use strata::journal::{Entry, Event, Journal, find_left};
use strata_engine::{Codes, Guidance, Recipe, Sampling, Subject};

/// Names the folder; the test that finds it plays the program.
const ROLE: &str = "STRATA_TEST_JOURNAL_FOLDER";
/// Before the number of entries that are on the disk, in what the child says.
const ON_DISK: &str = "on disk ";
/// How often the child is killed.
const KILLS: usize = 200;
/// Pictures that grow together.
const TOGETHER: u64 = 3;
const ROWS: usize = 3;
const COLUMNS: usize = 4;
const DEPTH: usize = 2;

fn code(piece: u64, position: usize, depth: usize) -> u32 {
    ((piece * 31 + position as u64 * 7 + depth as u64) % 500) as u32
}

fn asked(piece: u64) -> Entry {
    let recipe = Recipe {
        model: "starter".into(),
        weights: None,
        subject: Subject::Class(207),
        seed: piece,
        index: 0,
        guidance: Guidance::constant(2.5),
        sampling: Sampling::default(),
        start: None,
    };
    let done = Codes {
        rows: ROWS,
        columns: COLUMNS,
        depth: DEPTH,
        codebook: 500,
        values: Vec::new(),
    };
    Entry::Asked {
        piece,
        group: piece / TOGETHER,
        recipe: Box::new(recipe),
        done,
    }
}

/// What a program notes while it makes three pictures at a time, without end. Every other time it asks
/// for more before the last are done, so that the journal grows; otherwise it begins anew.
fn script() -> impl Iterator<Item = Entry> {
    let ends = |wave: u64| pieces(wave).map(|piece| Entry::Ended { piece });
    (0_u64..).flat_map(move |wave| {
        let mut entries: Vec<Entry> = Vec::new();
        let overlaps = wave % 2 == 1;
        entries.extend(pieces(wave).map(asked));
        if overlaps {
            entries.extend(ends(wave - 1));
        }
        for position in 0..ROWS * COLUMNS {
            entries.extend(pieces(wave).map(|piece| Entry::Codes {
                piece,
                position,
                codes: (0..DEPTH).map(|d| code(piece, position, d)).collect(),
            }));
        }
        if overlaps {
            entries.extend(ends(wave));
        }
        entries
    })
}

fn pieces(wave: u64) -> impl Iterator<Item = u64> {
    wave * TOGETHER..(wave + 1) * TOGETHER
}

/// Seeds of unfinished pictures with their codes.
type Pictures = BTreeMap<u64, Vec<u32>>;

/// What is unfinished after an entry; written without the journal's own books, to be held against them.
fn follow(pictures: &mut Pictures, entry: &Entry) {
    match entry {
        Entry::Asked { piece, .. } => {
            pictures.insert(*piece, Vec::new());
        }
        Entry::Codes { piece, codes, .. } => pictures.get_mut(piece).unwrap().extend(codes),
        Entry::Ended { piece } => {
            pictures.remove(piece);
        }
        Entry::Started { .. } | Entry::Saving { .. } | Entry::Order(_) | Entry::TakenOver(_) => {}
    }
}

/// Not a test of its own: the program that is killed.
#[test]
fn the_program_that_is_killed() {
    let Some(folder) = std::env::var_os(ROLE) else {
        return;
    };
    let listener = Arc::new(|event: Event| panic!("{event:?}"));
    let journal = Journal::start(folder.into(), listener).unwrap();
    let mut out = std::io::stdout();
    for (at, entry) in script().enumerate() {
        journal.note(entry);
        // Neither the beat of the pictures nor that of the disk.
        if at % 11 == 7 {
            assert!(journal.sync());
            // The parent may be gone; then so is the reason to go on.
            let Ok(()) = writeln!(out, "{ON_DISK}{}", at + 1).and_then(|()| out.flush()) else {
                return;
            };
        }
    }
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["the_program_that_is_killed", "--exact", "--nocapture"])
        .args(["--test-threads", "1"])
        .env(ROLE, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Runs the program until `moment` after its first word, kills it, and says how many entries it had
/// acknowledged.
fn kill_after(folder: &Path, moment: Duration) -> usize {
    let mut child = start(folder);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (numbers, heard) = mpsc::channel::<usize>();
    let listening = std::thread::spawn(move || {
        let number = |line: String| {
            let at = line.find(ON_DISK)?;
            line[at + ON_DISK.len()..].parse().ok()
        };
        for number in lines.map_while(Result::ok).filter_map(number) {
            numbers.send(number).unwrap();
        }
    });
    let first = heard.recv_timeout(Duration::from_secs(60));
    let first = first.expect("the program journals");
    std::thread::sleep(moment);
    child.kill().unwrap();
    child.wait().unwrap();
    listening.join().unwrap();
    heard.try_iter().last().unwrap_or(first)
}

/// What the folder holds must be what some entry at or after the last acknowledged one left.
fn check(folder: &Path, acknowledged: usize, what: &str) {
    let left = find_left(folder).unwrap();
    let found: Pictures = left
        .pictures
        .iter()
        .map(|picture| (picture.recipe.seed, picture.done.values.clone()))
        .collect();
    assert_eq!(found.len(), left.pictures.len(), "{what}: a picture twice");
    let mut pictures = Pictures::new();
    let mut entries = script();
    for entry in entries.by_ref().take(acknowledged) {
        follow(&mut pictures, &entry);
    }
    // At most what lies between two acknowledgements, and the wave in which they lie, can follow.
    let fits = pictures == found
        || entries.take(200).any(|entry| {
            follow(&mut pictures, &entry);
            pictures == found
        });
    assert!(fits, "{what}: {acknowledged} acknowledged, found {found:?}");
    left.remove();
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0, "{what}");
}

/// Moments that differ from run to run; a failing one is named.
fn moments(seed: u64) -> impl Iterator<Item = Duration> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        Duration::from_micros((state >> 33) % 60_000)
    })
}

#[test]
fn two_hundred_kills_lose_nothing_that_was_acknowledged() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seed = now.unwrap().as_nanos() as u64;
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("journal");
    let begun = Instant::now();
    let mut most = 0;
    for (kill, moment) in moments(seed).take(KILLS).enumerate() {
        let acknowledged = kill_after(&folder, moment);
        let what = format!("seed {seed}, kill {kill} after {moment:?}");
        check(&folder, acknowledged, &what);
        most = most.max(acknowledged);
    }
    assert!(most > 20, "the program was killed before it did anything");
    let secs = begun.elapsed().as_secs_f32();
    println!("{KILLS} kills in {secs:.0} s, up to {most} entries acknowledged before one");
}
