//! What the page of models shows.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use strata_engine::{Mode, ModelCard};

use crate::{
    explain::Explained,
    state::{Readiness, State},
    wording::{self, models as words},
};

/// The page of models.
#[derive(Clone, Debug, PartialEq)]
pub struct Models<'a> {
    /// What is installed: pictures first, then pages, each by name.
    pub cards: Vec<Card<'a>>,
    /// What could not be read.
    pub unreadable: &'a [Explained],
    /// Where a person puts models.
    pub folder: &'a Path,
}

/// A model.
#[derive(Clone, Debug, PartialEq)]
pub struct Card<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What it draws, in its own words.
    pub summary: String,
    /// Whether it can draw at once.
    pub status: Status,
    /// What is known of it: a name and a value each.
    pub facts: Vec<(&'static str, String)>,
    /// The folder it lives in; `None` inside the program.
    pub folder: Option<&'a Path>,
    /// Its pictures in the pictures folder.
    pub made: usize,
}

/// Whether a model can draw at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Status {
    /// The one that the next picture of its mode is drawn with.
    Chosen,
    /// It is loaded as soon as it is chosen.
    Installed,
    /// Being read; how far, from 0 to 1.
    Loading(f32),
    /// It cannot be used.
    Broken,
}

impl<'a> Models<'a> {
    /// From the state.
    pub fn of(state: &'a State) -> Self {
        let made = &state.browser.listing.overview.models;
        let mut cards: Vec<&Arc<ModelCard>> = state.models.iter().collect();
        cards.sort_by_key(|card| (card.mode != Mode::Classes, card.name.to_lowercase()));
        Self {
            cards: cards
                .into_iter()
                .map(|own| card(state, made, own))
                .collect(),
            unreadable: &state.unreadable,
            folder: &state.models_folder,
        }
    }
}

fn card<'a>(state: &'a State, made: &BTreeMap<String, usize>, card: &'a ModelCard) -> Card<'a> {
    let chosen = state.chosen_model(card.mode) == Some(card.id.as_str());
    let status = match state.readiness.get(&card.id) {
        Some(Readiness::Loading { fraction }) => Status::Loading(*fraction),
        Some(Readiness::Failed) => Status::Broken,
        _ if chosen => Status::Chosen,
        _ => Status::Installed,
    };
    let speed = state.time_of_one(card);
    let credits = card.attribution.split_whitespace().collect::<Vec<_>>();
    let facts = [
        (words::DRAWS, words::draws(card)),
        (words::GRID, wording::grid(card.grid, card.depth)),
        (words::RECOMMENDED, words::recommended(card)),
        (words::MEMORY, words::memory(card)),
        (
            words::TIME,
            speed.map_or(words::NOT_MEASURED.into(), words::time),
        ),
        (words::LICENCE, card.licence.clone()),
        (words::SOURCE, card.source.clone()),
        (words::CREDITS, credits.join(" ")),
    ];
    Card {
        id: &card.id,
        name: &card.name,
        summary: wording::sentence(&card.summary),
        status,
        facts: facts
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect(),
        folder: card.folder.as_deref(),
        made: made.get(&card.id).copied().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use strata_engine::{Event, ModelEvent};

    use super::*;
    use crate::{
        actions::Action,
        panels::fixture::{act, hear, state},
        state::Page,
    };

    fn statuses(state: &State) -> Vec<(String, Status)> {
        let cards = Models::of(state).cards;
        cards
            .into_iter()
            .map(|card| (card.id.to_owned(), card.status))
            .collect()
    }

    #[test]
    fn every_model_has_a_card_with_what_is_known() {
        let mut state = state();
        act(&mut state, [Action::ShowModels]);
        assert_eq!(state.page, Page::Models);
        let models = Models::of(&state);
        assert_eq!(models.cards.len(), state.models.len());
        let names: Vec<&str> = models.cards.iter().map(|card| card.name).collect();
        assert_eq!(names, ["Sketch book", "Sticker book", "Typewriter"]);
        let first = &models.cards[0];
        assert_eq!(first.summary, "Flat pictures.");
        let fact = |name| {
            let found = first.facts.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| value.as_str())
        };
        assert_eq!(fact(words::DRAWS), Some("3 classes, 16 \u{d7} 16 pixels"));
        assert_eq!(
            fact(words::RECOMMENDED),
            Some("temperature 0.9, guidance 2")
        );
        // Weights, two sequences of a guided picture, and the decoder.
        assert_eq!(fact(words::MEMORY), Some("34 MB with one picture in work"));
        assert_eq!(fact(words::TIME), Some(words::NOT_MEASURED));
        assert_eq!(fact(words::SOURCE), None, "an empty value is no fact");
    }

    #[test]
    fn a_model_is_chosen_from_its_card_and_its_state_shown() {
        let mut state = state();
        let pages = statuses(&state).last().cloned().unwrap().0;
        act(
            &mut state,
            [Action::ShowModels, Action::DrawWith(pages.clone())],
        );
        assert_eq!((state.page, state.mode), (Page::Studio, Mode::Documents));
        assert_eq!(
            state.card().map(|card| card.id.clone()),
            Some(pages.clone())
        );
        let told = |state: &State| statuses(state).last().cloned().unwrap().1;
        assert_eq!(told(&state), Status::Loading(0.0));
        let ready = ModelEvent::Loading { fraction: 0.5 };
        hear(
            &mut state,
            Event::Model {
                model: pages.clone(),
                event: ready,
            },
        );
        assert_eq!(told(&state), Status::Loading(0.5));
    }

    #[test]
    fn its_pictures_are_shown_in_the_gallery() {
        let mut state = state();
        let id = state.models[0].id.clone();
        let effects = act(
            &mut state,
            [Action::ShowModels, Action::ShowPicturesOf(id.clone())],
        );
        assert_eq!(state.page, Page::Gallery);
        assert_eq!(state.browser.query.filter.model, Some(id));
        assert!(!effects.is_empty(), "the index is asked");
    }
}
