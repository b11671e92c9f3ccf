//! The bin over a folder that plays the trash, and the system's trash in a home of its own.
#![allow(clippy::unwrap_used)]

use std::{fs, time::Duration};

use super::*;

/// A folder that plays the trash.
struct FolderTrash(PathBuf);

impl FolderTrash {
    fn place(&self, path: &Path) -> PathBuf {
        self.0.join(path.file_name().unwrap())
    }
}

impl Trash for FolderTrash {
    fn discard(&self, path: &Path) -> io::Result<Discarded> {
        fs::rename(path, self.place(path))?;
        let path = path.to_owned();
        Ok(Discarded {
            real_path: path.clone(),
            path,
            at_secs: 0,
        })
    }

    fn restore(&self, files: &[Discarded]) -> Vec<io::Result<()>> {
        let back = |file: &Discarded| fs::rename(self.place(&file.path), &file.path);
        files.iter().map(back).collect()
    }
}

#[test]
fn every_order_is_answered_in_turn() {
    let home = tempfile::tempdir().unwrap();
    let trash = home.path().join("trash");
    fs::create_dir(&trash).unwrap();
    let (sender, events) = crossbeam_channel::unbounded();
    let listener: Listener = Arc::new(move |event| drop(sender.send(event)));
    let bin = Bin::start(Arc::new(FolderTrash(trash)), listener).unwrap();
    let (there, missing) = (home.path().join("a.png"), home.path().join("b.png"));
    fs::write(&there, "a").unwrap();

    bin.discard(vec![there.clone(), missing.clone()]);
    let next = || events.recv_timeout(Duration::from_secs(30)).unwrap();
    let Event::Discarded { done, failed } = next() else {
        panic!("another answer");
    };
    assert_eq!((done.len(), &failed[0].0), (1, &missing));
    assert!(!there.exists());
    bin.restore(done.clone());
    bin.restore(done);
    let back = |event| match event {
        Event::Restored { done, failed } => (done.len(), failed.len()),
        other => panic!("{other:?}"),
    };
    assert_eq!(back(next()), (1, 0));
    assert_eq!(back(next()), (0, 1));
    assert_eq!(fs::read(&there).unwrap(), b"a");
}

/// The name of the home that the next test gets from itself.
#[cfg(target_os = "linux")]
const PLAYGROUND: &str = "STRATA_TEST_TRASH";

/// The place of the trash is in the environment, which a test must not change for its neighbours: it
/// runs itself again with another.
#[cfg(target_os = "linux")]
#[test]
fn the_systems_trash_takes_and_gives_back() {
    let Some(home) = std::env::var_os(PLAYGROUND).map(PathBuf::from) else {
        let home = tempfile::tempdir().unwrap();
        let name = format!("{}::the_systems_trash_takes_and_gives_back", module_path!());
        let name = name.split_once("::").unwrap().1;
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args([name, "--exact", "--nocapture"])
            .env(PLAYGROUND, home.path())
            .env("XDG_DATA_HOME", home.path().join("data"))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success() && text.contains("1 passed"),
            "{output:?}"
        );
        return;
    };
    let folder = home.join("pictures");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("a b%20.png");
    let take = |text: &str| {
        fs::write(&path, text).unwrap();
        let discarded = SystemTrash.discard(&path).unwrap();
        assert!(!path.exists());
        discarded
    };
    let back = |file: &Discarded| SystemTrash.restore(std::slice::from_ref(file)).remove(0);

    let first = take("first");
    assert!(home.join("data/Trash/files/a b%20.png").exists());
    back(&first).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "first");
    assert_eq!(back(&first).unwrap_err().kind(), io::ErrorKind::NotFound);

    // What is there by now is not overwritten, and a folder that is gone comes back with the file.
    let second = take("second");
    fs::write(&path, "in the way").unwrap();
    assert_eq!(
        back(&second).unwrap_err().kind(),
        io::ErrorKind::AlreadyExists
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "in the way");
    fs::remove_dir_all(&folder).unwrap();
    back(&second).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "second");
    SystemTrash.discard(&folder.join("none.png")).unwrap_err();
}
