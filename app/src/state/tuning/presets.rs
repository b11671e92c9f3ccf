//! Presets: those of the model's card, and those that a person saved. One's own are kept in the
//! preferences, each for one model; a preset for all models works too.

use std::borrow::Cow;

use strata_engine::{CardPreset, ModelCard, PresetKind};

use super::{Effect, Settings, State};
use crate::{
    settings::Preset,
    state::{desk_of, remembering},
    wording,
};

/// Longest name of a preset, in characters.
const MOST_CHARS: usize = 40;

/// Which preset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PresetKey {
    /// What the card recommends.
    Recommended,
    /// What the card gives beside that.
    Card(PresetKind),
    /// One's own.
    Own {
        /// Its name.
        name: String,
        /// The model it is for; none for all.
        model: Option<String>,
    },
}

/// A preset that can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct PresetChoice {
    /// Which.
    pub key: PresetKey,
    /// What it sets.
    pub settings: Settings,
}

/// A preset that is being named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// The model whose preset it is.
    pub model: String,
    /// The preset that gets another name; `None` for a new one.
    pub renames: Option<PresetKey>,
    /// What was typed.
    pub text: String,
}

/// The presets of a card. Without any beside the recommended settings, those are the only one.
fn of_card(card: &ModelCard) -> Vec<PresetChoice> {
    let beside = card.presets.iter().map(|preset| PresetChoice {
        key: PresetKey::Card(preset.kind),
        settings: settings_of(preset),
    });
    let mut choices: Vec<PresetChoice> = beside.collect();
    let recommended = Settings::recommended(card);
    let is_there = |choice: &PresetChoice| choice.settings.same_as(&recommended, card.depth);
    if !choices.iter().any(is_there) {
        let first = PresetChoice {
            key: PresetKey::Recommended,
            settings: recommended,
        };
        choices.insert(0, first);
    }
    choices
}

fn settings_of(preset: &CardPreset) -> Settings {
    Settings {
        guidance: preset.guidance.clone(),
        sampling: preset.sampling.clone(),
    }
}

impl State {
    /// The presets of the present model: its card's, then one's own by name.
    pub fn presets(&self) -> Vec<PresetChoice> {
        let Some(card) = self.card() else {
            return Vec::new();
        };
        let is_for = |preset: &&Preset| {
            let model = preset.model.as_ref();
            model.is_none_or(|model| *model == card.id)
        };
        let own = self.preferences.presets.iter().filter(is_for);
        let own = own.map(|preset| PresetChoice {
            key: PresetKey::Own {
                name: preset.name.clone(),
                model: preset.model.clone(),
            },
            settings: Settings {
                guidance: preset.guidance.clone(),
                sampling: preset.sampling.clone(),
            },
        });
        let mut own: Vec<PresetChoice> = own
            .filter(|choice| remembering::fit(&choice.settings))
            .collect();
        own.sort_by_cached_key(|choice| wording::sampling::preset(&choice.key).to_lowercase());
        let mut all = of_card(card);
        all.extend(own);
        all
    }

    /// The preset that the present settings are; the one chosen last when there are several.
    pub fn present_preset(&self) -> Option<PresetKey> {
        let depths = self.card()?.depth;
        let settings = &self.desk().settings;
        let mut fitting = self.presets();
        fitting.retain(|choice| choice.settings.same_as(settings, depths));
        let last = self.tuning.chosen[desk_of(self.mode)].as_ref();
        let at = fitting.iter().position(|choice| Some(&choice.key) == last);
        let first = fitting.into_iter().nth(at.unwrap_or(0))?;
        Some(first.key)
    }

    pub(super) fn choose_preset(&mut self, key: &PresetKey) {
        let found = self.presets().into_iter().find(|choice| choice.key == *key);
        if let Some(choice) = found {
            self.tuning.chosen[desk_of(self.mode)] = Some(choice.key);
            self.desk_mut().settings = choice.settings;
            self.tuning.naming = None;
        }
    }

    /// The preset of the present model that is being named.
    pub fn naming(&self) -> Option<&Naming> {
        let model = &self.card()?.id;
        let naming = self.tuning.naming.as_ref();
        naming.filter(|naming| naming.model == *model)
    }

    /// Begins to name a preset: the present one again, or a new one.
    pub(super) fn begin_naming(&mut self, renames: bool) {
        let present = self.present_preset();
        let own = present.filter(|key| matches!(key, PresetKey::Own { .. }));
        let renames = match (renames, own) {
            (true, Some(own)) => Some(own),
            (true, None) => return,
            (false, _) => None,
        };
        let name = renames.as_ref().map(wording::sampling::preset);
        let text = name.map(Cow::into_owned).unwrap_or_default();
        self.tuning.naming = self.card().map(|card| Naming {
            model: card.id.clone(),
            renames,
            text,
        });
    }

    pub(super) fn type_preset_name(&mut self, text: &str) {
        if let Some(naming) = &mut self.tuning.naming {
            let one_line = text.replace(['\n', '\r'], " ");
            naming.text = one_line.chars().take(MOST_CHARS).collect();
        }
    }

    /// Whether another preset has the name that was typed and would not make room for it.
    pub fn preset_name_is_taken(&self) -> bool {
        let Some(naming) = self.naming() else {
            return false;
        };
        let name = naming.text.trim().to_lowercase();
        let stands = |choice: &PresetChoice| match &choice.key {
            key if Some(key) == naming.renames.as_ref() => false,
            // Saving under the name of an own preset is how it is changed.
            PresetKey::Own {
                model: Some(_),
                name: other,
            } if naming.renames.is_none() => {
                other.to_lowercase() == name && *other != naming.text.trim()
            }
            key => wording::sampling::preset(key).to_lowercase() == name,
        };
        self.presets().iter().any(stands)
    }

    /// Whether saving under the typed name changes a preset that is there.
    pub fn preset_name_replaces(&self) -> bool {
        let Some(naming) = self.naming() else {
            return false;
        };
        let same = |choice: &PresetChoice| match &choice.key {
            PresetKey::Own {
                name,
                model: Some(_),
            } => name == naming.text.trim(),
            _ => false,
        };
        naming.renames.is_none() && self.presets().iter().any(same)
    }

    /// Keeps the preset that is being named; an empty or taken name is not accepted.
    pub(super) fn keep_preset_name(&mut self) -> Option<Effect> {
        let model = self.card()?.id.clone();
        let naming = self.naming()?.clone();
        let name = naming.text.trim().to_owned();
        if name.is_empty() || self.preset_name_is_taken() {
            return None;
        }
        let mut preset = Preset {
            name: name.clone(),
            model: Some(model),
            guidance: self.desk().settings.guidance.clone(),
            sampling: self.desk().settings.sampling.clone(),
            other: toml::Table::new(),
        };
        let mut before = None;
        if let Some(PresetKey::Own { name, model }) = &naming.renames {
            let kept = &self.preferences.presets;
            let old = kept.iter().find(|p| p.name == *name && p.model == *model)?;
            preset = Preset {
                name: preset.name,
                ..old.clone()
            };
            before = Some((name.clone(), model.clone()));
        }
        self.tuning.naming = None;
        self.tuning.chosen[desk_of(self.mode)] = Some(PresetKey::Own {
            name,
            model: preset.model.clone(),
        });
        self.prefer(|preferences| {
            if let Some((name, model)) = &before {
                preferences.forget_preset(name, model.as_deref());
            }
            preferences.keep_preset(preset);
        })
    }

    /// Takes the present preset away; its settings stay on the table, so that it can be saved again.
    pub(super) fn delete_preset(&mut self) -> Option<Effect> {
        let Some(PresetKey::Own { name, model }) = self.present_preset() else {
            return None;
        };
        self.tuning.naming = None;
        self.tuning.chosen[desk_of(self.mode)] = None;
        self.prefer(|preferences| preferences.forget_preset(&name, model.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use strata_engine::{Guidance, Mode, PerDepth, Sampling};

    use super::*;
    use crate::{
        actions::Action,
        panels::fixture::{act, card, restarted, state},
        state::Tune,
    };

    fn tune(state: &mut State, tunes: impl IntoIterator<Item = Tune>) {
        act(state, tunes.into_iter().map(Action::Tune));
    }

    fn own(name: &str) -> PresetKey {
        PresetKey::Own {
            name: name.into(),
            model: Some("pictures".into()),
        }
    }

    fn save(state: &mut State, name: &str) {
        let name = Tune::TypePresetName(name.into());
        tune(state, [Tune::SavePreset, name, Tune::KeepPresetName]);
    }

    fn keys(state: &State) -> Vec<PresetKey> {
        let presets = state.presets();
        presets.into_iter().map(|choice| choice.key).collect()
    }

    #[test]
    fn a_card_without_presets_has_its_recommendation() {
        let state = state();
        assert_eq!(keys(&state), [PresetKey::Recommended]);
        assert_eq!(state.present_preset(), Some(PresetKey::Recommended));
    }

    #[test]
    fn a_card_may_have_paper_and_pretty() {
        let mut card = card("m", "M", Mode::Classes);
        let preset = |kind, scale| CardPreset {
            kind,
            guidance: Guidance::constant(scale),
            sampling: card.sampling.clone(),
        };
        let both = vec![
            preset(PresetKind::Paper, 1.5),
            preset(PresetKind::Pretty, 2.0),
        ];
        card.presets = both;
        let keys: Vec<PresetKey> = of_card(&card).into_iter().map(|c| c.key).collect();
        let expected = [PresetKind::Paper, PresetKind::Pretty].map(PresetKey::Card);
        assert_eq!(keys, expected, "pretty is what is recommended");
        card.presets.truncate(1);
        assert_eq!(of_card(&card)[0].key, PresetKey::Recommended);
        assert_eq!(of_card(&card).len(), 2);
    }

    #[test]
    fn own_presets_are_saved_chosen_renamed_and_deleted() {
        let mut state = state();
        act(&mut state, [Action::SetTemperature(0.7)]);
        assert_eq!(state.present_preset(), None);
        save(&mut state, "  Calm ");
        assert_eq!(state.present_preset(), Some(own("Calm")));
        act(&mut state, [Action::ResetSampling]);
        assert_eq!(state.present_preset(), Some(PresetKey::Recommended));
        tune(&mut state, [Tune::ChoosePreset(own("Calm"))]);
        let temperature = &state.desk().settings.sampling.temperature;
        assert_eq!(*temperature, PerDepth::Same(0.7));

        let name = Tune::TypePresetName("Calmer".into());
        tune(&mut state, [Tune::RenamePreset]);
        assert_eq!(state.naming().unwrap().text, "Calm");
        tune(&mut state, [name, Tune::KeepPresetName]);
        assert_eq!(keys(&state), [PresetKey::Recommended, own("Calmer")]);
        assert_eq!(state.present_preset(), Some(own("Calmer")));

        let after = restarted(state.preferences.clone());
        assert_eq!(keys(&after), keys(&state));
        tune(&mut state, [Tune::DeletePreset]);
        assert_eq!(keys(&state), [PresetKey::Recommended]);
        tune(&mut state, [Tune::DeletePreset]);
        let temperature = &state.desk().settings.sampling.temperature;
        assert_eq!(*temperature, PerDepth::Same(0.7), "the settings stay");
    }

    #[test]
    fn saving_under_the_same_name_changes_the_preset() {
        let mut state = state();
        act(&mut state, [Action::SetTemperature(0.7)]);
        save(&mut state, "Calm");
        act(&mut state, [Action::SetTemperature(0.6)]);
        let name = Tune::TypePresetName("Calm".into());
        tune(&mut state, [Tune::SavePreset, name]);
        assert!(state.preset_name_replaces() && !state.preset_name_is_taken());
        tune(&mut state, [Tune::KeepPresetName]);
        assert_eq!(state.preferences.presets.len(), 1);
        assert_eq!(state.present_preset(), Some(own("Calm")));
    }

    #[test]
    fn names_that_are_taken_or_empty_are_not_accepted() {
        let mut state = state();
        act(&mut state, [Action::SetTemperature(0.7)]);
        for name in ["", "   ", "recommended"] {
            save(&mut state, name);
            assert!(state.naming().is_some(), "{name:?}");
        }
        tune(&mut state, [Tune::LeavePresetName]);
        assert_eq!(state.naming(), None);
        assert_eq!(state.preferences.presets, []);
        save(&mut state, "A");
        act(&mut state, [Action::SetTemperature(0.6)]);
        save(&mut state, "B");
        let name = Tune::TypePresetName("A".into());
        tune(&mut state, [Tune::RenamePreset, name, Tune::KeepPresetName]);
        assert_eq!(keys(&state)[1..], [own("A"), own("B")]);
    }

    #[test]
    fn presets_belong_to_their_model_and_broken_ones_stay_away() {
        let mut state = state();
        act(&mut state, [Action::SetTemperature(0.7)]);
        save(&mut state, "Calm");
        let broken = Preset {
            name: "Broken".into(),
            model: None,
            guidance: Guidance::NONE,
            sampling: Sampling {
                temperature: PerDepth::Each(Vec::new()),
                ..Sampling::default()
            },
            other: toml::Table::new(),
        };
        state.preferences.keep_preset(broken);
        assert_eq!(keys(&state).len(), 2);
        tune(&mut state, [Tune::SavePreset]);
        act(&mut state, [Action::ChooseModel("pictures-2".into())]);
        assert_eq!(keys(&state), [PresetKey::Recommended]);
        assert_eq!(state.naming(), None, "it was of the other model");
    }
}
