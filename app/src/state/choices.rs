//! What a person sets: mode, model, classes, sampling, seed.

use strata_engine::{Command, Mode, PerDepth};

use super::{Effect, Readiness, Settings, State};

/// Largest guidance scale and temperature that [`strata_engine::Recipe::check`] takes.
const MOST: f32 = 100.0;

/// Most classes that a search lists; past them it is quicker to type one more letter.
const MOST_RESULTS: usize = 80;

impl State {
    pub(super) fn set_mode(&mut self, mode: Mode) -> Vec<Effect> {
        self.mode = mode;
        self.load_model()
    }

    /// Loads the present model unless that was done or is being done.
    pub(super) fn load_model(&mut self) -> Vec<Effect> {
        let Some(model) = self.desk().model.clone() else {
            return Vec::new();
        };
        if !self.engine_runs || self.readiness.contains_key(&model) {
            return Vec::new();
        }
        self.readiness
            .insert(model.clone(), Readiness::Loading { fraction: 0.0 });
        vec![Effect::Engine(Command::LoadModel { model })]
    }

    pub(super) fn reload_model(&mut self, id: &str) -> Vec<Effect> {
        self.settle(&super::Topic::Model(id.to_owned()));
        if self.readiness.get(id) == Some(&Readiness::Failed) {
            self.readiness.remove(id);
        }
        self.load_model()
    }

    pub(super) fn choose_model(&mut self, id: &str) -> Vec<Effect> {
        let Some(card) = self.card_of(id).cloned() else {
            return Vec::new();
        };
        if self.desk().model.as_deref() == Some(id) && card.mode == self.mode {
            return Vec::new();
        }
        self.mode = card.mode;
        let desk = self.desk_mut();
        desk.model = Some(card.id.clone());
        desk.touched = true;
        desk.settings = Settings::recommended(&card);
        desk.depth = None;
        if card.mode == Mode::Classes {
            self.chosen.retain(|class| card.classes.contains(class));
            if self.chosen.is_empty() {
                self.choose_first_class();
            }
            self.search_classes(self.search.text.clone());
        }
        self.load_model()
    }

    /// Chooses the class that stands first in the list, so that Generate works at once.
    pub(super) fn choose_first_class(&mut self) {
        let mut known = self.known_classes();
        known.sort_by_cached_key(|class| self.class_name(*class).to_lowercase());
        self.chosen = known.first().copied().into_iter().collect();
    }

    /// Classes that the class model knows, ascending.
    pub(super) fn known_classes(&self) -> Vec<u32> {
        let model = self.desks[super::desk_of(Mode::Classes)].model.as_deref();
        let card = model.and_then(|id| self.card_of(id));
        card.map(|card| card.classes.clone()).unwrap_or_default()
    }

    /// Lists what fits the text: by likeness when something was typed, by name otherwise.
    pub(super) fn search_classes(&mut self, text: String) {
        let known = self.known_classes();
        let all: Vec<u32> = if text.trim().is_empty() {
            let mut all: Vec<u32> = self.classes.all().iter().map(|class| class.id).collect();
            // A model may know numbers that the list of names does not.
            all.extend(known.iter().filter(|id| self.classes.get(**id).is_none()));
            all.sort_by_cached_key(|class| self.class_name(*class).to_lowercase());
            all
        } else {
            let found = self.classes.search(text.trim(), MOST_RESULTS);
            found.into_iter().map(|class| class.id).collect()
        };
        let (mut found, unknown): (Vec<u32>, Vec<u32>) = all
            .into_iter()
            .partition(|class| known.binary_search(class).is_ok());
        self.search.known = found.len();
        found.extend(unknown);
        self.search.found = found;
        self.search.text = text;
    }

    pub(super) fn choose_class(&mut self, class: u32) {
        if self.known_classes().contains(&class) {
            self.chosen = vec![class];
        }
    }

    /// The last class cannot be taken away: Generate always has something to draw.
    pub(super) fn toggle_class(&mut self, class: u32) {
        match self.chosen.iter().position(|chosen| *chosen == class) {
            Some(at) if self.chosen.len() > 1 => {
                self.chosen.remove(at);
            }
            None if self.known_classes().contains(&class) => self.chosen.push(class),
            _ => {}
        }
    }

    pub(super) fn set_sampling(&mut self, action: &crate::actions::Action) {
        use crate::actions::Action;

        let card = self.card().cloned();
        let settings = &mut self.desk_mut().settings;
        match *action {
            Action::SetGuidance(scale) if scale.is_finite() => {
                settings.guidance.scale = PerDepth::Same(scale.clamp(0.0, MOST));
            }
            Action::SetTemperature(temperature) if temperature.is_finite() => {
                settings.sampling.temperature = PerDepth::Same(temperature.clamp(0.0, MOST));
            }
            Action::SetTopK(top_k) => settings.sampling.top_k = PerDepth::Same(top_k),
            Action::SetTopP(top_p) if top_p.is_finite() => {
                settings.sampling.top_p = PerDepth::Same(top_p.clamp(0.0, 1.0));
            }
            Action::ResetSampling => {
                if let Some(card) = card {
                    *settings = Settings::recommended(&card);
                }
            }
            _ => {}
        }
    }

    /// A seed that was typed is meant to be used, so it is locked.
    pub(super) fn set_seed(&mut self, seed: u64) {
        let desk = self.desk_mut();
        if desk.seed != seed {
            desk.seed = seed;
            desk.seed_locked = true;
        }
    }
}
