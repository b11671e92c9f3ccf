//! One look through the pictures folder, in small steps, so that whoever runs it can answer questions
//! in between. First the folder is walked, comparing sizes and times only; then new and changed files
//! are opened, newest first.
//!
//! Hidden files and folders are passed over (temporary files and our own notes are among them), links
//! to folders are not followed, and what lies in a folder that cannot be read counts as still there.

use std::{
    collections::HashSet,
    fs::{self, DirEntry, Metadata, ReadDir},
    io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use super::{
    query::Catalogue,
    row::{self, Found, Reading},
};

/// Folder entries looked at in one step.
const ENTRIES_A_STEP: usize = 256;
/// Folders deeper than this are not looked into.
const MOST_DEPTH: usize = 32;

/// What a step came to.
#[derive(Debug)]
pub enum Step {
    /// Nothing to tell yet.
    Walking,
    /// A file was opened; `None` when it went away before.
    Read(Option<Box<Reading>>),
    /// All is seen; these files are no longer there.
    Finished(Vec<String>),
    /// The folder itself cannot be read: nothing is known, nothing is to be forgotten.
    Unreachable(io::Error),
}

/// How far a scan is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// PNGs seen so far.
    pub seen: usize,
    /// New and changed files opened so far.
    pub read: usize,
    /// New and changed files known so far.
    pub to_read: usize,
}

/// A look through the folder, under way.
pub struct Scan {
    folder: PathBuf,
    /// Folders to look into, relative.
    folders: Vec<String>,
    /// The folder being looked into.
    current: Option<(String, ReadDir)>,
    started: bool,
    seen: HashSet<String>,
    /// Folders that could not be read, as prefixes of paths.
    closed: Vec<String>,
    to_read: Vec<Found>,
    sorted: bool,
    progress: Progress,
}

impl Scan {
    /// Begins.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            folders: Vec::new(),
            current: None,
            started: false,
            seen: HashSet::new(),
            closed: Vec::new(),
            to_read: Vec::new(),
            sorted: false,
            progress: Progress::default(),
        }
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// A file that was taken in otherwise since the scan began: it is there.
    pub fn note(&mut self, path: &str) {
        self.seen.insert(path.to_owned());
    }

    /// Goes on a little. `known` is what was known before.
    pub fn step(&mut self, known: &Catalogue) -> Step {
        if !self.started {
            self.started = true;
            match fs::read_dir(&self.folder) {
                Ok(entries) => self.current = Some((String::new(), entries)),
                Err(error) => return Step::Unreachable(error),
            }
        }
        if let Some((prefix, entries)) = self.current.take() {
            self.walk(prefix, entries, known);
            return Step::Walking;
        }
        if let Some(prefix) = self.folders.pop() {
            match fs::read_dir(self.folder.join(&prefix)) {
                Ok(entries) => self.current = Some((prefix, entries)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => self.close(prefix, &error),
            }
            return Step::Walking;
        }
        if !self.sorted {
            self.to_read.sort_by_key(|found| found.modified_nanos);
            self.sorted = true;
        }
        if let Some(found) = self.to_read.pop() {
            self.progress.read += 1;
            return Step::Read(row::read(&self.folder, found).map(Box::new));
        }
        Step::Finished(self.vanished(known))
    }

    fn walk(&mut self, prefix: String, mut entries: ReadDir, known: &Catalogue) {
        for _ in 0..ENTRIES_A_STEP {
            match entries.next() {
                None => return,
                Some(Ok(entry)) => self.look(&prefix, &entry, known),
                Some(Err(error)) => return self.close(prefix, &error),
            }
        }
        self.current = Some((prefix, entries));
    }

    fn look(&mut self, prefix: &str, entry: &DirEntry, known: &Catalogue) {
        // Paths that are no text cannot be ours, nor be written into the index.
        let Ok(name) = entry.file_name().into_string() else {
            return;
        };
        if name.starts_with('.') {
            return;
        }
        let path = format!("{prefix}{name}");
        let folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if folder {
            if prefix.matches('/').count() < MOST_DEPTH {
                self.folders.push(path + "/");
            }
            return;
        }
        if !is_png(&name) {
            return;
        }
        let Some(found) = found(&self.folder, path) else {
            return;
        };
        self.progress.seen += 1;
        self.seen.insert(found.path.clone());
        if known.get(&found.path).is_none_or(|row| row.file != found) {
            self.progress.to_read += 1;
            self.to_read.push(found);
        }
    }

    fn close(&mut self, prefix: String, error: &io::Error) {
        tracing::warn!(folder = %self.folder.join(&prefix).display(), %error, "not looked into");
        self.closed.push(prefix);
    }

    fn vanished(&self, known: &Catalogue) -> Vec<String> {
        let closed = |path: &String| self.closed.iter().any(|prefix| path.starts_with(prefix));
        known
            .paths()
            .filter(|path| !self.seen.contains(*path) && !closed(path))
            .cloned()
            .collect()
    }
}

/// A path below the folder as rows name it; `None` outside of it and for what is never looked at.
pub fn relative(folder: &Path, path: &Path) -> Option<String> {
    let parts = path.strip_prefix(folder).ok()?.components();
    let parts: Option<Vec<&str>> = parts.map(|part| part.as_os_str().to_str()).collect();
    let parts = parts.filter(|parts| !parts.iter().any(|part| part.starts_with('.')))?;
    parts.last().filter(|name| is_png(name))?;
    Some(parts.join("/"))
}

/// A file as it is now; `None` when it is not there or no file.
pub fn found(folder: &Path, path: String) -> Option<Found> {
    let facts = fs::metadata(folder.join(&path)).ok()?;
    facts.is_file().then(|| Found {
        path,
        bytes: facts.len(),
        modified_nanos: modified_nanos(&facts),
    })
}

fn modified_nanos(facts: &Metadata) -> i64 {
    let Ok(modified) = facts.modified() else {
        return 0;
    };
    let nanos =
        |duration: std::time::Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => nanos(since),
        Err(before) => -nanos(before.duration()),
    }
}

fn is_png(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("png"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{super::fixture, *};

    /// Scans to the end: the paths that were read, in order, and those that vanished.
    fn scan(folder: &Path, catalogue: &mut Catalogue) -> (Vec<String>, Vec<String>) {
        let mut scan = Scan::new(folder);
        let mut read = Vec::new();
        loop {
            match scan.step(catalogue) {
                Step::Walking => {}
                Step::Read(Some(reading)) => {
                    read.push(reading.row.file.path.clone());
                    catalogue.put(reading.row);
                }
                Step::Read(None) => panic!("nothing goes away in here"),
                Step::Finished(vanished) => {
                    for path in &vanished {
                        assert!(catalogue.remove(path));
                    }
                    return (read, vanished);
                }
                Step::Unreachable(error) => panic!("{error}"),
            }
        }
    }

    fn write(folder: &Path, path: &str, seed: u64, age_secs: u64) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fixture::picture(1, seed, 0).write_png(&path, "").unwrap();
        let time = std::time::SystemTime::now() - std::time::Duration::from_secs(age_secs);
        fs::File::open(&path).unwrap().set_modified(time).unwrap();
    }

    #[test]
    fn only_what_is_new_or_changed_is_read_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        write(home, "old.png", 1, 300);
        write(home, "new.PNG", 2, 100);
        write(home, "a/b/deep.png", 3, 200);
        write(home, ".hidden.png", 4, 0);
        write(home, ".strata/x.png", 5, 0);
        fs::write(home.join("note.txt"), "no picture").unwrap();
        fs::create_dir(home.join("folder.png")).unwrap();
        let mut catalogue = Catalogue::default();
        let (read, vanished) = scan(home, &mut catalogue);
        assert_eq!(read, ["new.PNG", "a/b/deep.png", "old.png"]);
        assert!(vanished.is_empty());
        assert_eq!(scan(home, &mut catalogue), (vec![], vec![]));

        write(home, "old.png", 9, 50);
        fs::rename(home.join("new.PNG"), home.join("a/moved.png")).unwrap();
        let (read, vanished) = scan(home, &mut catalogue);
        assert_eq!(read, ["old.png", "a/moved.png"]);
        assert_eq!(vanished, ["new.PNG"]);
        assert_eq!(catalogue.len(), 3);
    }

    #[test]
    fn a_folder_that_is_gone_forgets_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut scan = Scan::new(&folder.path().join("none"));
        let catalogue = Catalogue::new([fixture::row(1)]);
        assert!(matches!(scan.step(&catalogue), Step::Unreachable(_)));
    }

    #[test]
    fn what_lies_in_closed_folders_counts_as_there() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "closed/a.png", 1, 0);
        write(folder.path(), "open/a.png", 1, 0);
        let mut catalogue = Catalogue::default();
        super::tests::scan(folder.path(), &mut catalogue);
        let mut scan = Scan::new(folder.path());
        scan.close("closed/".into(), &io::ErrorKind::PermissionDenied.into());
        assert_eq!(scan.vanished(&catalogue), ["open/a.png"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_that_go_round_do_not() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a/a.png", 1, 0);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/round")).unwrap();
        let (read, _) = scan(folder.path(), &mut Catalogue::default());
        assert_eq!(read, ["a/a.png"]);
    }

    #[test]
    fn paths_are_named_as_rows_name_them() {
        let folder = Path::new("/pictures");
        let name = |path: &str| relative(folder, Path::new(path));
        assert_eq!(name("/pictures/a/b.png").as_deref(), Some("a/b.png"));
        for path in [
            "/other/b.png",
            "/pictures/b.txt",
            "/pictures/.x/b.png",
            "/pictures",
        ] {
            assert_eq!(name(path), None, "{path}");
        }
    }

    #[test]
    fn unchanged_folders_are_walked_quickly() {
        let folder = tempfile::tempdir().unwrap();
        let mut catalogue = Catalogue::default();
        for number in 0..5_000 {
            let name = format!("{number:05}.png");
            fs::write(folder.path().join(&name), "x").unwrap();
            let found = found(folder.path(), name).unwrap();
            catalogue.put(row::Row::new(found, row::Content::Foreign));
        }
        let start = std::time::Instant::now();
        assert_eq!(scan(folder.path(), &mut catalogue), (vec![], vec![]));
        let elapsed = start.elapsed();
        let rate = 5_000.0 / elapsed.as_secs_f64();
        println!("5,000 unchanged files in {elapsed:.1?}: {rate:.0} a second");
        assert!(rate > 2_000.0, "{rate} files a second");
    }
}
