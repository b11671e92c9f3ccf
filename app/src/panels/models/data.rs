//! What the page of models shows.

use std::{path::Path, sync::Arc};

use strata_engine::{Mode, ModelCard};

use super::{
    offers::Published,
    report::ReportView,
    work::{Button, WorkView},
};
use crate::{
    actions::ModelAction,
    explain::Explained,
    gallery::{
        index::{Content, ModelOverview, Row},
        thumbnails::Key,
    },
    state::{Readiness, State, WorkKind},
    wording::{self, care, library as works, models as words},
};

/// Edge of the small copies of a model's pictures, in points.
pub const PICTURE: f32 = 56.0;

/// The page of models.
#[derive(Clone, Debug, PartialEq)]
pub struct Models<'a> {
    /// What is installed: pictures first, then pages, each by name.
    pub cards: Vec<Card<'a>>,
    /// What could not be read.
    pub unreadable: &'a [Explained],
    /// Models that are being made of files from elsewhere: the name and the work of each.
    pub arriving: Vec<(&'a str, WorkView<'a>)>,
    /// Whether files are being looked at.
    pub looking: bool,
    /// Where a person puts models.
    pub folder: &'a Path,
    /// What may be had.
    pub published: Published<'a>,
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
    /// What speaks against drawing with it on this machine.
    pub warning: Option<&'static str>,
    /// The folder it lives in; `None` inside the program.
    pub folder: Option<&'a Path>,
    /// Its pictures in the pictures folder.
    pub made: usize,
    /// The newest of them.
    pub pictures: Vec<SmallPicture<'a>>,
    /// What is being done with it.
    pub work: Option<WorkView<'a>>,
    /// What a check has found.
    pub report: Option<ReportView>,
    /// What may be done with its files.
    pub deeds: Vec<Button>,
}

/// A picture that a model made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SmallPicture<'a> {
    /// Which small copy.
    pub key: Key,
    /// The picture's file, relative to the pictures folder, `/` between the parts.
    pub path: &'a str,
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
        let mut cards: Vec<&Arc<ModelCard>> = state.models.iter().collect();
        cards.sort_by_key(|card| (card.mode != Mode::Classes, card.name.to_lowercase()));
        Self {
            cards: cards.into_iter().map(|own| card(state, own)).collect(),
            unreadable: &state.unreadable,
            arriving: arriving(state),
            looking: state.works.looking,
            folder: &state.models_folder,
            published: Published::of(state),
        }
    }
}

/// An import shows on no other card.
fn arriving(state: &State) -> Vec<(&str, WorkView<'_>)> {
    let each = state.works.each.iter();
    let imports =
        each.filter(|(id, work)| work.kind == WorkKind::Import && state.card_of(id).is_none());
    imports
        .map(|(id, work)| (work.name.as_str(), WorkView::of(id, &work.name, work)))
        .collect()
}

fn card<'a>(state: &'a State, card: &'a ModelCard) -> Card<'a> {
    let chosen = state.chosen_model(card.mode) == Some(card.id.as_str());
    let status = match state.readiness.get(&card.id) {
        Some(Readiness::Loading { fraction }) => Status::Loading(*fraction),
        Some(Readiness::Failed) => Status::Broken,
        _ if chosen => Status::Chosen,
        _ => Status::Installed,
    };
    let made = state.browser.listing.overview.models.get(&card.id);
    let work = state.works.each.get(&card.id);
    Card {
        id: &card.id,
        name: &card.name,
        summary: match card.summary.is_empty() {
            true => String::new(),
            false => wording::sentence(&card.summary),
        },
        status,
        facts: facts(state, card),
        warning: state
            .is_too_large(words::needed(card))
            .then_some(works::TOO_LARGE),
        folder: card.folder.as_deref(),
        made: made.map_or(0, |made| made.pictures),
        pictures: made.map(pictures).unwrap_or_default(),
        work: work.map(|work| WorkView::of(&card.id, &card.name, work)),
        report: state.works.reports.get(&card.id).map(ReportView::of),
        deeds: deeds(state, card, status),
    }
}

fn facts(state: &State, card: &ModelCard) -> Vec<(&'static str, String)> {
    let measured = state.time_of_one(card).map(words::time);
    let estimated = state.estimate(card.footprint.weights, card.positions());
    let time = measured.or(estimated.map(works::estimate));
    let memory = state.works.strength.and_then(|strength| strength.memory);
    let credits = card.attribution.split_whitespace().collect::<Vec<_>>();
    let shipped = card.folder.is_none();
    let files = care::on_disk(card.bytes, card.precision, card.family, shipped);
    let facts = [
        (words::DRAWS, words::draws(card)),
        (words::GRID, wording::grid(card.grid, card.depth)),
        (care::ON_DISK, files),
        (words::RECOMMENDED, words::recommended(card)),
        (words::MEMORY, works::memory(words::needed(card), memory)),
        (words::TIME, time.unwrap_or(words::NOT_MEASURED.into())),
        (words::LICENCE, card.licence.clone()),
        (words::SOURCE, card.source.clone()),
        (words::CREDITS, credits.join(" ")),
    ];
    facts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

fn pictures(made: &ModelOverview) -> Vec<SmallPicture<'_>> {
    fn small(row: &Arc<Row>) -> Option<SmallPicture<'_>> {
        match &row.content {
            Content::Picture(facts) => Some(SmallPicture {
                key: Key::fitting(facts.identity, PICTURE),
                path: &row.file.path,
            }),
            _ => None,
        }
    }
    made.newest.iter().filter_map(small).collect()
}

/// While something is done with its files, nothing else is.
fn deeds(state: &State, card: &ModelCard, status: Status) -> Vec<Button> {
    let button = |text: &str, action: fn(String) -> ModelAction| {
        Button::new(text, &card.name, action(card.id.clone()))
    };
    let mut deeds = Vec::new();
    if let Status::Loading(_) = status {
        deeds.push(button(words::CANCEL_LOADING, ModelAction::CancelLoading));
    }
    if state.is_at_work(&card.id) {
        return deeds;
    }
    deeds.push(button(care::CHECK, ModelAction::Check));
    // Those inside the program are as they are.
    if card.folder.is_some() {
        deeds.push(button(care::CONVERT, ModelAction::AskConvert));
        if card.originals > 0 {
            let text = care::drop_originals(card.originals);
            deeds.push(button(&text, ModelAction::AskDropOriginals));
        }
        deeds.push(button(care::REMOVE, ModelAction::AskRemove));
    }
    deeds
}

#[cfg(test)]
#[path = "data_tests.rs"]
mod tests;
