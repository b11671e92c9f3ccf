//! What outlives the session: read into the state at the start, and told again whenever a person changed
//! it. What was chosen for a model that is no longer there is kept for when it is back.

use std::path::PathBuf;

use strata_engine::{Mode, Recipe, Subject};

use super::{Desk, Effect, MOST_PICTURES, State, Topic, desk_of};
use crate::settings::{DeskPreferences, Preferences, Seed, Trouble};

impl State {
    /// Takes up what an earlier session left, as far as it still makes sense.
    pub(super) fn take_up(&mut self, trouble: Option<&Trouble>) {
        let preferences = self.preferences.clone();
        self.theme = preferences.theme;
        self.queue.notify = preferences.notify;
        self.queue.look_ahead = preferences.look_ahead;
        self.devices.chosen.clone_from(&preferences.device);
        self.devices.format.clone_from(&preferences.format);
        self.viewing.overlays = preferences.canvas.overlays;
        let gallery = &preferences.gallery;
        self.browser.query.sort = gallery.sort;
        self.browser.query.descending = gallery.descending;
        self.browser.set_tile(gallery.tile_points);
        if let Some(folder) = &preferences.folder {
            self.folder = folder.clone();
        }
        for mode in [Mode::Classes, Mode::Documents] {
            self.take_up_desk(mode, preferences.desk(mode));
        }
        let has_model = |mode: &Mode| self.desks[desk_of(*mode)].model.is_some();
        if let Some(mode) = preferences.mode.filter(has_model) {
            self.mode = mode;
        }
        self.take_up_classes(&preferences);
        // From here on only what is changed is kept anew.
        self.preferences = self.worth_remembering();
        if let Some(trouble) = trouble {
            self.hear_settings(trouble);
        }
    }

    fn take_up_desk(&mut self, mode: Mode, left: &DeskPreferences) {
        let installed = |id: &&String| self.card_of(id).is_some_and(|card| card.mode == mode);
        let model = left.model.as_ref().filter(installed).cloned();
        let card = model.as_ref().and_then(|id| self.card_of(id)).cloned();
        let desk = &mut self.desks[desk_of(mode)];
        if let Some(card) = card {
            *desk = Desk::new(mode, Some(&card), desk.seed);
            if let Some(guidance) = &left.guidance {
                desk.settings.guidance = guidance.clone();
            }
            if let Some(sampling) = &left.sampling {
                desk.settings.sampling = sampling.clone();
            }
            if !fit(&desk.settings) {
                desk.settings = super::Settings::recommended(&card);
            }
        }
        if let Some(count) = left.count {
            desk.count = count.clamp(1, MOST_PICTURES);
        }
        if let Some(Seed(seed)) = left.seed.filter(|_| left.seed_locked) {
            desk.seed = seed;
            desk.seed_locked = true;
        }
    }

    /// Tells what is to be kept, if a person changed any of it.
    pub(super) fn remember(&mut self) -> Option<Effect> {
        let now = self.worth_remembering();
        self.prefer(|preferences| *preferences = now)
    }

    /// Changes what is kept and no other part of the state holds, such as favourites; tells it if it is
    /// another now.
    pub(super) fn prefer(&mut self, change: impl FnOnce(&mut Preferences)) -> Option<Effect> {
        let before = self.preferences.clone();
        change(&mut self.preferences);
        let changed = self.preferences != before;
        changed.then(|| Effect::Remember(Box::new(self.preferences.clone())))
    }

    fn worth_remembering(&self) -> Preferences {
        let mut now = self.preferences.clone();
        now.theme = self.theme;
        now.notify = self.queue.notify;
        now.look_ahead = self.queue.look_ahead;
        now.device.clone_from(&self.devices.chosen);
        now.format.clone_from(&self.devices.format);
        now.canvas.overlays = self.viewing.overlays;
        now.gallery.sort = self.browser.query.sort;
        now.gallery.descending = self.browser.query.descending;
        now.gallery.tile_points = self.browser.tile_points;
        now.mode = Some(self.mode);
        now.folder = (self.folder != self.usual_folder).then(|| PathBuf::clone(&self.folder));
        for desk in &self.desks {
            let Some(model) = &desk.model else { continue };
            let installed = |id: &String| self.card_of(id).is_some();
            let kept = now.desk_mut(desk.mode);
            let missing = kept.model.as_ref().is_some_and(|id| !installed(id));
            if missing && !desk.touched {
                continue;
            }
            kept.model = Some(model.clone());
            kept.count = Some(desk.count);
            kept.seed = desk.seed_locked.then_some(Seed(desk.seed));
            kept.seed_locked = desk.seed_locked;
            kept.guidance = Some(desk.settings.guidance.clone());
            kept.sampling = Some(desk.settings.sampling.clone());
        }
        self.keep_classes(&mut now);
        now
    }

    /// Something about the file of settings.
    pub(super) fn hear_settings(&mut self, trouble: &Trouble) {
        let words = trouble.explained();
        self.notify(Topic::Settings, words.sentence, words.next_step, Vec::new());
    }
}

/// Whether a picture could be drawn with these settings.
pub(super) fn fit(settings: &super::Settings) -> bool {
    let recipe = Recipe {
        model: String::new(),
        weights: None,
        subject: Subject::Page,
        seed: 0,
        index: 0,
        guidance: settings.guidance.clone(),
        sampling: settings.sampling.clone(),
        start: None,
    };
    recipe.check().is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use strata_engine::PerDepth;

    use super::*;
    use crate::{
        actions::{Action, Browse},
        gallery::index::SortBy,
        panels::fixture::{act, restarted, start, state},
        settings::WindowLayout,
        state::{Message, ThemeChoice},
    };

    fn remembered(effects: &[Effect]) -> Preferences {
        let of = |effect: &Effect| match effect {
            Effect::Remember(preferences) => Some((**preferences).clone()),
            _ => None,
        };
        effects.iter().rev().find_map(of).unwrap()
    }

    #[test]
    fn what_was_set_is_there_after_a_restart() {
        let mut before = state();
        let effects = act(
            &mut before,
            [
                Action::SetTheme(ThemeChoice::Light),
                Action::ChooseModel("pictures-2".into()),
                Action::SetTemperature(0.6),
                Action::SetGuidance(3.5),
                Action::SetCount(7),
                Action::SetSeed(1234),
                Action::ChooseClass(387),
                Action::ToggleClass(963),
                Action::SetMode(Mode::Documents),
            ],
        );
        let after = restarted(remembered(&effects));
        assert_eq!(after.theme, ThemeChoice::Light);
        assert_eq!(after.mode, Mode::Documents);
        let desk = &after.desks[desk_of(Mode::Classes)];
        let was = &before.desks[desk_of(Mode::Classes)];
        assert_eq!(desk.settings, was.settings);
        assert_eq!((desk.count, desk.seed), (7, 1234));
        assert_eq!(desk.settings.sampling.temperature, PerDepth::Same(0.6));
        assert_eq!(after.chosen_classes(), [387, 963]);
    }

    #[test]
    fn the_gallery_keeps_its_order_and_the_size_of_its_tiles() {
        let mut before = state();
        let effects = act(
            &mut before,
            [
                Action::Browse(Browse::Sort(SortBy::Rating)),
                Action::Browse(Browse::TurnOrder),
                Action::Browse(Browse::TileSize(240.0)),
            ],
        );
        let after = restarted(remembered(&effects)).browser;
        assert_eq!(after.query, before.browser.query);
        assert_eq!(after.query.sort, SortBy::Rating);
        assert_eq!(after.tile_points, 240.0);
        let mut absurd = remembered(&effects);
        absurd.gallery.tile_points = f32::NAN;
        assert_eq!(restarted(absurd).browser.tile_points, 160.0);
    }

    #[test]
    fn the_window_opens_where_it_was() {
        let mut before = state();
        let layout = WindowLayout {
            size: Some([1400.0, 900.0]),
            maximized: true,
            ..WindowLayout::default()
        };
        let effects = before.update(0.0, Message::Window(layout.clone()));
        assert_eq!(restarted(remembered(&effects)).preferences.window, layout);
        let again = before.update(0.0, Message::Window(layout));
        assert!(again.is_empty(), "it did not move");
    }

    #[test]
    fn nothing_is_written_before_something_is_chosen() {
        let (mut state, effects) = start();
        let is_kept = |effect: &Effect| matches!(effect, Effect::Remember(_));
        assert!(!effects.iter().any(is_kept));
        act(&mut state, [Action::SetCount(2)]);
        let again = act(&mut state, [Action::SetCount(2)]);
        assert!(!again.iter().any(is_kept), "nothing changed");
    }

    #[test]
    fn what_no_longer_makes_sense_is_left_out_and_kept() {
        let mut preferences = Preferences::default();
        preferences.classes.model = Some("removed".into());
        preferences.classes.chosen = vec![1, 2];
        preferences.documents.count = Some(1_000_000);
        preferences.documents.model = Some("pages".into());
        preferences.documents.sampling = Some(strata_engine::Sampling {
            temperature: PerDepth::Each(Vec::new()),
            ..Default::default()
        });
        let mut after = restarted(preferences);
        let effects = act(&mut after, [Action::SetTheme(ThemeChoice::Dark)]);
        let kept = remembered(&effects).classes.model;
        assert_eq!(kept.as_deref(), Some("removed"), "it may come back");
        assert_eq!(after.desk().model.as_deref(), Some("pictures"));
        assert_eq!(after.chosen_classes(), [1, 2], "they wait for their model");
        assert!(!after.can_generate());
        let pages = &after.desks[desk_of(Mode::Documents)];
        assert_eq!(pages.count, MOST_PICTURES);
        assert_eq!(pages.settings.sampling.temperature, PerDepth::Same(0.7));
    }
}
