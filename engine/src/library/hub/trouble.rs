//! What a server can do wrong, and whether asking again may help.

use std::time::{Duration, SystemTime};

/// Why a server did not give what it should have. Never holds a token or the query of an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// No connection, or it broke before an answer.
    #[error("the server cannot be reached ({0})")]
    Unreachable(String),
    /// The connection would not be private.
    #[error("the connection would not be secure ({0})")]
    Insecure(String),
    /// Status 401.
    #[error("the server asks to sign in")]
    SignIn,
    /// Its owners let in only those who accepted their conditions.
    #[error("its owners give it only to those who accept their conditions")]
    Gated,
    /// Status 403.
    #[error("the server does not give it to this account")]
    Forbidden,
    /// Status 404.
    #[error("the server has no such file or folder")]
    NotFound,
    /// A status that passes: too many requests, or a fault of the server's own.
    #[error("the server is overloaded or broken (status {0})")]
    Busy(u16),
    /// Any other status.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// Nothing came for too long.
    #[error("the server stopped sending")]
    Stalled,
    /// The connection ended in the middle.
    #[error("the connection was cut")]
    CutOff,
    /// The server's file has another length than the hub said.
    #[error("the server has {found} bytes, expected {expected}")]
    Length {
        /// In bytes, by the hub's listing.
        expected: u64,
        /// In bytes, by the server.
        found: u64,
    },
    /// The bytes are not those that the hub described.
    #[error("the bytes that came have the hash {found}, expected {expected}")]
    Digest {
        /// By the hub's listing.
        expected: String,
        /// Of the bytes.
        found: String,
    },
    /// The hub describes another file than when it was listed.
    #[error("the file changed on the server meanwhile")]
    Changed,
    /// A redirection that leads nowhere or in circles.
    #[error("the server sent us on to {0}")]
    Redirect(String),
    /// An answer that is not the hub's.
    #[error("the answer is not what the hub sends ({0})")]
    Garbled(String),
}

impl Trouble {
    /// Whether the same request may succeed a little later.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::Busy(_) | Self::Stalled | Self::CutOff
        )
    }

    /// Of what the HTTP library reports. Its own words may hold an address with a signature, so most are
    /// replaced.
    pub(super) fn of(error: &ureq::Error) -> Self {
        match error {
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                Self::Unreachable("no answer in time".into())
            }
            ureq::Error::Timeout(_) | ureq::Error::BodyStalled => Self::Stalled,
            ureq::Error::Io(error) => Self::of_io(error),
            ureq::Error::HostNotFound => Self::Unreachable("there is no host of that name".into()),
            ureq::Error::ConnectionFailed => Self::Unreachable("no connection".into()),
            ureq::Error::Tls(reason) => Self::Insecure((*reason).into()),
            ureq::Error::Rustls(error) => Self::Insecure(error.to_string()),
            ureq::Error::InvalidProxyUrl | ureq::Error::ConnectProxyFailed(_) => {
                Self::Unreachable("the proxy does not connect".into())
            }
            _ => Self::Garbled("it does not speak HTTP".into()),
        }
    }

    /// Of a failing read in the middle of a body.
    pub(crate) fn of_io(error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        if let Some(inner) = error
            .get_ref()
            .and_then(|e| e.downcast_ref::<ureq::Error>())
        {
            return Self::of(inner);
        }
        match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Self::Stalled,
            ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe => Self::CutOff,
            _ => Self::Unreachable(error.kind().to_string()),
        }
    }

    /// Of a status that is no success; `code` is the hub's own word for it.
    pub(super) fn of_status(status: u16, code: Option<&str>) -> Self {
        match (status, code) {
            (_, Some("GatedRepo")) => Self::Gated,
            (_, Some("RepoNotFound" | "EntryNotFound" | "RevisionNotFound")) => Self::NotFound,
            (401, _) => Self::SignIn,
            (403, _) => Self::Forbidden,
            (404, _) => Self::NotFound,
            (408 | 425 | 429 | 500..=599, _) => Self::Busy(status),
            _ => Self::Status(status),
        }
    }
}

/// A trouble, and how long the server asks to be left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// What is wrong.
    pub trouble: Trouble,
    /// From `Retry-After`.
    pub after: Option<Duration>,
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        let after = None;
        Self { trouble, after }
    }
}

/// `Retry-After`: seconds, or a date.
pub(super) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(10);
        let after = |text| retry_after(text, now);
        assert_eq!(after(" 7 "), Some(Duration::from_secs(7)));
        let date = "Thu, 01 Jan 1970 00:00:30 GMT";
        assert_eq!(after(date), Some(Duration::from_secs(20)));
        let past = "Thu, 01 Jan 1970 00:00:05 GMT";
        assert_eq!(after(past), Some(Duration::ZERO));
        assert_eq!(after("soon"), None);
    }

    #[test]
    fn only_what_passes_is_asked_again() {
        let of = |status| Trouble::of_status(status, None);
        for passes in [408, 429, 500, 503] {
            assert!(of(passes).may_pass(), "{passes}");
        }
        for stays in [400, 401, 403, 404, 416, 451] {
            assert!(!of(stays).may_pass(), "{stays}");
        }
        // The hub answers 401 for what it would not even admit to have.
        let missing = Trouble::of_status(401, Some("RepoNotFound"));
        assert_eq!(missing, Trouble::NotFound);
        assert_eq!(Trouble::of_status(403, Some("GatedRepo")), Trouble::Gated);
    }
}
