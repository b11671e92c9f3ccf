//! Looking through another folder than one's own: what was dropped on the window shows how it was made, and
//! its settings can be used again. New pictures are saved where they always are.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Effect, Page, State, Topic, browser::Browser};
use crate::{
    actions::Pick,
    gallery::{Dropped, index::Command},
    wording::gallery as words,
};

impl State {
    /// The folder that the gallery page shows.
    pub fn shown_folder(&self) -> &Path {
        self.browser.visiting.as_deref().unwrap_or(&self.folder)
    }

    /// What was dropped is known.
    pub(super) fn hear_dropped(&mut self, dropped: Dropped) -> Vec<Effect> {
        match dropped {
            Dropped::Folder { folder, files } => self.visit(folder, files),
            Dropped::Model(paths) => self.look_at_files(paths),
            Dropped::Photograph(path) => {
                self.page = Page::Studio;
                self.read_picture(path)
            }
            Dropped::Nothing => {
                let (sentence, hint) = (words::NOT_SHOWN.into(), words::NOT_SHOWN_HINT.into());
                self.notify(Topic::Other, sentence, hint, Vec::new());
                Vec::new()
            }
        }
    }

    /// Turns the gallery page to a folder; `files` are picked as soon as the index lists them.
    fn visit(&mut self, folder: PathBuf, files: Vec<String>) -> Vec<Effect> {
        let effects = self.turn_to(folder);
        self.browser.wanted = files;
        effects
    }

    /// Turns the gallery page back to one's own pictures.
    pub(super) fn go_home(&mut self) -> Vec<Effect> {
        self.turn_to(self.folder.clone())
    }

    fn turn_to(&mut self, folder: PathBuf) -> Vec<Effect> {
        let browser = &mut self.browser;
        browser.visiting = (folder != self.folder).then(|| folder.clone());
        // Nothing that was dropped hides behind a filter, and nothing of the other folder stays selected.
        browser.query.filter = Default::default();
        browser.forget_list();
        let mut effects = vec![Effect::Index(Command::SetFolder(folder))];
        effects.extend(self.show_gallery());
        effects
    }
}

impl Browser {
    fn forget_list(&mut self) {
        self.listing = Arc::default();
        self.selected.clear();
        self.cursor = None;
        self.recipe = None;
        self.large = false;
        self.unreachable = None;
        self.wanted.clear();
    }

    /// Picks the files that were dropped, once all of them are listed.
    pub(super) fn pick_wanted(&mut self) {
        let listed = |path: &String| self.listing.position(path).is_some();
        if self.wanted.is_empty() || !self.wanted.iter().all(listed) {
            return;
        }
        let wanted = std::mem::take(&mut self.wanted);
        for path in wanted.iter().rev() {
            self.pick(path, Pick::Toggle);
        }
        // One picture is looked at; of several there is a choice.
        self.large = wanted.len() == 1;
    }
}

#[cfg(test)]
#[path = "visiting_tests.rs"]
mod tests;
