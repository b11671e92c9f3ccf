//! The hub that models are published on: what a folder there holds, and where its files are.
//!
//! | module | what lives there |
//! |---|---|
//! | `listing` | the hub's list of a folder, as files with sizes and hashes |
//! | `web` | requests, redirections, to whom the token goes |
//! | `token` | where a token is found |
//! | `trouble` | what can go wrong, and what passes |
//! | `cancel` | stopping |
//!
//! Any server that answers as the Hugging Face hub does will do. Fetching a file's bytes belongs to
//! [`download`](super::download).

mod cancel;
mod listing;
mod token;
mod trouble;
mod web;

use std::ops::Range;

use url::Url;

pub use cancel::Cancel;
pub(crate) use cancel::GLANCE;
#[cfg(any(test, fuzzing))]
pub(crate) use listing::trial;
pub use listing::{Digest, RemoteFile};
pub use token::Token;
pub(crate) use trouble::Refusal;
pub use trouble::Trouble;
pub use web::Patience;
pub(crate) use web::{Answer, Linked};

use crate::error::{Error, Result};
use web::Web;

/// The hub where nothing else is asked for.
pub const ENDPOINT: &str = "https://huggingface.co";
/// The revision where nothing else is asked for.
pub const REVISION: &str = "main";

/// A hub or its mirror. Clones share connections.
#[derive(Clone, Debug)]
pub struct Hub {
    endpoint: Url,
    web: Web,
    patience: Patience,
}

/// The endpoint to use: `argument`, or `HF_ENDPOINT`, or the hub's own.
pub fn endpoint(argument: Option<&str>) -> String {
    let set = std::env::var("HF_ENDPOINT").ok();
    let given = argument.map(str::to_owned).or(set);
    given
        .filter(|endpoint| !endpoint.trim().is_empty())
        .unwrap_or_else(|| ENDPOINT.to_owned())
}

impl Hub {
    /// The hub at `endpoint`, an `http` or `https` address. The token is sent to no other server, and not
    /// without encryption.
    ///
    /// # Errors
    /// [`Error::Endpoint`] when that is no address of a server.
    pub fn new(endpoint: &str, token: Option<Token>, patience: Patience) -> Result<Self> {
        let wrong = |reason: &str| Error::Endpoint {
            reason: reason.to_owned(),
        };
        let mut url = Url::parse(endpoint.trim()).map_err(|error| wrong(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(wrong("it does not begin with https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("it holds a name or password; give a token instead"));
        }
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self {
            web: Web::new(url.clone(), token, &patience),
            endpoint: url,
            patience,
        })
    }

    /// How long servers are given.
    pub fn patience(&self) -> &Patience {
        &self.patience
    }

    /// The files directly in `folder` (empty: the top) of `repository` (`owner/name`) at `revision` (a branch,
    /// tag or commit), with sizes and hashes.
    ///
    /// # Errors
    /// [`Error::Remote`] when the hub does not tell; [`Error::Cancelled`].
    pub fn list(
        &self,
        repository: &str,
        revision: &str,
        folder: &str,
        cancel: &Cancel,
    ) -> Result<Vec<RemoteFile>> {
        let place = listing::Place {
            repository,
            revision,
            folder,
        };
        self.insist(&place.subject(), cancel, {
            let (hub, place) = (self.clone(), place.owned());
            move || listing::list(&hub, &place)
        })
    }

    /// Fetches a file or a part of it.
    pub(crate) fn get(
        &self,
        file: &RemoteFile,
        range: Option<&Range<u64>>,
    ) -> Result<Answer, Refusal> {
        self.web.get(&self.address_of(file), range)
    }

    /// Where the hub gives a file.
    fn address_of(&self, file: &RemoteFile) -> Url {
        let repository = file.repository.split('/');
        let path = file.path.split('/');
        let middle = ["resolve", file.revision.as_str()];
        self.address(repository.chain(middle).chain(path))
    }

    /// An address below the endpoint. A slash within a piece, as in the name of a branch, is encoded.
    fn address<'a>(&self, pieces: impl Iterator<Item = &'a str>) -> Url {
        let mut url = self.endpoint.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            // An empty piece or a dot would make another address of it.
            path.pop_if_empty()
                .extend(pieces.filter(|piece| !matches!(*piece, "" | "." | "..")));
        }
        url
    }

    /// Asks again, with growing pauses, while what goes wrong may pass.
    fn insist<T: Send + 'static>(
        &self,
        subject: &str,
        cancel: &Cancel,
        ask: impl Fn() -> Result<T, Refusal> + Clone + Send + 'static,
    ) -> Result<T> {
        let mut failures = 0;
        loop {
            match cancel.apart(ask.clone())? {
                Ok(answer) => return Ok(answer),
                Err(Refusal { trouble, after }) => {
                    failures += 1;
                    if !trouble.may_pass() || failures >= self.patience.attempts {
                        return Err(Error::remote(subject, trouble));
                    }
                    tracing::debug!(subject, %trouble, failures, "asking again");
                    cancel.sleep(self.patience.pause_after(failures, after))?;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn hub(endpoint: &str) -> Result<Hub> {
        Hub::new(endpoint, None, Patience::default())
    }

    #[test]
    fn addresses_are_below_the_endpoint() {
        let file = RemoteFile {
            repository: "owner/model".into(),
            revision: "refs/pr/1".into(),
            path: "a folder/x?.pt".into(),
            size: 0,
            digest: Digest::Sha256([0; 32]),
        };
        for endpoint in ["https://example.org/mirror", "https://example.org/mirror/"] {
            let url = hub(endpoint).unwrap().address_of(&file);
            let expected =
                "https://example.org/mirror/owner/model/resolve/refs%2Fpr%2F1/a%20folder/x%3F.pt";
            assert_eq!(url.as_str(), expected);
        }
    }

    #[test]
    fn an_endpoint_is_an_address_without_secrets() {
        for wrong in [
            "",
            "example.org",
            "ftp://example.org",
            "https://me:secret@example.org",
        ] {
            let error = hub(wrong).unwrap_err();
            assert!(matches!(error, Error::Endpoint { .. }), "{error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
