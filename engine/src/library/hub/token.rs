//! The token for files that ask to sign in: where it is found, and that it is never shown.
//!
//! To whom it is sent is decided in `web`.

use std::{
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
};

/// A person's token. Its `Debug` shows nothing of it, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

impl Token {
    /// The token in `text`, if it could be one: visible ASCII, as nothing else may go into a header.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        (!text.is_empty() && visible).then(|| Self(text.to_owned()))
    }

    /// The first of: `argument`, `HF_TOKEN`, `HUGGING_FACE_HUB_TOKEN`, the file that `HF_TOKEN_PATH` names,
    /// `token` in `HF_HOME`, and `token` where the hub's own tools keep it in the cache folder.
    pub fn find(argument: Option<Self>) -> Option<Self> {
        let variable = |name: &str| std::env::var_os(name);
        Self::find_among(argument, &variable, std::env::home_dir().as_deref())
    }

    fn find_among(
        argument: Option<Self>,
        variable: &dyn Fn(&str) -> Option<OsString>,
        home: Option<&Path>,
    ) -> Option<Self> {
        let named = |name: &str| Self::new(variable(name)?.to_str()?);
        let folder = |name: &str| variable(name).filter(|path| !path.is_empty());
        let path = folder("HF_TOKEN_PATH").map(PathBuf::from).or_else(|| {
            let cache = || folder("XDG_CACHE_HOME").map(PathBuf::from);
            let cache = || cache().or_else(|| Some(home?.join(".cache")));
            let hub = folder("HF_HOME").map(PathBuf::from);
            let hub = hub.or_else(|| Some(cache()?.join("huggingface")))?;
            Some(hub.join("token"))
        });
        argument
            .or_else(|| named("HF_TOKEN"))
            .or_else(|| named("HUGGING_FACE_HUB_TOKEN"))
            .or_else(|| Self::new(&std::fs::read_to_string(path?).ok()?))
    }

    /// The value of the header that carries it.
    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// What is found with these variables set.
    fn found(argument: Option<Token>, set: &[(&str, &Path)], home: &Path) -> Option<Token> {
        let variable = |name: &str| {
            let mut set = set.iter();
            set.find(|(key, _)| *key == name)
                .map(|(_, value)| value.as_os_str().to_owned())
        };
        Token::find_among(argument, &variable, Some(home))
    }

    #[test]
    fn the_nearest_place_counts() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, token: &str| {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, token).unwrap();
            path
        };
        assert_eq!(found(None, &[], home.path()), None);
        write(".cache/huggingface/token", "cached\n");
        let hub = write("hub/token", "hub");
        let path = write("named", " named \n");
        let is = |argument: Option<&str>, set: &[(&str, &Path)], expected: &str| {
            let argument = argument.and_then(Token::new);
            assert_eq!(found(argument, set, home.path()), Token::new(expected));
        };
        is(None, &[], "cached");
        let mut set = vec![("HF_HOME", hub.parent().unwrap())];
        is(None, &set, "hub");
        set.push(("HF_TOKEN_PATH", &path));
        is(None, &set, "named");
        set.push(("HUGGING_FACE_HUB_TOKEN", Path::new("old")));
        is(None, &set, "old");
        set.push(("HF_TOKEN", Path::new("new")));
        is(None, &set, "new");
        is(Some("argued"), &set, "argued");
        is(Some("  "), &set, "new");
    }

    #[test]
    fn what_would_break_a_header_is_no_token() {
        assert_eq!(Token::new("a\r\nHost: b"), None);
        assert_eq!(Token::new(""), None);
        assert_eq!(Token::new("é"), None);
    }

    #[test]
    fn it_is_not_shown() {
        let shown = format!("{:?}", Token::new("hf_secret"));
        assert!(!shown.contains("secret"), "{shown}");
    }
}
