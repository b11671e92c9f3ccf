//! A download in a process of its own, which is killed twice and goes on.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use strata_engine::library::{
    download::{self, Progress},
    hub::Cancel,
};
use strata_tests::{
    hub::{Server, Twist},
    killing::{Victim, say},
};

use super::{LIMITS, bytes, hub, list};

/// Names the server; the test that finds it plays the program that is killed.
const ENDPOINT: &str = "STRATA_TEST_DOWNLOAD_ENDPOINT";
/// Names the folder.
const FOLDER: &str = "STRATA_TEST_DOWNLOAD_FOLDER";
/// Of the file that is fetched under kills.
const LARGE: usize = 24 << 20;

/// Not a test of its own: the program that is killed.
#[test]
fn the_download_that_is_killed() {
    let Ok(endpoint) = std::env::var(ENDPOINT) else {
        return;
    };
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let hub = hub(&endpoint, None);
    let file = list(&hub).unwrap().remove(0);
    say("begun");
    let tell = &mut |progress: Progress| say(&format!("{}", progress.done));
    let path = folder.join("a.pt");
    download::fetch(&hub, &file, &path, &LIMITS, &Cancel::default(), tell).unwrap();
    say("done");
    thread::sleep(Duration::from_secs(60));
}

#[test]
fn a_killed_download_goes_on() {
    let content = bytes(LARGE);
    let server = Server::start(&[("a.pt", &content)], |seen| {
        seen.path
            .contains("/resolve/")
            .then_some(Twist::Slow(16 << 10))
    });
    let folder = tempfile::tempdir().unwrap();
    let start = || {
        let endpoint = server.endpoint.as_ref();
        let variables = [(ENDPOINT, endpoint), (FOLDER, folder.path().as_os_str())];
        let victim = Victim::start("kills::the_download_that_is_killed", &variables);
        assert_eq!(victim.line(), "begun");
        victim
    };
    for share in [4, 2] {
        let victim = start();
        while victim.line().parse::<usize>().unwrap() < LARGE / share {}
        victim.kill();
        assert!(!folder.path().join("a.pt").exists());
    }
    let before = server.asked();
    let victim = start();
    while victim.line() != "done" {}
    victim.kill();
    assert!(fs::read(folder.path().join("a.pt")).unwrap() == content);
    // At least half was there, but for what the journal did not say yet.
    let again = server.asked() - before;
    let slack = LIMITS.record as usize + LIMITS.connections * (128 << 10);
    assert!(again <= LARGE / 2 + slack, "{again} of {LARGE} again");
    assert_eq!(names_of(folder.path()), ["a.pt", "fetched.json"]);
}

fn names_of(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
