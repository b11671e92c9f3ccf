//! The journal as the window uses it: what one run notes and the next one finds.
#![allow(clippy::unwrap_used)]

use std::{fs, path::Path};

use crossbeam_channel::Receiver;
use strata_engine::{Guidance, Picture, Pixels, Sampling, Subject};

use super::*;

/// The code of a picture at a place of `[positions, depth]`.
pub fn code(piece: u64, at: usize) -> u32 {
    ((piece * 17 + at as u64 * 5) % 64) as u32
}

/// A picture of 2 x 3 positions with two codes each is asked for; its recipe's index is its number.
pub fn asked(piece: u64, group: u64) -> Entry {
    let recipe = Recipe {
        model: "m".into(),
        weights: None,
        subject: Subject::Class(7),
        seed: u64::MAX,
        index: piece as u32,
        guidance: Guidance::constant(2.1),
        sampling: Sampling::default(),
        start: None,
    };
    Entry::Asked {
        piece,
        group,
        recipe: Box::new(recipe),
        done: Codes {
            rows: 2,
            columns: 3,
            depth: 2,
            codebook: 64,
            values: Vec::new(),
        },
    }
}

/// Its codes at a position.
pub fn codes(piece: u64, position: usize) -> Entry {
    Entry::Codes {
        piece,
        position,
        codes: (0..2)
            .map(|depth| code(piece, 2 * position + depth))
            .collect(),
    }
}

/// The pictures by their numbers, with the positions that they have.
pub fn positions(pictures: &[Unfinished]) -> Vec<(u32, usize)> {
    let told = |picture: &Unfinished| (picture.recipe.index, picture.done.positions());
    pictures.iter().map(told).collect()
}

fn start(folder: &Path) -> (Journal, Receiver<Event>) {
    let (events, heard) = crossbeam_channel::unbounded();
    let listener: Listener = Arc::new(move |event| events.send(event).unwrap());
    (Journal::start(folder.to_owned(), listener).unwrap(), heard)
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

fn left(heard: &Receiver<Event>) -> Vec<Unfinished> {
    match heard.try_recv() {
        Ok(Event::Left(pictures)) => pictures,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_next_run_finds_what_this_one_did_not_finish() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("journal");
    let (journal, heard) = start(&folder);
    for entry in [
        asked(1, 1),
        asked(2, 1),
        asked(3, 2),
        codes(1, 0),
        codes(2, 0),
    ] {
        journal.note(entry);
    }
    journal.note(codes(1, 1));
    journal.note(Entry::Ended { piece: 2 });
    journal.note(Entry::Order(vec![3]));
    assert!(journal.sync());
    drop(journal);
    assert_eq!(heard.try_iter().count(), 0, "a first run finds nothing");
    assert_eq!(files(&folder), 1);

    let (journal, heard) = start(&folder);
    assert!(journal.sync());
    let found = left(&heard);
    assert_eq!(positions(&found), [(3, 0), (1, 2)]);
    let values = (0..4).map(|at| code(1, at));
    assert_eq!(found[1].done.values, values.collect::<Vec<_>>());
    assert_eq!(found[0].recipe.seed, u64::MAX);
    assert_ne!(found[0].group, found[1].group);
    // Whoever does not decide is asked again.
    drop(journal);
    let (journal, heard) = start(&folder);
    assert!(journal.sync());
    assert_eq!(left(&heard), found);
    journal.hand_over(Vec::new());
    drop(journal);
    assert_eq!(files(&folder), 0);
}

/// The file of a whole picture.
fn save(entry: &Entry, path: &Path) {
    let Entry::Asked { recipe, done, .. } = entry else {
        panic!("{entry:?}");
    };
    let pixels = Pixels {
        width: 3,
        height: 2,
        rgb: vec![90; 3 * 2 * 3],
    };
    let picture = Picture {
        recipe: Recipe {
            weights: Some("abc".into()),
            ..(**recipe).clone()
        },
        codes: Codes {
            values: (0..12).map(|at| code(recipe.index.into(), at)).collect(),
            ..done.clone()
        },
        pixels: Arc::new(pixels),
        log_likelihood: None,
        seconds: 1.0,
    };
    picture.write_png(path, "a picture").unwrap();
}

#[test]
fn a_picture_that_reached_its_file_is_not_left() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("journal");
    let place = |piece: u64| home.path().join(format!("{piece}.png"));
    let (journal, _heard) = start(&folder);
    for piece in 1..=4 {
        journal.note(asked(piece, 1));
        let weights = "abc".into();
        journal.note(Entry::Started { piece, weights });
        (0..6).for_each(|position| journal.note(codes(piece, position)));
        let path = place(piece);
        journal.note(Entry::Saving { piece, path });
    }
    // The first is in its file, the second is not, at the third's place is another one, the fourth's file
    // was damaged.
    save(&asked(1, 1), &place(1));
    save(&asked(7, 1), &place(3));
    fs::write(place(4), "no picture").unwrap();
    drop(journal);

    let (journal, heard) = start(&folder);
    assert!(journal.sync());
    let left = left(&heard);
    assert_eq!(positions(&left), [(2, 6), (3, 6), (4, 6)]);
    let weights = left.iter().map(|picture| picture.recipe.weights.as_deref());
    assert!(weights.into_iter().all(|weights| weights == Some("abc")));
}

#[test]
fn a_run_that_finishes_leaves_no_file() {
    let home = tempfile::tempdir().unwrap();
    let (journal, _heard) = start(home.path());
    assert!(journal.sync());
    assert_eq!(
        files(home.path()),
        0,
        "nothing is written before it is needed"
    );
    for round in 0..3 {
        journal.note(asked(round, 1));
        journal.note(codes(round, 0));
        assert!(journal.sync());
        assert_eq!(files(home.path()), 1);
        journal.note(Entry::Ended { piece: round });
        journal.note(codes(round, 1));
        assert!(journal.sync());
        assert_eq!(files(home.path()), 0);
    }
}

#[test]
fn pictures_that_are_handed_over_are_in_one_file_or_the_other() {
    let home = tempfile::tempdir().unwrap();
    let (journal, _heard) = start(home.path());
    journal.note(asked(1, 1));
    journal.note(codes(1, 0));
    drop(journal);

    let (journal, heard) = start(home.path());
    assert!(journal.sync());
    let found = left(&heard).remove(0);
    let before = fs::read_dir(home.path()).unwrap().next().unwrap().unwrap();
    let aside = tempfile::tempdir().unwrap();
    let kept = aside.path().join("kept");
    fs::copy(before.path(), &kept).unwrap();
    let goes_on = Entry::Asked {
        piece: 9,
        group: 9,
        recipe: Box::new(found.recipe.clone()),
        done: found.done.clone(),
    };
    journal.hand_over(vec![goes_on]);
    journal.note(codes(1, 0));
    // Codes that are told again change nothing; new ones follow.
    let (Entry::Codes { codes: again, .. }, Entry::Codes { codes: new, .. }) =
        (codes(1, 0), codes(1, 1))
    else {
        unreachable!()
    };
    for (position, codes) in [(0, again), (1, new)] {
        let piece = 9;
        journal.note(Entry::Codes {
            piece,
            position,
            codes,
        });
    }
    drop(journal);
    assert_eq!(files(home.path()), 1);
    let here = || positions(&find_left(home.path()).unwrap().pictures);
    assert_eq!(here(), [(1, 2)]);
    // A run that ends before it has removed the first file leaves the picture once all the same.
    fs::copy(kept, before.path()).unwrap();
    assert_eq!(here(), [(1, 2)]);
    assert_eq!(files(home.path()), 1);
}

#[test]
fn a_second_strata_leaves_a_living_ones_pictures_alone() {
    let home = tempfile::tempdir().unwrap();
    let (first, _) = start(home.path());
    first.note(asked(1, 1));
    assert!(first.sync());
    let (second, heard) = start(home.path());
    second.note(asked(1, 1));
    assert!(second.sync());
    assert_eq!((heard.try_iter().count(), files(home.path())), (0, 2));
    drop((first, second));
    let both = find_left(home.path()).unwrap();
    assert_eq!(positions(&both.pictures), [(1, 0), (1, 0)]);
    assert_ne!(both.pictures[0].group, both.pictures[1].group);
    // What was found is held: a third finds nothing.
    assert!(find_left(home.path()).unwrap().pictures.is_empty());
    both.remove();
    assert_eq!(files(home.path()), 0);
}

#[test]
fn strange_files_are_left_alone_and_empty_ones_removed() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("a.journal"), "").unwrap();
    fs::write(home.path().join("b.journal"), "strata journal 2\nnew").unwrap();
    fs::write(home.path().join("c.txt"), "strata").unwrap();
    assert!(find_left(home.path()).unwrap().pictures.is_empty());
    assert_eq!(files(home.path()), 2);
}

#[test]
fn a_folder_that_cannot_be_written_is_told_once_and_tried_again() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("journal");
    fs::write(&folder, "in the way").unwrap();
    let (journal, heard) = start(&folder);
    journal.note(asked(1, 1));
    assert!(!journal.sync());
    journal.note(codes(1, 0));
    assert!(!journal.sync());
    let told: Vec<Event> = heard.try_iter().collect();
    assert!(matches!(told[..], [Event::Failed(_)]), "{told:?}");
    fs::remove_file(&folder).unwrap();
    assert!(journal.sync());
    drop(journal);
    assert_eq!(positions(&find_left(&folder).unwrap().pictures), [(1, 1)]);
}
