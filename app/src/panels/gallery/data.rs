//! What the gallery page shows. The list may hold twenty thousand pictures, so it is borrowed, and only
//! what is on the screen is made into tiles.

use std::path::{Path, PathBuf};

use strata_engine::{PerDepth, Recipe, Subject};

use crate::{
    gallery::{
        index::{Content, Entry, Filter, Identity, Mark, Overview, Query},
        thumbnails::Key,
    },
    state::{Browser, State},
    wording,
};

const DAY_SECS: i64 = 24 * 60 * 60;

/// When pictures were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Period {
    /// At any time.
    #[default]
    Always,
    /// In the last 24 hours.
    Day,
    /// In the last 7 days.
    Week,
    /// In the last 30 days.
    Month,
}

impl Period {
    /// All of them, the shortest last.
    pub const ALL: [Self; 4] = [Self::Always, Self::Month, Self::Week, Self::Day];

    /// The first second of it, counted from 1970, when it is `now_secs`.
    pub fn since(self, now_secs: i64) -> Option<i64> {
        let days = match self {
            Self::Always => return None,
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
        };
        Some(now_secs - days * DAY_SECS)
    }

    /// The period that begins nearest to `since`.
    pub fn of(since: Option<i64>, now_secs: i64) -> Self {
        let Some(since) = since else {
            return Self::Always;
        };
        let days = (now_secs - since) / DAY_SECS;
        match days {
            ..4 => Self::Day,
            4..19 => Self::Week,
            _ => Self::Month,
        }
    }
}

/// The gallery page.
#[derive(Clone, Debug)]
pub struct Gallery<'a> {
    /// What was asked for.
    pub query: &'a Query,
    /// What the folder holds.
    pub overview: &'a Overview,
    /// The pictures that fit.
    pub entries: &'a [Entry],
    /// The edge of a tile, in points.
    pub tile_points: f32,
    /// The place of the cursor in `entries`.
    pub cursor: Option<usize>,
    /// Whether the picture at the cursor is large.
    pub large: bool,
    /// How many are selected.
    pub selected: usize,
    /// What goes on with the folder, in words.
    pub status: String,
    /// What stands in place of an empty grid.
    pub empty: Option<Empty>,
    /// How the picture at the cursor was made.
    pub detail: Option<Detail>,
    /// Steps done and steps in all of an export.
    pub exporting: Option<(usize, usize)>,
    /// The files' names in exports.
    pub pattern: &'a str,
    /// The classes of the folder: number, name, pictures; by name.
    pub classes: Vec<(u32, String, usize)>,
    /// The names of the folder's models: id, name, pictures.
    pub models: Vec<(String, String, usize)>,
    state: &'a State,
}

/// Why the grid is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Empty {
    /// There are no pictures yet.
    Folder,
    /// None fits.
    Query,
    /// The folder cannot be read: the system's words.
    Unreachable(String),
}

/// A picture on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile<'a> {
    /// Its path below the folder.
    pub path: &'a str,
    /// The file's name.
    pub file: &'a str,
    /// What it shows.
    pub title: String,
    /// Which picture; `None` for a file that cannot be read.
    pub identity: Option<Identity>,
    /// Why it cannot be read.
    pub trouble: Option<&'a str>,
    /// Width over height.
    pub aspect: f32,
    /// What a person said of it.
    pub mark: Mark,
    /// Whether it is selected.
    pub selected: bool,
    /// Whether the keys move from it.
    pub cursor: bool,
}

/// How a picture was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// What it shows.
    pub title: String,
    /// The file's name.
    pub file: String,
    /// Name and value of every number; empty until the index has told the recipe.
    pub facts: Vec<(&'static str, String)>,
    /// What a person said of it.
    pub mark: Mark,
    /// Whether its settings can be taken over.
    pub has_recipe: bool,
    /// Why it cannot be read.
    pub trouble: Option<String>,
}

impl<'a> Gallery<'a> {
    /// From the state.
    pub fn of(state: &'a State) -> Self {
        let browser = &state.browser;
        let listing = &browser.listing;
        let cursor = browser.cursor.as_deref();
        Self {
            query: &browser.query,
            overview: &listing.overview,
            entries: &listing.entries,
            tile_points: browser.tile_points,
            cursor: cursor.and_then(|path| listing.position(path)),
            large: browser.large,
            selected: browser.selected.len(),
            status: match browser.scanning {
                Some(progress) => wording::gallery::scanning(progress.read, progress.to_read),
                None => wording::gallery::count(
                    listing.len(),
                    listing.overview.files,
                    browser.selected.len(),
                ),
            },
            empty: empty(browser),
            detail: browser.current().map(|entry| detail(state, entry)),
            exporting: browser.exporting,
            pattern: &browser.pattern,
            classes: classes(state),
            models: models(state),
            state,
        }
    }

    /// The picture at a place of the list.
    pub fn tile(&self, at: usize) -> Option<Tile<'a>> {
        let entry = self.entries.get(at)?;
        let row = &entry.row;
        let facts = row.facts();
        Some(Tile {
            path: &row.file.path,
            file: row.name(),
            title: title(self.state, entry),
            identity: facts.map(|facts| facts.identity),
            trouble: match &row.content {
                Content::Unreadable(reason) => Some(reason),
                _ => None,
            },
            aspect: facts.map_or(1.0, |facts| facts.width as f32 / facts.height.max(1) as f32),
            mark: entry.mark,
            selected: self.state.browser.selected.contains(&row.file.path),
            cursor: self.cursor == Some(at),
        })
    }

    /// The file of a tile.
    pub fn file(&self, tile: &Tile<'_>) -> PathBuf {
        self.folder().join(tile.path)
    }

    /// Where the pictures are.
    pub fn folder(&self) -> &'a Path {
        self.state.shown_folder()
    }

    /// Whether it is another folder than one's own.
    pub fn is_visit(&self) -> bool {
        self.state.browser.visiting.is_some()
    }

    /// Whether the filter leaves anything out.
    pub fn is_filtered(&self) -> bool {
        self.query.filter != Filter::default()
    }
}

impl Tile<'_> {
    /// The small copy to show at an edge of so many pixels.
    pub fn key(&self, pixels: f32) -> Option<Key> {
        Some(Key::fitting(self.identity?, pixels))
    }
}

fn empty(browser: &Browser) -> Option<Empty> {
    if let Some(reason) = &browser.unreachable {
        return Some(Empty::Unreachable(reason.clone()));
    }
    let listing = &browser.listing;
    match (listing.is_empty(), listing.overview.files) {
        (false, _) => None,
        (true, 0) => Some(Empty::Folder),
        (true, _) => Some(Empty::Query),
    }
}

fn title(state: &State, entry: &Entry) -> String {
    match entry.row.facts().map(|facts| facts.subject) {
        Some(Subject::Class(class)) => state.class_name(class),
        Some(Subject::Page) => wording::PAGE.into(),
        None => entry.row.name().to_owned(),
    }
}

fn classes(state: &State) -> Vec<(u32, String, usize)> {
    let overview = &state.browser.listing.overview;
    let counted = overview.classes.iter();
    let mut classes: Vec<_> = counted
        .map(|(class, found)| (*class, state.class_name(*class), found.pictures))
        .collect();
    classes.sort_by_cached_key(|(_, name, _)| name.to_lowercase());
    classes
}

fn models(state: &State) -> Vec<(String, String, usize)> {
    let counted = state.browser.listing.overview.models.iter();
    let named = counted.map(|(id, model)| (id.clone(), model_name(state, id), model.pictures));
    named.collect()
}

fn model_name(state: &State, id: &str) -> String {
    let card = state.card_of(id);
    card.map_or_else(|| id.to_owned(), |card| card.name.clone())
}

fn detail(state: &State, entry: &Entry) -> Detail {
    let browser = &state.browser;
    let path = &entry.row.file.path;
    let recipe = browser.recipe.as_ref().filter(|(of, _)| of == path);
    let mut facts = Vec::new();
    if let Some(found) = entry.row.facts() {
        let [model, seed, .., size, codes, _] = wording::gallery::FACTS;
        facts.push((model, model_name(state, &found.model)));
        facts.push((seed, wording::gallery::seed(found.seed, found.index)));
        if let Some((_, recipe)) = recipe {
            facts.extend(recipe_facts(recipe));
        }
        facts.push((
            size,
            wording::size(found.width as usize, found.height as usize),
        ));
        facts.push((codes, wording::gallery::codes(found.depth, found.complete)));
    }
    Detail {
        title: title(state, entry),
        file: entry.row.name().to_owned(),
        facts,
        mark: entry.mark,
        has_recipe: recipe.is_some(),
        trouble: match &entry.row.content {
            Content::Unreadable(reason) => Some(wording::sentence(reason)),
            _ => None,
        },
    }
}

fn recipe_facts(recipe: &Recipe) -> Vec<(&'static str, String)> {
    let [_, _, guidance, temperature, top_k, top_p, _, _, kept] = wording::gallery::FACTS;
    let sampling = &recipe.sampling;
    let number = |value: &f32| wording::gallery::number(*value);
    let mut facts = vec![
        (guidance, each(&recipe.guidance.scale, number)),
        (temperature, each(&sampling.temperature, number)),
    ];
    if sampling.top_k.values().iter().any(|k| *k > 0) {
        facts.push((top_k, each(&sampling.top_k, u32::to_string)));
    }
    if sampling.top_p.values().iter().any(|p| *p < 1.0) {
        facts.push((top_p, each(&sampling.top_p, number)));
    }
    if let Some(start) = &recipe.start {
        let words = wording::gallery::kept(start.positions, start.depths);
        facts.push((kept, words));
    }
    facts
}

fn each<T: Copy>(values: &PerDepth<T>, word: impl Fn(&T) -> String) -> String {
    let words: Vec<String> = values.values().iter().map(word).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_found_again() {
        let now = 1_700_000_000;
        for period in Period::ALL {
            assert_eq!(Period::of(period.since(now), now), period);
            // An hour later the filter still says the same.
            assert_eq!(Period::of(period.since(now), now + 3600), period);
        }
    }
}
