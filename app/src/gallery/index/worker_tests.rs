//! The whole index: a folder on the disk, a thread, commands and what it tells.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::Receiver;

use super::{fixture, worker::Pace, *};

/// An index over a temporary folder; its cache is beside the pictures.
struct Stage {
    home: tempfile::TempDir,
    indexer: Option<Indexer>,
    events: Receiver<Event>,
}

impl Stage {
    /// A folder of `count` pictures, indexed.
    fn of(count: u64) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (_, events) = crossbeam_channel::unbounded();
        let mut stage = Self {
            home,
            indexer: None,
            events,
        };
        for seed in 0..count {
            stage.write(&format!("{seed:05}-fox.png"), seed);
        }
        stage.start();
        stage.scanned();
        stage
    }

    fn start(&mut self) {
        let (sender, events) = crossbeam_channel::unbounded();
        let pace = Pace {
            rescan: Duration::from_millis(50),
            report: Duration::from_millis(10),
        };
        let listener: Listener = Arc::new(move |event| drop(sender.send(event)));
        fs::create_dir_all(self.pictures()).unwrap();
        self.events = events;
        let indexer = Indexer::start_with(pace, &self.cache(), &self.pictures(), listener);
        self.indexer = Some(indexer.unwrap());
    }

    fn restart(&mut self) {
        self.indexer = None;
        self.start();
    }

    fn pictures(&self) -> PathBuf {
        self.home.path().join("pictures")
    }

    fn cache(&self) -> PathBuf {
        self.home.path().join("cache")
    }

    fn index_file(&self) -> PathBuf {
        store::file_of(&self.cache(), &self.pictures())
    }

    fn write(&self, name: &str, seed: u64) -> PathBuf {
        let path = self.pictures().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fixture::picture(seed as u32 % 5, seed, 0)
            .write_png(&path, "")
            .unwrap();
        path
    }

    fn send(&self, command: Command) {
        assert!(self.indexer.as_ref().unwrap().send(command));
    }

    /// Waits for an event that `pick` takes.
    fn wait<T>(&self, mut pick: impl FnMut(Event) -> Option<T>) -> T {
        let patience = Duration::from_secs(60);
        loop {
            let event = self.events.recv_timeout(patience).unwrap();
            if let Event::Died(message) = &event {
                panic!("{message}");
            }
            if let Some(found) = pick(event) {
                return found;
            }
        }
    }

    /// Waits for the end of a scan: how many files it read, how many had vanished.
    fn scanned(&self) -> (usize, usize) {
        self.wait(|event| match event {
            Event::Scanned {
                progress, vanished, ..
            } => Some((progress.read, vanished)),
            _ => None,
        })
    }

    /// Waits for a list that fits.
    fn listed(&self, fits: impl Fn(&Listing) -> bool) -> Arc<Listing> {
        self.wait(|event| match event {
            Event::Listed { listing, .. } if fits(&listing) => Some(listing),
            _ => None,
        })
    }

    fn list_all(&self) -> Arc<Listing> {
        let query = Query {
            sort: SortBy::Name,
            descending: false,
            ..Query::default()
        };
        self.send(Command::Show(query.clone()));
        self.listed(|listing| listing.query == query)
    }
}

#[test]
fn a_second_start_opens_no_picture_and_lists_at_once() {
    let mut stage = Stage::of(20);
    let before = stage.list_all();
    assert_eq!(before.len(), 20);
    stage.restart();
    let first = stage.wait(|event| match event {
        Event::Listed { listing, .. } => Some(listing),
        Event::Scanned { .. } => panic!("the list waits for no scan"),
        _ => None,
    });
    assert_eq!(first.len(), 20);
    assert_eq!(stage.scanned(), (0, 0));
    assert_eq!(stage.list_all(), before);
}

#[test]
fn a_lost_or_damaged_index_is_built_anew_and_marks_stay() {
    let mut stage = Stage::of(5);
    let all = stage.list_all();
    let favourite = identities(all.window(2..3));
    stage.send(Command::Mark {
        pictures: favourite.clone(),
        change: MarkChange::Favourite(true),
    });
    let marked = stage.listed(|listing| listing.entries.iter().any(|entry| entry.mark.favourite));
    let file = stage.index_file();
    for damage in [
        None,
        Some(b"not a database, but long enough to be taken for one".as_slice()),
    ] {
        stage.indexer = None;
        match damage {
            None => fs::remove_file(&file).unwrap(),
            Some(bytes) => fs::write(&file, bytes).unwrap(),
        }
        stage.start();
        if damage.is_some() {
            let restart = stage.wait(|event| match event {
                Event::Restarted(restart) => Some(restart),
                _ => None,
            });
            assert!(matches!(restart, Restart::SetAside(aside) if aside.exists()));
        }
        assert_eq!(stage.scanned(), (5, 0));
        assert_eq!(stage.list_all().entries, marked.entries);
    }
}

#[test]
fn changes_made_outside_are_followed() {
    let stage = Stage::of(3);
    stage.send(Command::SetFocused(true));
    stage.write("album/new.png", 77);
    stage.listed(|listing| listing.len() == 4);
    fs::remove_file(stage.pictures().join("00001-fox.png")).unwrap();
    stage.listed(|listing| listing.len() == 3);

    // Its identity goes with a file to its new name, and so does its mark.
    let all = stage.list_all();
    let fox = all.position("00000-fox.png").unwrap();
    stage.send(Command::Mark {
        pictures: identities(all.window(fox..fox + 1)),
        change: MarkChange::Rating(4),
    });
    let (old, new) = ("00000-fox.png", "album/renamed.png");
    fs::rename(stage.pictures().join(old), stage.pictures().join(new)).unwrap();
    let listing =
        stage.listed(|listing| listing.position(new).is_some() && listing.position(old).is_none());
    assert_eq!(
        listing.entries[listing.position(new).unwrap()].mark.rating,
        4
    );

    fs::write(stage.pictures().join(new), "no longer a PNG").unwrap();
    let listing = stage.listed(|listing| listing.overview.unreadable == 1);
    let entry = &listing.entries[listing.position(new).unwrap()];
    assert!(matches!(&entry.row.content, Content::Unreadable(why) if !why.is_empty()));
}

#[test]
fn without_the_focus_nothing_is_looked_for_until_it_is_asked() {
    let stage = Stage::of(1);
    stage.write("new.png", 9);
    std::thread::sleep(Duration::from_millis(200));
    let scans = stage
        .events
        .try_iter()
        .filter(|event| matches!(event, Event::Scanned { .. }));
    assert_eq!(scans.count(), 0);
    stage.send(Command::Rescan);
    assert_eq!(stage.scanned(), (1, 0));
}

#[test]
fn own_files_are_taken_in_without_a_scan() {
    let stage = Stage::of(2);
    let path = stage.write("saved.png", 5);
    stage.send(Command::Changed(vec![path.clone()]));
    stage.listed(|listing| listing.position("saved.png").is_some());
    fs::remove_file(&path).unwrap();
    stage.send(Command::Changed(vec![
        path,
        PathBuf::from("/elsewhere/x.png"),
    ]));
    let listing = stage.listed(|listing| listing.position("saved.png").is_none());
    assert_eq!(listing.len(), 2);
}

#[test]
fn recipes_are_told_as_they_are_in_the_file() {
    let stage = Stage::of(3);
    let ask = |path: &str| {
        stage.send(Command::Recipe(path.into()));
        stage.wait(|event| match event {
            Event::Recipe { path: of, recipe } if of == path => Some(recipe),
            _ => None,
        })
    };
    assert_eq!(
        *ask("00002-fox.png").unwrap(),
        fixture::picture(2, 2, 0).recipe
    );
    assert_eq!(ask("none.png"), None);
    assert_eq!(ask("../secret.png"), None);
}

#[test]
fn a_missing_folder_is_told_and_another_one_can_be_shown() {
    let stage = Stage::of(4);
    let other = stage.home.path().join("other");
    stage.send(Command::SetFolder(other.clone()));
    let (folder, missing) = stage.wait(|event| match event {
        Event::Unreachable {
            folder, missing, ..
        } => Some((folder, missing)),
        _ => None,
    });
    assert_eq!((folder, missing), (other, true));
    assert!(stage.list_all().is_empty());
    stage.send(Command::SetFolder(stage.pictures()));
    assert_eq!(stage.scanned(), (0, 0));
    assert_eq!(stage.list_all().len(), 4);
}

/// A folder that is taken away, such as an unplugged disk, is not forgotten.
#[test]
fn a_folder_that_comes_back_is_not_read_again() {
    let stage = Stage::of(4);
    let away = stage.home.path().join("away");
    fs::rename(stage.pictures(), &away).unwrap();
    stage.send(Command::Rescan);
    stage.wait(|event| matches!(event, Event::Unreachable { .. }).then_some(()));
    fs::rename(&away, stage.pictures()).unwrap();
    stage.send(Command::Rescan);
    assert_eq!(stage.scanned(), (0, 0));
    assert_eq!(stage.list_all().len(), 4);
}

/// Questions are answered between the files of a first scan, not after it.
#[test]
fn questions_do_not_wait_for_a_scan() {
    let mut stage = Stage::of(0);
    for seed in 0..300 {
        stage.write(&format!("{seed}.png"), seed);
    }
    stage.restart();
    let mut slowest = Duration::ZERO;
    let mut during = 0;
    for rating in 0..40_u8 {
        let query = Query {
            filter: Filter {
                text: rating.to_string(),
                ..Filter::default()
            },
            ..Query::default()
        };
        let start = Instant::now();
        stage.send(Command::Show(query.clone()));
        stage.wait(|event| match event {
            Event::Listed { listing, .. } if listing.query == query => Some(()),
            Event::Scanned { .. } => {
                during = rating;
                None
            }
            _ => None,
        });
        slowest = slowest.max(start.elapsed());
    }
    println!("slowest answer {slowest:.1?}; the scan ended before question {during} of 40");
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
}
