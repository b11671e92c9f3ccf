//! What a person sets: mode, model, sampling, seed.

use strata_engine::{Command, Mode, PerDepth};

use super::{Effect, Readiness, Settings, State};

/// Largest guidance scale and temperature that [`strata_engine::Recipe::check`] takes.
const MOST: f32 = 100.0;

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
        // What it will take is told before.
        vec![
            Effect::PlanMemory(model.clone()),
            Effect::Engine(Command::LoadModel { model }),
        ]
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
            if self.chosen.is_empty() {
                self.choose_first_class();
            }
            self.search_classes(self.search.text.clone());
        }
        self.load_model()
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
