//! Exports of a window, with dialogs and an engine on paper.
#![allow(clippy::unwrap_used)]

use std::{fs, io, sync::Mutex};

use strata_engine::{Codes, Pixels, worker::Depths};

use super::*;
use crate::gallery::index::fixture::picture;

/// Always the same folder, or nothing.
struct Dialogs(Option<PathBuf>);

impl Desktop for Dialogs {
    fn reveal(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn pick_folder(&self, _from: &Path) -> Option<PathBuf> {
        self.0.clone()
    }

    fn pick_picture(&self, _from: &Path) -> Option<PathBuf> {
        None
    }

    fn pick_model_files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn pick_model_folder(&self) -> Option<PathBuf> {
        None
    }

    fn notify(&self, _heading: &str, _words: &str) -> io::Result<()> {
        Ok(())
    }

    fn save_file(&self, _from: &Path, name: &str) -> Option<PathBuf> {
        Some(self.0.as_ref()?.join(name))
    }
}

/// Pictures of the size of the fixture's, as grey as there are codes.
struct Grey;

impl Projector for Grey {
    fn decode(&mut self, _: &str, codes: Codes, _: Depths) -> Result<Arc<Pixels>, Explained> {
        let level = codes.values.iter().filter(|code| **code > 0).count() as u8;
        Ok(Arc::new(Pixels {
            width: 16,
            height: 16,
            rgb: vec![level; 16 * 16 * 3],
        }))
    }
}

struct Desk {
    home: tempfile::TempDir,
    files: Vec<PathBuf>,
}

impl Desk {
    fn new(pictures: u32) -> Self {
        let home = tempfile::tempdir().unwrap();
        let made = (0..pictures).map(|index| {
            let path = home.path().join(format!("{index}.png"));
            picture(207, 5, index).write_png(&path, "dog").unwrap();
            path
        });
        let files = made.collect();
        Self { home, files }
    }

    fn out(&self) -> PathBuf {
        self.home.path().join("out")
    }

    /// Every event of an export, and the names in the folder afterwards.
    fn export(&self, form: Form, dialogs: Dialogs) -> (Vec<Event>, Vec<String>) {
        let (sender, events) = crossbeam_channel::unbounded();
        let tell = move |event| drop(sender.send(event));
        let mut exporter = Exporter::new(Arc::new(dialogs), Arc::new(tell));
        let order = Order {
            files: self.files.clone(),
            form,
            from: self.home.path().to_owned(),
            pattern: Pattern::DEFAULT.into(),
        };
        exporter.start(order, Some(Box::new(Grey)));
        drop(exporter);
        let events = events.iter().collect();
        (events, self.names())
    }

    fn names(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.out()) else {
            return Vec::new();
        };
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<String> = entries
            .map(|entry| name(entry).into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn dialogs(&self) -> Dialogs {
        Dialogs(Some(self.out()))
    }
}

#[test]
fn pictures_are_copied_with_progress() {
    let desk = Desk::new(3);
    let (events, names) = desk.export(Form::Copies, desk.dialogs());
    let progress = |done| Event::Progress { done, total: 3 };
    let done = Event::Done {
        pictures: 3,
        place: desk.out(),
    };
    assert_eq!(events, [progress(1), progress(2), progress(3), done]);
    assert_eq!(
        names,
        [
            "golden-retriever-5-0.png",
            "golden-retriever-5-1.png",
            "golden-retriever-5-2.png"
        ]
    );
}

#[test]
fn a_sheet_and_moving_pictures_are_written() {
    let desk = Desk::new(2);
    fs::create_dir(desk.out()).unwrap();
    let (events, names) = desk.export(Form::Sheet, desk.dialogs());
    assert!(
        matches!(events.last(), Some(Event::Done { .. })),
        "{events:?}"
    );
    assert_eq!(names, ["contact-sheet.png"]);
    let form = Form::Film(Way::GROWTH, animated::Format::Gif);
    let (events, names) = desk.export(form, desk.dialogs());
    assert!(
        matches!(events.last(), Some(Event::Done { .. })),
        "{events:?}"
    );
    assert_eq!(names.len(), 3);
    assert_eq!(names[1], "golden-retriever-5-0-growth.gif");
}

#[test]
fn a_closed_dialog_is_no_failure_and_a_torn_file_is_one() {
    let desk = Desk::new(1);
    let (events, names) = desk.export(Form::Copies, Dialogs(None));
    assert_eq!((events, names), (vec![Event::Cancelled], Vec::new()));
    fs::write(&desk.files[0], b"torn").unwrap();
    let (events, _) = desk.export(Form::Copies, desk.dialogs());
    let [Event::Failed(failure)] = &events[..] else {
        panic!("{events:?}")
    };
    assert!(failure.sentence.contains("0.png"), "{failure:?}");
}

#[test]
fn an_export_ends_when_it_is_no_longer_wanted() {
    let desk = Desk::new(5);
    let (sender, events) = crossbeam_channel::unbounded();
    let stop: Arc<Mutex<Option<Arc<AtomicBool>>>> = Arc::default();
    let stops = Arc::clone(&stop);
    let tell = move |event: Event| {
        if matches!(event, Event::Progress { done: 2, .. }) {
            let stop = stops.lock().unwrap();
            stop.as_ref().unwrap().store(true, Ordering::Relaxed);
        }
        sender.send(event).unwrap();
    };
    let work = Work {
        stop: Arc::default(),
        listener: Arc::new(tell),
    };
    *stop.lock().unwrap() = Some(Arc::clone(&work.stop));
    let order = Order {
        files: desk.files.clone(),
        form: Form::Copies,
        from: desk.home.path().to_owned(),
        pattern: Pattern::DEFAULT.into(),
    };
    let end = work.run(&order, &desk.dialogs(), None);
    assert_eq!(end, Err(Halt::Cancelled));
    assert_eq!(events.try_iter().count(), 2);
    assert_eq!(desk.names().len(), 2);
}
