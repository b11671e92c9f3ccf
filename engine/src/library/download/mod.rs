//! Fetching files of the hub: in parallel, resumable after a cut, a kill or a restart, verified.
//!
//! | module | what lives there |
//! |---|---|
//! | `flow` | which ranges are asked for, when, and again |
//! | `courier` | one request on a thread of its own |
//! | `journal` | the unfinished file and what of it is there |
//! | `spans` | sets of ranges |
//! | `hash` | the hashes of a file |
//! | `pace` | progress, rate, time left |
//! | `receipt` | what was fetched, for later checks |
//! | `leftover` | what a download that stopped has left, and throwing it away |
//!
//! What belongs into a model's folder is decided in [`install`](super::install).

mod courier;
mod flow;
mod hash;
mod journal;
mod leftover;
mod pace;
mod receipt;
mod spans;

use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    path::Path,
    time::Instant,
};

use super::hub::{Cancel, Digest, Hub, RemoteFile, Trouble};
use crate::error::{Error, Result};
use flow::Flow;
use hash::{Hashes, hash};
use journal::Part;

pub use leftover::{discard, kept};
pub(super) use pace::Pace;
pub use pace::{Phase, Progress};
pub use receipt::{RECEIPTS, Receipt, receipts};

/// How a file is fetched. The memory of a download is about four pieces of 128 KiB a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests at a time.
    pub connections: usize,
    /// Bytes of one request.
    pub range: u64,
    /// The journal is renewed after so many bytes: what a kill may cost.
    pub record: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4,
            range: 32 << 20,
            record: 16 << 20,
        }
    }
}

/// Insists that the disk of `folder`, which exists, takes all of these files; what is there already of them
/// is not counted.
///
/// # Errors
/// [`Error::NoRoom`] with what is needed and what is free.
pub fn check_room<'a>(
    folder: &Path,
    files: impl IntoIterator<Item = (&'a str, &'a RemoteFile)>,
) -> Result<()> {
    let missing = |(name, file): (&str, &RemoteFile)| {
        let path = folder.join(name);
        let there = fs::metadata(&path).is_ok_and(|there| there.len() == file.size);
        if there {
            0
        } else {
            journal::missing(&path, file)
        }
    };
    let needed = files.into_iter().map(missing).fold(0, u64::saturating_add);
    insist_on_room(folder, needed)
}

/// Insists that the disk of `folder`, which exists, takes so many bytes more.
///
/// # Errors
/// [`Error::NoRoom`] with what is needed and what is free.
pub(super) fn insist_on_room(folder: &Path, needed: u64) -> Result<()> {
    let free = fs4::available_space(folder)
        .map_err(|error| Error::file("measure the disk of", folder, &error))?;
    if needed > free {
        let path = folder.to_owned();
        return Err(Error::NoRoom { path, needed, free });
    }
    Ok(())
}

/// Fetches `file` to `path`, whose folder exists, and keeps a receipt there. What an earlier call left
/// unfinished goes on; a file that is there and whole is only checked.
///
/// # Errors
/// [`Error::Remote`] when the server does not give it, [`Error::NoRoom`], [`Error::Fetching`],
/// [`Error::Cancelled`], [`Error::File`], which also stands for a file at `path` that was not fetched. What
/// came until then is kept for the next call, but for bytes that turned out wrong.
pub fn fetch(
    hub: &Hub,
    file: &RemoteFile,
    path: &Path,
    limits: &Limits,
    cancel: &Cancel,
    tell: &mut dyn FnMut(Progress),
) -> Result<Receipt> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    if let Some(receipt) = already(file, path, cancel, tell)? {
        receipt::keep(folder, name, receipt.clone())?;
        return Ok(receipt);
    }
    check_room(folder, [(name, file)])?;
    let mut part = Part::open(path, file)?;
    Flow::new(hub, file, limits, cancel, &mut part).run(tell)?;

    let hashes = {
        let reader = part.reader()?;
        check(reader, file, path, cancel, tell)?
    };
    if hashes.digest != file.digest {
        part.discard();
        let trouble = Trouble::Digest {
            expected: file.digest.to_string(),
            found: hashes.digest.to_string(),
        };
        return Err(Error::remote(file.subject(), trouble));
    }
    let receipt = Receipt::of(file, &hashes.sha256);
    part.settle(path)?;
    receipt::keep(folder, name, receipt.clone())?;
    Ok(receipt)
}

/// The receipt of a file that is there and whole.
fn already(
    file: &RemoteFile,
    path: &Path,
    cancel: &Cancel,
    tell: &mut dyn FnMut(Progress),
) -> Result<Option<Receipt>> {
    let found = match File::open(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::file("read", path, &error)),
    };
    let failed = |error: io::Error| Error::file("read", path, &error);
    if found.metadata().map_err(failed)?.len() == file.size {
        let hashes = check(found, file, path, cancel, tell)?;
        if hashes.digest == file.digest {
            return Ok(Some(Receipt::of(file, &hashes.sha256)));
        }
    }
    // What was fetched once may be fetched anew; a person's own file is left alone.
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    if receipts(folder).contains_key(name) {
        return Ok(None);
    }
    let taken = io::Error::new(io::ErrorKind::AlreadyExists, "another file is there");
    Err(Error::file("write", path, &taken))
}

/// Hashes what is there.
fn check(
    from: impl io::Read,
    file: &RemoteFile,
    path: &Path,
    cancel: &Cancel,
    tell: &mut dyn FnMut(Progress),
) -> Result<Hashes> {
    let mut pace = Pace::start(Instant::now(), 0);
    let look = |done: u64| {
        cancel.check().map_err(Stop::Asked)?;
        pace.see(Instant::now(), done);
        tell(Progress {
            name: file.name().to_owned(),
            phase: Phase::Checking,
            done,
            total: file.size,
            rate: pace.rate(),
            left: pace.left(file.size.saturating_sub(done)),
        });
        Ok(())
    };
    hash(from, file.size, &file.digest, look).map_err(|stop: Stop| stop.reading(path))
}

/// The SHA-256 of a file in hexadecimal; `add` hears how many bytes more were read, and may stop the reading.
///
/// # Errors
/// [`Error::File`]; `add`'s.
pub(super) fn sha256_of(path: &Path, mut add: impl FnMut(u64) -> Result<()>) -> Result<String> {
    let failed = |error: io::Error| Error::file("read", path, &error);
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let mut before = 0;
    let look = |done: u64| add(done - std::mem::replace(&mut before, done)).map_err(Stop::Asked);
    let hashes = hash(file, size, &Digest::Sha256([0; 32]), look);
    let hashes = hashes.map_err(|stop| stop.reading(path))?;
    Ok(hex(&hashes.sha256))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reading fails, or someone asks to stop.
enum Stop {
    Io(io::Error),
    Asked(Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Stop {
    /// While reading `path`.
    fn reading(self, path: &Path) -> Error {
        match self {
            Self::Io(error) => Error::file("read", path, &error),
            Self::Asked(error) => error,
        }
    }
}

/// Checks a file against its receipt: whether its bytes are still those that were fetched.
///
/// # Errors
/// [`Error::File`] when it cannot be read; [`Error::Cancelled`].
pub fn is_as_fetched(path: &Path, receipt: &Receipt, cancel: &Cancel) -> Result<bool> {
    let failed = |error: io::Error| Error::file("read", path, &error);
    let found = File::open(path).map_err(failed)?;
    if found.metadata().map_err(failed)?.len() != receipt.size {
        return Ok(false);
    }
    let file = RemoteFile {
        repository: receipt.repository.clone(),
        revision: receipt.revision.clone(),
        path: receipt.path.clone(),
        size: receipt.size,
        digest: Digest::Sha256([0; 32]),
    };
    let hashes = check(found, &file, path, cancel, &mut |_| {})?;
    Ok(Receipt::of(&file, &hashes.sha256).sha256 == receipt.sha256)
}
