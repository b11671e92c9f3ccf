//! A text that is kept and used, and never shown.

use std::fmt;

use serde::{Deserialize, Serialize};
use strata_engine::library::hub::Token;

/// A person's secret, such as a token, whole or half typed. Its `Debug` shows nothing of it, and it has no `Display`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

impl Secret {
    /// What was typed so far.
    pub fn typed(text: String) -> Self {
        Self(text)
    }

    /// The text, for the field that hides it.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// To be sent to a hub; `None` when it could be no token.
    pub fn token(&self) -> Option<Token> {
        Token::new(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_not_shown() {
        let secret = Secret::typed(" hf_visible ".into());
        assert_eq!(format!("{secret:?}"), "Secret(hidden)");
        assert_eq!(secret.token(), Token::new("hf_visible"));
        assert_eq!(Secret::typed("two words".into()).token(), None);
    }
}
