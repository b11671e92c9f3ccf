//! Requests: one address after another until a server answers, the token only to the hub itself.
//!
//! What the answers mean belongs to `listing` and to the download.

use std::{ops::Range, time::Duration, time::SystemTime};

use ureq::{Body, http::Response, http::header};
use url::{Host, Url};

use super::{
    Token,
    trouble::{Refusal, Trouble, retry_after},
};

/// Most addresses that one request is sent on to.
const MOST_HOPS: usize = 8;

/// How long a server is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// To take a connection.
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub stall: Duration,
    /// Requests in a row that may fail in a way that passes.
    pub attempts: u32,
    /// The pause after the first of them; each further one is twice as long,
    pub pause: Duration,
    /// up to this. What a server asks for in `Retry-After` is followed up to this too.
    pub longest_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            stall: Duration::from_secs(30),
            attempts: 6,
            pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(60),
        }
    }
}

impl Patience {
    /// How long to wait after `failures` (at least one) in a row.
    pub(crate) fn pause_after(&self, failures: u32, asked: Option<Duration>) -> Duration {
        let doubled = self.pause * 2_u32.saturating_pow(failures.saturating_sub(1).min(16));
        asked.unwrap_or(doubled).min(self.longest_pause)
    }
}

/// Who sends requests.
#[derive(Clone, Debug)]
pub(super) struct Web {
    agent: ureq::Agent,
    /// The hub or its mirror, the only one that hears the token.
    home: Url,
    token: Option<Token>,
}

/// A success.
pub(crate) struct Answer {
    /// The status and headers of the last server, and its body.
    pub response: Response<Body>,
    /// What the hub's own answer said of the file, which may have come with a redirection.
    pub linked: Linked,
}

/// The hub's headers about a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Linked {
    /// `X-Linked-Etag`, or the `ETag` of a file in plain git: a hash in hexadecimal.
    pub etag: Option<String>,
    /// `X-Linked-Size` in bytes.
    pub size: Option<u64>,
    /// `X-Repo-Commit`.
    pub commit: Option<String>,
}

impl Web {
    pub fn new(home: Url, token: Option<Token>, patience: &Patience) -> Self {
        let config = ureq::Agent::config_builder()
            .user_agent(concat!("strata/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            // Redirections are followed here, so that the token does not go along.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(patience.connect))
            .timeout_resolve(Some(patience.connect))
            .timeout_recv_response(Some(patience.stall))
            .timeout_per_read(Some(patience.stall))
            .build();
        Self {
            agent: config.new_agent(),
            home,
            token,
        }
    }

    /// Fetches an address of the hub, or a part of it.
    pub fn get(&self, from: &Url, range: Option<&Range<u64>>) -> Result<Answer, Refusal> {
        let mut url = from.clone();
        let mut linked = Linked::default();
        for _ in 0..MOST_HOPS {
            let response = self.ask(&url, range).map_err(|error| Trouble::of(&error))?;
            let at_home = self.is_home(&url);
            if at_home {
                linked.take(&response);
            }
            let status = response.status();
            if status.is_success() {
                return Ok(Answer { response, linked });
            }
            if !status.is_redirection() {
                return Err(refusal(&response, at_home));
            }
            url = self.next(&url, &response)?;
        }
        Err(Trouble::Redirect("one address after another".into()).into())
    }

    /// What the hub's headers say of the file at an address; its bytes are not asked for.
    pub fn head(&self, url: &Url) -> Result<Linked, Refusal> {
        let response = self.authorised(self.agent.head(url.as_str()), url).call();
        let response = response.map_err(|error| Trouble::of(&error))?;
        let status = response.status();
        if !status.is_success() && !status.is_redirection() {
            return Err(refusal(&response, true));
        }
        let mut linked = Linked::default();
        linked.take(&response);
        if linked.size.is_none() && status.is_success() {
            linked.size = text(&response, "content-length").and_then(|size| size.parse().ok());
        }
        Ok(linked)
    }

    fn ask(&self, url: &Url, range: Option<&Range<u64>>) -> Result<Response<Body>, ureq::Error> {
        let mut request = self.authorised(self.agent.get(url.as_str()), url);
        // A compressed answer has other ranges and another length than the file.
        request = request.header(header::ACCEPT_ENCODING, "identity");
        if let Some(range) = range {
            // The last byte of a range counts (RFC 9110, 14.1.2).
            let value = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
            request = request.header(header::RANGE, value);
        }
        request.call()
    }

    fn authorised<B>(
        &self,
        request: ureq::RequestBuilder<B>,
        url: &Url,
    ) -> ureq::RequestBuilder<B> {
        match &self.token {
            Some(token) if self.is_home(url) && is_private(url) => {
                request.header(header::AUTHORIZATION, token.header())
            }
            _ => request,
        }
    }

    fn is_home(&self, url: &Url) -> bool {
        url.origin() == self.home.origin()
    }

    /// Where a redirection leads.
    fn next(&self, from: &Url, response: &Response<Body>) -> Result<Url, Trouble> {
        let Some(location) = text(response, "location") else {
            return Err(Trouble::Garbled("it redirects without an address".into()));
        };
        let to = from
            .join(location)
            .map_err(|_| Trouble::Redirect("an address that cannot be read".into()))?;
        let name = || to.host_str().unwrap_or("nowhere").to_owned();
        match to.scheme() {
            "https" => Ok(to),
            // Who began in the open, as a mirror in the same house may, has nothing to lose.
            "http" if self.home.scheme() == "http" => Ok(to),
            "http" => Err(Trouble::Insecure(format!("{} has no encryption", name()))),
            _ => Err(Trouble::Redirect(name())),
        }
    }
}

/// Whether nobody on the way can read what is sent there.
fn is_private(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    here || url.scheme() == "https"
}

impl Linked {
    /// Takes what an answer of the hub says; the first that says something counts.
    fn take(&mut self, response: &Response<Body>) {
        let tag = text(response, "x-linked-etag").or_else(|| text(response, "etag"));
        let hash = tag.map(|tag| tag.trim_start_matches("W/").trim_matches('"').to_owned());
        self.etag = self.etag.take().or(hash);
        let size = text(response, "x-linked-size").and_then(|size| size.parse().ok());
        self.size = self.size.or(size);
        let commit = text(response, "x-repo-commit").map(str::to_owned);
        self.commit = self.commit.take().or(commit);
    }
}

/// A header that is text.
pub(super) fn text<'a>(response: &'a Response<Body>, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

fn refusal(response: &Response<Body>, at_home: bool) -> Refusal {
    let status = response.status().as_u16();
    let trouble = match Trouble::of_status(status, text(response, "x-error-code")) {
        // An address that the hub signed has expired; the hub signs a new one when asked again.
        Trouble::Forbidden | Trouble::SignIn if !at_home => Trouble::Busy(status),
        trouble => trouble,
    };
    let after = text(response, "retry-after");
    let after = after.and_then(|value| retry_after(value, SystemTime::now()));
    Refusal { trouble, after }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let patience = Patience::default();
        let pauses: Vec<u128> = (1..=9)
            .map(|failures| patience.pause_after(failures, None).as_millis())
            .collect();
        let expected = [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000];
        assert_eq!(pauses, expected);
        let asked = Some(Duration::from_secs(3));
        assert_eq!(patience.pause_after(1, asked), Duration::from_secs(3));
        let forever = Some(Duration::from_secs(1 << 40));
        assert_eq!(patience.pause_after(1, forever), patience.longest_pause);
    }

    #[test]
    fn a_token_goes_nowhere_in_the_open() {
        let private = |text| is_private(&Url::parse(text).unwrap());
        assert!(private("https://example.org/a"));
        assert!(private("http://127.0.0.1:80/a"));
        assert!(private("http://[::1]/a"));
        assert!(!private("http://example.org/a"));
        assert!(!private("http://127.0.0.1.example.org/a"));
    }
}
