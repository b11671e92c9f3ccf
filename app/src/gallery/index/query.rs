//! Which pictures to show and in what order: filters, sorting, and the list that comes of them.
//!
//! Rows are filtered and sorted in memory, where twenty thousand take a few milliseconds whatever is
//! asked; in SQLite every combination of filter and order would want an index of its own. The list
//! shares the rows, so a window that holds one pages, steps and selects in it without asking anybody.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::{Range, RangeInclusive},
    sync::Arc,
};

use strata_engine::{Mode, Subject};

use super::{
    marks::{Mark, Marks},
    row::{Content, Identity, Row},
};
use crate::classes::Classes;

/// How many of a model's newest pictures an overview has.
const NEWEST: usize = 8;

/// Which pictures; the default is all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Any of these classes; empty for all.
    pub classes: Vec<u32>,
    /// Of this model (its id).
    pub model: Option<String>,
    /// Class pictures or pages.
    pub mode: Option<Mode>,
    /// Made at this moment or later, in seconds since 1970.
    pub since_secs: Option<i64>,
    /// Made before this moment.
    pub before_secs: Option<i64>,
    /// Only favourites.
    pub favourites: bool,
    /// At least this many stars.
    pub rating: u8,
    /// Words that all occur in file name, class, synonyms, model or seed.
    pub text: String,
}

/// What to sort by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortBy {
    /// When it was made.
    #[default]
    Date,
    /// The file's path.
    Name,
    /// The class's name; pages after all classes.
    Class,
    /// Stars.
    Rating,
    /// The seed.
    Seed,
}

/// Which pictures in which order.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Which.
    pub filter: Filter,
    /// In what order; equal ones by path.
    pub sort: SortBy,
    /// Largest first.
    pub descending: bool,
}

impl Default for Query {
    /// All pictures, newest first.
    fn default() -> Self {
        Self {
            filter: Filter::default(),
            sort: SortBy::Date,
            descending: true,
        }
    }
}

/// A picture in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What is known of it.
    pub row: Arc<Row>,
    /// What a person said of it.
    pub mark: Mark,
}

/// What the whole folder holds, whatever the filter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    /// Pictures and files that cannot be read.
    pub files: usize,
    /// Files that cannot be read.
    pub unreadable: usize,
    /// Models by id, with their pictures.
    pub models: BTreeMap<String, ModelOverview>,
    /// Classes, with their number of pictures and the newest complete one.
    pub classes: BTreeMap<u32, ClassOverview>,
}

/// The pictures of one model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelOverview {
    /// How many.
    pub pictures: usize,
    /// The newest complete ones, the very newest first.
    pub newest: Vec<Arc<Row>>,
}

/// The pictures of one class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClassOverview {
    /// How many.
    pub pictures: usize,
    /// The newest complete one.
    pub newest: Option<Arc<Row>>,
}

/// The answer to a query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// The query that this answers.
    pub query: Query,
    /// The pictures in order.
    pub entries: Vec<Entry>,
    /// What the folder holds.
    pub overview: Arc<Overview>,
}

impl Listing {
    /// How many pictures fit the query.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries of a part of the grid; what is past the end is left out.
    pub fn window(&self, rows: Range<usize>) -> &[Entry] {
        let end = rows.end.min(self.entries.len());
        self.entries.get(rows.start.min(end)..end).unwrap_or(&[])
    }

    /// Where a file stands.
    pub fn position(&self, path: &str) -> Option<usize> {
        let here = |entry: &Entry| entry.row.file.path == path;
        self.entries.iter().position(here)
    }

    /// The picture `by` places after a file (before it when negative); `None` past the ends.
    pub fn neighbour(&self, path: &str, by: isize) -> Option<&Entry> {
        let at = self.position(path)?.checked_add_signed(by)?;
        self.entries.get(at)
    }

    /// The pictures from one file to another, both included, in the list's order.
    pub fn between(&self, one: &str, other: &str) -> &[Entry] {
        match (self.position(one), self.position(other)) {
            (Some(one), Some(other)) => {
                let range: RangeInclusive<usize> = one.min(other)..=one.max(other);
                &self.entries[range]
            }
            _ => &[],
        }
    }
}

/// All rows of a folder in memory, by path.
#[derive(Default)]
pub struct Catalogue {
    rows: BTreeMap<String, Arc<Row>>,
    overview: Option<Arc<Overview>>,
}

impl Catalogue {
    /// Of these rows.
    pub fn new(rows: impl IntoIterator<Item = Row>) -> Self {
        let mut catalogue = Self::default();
        rows.into_iter().for_each(|row| catalogue.put(row));
        catalogue
    }

    /// How many rows there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row of a path.
    pub fn get(&self, path: &str) -> Option<&Arc<Row>> {
        self.rows.get(path)
    }

    /// All paths, ascending.
    pub fn paths(&self) -> impl Iterator<Item = &String> {
        self.rows.keys()
    }

    /// Inserts or replaces a row.
    pub fn put(&mut self, row: Row) {
        self.overview = None;
        self.rows.insert(row.file.path.clone(), Arc::new(row));
    }

    /// Takes a row out; says whether there was one.
    pub fn remove(&mut self, path: &str) -> bool {
        self.overview = None;
        self.rows.remove(path).is_some()
    }

    /// Answers a query.
    pub fn list(&mut self, query: &Query, marks: &Marks) -> Listing {
        let wanted = Wanted::of(&query.filter);
        let order = Order::of(query.sort);
        let mut found = Vec::new();
        for (at, row) in self.rows.values().enumerate() {
            if row.content == Content::Foreign || !wanted.fits(row) {
                continue;
            }
            let mark = mark_of(row, marks);
            if wanted.fits_mark(mark) {
                // Rows come by path, so their number orders them by it.
                found.push((order.key(row, mark), at, row, mark));
            }
        }
        found.sort_unstable_by_key(|(key, at, ..)| (*key, *at));
        if query.descending {
            found.reverse();
        }
        let entry = |(_, _, row, mark): (u64, usize, &Arc<Row>, Mark)| Entry {
            row: Arc::clone(row),
            mark,
        };
        let entries = found.into_iter().map(entry).collect();
        Listing {
            query: query.clone(),
            entries,
            overview: self.overview(),
        }
    }

    fn overview(&mut self) -> Arc<Overview> {
        let rows = &self.rows;
        let overview = self.overview.get_or_insert_with(|| {
            let mut overview = Overview::default();
            rows.values().for_each(|row| overview.count(row));
            Arc::new(overview)
        });
        Arc::clone(overview)
    }
}

impl Overview {
    fn count(&mut self, row: &Arc<Row>) {
        let facts = match &row.content {
            Content::Foreign => return,
            Content::Unreadable(_) => {
                self.files += 1;
                self.unreadable += 1;
                return;
            }
            Content::Picture(facts) => facts,
        };
        self.files += 1;
        match self.models.get_mut(&facts.model) {
            Some(model) => model.count(row, facts.complete),
            None => {
                let mut model = ModelOverview::default();
                model.count(row, facts.complete);
                self.models.insert(facts.model.clone(), model);
            }
        }
        let Some(class) = facts.class() else { return };
        let class = self.classes.entry(class).or_default();
        class.pictures += 1;
        let time = |row: &Arc<Row>| row.file.modified_nanos;
        if facts.complete
            && class
                .newest
                .as_ref()
                .is_none_or(|newest| time(row) >= time(newest))
        {
            class.newest = Some(Arc::clone(row));
        }
    }
}

impl ModelOverview {
    fn count(&mut self, row: &Arc<Row>, complete: bool) {
        self.pictures += 1;
        let time = |row: &Row| row.file.modified_nanos;
        let newest = &mut self.newest;
        let place = newest.partition_point(|other| time(other) > time(row));
        if complete && place < NEWEST {
            newest.insert(place, Arc::clone(row));
            newest.truncate(NEWEST);
        }
    }
}

fn mark_of(row: &Row, marks: &Marks) -> Mark {
    match row.facts() {
        Some(facts) if !marks.is_empty() => marks.get(&facts.identity),
        _ => Mark::default(),
    }
}

/// Identities of entries, for marks.
pub fn identities<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<Identity> {
    let identity = |entry: &Entry| entry.row.facts().map(|facts| facts.identity);
    entries.into_iter().filter_map(identity).collect()
}

/// A filter made ready for many rows.
struct Wanted<'a> {
    filter: &'a Filter,
    classes: HashSet<u32>,
    words: Vec<String>,
    /// Whether only files with a known recipe can fit.
    pictures: bool,
}

impl<'a> Wanted<'a> {
    fn of(filter: &'a Filter) -> Self {
        let text = filter.text.to_lowercase();
        Self {
            filter,
            classes: filter.classes.iter().copied().collect(),
            words: text.split_whitespace().map(str::to_owned).collect(),
            pictures: !filter.classes.is_empty() || filter.model.is_some() || filter.mode.is_some(),
        }
    }

    fn fits(&self, row: &Row) -> bool {
        let filter = self.filter;
        let created = row.created_secs();
        if filter.since_secs.is_some_and(|since| created < since)
            || filter.before_secs.is_some_and(|before| created >= before)
        {
            return false;
        }
        let fits = match row.facts() {
            None => !self.pictures,
            Some(facts) => {
                let of_class = |class| self.classes.contains(&class);
                (self.classes.is_empty() || facts.class().is_some_and(of_class))
                    && filter
                        .model
                        .as_ref()
                        .is_none_or(|model| *model == facts.model)
                    && filter.mode.is_none_or(|mode| mode == facts.mode())
            }
        };
        fits && self.words.iter().all(|word| row.words.contains(word))
    }

    fn fits_mark(&self, mark: Mark) -> bool {
        (mark.favourite || !self.filter.favourites) && mark.rating >= self.filter.rating
    }
}

/// An order made ready for many rows: each gets one number to sort by.
struct Order {
    by: SortBy,
    classes: HashMap<u32, u64>,
}

impl Order {
    fn of(by: SortBy) -> Self {
        let mut classes = HashMap::new();
        if by == SortBy::Class {
            let mut all: Vec<_> = Classes::shipped().all().iter().collect();
            all.sort_by_cached_key(|class| class.name.to_lowercase());
            classes = all
                .iter()
                .zip(0..)
                .map(|(class, rank)| (class.id, rank))
                .collect();
        }
        Self { by, classes }
    }

    fn key(&self, row: &Row, mark: Mark) -> u64 {
        match self.by {
            SortBy::Name => 0,
            // Moves the sign out of the way: the smallest number becomes 0.
            SortBy::Date => (row.file.modified_nanos as u64) ^ (1 << 63),
            SortBy::Rating => u64::from(mark.rating),
            SortBy::Seed => row.facts().map_or(0, |facts| facts.seed),
            SortBy::Class => match row.facts().map(|facts| facts.subject) {
                Some(Subject::Class(class)) => {
                    let unnamed = (1 << 32) + u64::from(class);
                    self.classes.get(&class).copied().unwrap_or(unnamed)
                }
                Some(Subject::Page) => 1 << 33,
                None => 1 << 34,
            },
        }
    }
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
