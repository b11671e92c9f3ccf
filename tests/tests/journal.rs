//! The journal under kills: a process of its own journals pictures without end, is killed at a random
//! moment, and what it left is held against what it would have written. Nothing acknowledged may be
//! missing, nothing else may be there.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use strata::journal::{Entry, Event, Journal, find_left};
use strata_engine::{Codes, Guidance, Recipe, Sampling, Subject};
use strata_tests::killing::{Dice, Victim, say};

/// Names the folder; the test that finds it plays the program.
const ROLE: &str = "STRATA_TEST_JOURNAL_FOLDER";
/// How often the program is killed,
const KILLS: usize = 200;
/// and how long after its first word at most.
const LONGEST: Duration = Duration::from_millis(60);
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
    for (at, entry) in script().enumerate() {
        journal.note(entry);
        // Neither the beat of the pictures nor that of the disk.
        if at % 11 == 7 {
            assert!(journal.sync());
            say(&(at + 1).to_string());
        }
    }
}

/// Runs the program until `moment` after its first word, kills it, and says how many entries were on the
/// disk by its own word.
fn kill_after(folder: &Path, moment: Duration) -> usize {
    let program = Victim::start("the_program_that_is_killed", &[(ROLE, folder.as_os_str())]);
    let first = program.line();
    std::thread::sleep(moment);
    let last = program.kill().pop().unwrap_or(first);
    last.parse().unwrap()
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

#[test]
fn two_hundred_kills_lose_nothing_that_was_acknowledged() {
    let mut dice = Dice::thrown();
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("journal");
    let begun = Instant::now();
    let mut most = 0;
    for kill in 0..KILLS {
        let moment = dice.time(LONGEST);
        let acknowledged = kill_after(&folder, moment);
        let what = format!("seed {}, kill {kill} after {moment:?}", dice.seed);
        check(&folder, acknowledged, &what);
        most = most.max(acknowledged);
    }
    assert!(most > 20, "the program was killed before it did anything");
    let secs = begun.elapsed().as_secs_f32();
    println!("{KILLS} kills in {secs:.0} s, up to {most} entries acknowledged before one");
}
