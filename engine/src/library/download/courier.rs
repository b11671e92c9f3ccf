//! One request for one range, on a thread of its own: what comes is sent on piece by piece.
//!
//! A courier writes nothing to disk, so that one who hangs in the network can be left behind.

use std::{
    io::Read,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::SyncSender,
    },
    thread,
};

use crate::{
    error::{Error, Result},
    library::hub::{Answer, Digest, Hub, Linked, Refusal, RemoteFile, Trouble},
};

/// Bytes sent on at a time; with the channel's length it bounds the memory of a download.
pub(super) const PIECE: usize = 128 << 10;

/// What a courier says, and which one.
pub(super) struct Word {
    pub courier: u64,
    pub said: Said,
}

/// What a courier says.
pub(super) enum Said {
    /// The server answered. Without `ranges` the bytes begin at the start of the file.
    Begun { ranges: bool },
    /// The next bytes.
    Bytes(Vec<u8>),
    /// Nothing more comes.
    Ended(Result<(), Refusal>),
}

/// What a courier is sent for.
pub(super) struct Errand {
    pub courier: u64,
    pub hub: Hub,
    pub file: RemoteFile,
    /// None asks for the file without naming a range.
    pub range: Option<Range<u64>>,
    /// Raised when nobody wants the bytes any longer.
    pub stop: Arc<AtomicBool>,
    pub tell: SyncSender<Word>,
}

/// Sends a courier.
pub(super) fn send(errand: Errand) -> Result<()> {
    let thread = thread::Builder::new().name("download".into());
    thread
        .spawn(move || {
            let outcome = errand.run();
            errand.say(Said::Ended(outcome));
        })
        .map(|_| ())
        .map_err(|error| Error::Died(error.to_string()))
}

impl Errand {
    /// Whether anyone listens.
    fn say(&self, said: Said) -> bool {
        let courier = self.courier;
        !self.stop.load(Ordering::Relaxed) && self.tell.send(Word { courier, said }).is_ok()
    }

    fn run(&self) -> Result<(), Refusal> {
        let answer = self.hub.get(&self.file, self.range.as_ref())?;
        check_linked(&self.file, &answer.linked)?;
        let ranges = self.check_length(&answer)?;
        if !self.say(Said::Begun { ranges }) {
            return Ok(());
        }
        let wanted = match &self.range {
            Some(range) if ranges => range.end - range.start,
            _ => self.file.size,
        };
        self.pass_on(answer.response.into_body().into_reader(), wanted)
    }

    /// Whether the server gives the range alone; in any case of the file that was listed.
    fn check_length(&self, answer: &Answer) -> Result<bool, Trouble> {
        let response = &answer.response;
        let header = |name: &str| response.headers().get(name)?.to_str().ok();
        let length: Option<u64> = header("content-length").and_then(|text| text.parse().ok());
        let expect = |expected: u64, found: Option<u64>| match found {
            Some(found) if found != expected => Err(Trouble::Length { expected, found }),
            _ => Ok(()),
        };
        let range = match (response.status().as_u16(), &self.range) {
            (206, Some(range)) => range,
            (200, _) => {
                expect(self.file.size, length)?;
                return Ok(false);
            }
            (status, _) => return Err(Trouble::Status(status)),
        };
        let Some((given, total)) = header("content-range").and_then(content_range) else {
            return Err(Trouble::Garbled("a range that it does not name".into()));
        };
        expect(self.file.size, total)?;
        if given.start != range.start {
            return Err(Trouble::Garbled("another range than was asked for".into()));
        }
        expect(range.end - range.start, Some(given.end - given.start))?;
        Ok(true)
    }

    /// Sends on `wanted` bytes; more than that is a server's lie.
    fn pass_on(&self, mut body: impl Read, wanted: u64) -> Result<(), Refusal> {
        let mut left = wanted;
        while left > 0 {
            let mut piece = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
            let count = match body.read(&mut piece) {
                Ok(0) => return Err(Trouble::CutOff.into()),
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Trouble::of_io(&error).into()),
            };
            piece.truncate(count);
            left -= count as u64;
            if !self.say(Said::Bytes(piece)) {
                return Ok(());
            }
        }
        match body.read(&mut [0]) {
            Ok(1..) => Err(Trouble::Length {
                expected: wanted,
                found: wanted + 1,
            }
            .into()),
            _ => Ok(()),
        }
    }
}

/// Insists that the hub still means the same file by its address.
fn check_linked(file: &RemoteFile, linked: &Linked) -> Result<(), Trouble> {
    let other_size = linked.size.is_some_and(|size| size != file.size);
    let other = |digest: Digest| {
        // A mirror's own tag may look like another kind of hash; only the same kind can contradict.
        std::mem::discriminant(&digest) == std::mem::discriminant(&file.digest)
            && digest != file.digest
    };
    let other_digest = linked
        .etag
        .as_deref()
        .and_then(Digest::from_hex)
        .is_some_and(other);
    match other_size || other_digest {
        true => Err(Trouble::Changed),
        false => Ok(()),
    }
}

/// `Content-Range: bytes 0-4/10`, the total unknown when it is `*` (RFC 9110, 14.4).
fn content_range(text: &str) -> Option<(Range<u64>, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    let end = last.checked_add(1).filter(|end| *end > first)?;
    let total = match total {
        "*" => None,
        total => Some(total.parse().ok()?),
    };
    Some((first..end, total))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        assert_eq!(content_range("bytes 0-4/10"), Some((0..5, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5..10, None)));
        for wrong in [
            "",
            "bytes */10",
            "bytes 4-3/10",
            "bytes 0-x/1",
            "rows 0-4/10",
        ] {
            assert_eq!(content_range(wrong), None, "{wrong}");
        }
        let last = format!("bytes 0-{}/*", u64::MAX);
        assert_eq!(content_range(&last), None);
    }
}
