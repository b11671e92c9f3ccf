//! The gallery page: which pictures of the folder are shown, which are selected, and what is done with
//! them. The index on its own thread knows the folder; here is only its newest answer.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use strata_engine::{Recipe, Subject};

use super::{Chosen, Effect, Page, Settings, State, Tone, Topic};
use crate::{
    actions::{Action, Browse, Pick},
    export::{
        Pattern,
        job::{self, Form, Order},
    },
    gallery::{
        index::{self, Command, Entry, Listing, MarkChange, MarksTrouble, Progress, Query},
        trash,
    },
    wording,
};

/// The smallest and the largest edge of a tile, in points.
pub const TILE_POINTS: std::ops::RangeInclusive<f32> = 80.0..=420.0;
/// Deletions that can be undone.
const MOST_UNDOS: usize = 20;

/// The gallery page.
#[derive(Clone, Debug)]
pub struct Browser {
    /// The pictures that fit the query, as far as the index has told.
    pub listing: Arc<Listing>,
    /// What was asked for; the listing may still answer an earlier question.
    pub query: Query,
    /// The selected pictures, by path.
    pub selected: BTreeSet<String>,
    /// The picture that keys move from, by path.
    pub cursor: Option<String>,
    /// Whether the picture at the cursor is shown large.
    pub large: bool,
    /// The edge of a tile, in points.
    pub tile_points: f32,
    /// How far the folder is looked through, while that goes on.
    pub scanning: Option<Progress>,
    /// Why the folder cannot be read.
    pub unreachable: Option<String>,
    /// The recipe of the picture at the cursor, once the index told it.
    pub recipe: Option<(String, Recipe)>,
    /// Steps done and steps in all of an export, while one goes on.
    pub exporting: Option<(usize, usize)>,
    /// The files' names in exports.
    pub pattern: String,
    /// Another folder than one's own, while that is looked through.
    pub visiting: Option<PathBuf>,
    /// Files that are picked once they are listed.
    pub(super) wanted: Vec<String>,
    /// Where a range begins.
    anchor: Option<String>,
    /// Deletions, the newest last.
    deleted: Vec<Vec<trash::Discarded>>,
}

impl Default for Browser {
    fn default() -> Self {
        Self {
            listing: Arc::default(),
            query: Query::default(),
            selected: BTreeSet::new(),
            cursor: None,
            large: false,
            tile_points: 160.0,
            scanning: None,
            unreachable: None,
            recipe: None,
            exporting: None,
            pattern: Pattern::DEFAULT.into(),
            visiting: None,
            wanted: Vec::new(),
            anchor: None,
            deleted: Vec::new(),
        }
    }
}

impl Browser {
    /// Sets the edge of a tile, within its bounds.
    pub(super) fn set_tile(&mut self, points: f32) {
        if points.is_finite() {
            self.tile_points = points.clamp(*TILE_POINTS.start(), *TILE_POINTS.end());
        }
    }

    /// The entry at the cursor.
    pub fn current(&self) -> Option<&Entry> {
        let at = self.listing.position(self.cursor.as_deref()?)?;
        self.listing.entries.get(at)
    }

    /// The selected entries, in the order of the list.
    pub fn selection(&self) -> impl Iterator<Item = &Entry> {
        let is_selected = |entry: &&Entry| self.selected.contains(&entry.row.file.path);
        self.listing.entries.iter().filter(is_selected)
    }

    /// Whether a deletion can be undone.
    pub fn can_undo(&self) -> bool {
        !self.deleted.is_empty()
    }

    pub(super) fn pick(&mut self, path: &str, how: Pick) {
        match how {
            Pick::Only => {
                self.selected = BTreeSet::from([path.to_owned()]);
                self.anchor = Some(path.to_owned());
            }
            Pick::Toggle => {
                if !self.selected.remove(path) {
                    self.selected.insert(path.to_owned());
                }
                self.anchor = Some(path.to_owned());
            }
            Pick::Range => {
                let from = self.anchor.get_or_insert_with(|| path.to_owned()).clone();
                let paths = self.listing.between(&from, path).iter();
                self.selected = paths.map(|entry| entry.row.file.path.clone()).collect();
            }
        }
        self.cursor = Some(path.to_owned());
    }

    /// The path that `by` steps from the cursor lead to; the ends of the list are its ends.
    fn step(&self, by: isize) -> Option<String> {
        let last = self.listing.len().checked_sub(1)?;
        let here = self.cursor.as_deref();
        let at = match here.and_then(|path| self.listing.position(path)) {
            Some(at) => at.saturating_add_signed(by).min(last),
            None => 0,
        };
        let entry = self.listing.entries.get(at)?;
        Some(entry.row.file.path.clone())
    }

    /// Takes a new list. What is no longer in it is no longer selected; the cursor stays where it was
    /// in the grid when its picture is gone.
    fn take(&mut self, listing: Arc<Listing>) {
        let before = self.cursor.take();
        let at = before
            .as_deref()
            .and_then(|path| self.listing.position(path));
        self.listing = listing;
        let entries = &self.listing.entries;
        self.cursor = match before {
            Some(path) if self.listing.position(&path).is_some() => Some(path),
            Some(_) => {
                let last = entries.len().saturating_sub(1);
                let near = entries.get(at.unwrap_or(0).min(last));
                near.map(|entry| entry.row.file.path.clone())
            }
            None => None,
        };
        if !self.selected.is_empty() {
            let here = entries.iter().map(|entry| &entry.row.file.path);
            let kept = here.filter(|path| self.selected.contains(*path));
            self.selected = kept.cloned().collect();
        }
        self.large &= self.cursor.is_some();
    }
}

impl State {
    /// Turns to the gallery.
    pub(super) fn show_gallery(&mut self) -> Vec<Effect> {
        self.page = Page::Gallery;
        vec![Effect::Index(Command::Show(self.browser.query.clone()))]
    }

    /// What a person does on the gallery page.
    pub(super) fn browse(&mut self, browse: Browse) -> Vec<Effect> {
        let before = self.browser.cursor.clone();
        let mut effects = self.browse_on(browse);
        if self.browser.cursor != before {
            effects.extend(self.ask_recipe());
        }
        effects
    }

    fn browse_on(&mut self, browse: Browse) -> Vec<Effect> {
        let browser = &mut self.browser;
        match browse {
            Browse::Filter(filter) => browser.query.filter = *filter,
            Browse::Sort(sort) => browser.query.sort = sort,
            Browse::TurnOrder => browser.query.descending ^= true,
            Browse::TileSize(points) => {
                browser.set_tile(points);
                return Vec::new();
            }
            Browse::Pick { path, how } => {
                browser.pick(&path, how);
                return Vec::new();
            }
            Browse::Step { by, extend } => {
                if let Some(path) = browser.step(by) {
                    browser.pick(&path, if extend { Pick::Range } else { Pick::Only });
                }
                return Vec::new();
            }
            Browse::SelectAll => {
                let paths = browser.listing.entries.iter();
                browser.selected = paths.map(|entry| entry.row.file.path.clone()).collect();
                if browser.cursor.is_none() {
                    browser.cursor = browser.step(0);
                }
                return Vec::new();
            }
            Browse::SelectNone => {
                browser.selected.clear();
                return Vec::new();
            }
            Browse::Large(large) => {
                browser.large = large && browser.cursor.is_some();
                return Vec::new();
            }
            Browse::Mark(change) => return self.mark_selection(change),
            Browse::Discard => return self.discard_selection(),
            Browse::UndoDiscard => return self.undo_discard(),
            Browse::Reveal => return self.reveal_entry(),
            Browse::Copy => return self.copy_entry(),
            Browse::UseSettings => return self.use_settings(),
            Browse::BeginWith => return self.begin_with_entry(),
            Browse::Export(form) => return self.export(form),
            Browse::CancelExport => return vec![Effect::CancelExport],
            Browse::SetPattern(pattern) => {
                browser.pattern = pattern;
                return Vec::new();
            }
            Browse::GoHome => return self.go_home(),
            Browse::Rescan => return vec![Effect::Index(Command::Rescan)],
        }
        vec![Effect::Index(Command::Show(self.browser.query.clone()))]
    }

    fn ask_recipe(&mut self) -> Option<Effect> {
        self.browser.recipe = None;
        let entry = self.browser.current()?;
        entry.row.facts()?;
        Some(Effect::Index(Command::Recipe(entry.row.file.path.clone())))
    }

    fn mark_selection(&mut self, change: MarkChange) -> Vec<Effect> {
        let pictures = index::identities(self.browser.selection());
        match pictures.is_empty() {
            true => Vec::new(),
            false => vec![Effect::Index(Command::Mark { pictures, change })],
        }
    }

    fn discard_selection(&mut self) -> Vec<Effect> {
        let file = |entry: &Entry| self.shown_folder().join(&entry.row.file.path);
        let files: Vec<PathBuf> = self.browser.selection().map(file).collect();
        match files.is_empty() {
            true => Vec::new(),
            false => vec![Effect::Discard(files)],
        }
    }

    fn undo_discard(&mut self) -> Vec<Effect> {
        self.settle(&Topic::Deleted);
        let newest = self.browser.deleted.pop();
        newest.map(Effect::Restore).into_iter().collect()
    }

    fn reveal_entry(&self) -> Vec<Effect> {
        let current = self.browser.current();
        let file = current.map(|entry| self.shown_folder().join(&entry.row.file.path));
        vec![Effect::Reveal(
            file.unwrap_or_else(|| self.shown_folder().to_owned()),
        )]
    }

    fn copy_entry(&self) -> Vec<Effect> {
        let current = self.browser.current();
        let file = current.map(|entry| self.shown_folder().join(&entry.row.file.path));
        file.map(Effect::CopyPicture).into_iter().collect()
    }

    fn begin_with_entry(&mut self) -> Vec<Effect> {
        let Some(entry) = self.browser.current() else {
            return Vec::new();
        };
        let file = self.shown_folder().join(&entry.row.file.path);
        self.page = Page::Studio;
        self.read_picture(file)
    }

    fn export(&mut self, form: Form) -> Vec<Effect> {
        let readable = self
            .browser
            .selection()
            .filter(|entry| entry.row.facts().is_some());
        let files: Vec<PathBuf> = readable
            .map(|entry| self.shown_folder().join(&entry.row.file.path))
            .collect();
        self.export_files(files, form)
    }

    /// The file of the picture that the studio shows, once it has one.
    pub fn selected_file(&self) -> Option<&PathBuf> {
        self.pieces.get(&self.desk().selected?)?.path()
    }

    /// Exports a copy of the picture that the studio shows.
    pub(super) fn export_shown(&mut self) -> Vec<Effect> {
        let file = self.selected_file().cloned();
        self.export_files(file.into_iter().collect(), Form::Copies)
    }

    fn export_files(&mut self, files: Vec<PathBuf>, form: Form) -> Vec<Effect> {
        if files.is_empty() || self.browser.exporting.is_some() {
            return Vec::new();
        }
        self.settle(&Topic::Export);
        self.browser.exporting = Some((0, files.len()));
        vec![Effect::Export(Order {
            files,
            form,
            from: self.shown_folder().to_owned(),
            pattern: self.browser.pattern.clone(),
        })]
    }

    /// What becomes of an export.
    pub(super) fn hear_export(&mut self, event: job::Event) {
        let (tone, sentence, next_step, remedies) = match event {
            job::Event::Progress { done, total } => {
                self.browser.exporting = Some((done, total));
                return;
            }
            job::Event::Cancelled => {
                self.browser.exporting = None;
                return;
            }
            job::Event::Done { pictures, place } => (
                Tone::Done,
                wording::gallery::exported(pictures),
                wording::gallery::exported_to(&place),
                vec![Action::Reveal(place)],
            ),
            job::Event::Failed(failure) => (
                Tone::Trouble,
                wording::sentence(&failure.sentence),
                failure.next_step,
                Vec::new(),
            ),
        };
        self.browser.exporting = None;
        self.tell(tone, Topic::Export, sentence, next_step, remedies);
    }

    /// Puts the recipe of the picture at the cursor on the desk: the same model, subject, seed and
    /// sampling, so that Generate makes it again.
    fn use_settings(&mut self) -> Vec<Effect> {
        let Some((_, recipe)) = self.browser.recipe.clone() else {
            return Vec::new();
        };
        let Some(card) = self.card_of(&recipe.model).cloned() else {
            self.notify(
                Topic::Making,
                wording::gallery::model_not_installed(&recipe.model),
                wording::gallery::MODEL_NOT_INSTALLED_HINT.into(),
                Vec::new(),
            );
            return Vec::new();
        };
        self.settle(&Topic::Making);
        self.page = Page::Studio;
        let effects = self.choose_model(&card.id);
        let mut more = self.set_mode(card.mode);
        if let Subject::Class(class) = recipe.subject {
            self.chosen = vec![Chosen {
                class,
                own_count: None,
            }];
        }
        let desk = self.desk_mut();
        desk.settings = Settings {
            guidance: recipe.guidance,
            sampling: recipe.sampling,
        };
        desk.seed = recipe.seed;
        desk.seed_locked = true;
        // The number of a picture among those of its seed is its place in the batch.
        desk.count = desk
            .count
            .max(recipe.index.saturating_add(1))
            .min(super::MOST_PICTURES);
        more.splice(0..0, effects);
        more
    }

    /// What the index tells.
    pub(super) fn hear_index(&mut self, event: index::Event) -> Vec<Effect> {
        let browser = &mut self.browser;
        match event {
            index::Event::Listed { folder, listing } => return self.hear_listed(&folder, listing),
            index::Event::Scanning(progress) => browser.scanning = Some(progress),
            index::Event::Scanned { .. } => browser.scanning = None,
            index::Event::Recipe { path, recipe } => {
                if browser.cursor.as_ref() == Some(&path) {
                    browser.recipe = recipe.map(|recipe| (path, *recipe));
                }
            }
            index::Event::Unreachable {
                missing, reason, ..
            } => {
                browser.scanning = None;
                // Before the first picture there is no folder, and nothing is wrong.
                browser.unreachable = (!missing).then_some(reason);
            }
            index::Event::Restarted(restart) => {
                tracing::info!(?restart, "the index of the pictures folder began anew");
            }
            index::Event::Marks(trouble) => self.hear_marks(&trouble),
            index::Event::Died(reason) => self.notify(
                Topic::Other,
                wording::gallery::index_died(&reason),
                wording::gallery::INDEX_DIED_HINT.into(),
                Vec::new(),
            ),
        }
        Vec::new()
    }

    fn hear_listed(&mut self, folder: &Path, listing: Arc<Listing>) -> Vec<Effect> {
        // A list of the folder that was shown before may still be under way.
        if folder != self.shown_folder() {
            return Vec::new();
        }
        // Small pictures beside the classes, and how many there are, are those of one's own folder.
        if self.browser.visiting.is_none() {
            self.note_overview(&listing.overview);
        }
        let browser = &mut self.browser;
        browser.unreachable = None;
        let before = browser.cursor.clone();
        browser.take(listing);
        browser.pick_wanted();
        match browser.cursor != before {
            true => self.ask_recipe().into_iter().collect(),
            false => Vec::new(),
        }
    }

    fn hear_marks(&mut self, trouble: &MarksTrouble) {
        let (sentence, next_step) = wording::gallery::marks_trouble(trouble);
        self.notify(Topic::Marks, sentence, next_step, Vec::new());
    }

    /// What became of deleted and restored files.
    pub(super) fn hear_trash(&mut self, event: trash::Event) -> Vec<Effect> {
        let (changed, failed, deleting) = match event {
            trash::Event::Discarded { done, failed } => {
                let paths: Vec<PathBuf> = done.iter().map(|file| file.path.clone()).collect();
                if !done.is_empty() {
                    self.remember_deletion(done);
                }
                (paths, failed, true)
            }
            trash::Event::Restored { done, failed } => (done, failed, false),
        };
        if let Some((path, reason)) = failed.first() {
            self.notify(
                Topic::Other,
                wording::gallery::not_moved(path, failed.len(), reason, deleting),
                wording::gallery::NOT_MOVED_HINT.into(),
                vec![Action::OpenFolder],
            );
        }
        vec![Effect::Index(Command::Changed(changed))]
    }

    fn remember_deletion(&mut self, done: Vec<trash::Discarded>) {
        let sentence = wording::gallery::deleted(done.len());
        self.browser.deleted.push(done);
        if self.browser.deleted.len() > MOST_UNDOS {
            self.browser.deleted.remove(0);
        }
        let undo = vec![Action::Browse(Browse::UndoDiscard)];
        self.tell(
            Tone::Done,
            Topic::Deleted,
            sentence,
            wording::gallery::DELETED_HINT.into(),
            undo,
        );
    }
}

#[cfg(test)]
#[path = "browser_tests.rs"]
mod tests;
