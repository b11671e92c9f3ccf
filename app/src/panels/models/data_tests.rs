//! Cards of installed and of published models.
#![allow(clippy::unwrap_used)]

use strata_engine::{Event, ModelEvent};

use super::*;
use crate::{
    actions::Action,
    library,
    panels::fixture::{act, hear, state},
    state::{Message, Page},
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

#[test]
fn a_published_model_says_what_it_costs() {
    let mut state = state();
    act(&mut state, [Action::ShowModels]);
    assert_eq!(Models::of(&state).published.empty, Some(works::LOOKING));
    let home = tempfile::tempdir().unwrap();
    let places = crate::places::Places::below(home.path());
    let stock = crate::library::Stock::of(&places);
    let tell = |state: &mut State, event| state.update(0.0, Message::Library(event));
    tell(&mut state, library::Event::Listed(Arc::new(stock)));
    let published = Models::of(&state).published;
    assert!(published.tokenizers.is_empty() && published.tokenizer_count > 3);
    let of = |state: &State, name: &str| {
        let published = Models::of(state).published;
        let mut cards = published.models.into_iter();
        let xxl = cards.find(|card| card.id == "dnd-imagenet-xxl");
        let xxl = xxl.unwrap();
        let fact = xxl.facts.iter().find(|(own, _)| *own == name);
        (fact.map(|(_, value)| value.clone()), xxl.warning)
    };
    let download = of(&state, works::DOWNLOAD_SIZE).0.unwrap();
    assert_eq!(download, "about 6.6 GB");
    assert_eq!(of(&state, works::SCORE).0.unwrap(), "gFID 2.58");
    assert_eq!(
        of(&state, words::TIME),
        (None, None),
        "nothing was measured"
    );

    let strength = library::Strength {
        memory: Some(2_000_000_000),
        bytes_per_sec: Some(20e9),
    };
    tell(&mut state, library::Event::Measured(strength));
    let (memory, warning) = of(&state, words::MEMORY);
    let memory = memory.unwrap();
    assert!(memory.ends_with("this machine has 2.0 GB"), "{memory}");
    assert_eq!(warning, Some(works::TOO_LARGE));
    let time = of(&state, words::TIME).0.unwrap();
    assert!(time.contains("estimated"), "{time}");
    // Three starter models are too small to be estimated.
    assert_eq!(state.estimate(30 << 20, 256), None);
}
