//! The hub's list of a folder, as files with sizes and hashes. What a list says is checked before it is
//! believed: it decides what is written to disk.

use std::{fmt, io::Read};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, SeqAccess, Visitor},
};
use url::Url;

use super::{
    Hub,
    trouble::{Refusal, Trouble},
    web::text,
};

/// Bytes of one page of a list.
const MOST_BYTES: u64 = 8 << 20;
/// Pages of a list.
const MOST_PAGES: usize = 50;
/// Entries of a page, and files of a list. Hubs send a thousand a page, and a model in pieces has some
/// hundred files.
const MOST_FILES: usize = 4096;

/// A file on the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteFile {
    /// `owner/name`.
    pub repository: String,
    /// A branch, tag or commit.
    pub revision: String,
    /// Within the repository, with slashes.
    pub path: String,
    /// In bytes.
    pub size: u64,
    /// What its bytes must hash to.
    pub digest: Digest,
}

impl RemoteFile {
    /// Its name without the folder.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// How errors name it.
    pub fn subject(&self) -> String {
        format!("{}/{}", self.repository, self.path)
    }
}

/// A hash by which a file is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// Of the bytes; large files.
    Sha256([u8; 32]),
    /// Of git's header and the bytes, by SHA-1; small files that lie in git itself.
    GitBlob([u8; 20]),
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, bytes): (_, &[u8]) = match self {
            Self::Sha256(bytes) => ("sha256", bytes),
            Self::GitBlob(bytes) => ("git-blob", bytes),
        };
        write!(f, "{name}:")?;
        bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Digest {
    /// By the number of digits: 64 of SHA-256, 40 of a git blob.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let text = text.strip_prefix("sha256:").unwrap_or(text);
        if let Some(bytes) = bytes_of(text) {
            return Some(Self::Sha256(bytes));
        }
        bytes_of(text).map(Self::GitBlob)
    }
}

fn bytes_of<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// A folder of a repository at a revision.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub repository: &'a str,
    pub revision: &'a str,
    pub folder: &'a str,
}

/// The same, to be sent to a thread.
#[derive(Clone)]
pub(super) struct OwnedPlace {
    repository: String,
    revision: String,
    folder: String,
}

impl Place<'_> {
    pub fn owned(&self) -> OwnedPlace {
        OwnedPlace {
            repository: self.repository.to_owned(),
            revision: self.revision.to_owned(),
            folder: self.folder.to_owned(),
        }
    }

    /// How errors name it.
    pub fn subject(&self) -> String {
        let folder = self.folder.trim_matches('/');
        let slash = if folder.is_empty() { "" } else { "/" };
        format!("{}{slash}{folder} at {}", self.repository, self.revision)
    }
}

/// An entry as the hub writes it.
#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    oid: String,
    lfs: Option<Lfs>,
}

/// What it says of a file that lies outside of git.
#[derive(Deserialize)]
struct Lfs {
    oid: String,
    size: u64,
}

/// Lists a folder, page by page.
pub(super) fn list(hub: &Hub, place: &OwnedPlace) -> Result<Vec<RemoteFile>, Refusal> {
    let pieces = ["api", "models"].into_iter();
    let pieces = pieces.chain(place.repository.split('/'));
    let pieces = pieces.chain(["tree", place.revision.as_str()]);
    let mut url = hub.address(pieces.chain(place.folder.split('/')));
    url.set_query(Some("recursive=false&expand=false"));

    let mut files = Vec::new();
    for _ in 0..MOST_PAGES {
        let answer = hub.web.get(&url, None)?;
        let next = text(&answer.response, "link").and_then(next_page);
        let body = answer.response.into_body().into_reader();
        for entry in entries(body)? {
            if entry.kind == "file" {
                files.push(file(hub, place, &entry)?);
            }
            if files.len() > MOST_FILES {
                let reason = format!("the list has more than {MOST_FILES} files");
                return Err(Trouble::Garbled(reason).into());
            }
        }
        match next {
            Some(next) => turn(&mut url, &next)?,
            None => return Ok(files),
        }
    }
    Err(Trouble::Garbled(format!("the list has more than {MOST_PAGES} pages")).into())
}

/// The entries of a page, which are counted as they come: a few bytes of a page are many of memory.
struct Page(Vec<Entry>);

impl<'de> Deserialize<'de> for Page {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Page;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a list of files")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Page, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = list.next_element()? {
                    if entries.len() >= MOST_FILES {
                        return Err(A::Error::custom("too many files"));
                    }
                    entries.push(entry);
                }
                Ok(Page(entries))
            }
        }
        deserializer.deserialize_seq(Entries)
    }
}

fn entries(body: impl Read) -> Result<Vec<Entry>, Trouble> {
    let mut bytes = Vec::new();
    body.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Trouble::of_io(&error))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Trouble::Garbled("the list is too long".into()));
    }
    // The parser's message may repeat what came, which is not fit to be shown; its position says enough.
    let page: Result<Page, _> = serde_json::from_slice(&bytes);
    page.map(|page| page.0).map_err(|error| {
        Trouble::Garbled(format!(
            "no list of at most {MOST_FILES} files, line {} column {}",
            error.line(),
            error.column()
        ))
    })
}

fn file(hub: &Hub, place: &OwnedPlace, entry: &Entry) -> Result<RemoteFile, Refusal> {
    let (mut file, known) = listed(place, entry)?;
    if !known {
        // A list without hashes, as simple mirrors give: the file's own headers tell.
        let linked = hub.web.head(&hub.address_of(&file))?;
        file.size = linked.size.unwrap_or(file.size);
        let digest = linked.etag.as_deref().and_then(Digest::from_hex);
        file.digest =
            digest.ok_or_else(|| Trouble::Garbled("no hash is given for a file".into()))?;
    }
    Ok(file)
}

/// A file as the list has it, and whether that tells its hash.
fn listed(place: &OwnedPlace, entry: &Entry) -> Result<(RemoteFile, bool), Trouble> {
    let folder = place.folder.trim_matches('/');
    let name = match folder {
        "" => Some(entry.path.as_str()),
        _ => entry
            .path
            .strip_prefix(folder)
            .and_then(|rest| rest.strip_prefix('/')),
    };
    // Whatever a list says, names lead nowhere else.
    if !name.is_some_and(is_plain_name) {
        return Err(Trouble::Garbled(
            "a file's name leads out of its folder".into(),
        ));
    }
    let (hash, size) = match &entry.lfs {
        Some(lfs) => (lfs.oid.as_str(), lfs.size),
        None => (entry.oid.as_str(), entry.size),
    };
    let digest = Digest::from_hex(hash);
    let file = RemoteFile {
        repository: place.repository.clone(),
        revision: place.revision.clone(),
        path: entry.path.clone(),
        size,
        digest: digest.unwrap_or(Digest::GitBlob([0; 20])),
    };
    Ok((file, digest.is_some()))
}

/// A page of a list as it came, for fuzzing and tests.
#[cfg(any(test, fuzzing))]
pub(crate) fn trial(page: &[u8]) -> crate::error::Result<()> {
    for folder in ["", "a"] {
        let place = OwnedPlace {
            repository: "owner/name".into(),
            revision: "main".into(),
            folder: folder.into(),
        };
        let files = entries(page).and_then(|entries| {
            let files = entries.iter().map(|entry| listed(&place, entry));
            files.collect::<Result<Vec<_>, _>>()
        });
        for (file, _) in files.map_err(|trouble| crate::Error::remote("list", trouble))? {
            let name = std::path::Path::new(file.name());
            assert_eq!(name.components().count(), 1, "{name:?}");
            assert!(
                !name.is_absolute() && name.file_name().is_some(),
                "{name:?}"
            );
        }
    }
    Ok(())
}

fn is_plain_name(name: &str) -> bool {
    let harmless = |c: char| !c.is_control() && !matches!(c, '/' | '\\' | ':');
    !matches!(name, "" | "." | "..") && name.len() <= 255 && name.chars().all(harmless)
}

/// The address of the next page in a `Link` header (RFC 8288).
fn next_page(link: &str) -> Option<String> {
    let next = |link: &&str| link.contains("rel=\"next\"") || link.contains("rel=next");
    let link = link.split(',').find(next)?;
    let (address, _) = link.trim().strip_prefix('<')?.split_once('>')?;
    Some(address.to_owned())
}

/// Goes to the next page, which is at the same place: a mirror's pages may name the hub that it mirrors.
fn turn(url: &mut Url, next: &str) -> Result<(), Trouble> {
    let there = url.join(next);
    let query = there.as_ref().ok().and_then(Url::query);
    let query = query.ok_or_else(|| Trouble::Garbled("no address of the next page".into()))?;
    url.set_query(Some(query));
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn hashes_are_told_by_their_length() {
        let long = "0f".repeat(32);
        assert_eq!(Digest::from_hex(&long), Some(Digest::Sha256([15; 32])));
        let short = "0f".repeat(20);
        assert_eq!(Digest::from_hex(&short), Some(Digest::GitBlob([15; 20])));
        let shown = Digest::GitBlob([15; 20]).to_string();
        assert_eq!(shown, format!("git-blob:{short}"));
        for wrong in [
            "",
            "0f",
            &"+f".repeat(20),
            &"zz".repeat(32),
            &"é".repeat(20),
        ] {
            assert_eq!(Digest::from_hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_lead_nowhere() {
        for wrong in ["", ".", "..", "a/b", "a\\b", "c:d", "a\nb"] {
            assert!(!is_plain_name(wrong), "{wrong:?}");
        }
        assert!(is_plain_name("xxl_model.pt"));
    }

    #[test]
    fn the_next_page_is_at_the_same_server() {
        let link = "<https://elsewhere.example/api/x?cursor=abc&expand=false>; rel=\"next\"";
        let mut url = Url::parse("https://mirror.example/api/x?expand=false").unwrap();
        turn(&mut url, &next_page(link).unwrap()).unwrap();
        let expected = "https://mirror.example/api/x?cursor=abc&expand=false";
        assert_eq!(url.as_str(), expected);
        assert_eq!(next_page("<https://a.example/>; rel=\"prev\""), None);
    }
}
