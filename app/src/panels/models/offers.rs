//! What may be had: published models that are not installed, and where they come from.

use super::work::{Button, WorkView};
use crate::{
    actions::ModelAction,
    explain::Explained,
    library::Offer,
    state::{ServerForm, State},
    wording::{self, library as words, models},
};

/// The published models.
#[derive(Clone, Debug, PartialEq)]
pub struct Published<'a> {
    /// Models.
    pub models: Vec<OfferCard<'a>>,
    /// Tokenizers that are published alone; empty while they are folded.
    pub tokenizers: Vec<OfferCard<'a>>,
    /// Whether those are listed.
    pub tokenizers_shown: bool,
    /// How many there are.
    pub tokenizer_count: usize,
    /// What stands in place of models.
    pub empty: Option<&'static str>,
    /// Why a person's own catalogue is not among them.
    pub trouble: Option<&'a Explained>,
    /// The fields of server and token, while they are open.
    pub server: Option<Server<'a>>,
}

/// The fields of server and token.
#[derive(Clone, Debug, PartialEq)]
pub struct Server<'a> {
    /// What is typed.
    pub form: &'a ServerForm,
    /// The address that an empty field means.
    pub usual: String,
    /// Whether a token is kept.
    pub has_token: bool,
}

/// A published model or tokenizer.
#[derive(Clone, Debug, PartialEq)]
pub struct OfferCard<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What it draws, in its own words.
    pub summary: String,
    /// What is known of it: a name and a value each.
    pub facts: Vec<(&'static str, String)>,
    /// The paper: its name and its address.
    pub paper: Option<(&'static str, &'static str)>,
    /// Its page on the hub.
    pub page: &'a str,
    /// What speaks against it on this machine.
    pub warning: Option<&'static str>,
    /// What is being done with it.
    pub work: Option<WorkView<'a>>,
    /// Fetches it, when nothing is being done.
    pub button: Option<Button>,
    /// Throws away what an earlier session left of it.
    pub discard: Option<Button>,
}

impl<'a> Published<'a> {
    /// From the state.
    pub fn of(state: &'a State) -> Self {
        let works = &state.works;
        let open = |offer: &&Offer| {
            let working = works.each.contains_key(&offer.id);
            let there = offer.installed || state.card_of(&offer.id).is_some();
            !there || (working && state.card_of(&offer.id).is_none())
        };
        let (models, tokenizers): (Vec<&Offer>, Vec<&Offer>) = works
            .stock
            .offers
            .iter()
            .filter(open)
            .partition(|offer| offer.mode.is_some());
        let busy = |offer: &&Offer| works.tokenizers_shown || works.each.contains_key(&offer.id);
        let tokenizer_count = tokenizers.len();
        let server = works.server.as_ref().map(|form| Server {
            form,
            usual: strata_engine::library::hub::endpoint(None),
            has_token: state.preferences.hub.token.is_some(),
        });
        Self {
            empty: match (works.listed, models.is_empty()) {
                (false, _) => Some(words::LOOKING),
                (true, true) => Some(words::NOTHING_LEFT),
                (true, false) => None,
            },
            models: models.into_iter().map(|own| card(state, own)).collect(),
            tokenizers: tokenizers
                .into_iter()
                .filter(busy)
                .map(|own| card(state, own))
                .collect(),
            tokenizers_shown: works.tokenizers_shown,
            tokenizer_count,
            trouble: works.stock.catalogue_trouble.as_ref(),
            server,
        }
    }
}

fn card<'a>(state: &'a State, offer: &'a Offer) -> OfferCard<'a> {
    let work = state.works.each.get(&offer.id);
    let idle = offer.runs && work.is_none();
    let get = || {
        let text = match offer.kept {
            0 => words::DOWNLOAD,
            _ => words::RESUME,
        };
        Button::new(text, &offer.name, ModelAction::Get(offer.id.clone()))
    };
    let discard = || {
        let action = ModelAction::Cancel(offer.id.clone());
        Button::new(words::CANCEL, &offer.name, action)
    };
    let needed = offer.footprint.as_ref().map(models::needed_by);
    let warning = match offer.runs {
        false => Some(words::NOT_RUN),
        true if needed.is_some_and(|needed| state.is_too_large(needed)) => Some(words::TOO_LARGE),
        true => None,
    };
    OfferCard {
        id: &offer.id,
        name: &offer.name,
        summary: wording::sentence(&offer.summary),
        facts: facts(state, offer, needed),
        paper: words::paper(&offer.family),
        page: &offer.page,
        warning,
        work: work.map(|work| WorkView::of(&offer.id, &offer.name, work)),
        button: idle.then(get),
        discard: (idle && offer.kept > 0).then(discard),
    }
}

fn facts(state: &State, offer: &Offer, needed: Option<u64>) -> Vec<(&'static str, String)> {
    let [width, height] = offer.size;
    let draws = format!(
        "{} pixels, {}",
        wording::size(width, height),
        wording::grid(offer.grid, offer.depth)
    );
    let memory = state.works.strength.and_then(|strength| strength.memory);
    let footprint = offer.footprint.as_ref();
    let time = footprint.and_then(|need| state.estimate(need.weights, offer.positions()));
    let facts = [
        (models::DRAWS, Some(draws)),
        (
            words::DOWNLOAD_SIZE,
            Some(words::download_size(offer.bytes, offer.kept)),
        ),
        (words::WEIGHTS, offer.parameters.map(words::parameters)),
        (words::SCORE, offer.score.clone()),
        (
            models::MEMORY,
            needed.map(|needed| words::memory(needed, memory)),
        ),
        (models::TIME, time.map(words::estimate)),
        (models::LICENCE, Some(offer.licence.clone())),
    ];
    let told = facts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    told.filter(|(_, value)| !value.is_empty()).collect()
}
