//! Downloads from a hub that misbehaves in every way that is known, and from one that is killed beneath them.
#![allow(clippy::unwrap_used, missing_docs)]

mod kills;
mod lists;

use std::{
    fs,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use strata_engine::{
    Error,
    library::{
        download::{self, Limits, Phase, Progress, Receipt},
        hub::{Cancel, Hub, Patience, RemoteFile, Token, Trouble},
    },
};
use strata_tests::hub::{REPOSITORY, Seen, Server, Twist, sha256};

/// The file of most tests: 3 MiB and a bit.
const SIZE: usize = (3 << 20) + 17;
/// Small ranges, so that there are many.
const LIMITS: Limits = Limits {
    connections: 4,
    range: 256 << 10,
    record: 64 << 10,
};

/// Bytes without a pattern that a shifted range would hide in.
fn bytes(size: usize) -> Vec<u8> {
    let mut state = 7_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(99);
        (state >> 56) as u8
    };
    (0..size).map(|_| next()).collect()
}

/// Quick to give up, so that tests end.
fn patience() -> Patience {
    Patience {
        connect: Duration::from_secs(5),
        stall: Duration::from_millis(400),
        attempts: 3,
        pause: Duration::from_millis(10),
        longest_pause: Duration::from_secs(2),
    }
}

/// Who downloads `a.pt` from a server into a folder of its own.
struct Fetcher {
    hub: Hub,
    file: RemoteFile,
    folder: tempfile::TempDir,
    cancel: Cancel,
}

impl Fetcher {
    fn of(server: &Server) -> Self {
        let hub = hub(&server.endpoint, None);
        Self {
            file: list(&hub).unwrap().remove(0),
            folder: tempfile::tempdir().unwrap(),
            cancel: Cancel::default(),
            hub,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("a.pt")
    }

    fn fetch(&self) -> Result<Receipt, Error> {
        self.watched(&mut |_| {})
    }

    fn watched(&self, tell: &mut dyn FnMut(Progress)) -> Result<Receipt, Error> {
        let path = self.path();
        download::fetch(&self.hub, &self.file, &path, &LIMITS, &self.cancel, tell)
    }

    /// What is wrong, in the end.
    fn trouble(&self) -> Trouble {
        match self.fetch() {
            Err(Error::Remote { subject, trouble }) => {
                assert_eq!(subject, "owner/model/a.pt");
                trouble
            }
            other => panic!("expected trouble, got {other:?}"),
        }
    }

    /// The names of all files in the folder.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[track_caller]
    fn assert_whole(&self) {
        assert!(fs::read(self.path()).unwrap() == bytes(self.file.size as usize));
        assert_eq!(self.names(), ["a.pt", "fetched.json"]);
    }
}

fn hub(endpoint: &str, token: Option<Token>) -> Hub {
    Hub::new(endpoint, token, patience()).unwrap()
}

fn list(hub: &Hub) -> Result<Vec<RemoteFile>, Error> {
    hub.list(REPOSITORY, "main", "", &Cancel::default())
}

/// A server of `a.pt` that does `twist` while `when` holds for a request of its bytes.
fn twisted(twist: Twist, when: impl Fn(&Seen) -> bool + Send + Sync + 'static) -> Server {
    Server::start(&[("a.pt", &bytes(SIZE))], move |seen| {
        let concerned = seen.path.contains("/resolve/") && when(seen);
        concerned.then(|| twist.clone())
    })
}

#[test]
fn ranges_come_in_parallel_and_are_verified() {
    let server = twisted(Twist::Slow(2 << 10), |_| true);
    let fetcher = Fetcher::of(&server);
    let mut told = Vec::new();
    let receipt = fetcher
        .watched(&mut |progress| told.push(progress))
        .unwrap();
    fetcher.assert_whole();
    assert_eq!(receipt.sha256, sha256(&bytes(SIZE)));
    assert_eq!(server.asked(), SIZE, "every byte once");
    assert_eq!(server.fetched().len(), SIZE.div_ceil(LIMITS.range as usize));

    let fetching = told.iter().filter(|told| told.phase == Phase::Fetching);
    let done: Vec<u64> = fetching.clone().map(|told| told.done).collect();
    assert!(
        done.is_sorted() && done.last() == Some(&(SIZE as u64)),
        "{done:?}"
    );
    assert!(
        fetching
            .clone()
            .any(|told| told.rate.is_some() && told.left.is_some())
    );
    let last = told.last().unwrap();
    assert_eq!((last.phase, last.done), (Phase::Checking, SIZE as u64));
}

#[test]
fn a_file_that_is_there_is_only_checked() {
    let server = Server::honest(&[("a.pt", &bytes(SIZE))]);
    let fetcher = Fetcher::of(&server);
    let receipt = fetcher.fetch().unwrap();
    let requests = server.fetched().len();
    assert_eq!(fetcher.fetch().unwrap(), receipt);
    assert_eq!(server.fetched().len(), requests);
    let cancel = Cancel::default();
    assert!(download::is_as_fetched(&fetcher.path(), &receipt, &cancel).unwrap());
    // One that rotted since is fetched anew; one that was never fetched is somebody's own.
    let mut rotten = bytes(SIZE);
    rotten[1000] ^= 1;
    fs::write(fetcher.path(), &rotten).unwrap();
    assert!(!download::is_as_fetched(&fetcher.path(), &receipt, &cancel).unwrap());
    fetcher.fetch().unwrap();
    fetcher.assert_whole();
    fs::remove_file(fetcher.folder.path().join(download::RECEIPTS)).unwrap();
    fs::write(fetcher.path(), &rotten).unwrap();
    assert!(matches!(fetcher.fetch(), Err(Error::File { .. })));
    assert!(fs::read(fetcher.path()).unwrap() == rotten);
}

#[test]
fn an_empty_file_and_one_in_git_are_fetched() {
    let server = Server::honest(&[("a.pt", b""), ("b.yaml", b"arch:\n")]);
    let hub = hub(&server.endpoint, None);
    let folder = tempfile::tempdir().unwrap();
    for file in list(&hub).unwrap() {
        let path = folder.path().join(file.name());
        let cancel = Cancel::default();
        download::fetch(&hub, &file, &path, &LIMITS, &cancel, &mut |_| {}).unwrap();
        assert_eq!(fs::metadata(path).unwrap().len(), file.size);
    }
    let receipts = download::receipts(folder.path());
    assert!(receipts["b.yaml"].digest.starts_with("git-blob:"));
    assert_eq!(receipts["b.yaml"].sha256, sha256(b"arch:\n"));
}

#[test]
fn a_server_without_ranges_gives_the_whole_file() {
    let server = twisted(Twist::Whole, |_| true);
    let fetcher = Fetcher::of(&server);
    fetcher.fetch().unwrap();
    fetcher.assert_whole();
    assert_eq!(server.fetched().len(), 1);
}

#[test]
fn a_server_that_loses_its_ranges_on_the_way_is_understood() {
    let server = twisted(Twist::Whole, |seen| seen.number >= 3);
    let fetcher = Fetcher::of(&server);
    fetcher.fetch().unwrap();
    fetcher.assert_whole();
}

#[test]
fn a_cut_goes_on_where_it_was() {
    let server = twisted(Twist::Cut(100_000), |seen| seen.number % 2 == 0);
    let fetcher = Fetcher::of(&server);
    fetcher.fetch().unwrap();
    fetcher.assert_whole();
    let mut starts: Vec<usize> = server
        .fetched()
        .iter()
        .map(|seen| seen.range.clone().unwrap().start)
        .collect();
    starts.sort_unstable();
    starts.dedup();
    assert_eq!(
        starts.len(),
        server.fetched().len(),
        "no request from the same byte twice"
    );
}

#[test]
fn a_cut_of_the_whole_file_begins_again() {
    // The range is denied, the whole file is cut once, then comes.
    let server = Server::start(&[("a.pt", &bytes(SIZE))], |seen| {
        let concerned = seen.path.contains("/resolve/");
        match seen.number {
            0 if concerned => Some(Twist::Status(416, Vec::new())),
            1 if concerned => Some(Twist::Cut(SIZE / 2)),
            _ => None,
        }
    });
    let fetcher = Fetcher::of(&server);
    fetcher.fetch().unwrap();
    fetcher.assert_whole();
    assert_eq!(server.fetched().len(), 3);
}

#[test]
fn cuts_without_end_give_up_and_keep_what_came() {
    let server = twisted(Twist::Cut(1000), |_| true);
    let fetcher = Fetcher::of(&server);
    assert_eq!(fetcher.trouble(), Trouble::CutOff);
    assert_eq!(fetcher.names(), ["a.pt.part", "a.pt.part.journal"]);
}

#[test]
fn a_stall_is_asked_again() {
    let server = twisted(Twist::Stall(50_000), |seen| seen.number == 2);
    let fetcher = Fetcher::of(&server);
    fetcher.fetch().unwrap();
    fetcher.assert_whole();
    let forever = twisted(Twist::Stall(0), |_| true);
    assert_eq!(Fetcher::of(&forever).trouble(), Trouble::Stalled);
}

#[test]
fn wrong_bytes_are_never_kept() {
    let server = twisted(Twist::Wrong, |seen| seen.number == 5);
    let fetcher = Fetcher::of(&server);
    let Trouble::Digest { expected, found } = fetcher.trouble() else {
        panic!("another trouble");
    };
    assert_ne!(expected, found);
    assert!(fetcher.names().is_empty(), "{:?}", fetcher.names());
    fetcher.fetch().unwrap();
    fetcher.assert_whole();
}

#[test]
fn a_lie_about_the_length_is_told() {
    for claimed in [SIZE - 1, SIZE + 1] {
        let expected = Trouble::Length {
            expected: SIZE as u64,
            found: claimed as u64,
        };
        let server = twisted(Twist::Claim(claimed), |_| true);
        let fetcher = Fetcher::of(&server);
        assert_eq!(fetcher.trouble(), expected);
        assert!(!fetcher.path().exists());
    }
}

#[test]
fn statuses_end_as_they_should() {
    let status = |status| Twist::Status(status, Vec::new());
    let gated = vec![("x-error-code", "GatedRepo".to_owned())];
    for (twist, expected, requests) in [
        (status(401), Trouble::SignIn, 1),
        (status(403), Trouble::Forbidden, 1),
        (status(404), Trouble::NotFound, 1),
        (Twist::Status(403, gated), Trouble::Gated, 1),
        (status(429), Trouble::Busy(429), 3),
        (status(500), Trouble::Busy(500), 3),
        // Once for a range, once for the whole file.
        (status(416), Trouble::Status(416), 2),
    ] {
        let server = twisted(twist.clone(), |_| true);
        assert_eq!(Fetcher::of(&server).trouble(), expected);
        assert_eq!(server.fetched().len(), requests, "{twist:?}");
    }
}

#[test]
fn a_bad_moment_of_the_server_passes() {
    for status in [429, 500, 503] {
        let server = twisted(Twist::Status(status, Vec::new()), |seen| seen.number < 2);
        let fetcher = Fetcher::of(&server);
        fetcher.fetch().unwrap();
        fetcher.assert_whole();
    }
    // Ranges that are refused although the file has them.
    let server = twisted(Twist::Status(416, Vec::new()), |seen| seen.range.is_some());
    let fetcher = Fetcher::of(&server);
    fetcher.fetch().unwrap();
    fetcher.assert_whole();
}

#[test]
fn retry_after_is_waited_for() {
    let asked = vec![("retry-after", "1".to_owned())];
    let server = twisted(Twist::Status(429, asked), |seen| seen.number == 0);
    let fetcher = Fetcher::of(&server);
    fetcher.fetch().unwrap();
    fetcher.assert_whole();
    let requests = server.fetched();
    let waited = requests[1].at - requests[0].at;
    assert!(waited >= Duration::from_secs(1), "{waited:?}");
}

/// A hub that sends on to a store of files on another address.
fn sent_on(store: &Server) -> Server {
    let to = store.endpoint.clone();
    Server::start(&[("a.pt", &bytes(SIZE))], move |seen| {
        let headers = || {
            vec![
                ("location", format!("{to}{}?signature=secret", seen.path)),
                ("x-linked-size", SIZE.to_string()),
            ]
        };
        seen.path
            .contains("/resolve/")
            .then(|| Twist::Status(302, headers()))
    })
}

#[test]
fn the_token_stays_with_the_hub() {
    let store = Server::honest(&[("a.pt", &bytes(SIZE))]);
    let server = sent_on(&store);
    let mut fetcher = Fetcher::of(&server);
    fetcher.hub = hub(&server.endpoint, Token::new("hf_secret"));
    fetcher.fetch().unwrap();
    fetcher.assert_whole();
    let heard = |seen: &Seen| seen.authorization.as_deref() == Some("Bearer hf_secret");
    assert!(server.fetched().iter().all(heard));
    assert!(store.seen().iter().all(|seen| seen.authorization.is_none()));
    assert_eq!(store.asked(), SIZE);
}

#[test]
fn nothing_secret_is_said() {
    let store = twisted(Twist::Status(404, Vec::new()), |_| true);
    let server = sent_on(&store);
    let mut fetcher = Fetcher::of(&server);
    fetcher.hub = hub(&server.endpoint, Token::new("hf_secret"));
    let error = fetcher.fetch().unwrap_err();
    let said = format!("{error} {error:?} {:?}", fetcher.hub);
    assert!(!said.contains("secret"), "{said}");
}

#[test]
fn a_signature_that_expired_is_renewed() {
    let store = twisted(Twist::Status(403, Vec::new()), |seen| seen.number == 1);
    let server = sent_on(&store);
    let fetcher = Fetcher::of(&server);
    fetcher.fetch().unwrap();
    fetcher.assert_whole();
}

#[test]
fn redirections_without_end_are_told() {
    let location = |to: &str| vec![("location", to.to_owned())];
    let circle = twisted(
        Twist::Status(302, location("/owner/model/resolve/main/a.pt")),
        |_| true,
    );
    assert!(matches!(
        Fetcher::of(&circle).trouble(),
        Trouble::Redirect(_)
    ));
    let elsewhere = twisted(Twist::Status(302, location("file:///etc/passwd")), |_| true);
    assert!(matches!(
        Fetcher::of(&elsewhere).trouble(),
        Trouble::Redirect(_)
    ));
}

#[test]
fn a_file_that_changed_is_not_mixed_with_the_old_one() {
    let old = Server::honest(&[("a.pt", &bytes(SIZE))]);
    let fetcher = Fetcher::of(&old);
    let mut other = bytes(SIZE);
    other[5] ^= 1;
    let new = Server::honest(&[("a.pt", &other)]);
    let stale = Fetcher {
        hub: hub(&new.endpoint, None),
        ..fetcher
    };
    assert_eq!(stale.trouble(), Trouble::Changed);

    // Half of the old file lies there when the new one is fetched.
    let half = twisted(Twist::Cut(0), |seen| seen.number >= 6);
    let mut fetcher = Fetcher::of(&half);
    assert_eq!(fetcher.trouble(), Trouble::CutOff);
    assert!(fetcher.names().contains(&"a.pt.part".to_owned()));
    fetcher.hub = hub(&new.endpoint, None);
    fetcher.file = list(&fetcher.hub).unwrap().remove(0);
    let before = new.asked();
    fetcher.fetch().unwrap();
    assert!(fs::read(fetcher.path()).unwrap() == other);
    assert_eq!(new.asked() - before, SIZE, "all of it");
}

#[test]
fn cancelling_is_prompt_and_loses_nothing() {
    let server = twisted(Twist::Stall(200_000), |seen| seen.number >= 4);
    let mut fetcher = Fetcher::of(&server);
    let long = Patience {
        stall: Duration::from_secs(60),
        ..patience()
    };
    fetcher.hub = Hub::new(&server.endpoint, None, long).unwrap();
    let cancel = fetcher.cancel.clone();
    let cancelled = thread::spawn(move || {
        thread::sleep(Duration::from_millis(500));
        cancel.cancel();
        Instant::now()
    });
    assert_eq!(fetcher.fetch(), Err(Error::Cancelled));
    let took = cancelled.join().unwrap().elapsed();
    assert!(took < Duration::from_millis(300), "{took:?}");

    let honest = Server::honest(&[("a.pt", &bytes(SIZE))]);
    fetcher.hub = hub(&honest.endpoint, None);
    fetcher.cancel = Cancel::default();
    fetcher.fetch().unwrap();
    fetcher.assert_whole();
    let came = 4 * LIMITS.range as usize + 4 * 200_000;
    assert!(
        honest.asked() <= SIZE - came + 4 * LIMITS.record as usize,
        "{}",
        honest.asked()
    );
}

#[test]
fn listing_is_cancelled_promptly_too() {
    let server = Server::start(&[], |_| {
        thread::sleep(Duration::from_secs(2));
        None
    });
    let (hub, cancel) = (hub(&server.endpoint, None), Cancel::default());
    let flag = cancel.clone();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        flag.cancel();
    });
    let start = Instant::now();
    let listed = hub.list(REPOSITORY, "main", "", &cancel);
    assert_eq!(listed, Err(Error::Cancelled));
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_full_disk_is_told_before_anything_is_fetched() {
    let server = Server::honest(&[("a.pt", &bytes(10))]);
    let mut fetcher = Fetcher::of(&server);
    fetcher.file.size = 1 << 60;
    let Err(Error::NoRoom { needed, free, .. }) = fetcher.fetch() else {
        panic!("another outcome");
    };
    assert!(needed == 1 << 60 && free < needed);
    assert!(fetcher.names().is_empty() && server.fetched().is_empty());
}

#[test]
fn nobody_there_is_told() {
    // A port that was free a moment ago.
    let endpoint = Server::honest(&[])
        .endpoint
        .replace("127.0.0.1", "127.0.0.2");
    let Err(Error::Remote { trouble, .. }) = list(&hub(&endpoint, None)) else {
        panic!("somebody is there");
    };
    assert!(matches!(trouble, Trouble::Unreachable(_)), "{trouble:?}");
}
