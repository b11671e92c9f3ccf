//! Where published models come from: the hub or a mirror, and the token of a person's account.

use strata_engine::library::hub::{Hub, Patience};

use crate::{
    explain::Explained,
    settings::Secret,
    state::{Effect, State},
    wording::library as words,
};

/// What is typed into the fields of server and token.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServerForm {
    /// The address.
    pub endpoint: String,
    /// The token.
    pub token: Secret,
    /// What is wrong with them.
    pub trouble: Option<Explained>,
}

impl ServerForm {
    /// What is to be kept: the address, and the token where one was typed.
    fn checked(&self) -> Result<(Option<String>, Option<Secret>), Explained> {
        let endpoint = self.endpoint.trim();
        let endpoint = (!endpoint.is_empty()).then(|| endpoint.to_owned());
        if let Some(endpoint) = &endpoint {
            let hub = Hub::new(endpoint, None, Patience::default());
            hub.map_err(|error| words::explained(&error))?;
        }
        let typed = !self.token.text().trim().is_empty();
        if typed && self.token.token().is_none() {
            return Err(Explained::new(words::NO_TOKEN, words::NO_TOKEN_STEP));
        }
        Ok((endpoint, typed.then(|| self.token.clone())))
    }
}

impl State {
    pub(super) fn show_server(&mut self, shown: bool) {
        self.works.server = shown.then(|| ServerForm {
            endpoint: self.preferences.hub.endpoint.clone().unwrap_or_default(),
            ..ServerForm::default()
        });
    }

    pub(super) fn type_endpoint(&mut self, text: String) {
        if let Some(form) = &mut self.works.server {
            form.endpoint = text;
            form.trouble = None;
        }
    }

    pub(super) fn type_token(&mut self, text: Secret) {
        if let Some(form) = &mut self.works.server {
            form.token = text;
            form.trouble = None;
        }
    }

    /// Keeps what was typed, if it makes sense; an empty field of the token changes nothing.
    pub(super) fn keep_server(&mut self) -> Vec<Effect> {
        let Some(form) = &mut self.works.server else {
            return Vec::new();
        };
        let (endpoint, token) = match form.checked() {
            Ok(checked) => checked,
            Err(trouble) => {
                form.trouble = Some(trouble);
                return Vec::new();
            }
        };
        self.works.server = None;
        let kept = self.prefer(|preferences| {
            preferences.hub.endpoint = endpoint;
            if token.is_some() {
                preferences.hub.token = token;
            }
        });
        kept.into_iter().collect()
    }
}
