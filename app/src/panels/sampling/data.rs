//! What the sampling panel shows.

use strata_engine::Mode;

use super::Curve;
use crate::{
    state::{Knob, PresetKey, Readiness, Settings, State, advise, leading},
    wording,
};

/// The sampling panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// The models of this mode.
    pub models: Vec<ModelChoice>,
    /// The present model's name, if there is one.
    pub model: Option<String>,
    /// What is known about it, in a sentence.
    pub summary: String,
    /// How far it is loaded, while it is loading.
    pub loading: Option<f32>,
    /// Whether it can be guided.
    pub guidable: bool,
    /// Codes in its codebook: more than this cannot be kept.
    pub codebook: u32,
    /// The guidance scale of the first depth.
    pub guidance: f32,
    /// The temperature of the first depth.
    pub temperature: f32,
    /// Top-k of the first depth.
    pub top_k: u32,
    /// Top-p of the first depth.
    pub top_p: f32,
    /// Depths of the model.
    pub depths: usize,
    /// The numbers of each depth, in the order of [`Knob::ALL`]; empty when all depths are alike.
    pub table: Vec<[f32; 4]>,
    /// The guidance curve; `None` for a model that cannot be guided.
    pub curve: Option<Curve>,
    /// The presets.
    pub presets: Vec<PresetRow>,
    /// The preset that is being named.
    pub naming: Option<NamingRow>,
    /// What to warn of before it runs.
    pub warnings: Vec<Warning>,
    /// What Generate will take, in words; `None` when it would do nothing.
    pub forecast: Option<String>,
    /// Seeds used lately, newest first.
    pub recent_seeds: Vec<u64>,
    /// Whether everything is as the model recommends.
    pub recommended: bool,
    /// The seed.
    pub seed: u64,
    /// Whether it is kept.
    pub seed_locked: bool,
    /// Pictures of each class, or pages.
    pub count: u32,
    /// Which of the two.
    pub mode: Mode,
}

/// A model to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelChoice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// One sentence.
    pub summary: String,
    /// Whether it is the present one.
    pub chosen: bool,
}

/// A preset to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresetRow {
    /// Which.
    pub key: PresetKey,
    /// Its name.
    pub name: String,
    /// Whether the present settings are it.
    pub chosen: bool,
}

/// The field where a preset is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamingRow {
    /// What was typed.
    pub text: String,
    /// What the button says.
    pub button: &'static str,
    /// Whether the name can be had.
    pub fits: bool,
    /// Why it cannot, if there is more to say than that it is empty.
    pub fault: Option<&'static str>,
}

/// A warning beside a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Beside which.
    pub knob: Knob,
    /// One sentence.
    pub words: String,
}

impl NamingRow {
    fn of(state: &State) -> Option<Self> {
        let naming = state.naming()?;
        let taken = state.preset_name_is_taken();
        Some(Self {
            text: naming.text.clone(),
            button: match naming.renames {
                Some(_) => wording::sampling::RENAME,
                None if state.preset_name_replaces() => wording::sampling::REPLACE,
                None => wording::sampling::SAVE,
            },
            fits: !taken && !naming.text.trim().is_empty(),
            fault: taken.then_some(wording::sampling::NAME_TAKEN),
        })
    }
}

fn presets(state: &State) -> Vec<PresetRow> {
    let present = state.present_preset();
    let row = |key: PresetKey| PresetRow {
        name: wording::sampling::preset(&key).into_owned(),
        chosen: present.as_ref() == Some(&key),
        key,
    };
    let all = state.presets().into_iter();
    all.map(|choice| row(choice.key)).collect()
}

fn warnings(state: &State) -> Vec<Warning> {
    let Some(card) = state.card() else {
        return Vec::new();
    };
    let advice = advise(card, &state.desk().settings);
    let warning = |advice: &crate::state::Advice| Warning {
        knob: advice.knob,
        words: wording::sampling::advice(advice, card.mode),
    };
    advice.iter().map(warning).collect()
}

fn table(settings: &Settings, depths: usize) -> Vec<[f32; 4]> {
    let row = |depth| Knob::ALL.map(|knob| settings.at(knob, depth));
    match settings.is_per_depth() {
        true => (0..depths).map(row).collect(),
        false => Vec::new(),
    }
}

impl Sampling {
    /// The number of all depths.
    pub fn value(&self, knob: Knob) -> f32 {
        match knob {
            Knob::Guidance => self.guidance,
            Knob::Temperature => self.temperature,
            Knob::TopP => self.top_p,
            Knob::TopK => self.top_k as f32,
        }
    }

    /// From the state.
    pub fn of(state: &State) -> Self {
        let desk = state.desk();
        let card = state.card();
        let settings = &desk.settings;
        let sampling = &settings.sampling;
        let of_mode = state.models.iter().filter(|card| card.mode == state.mode);
        Self {
            models: of_mode
                .map(|card| ModelChoice {
                    id: card.id.clone(),
                    name: card.name.clone(),
                    summary: card.summary.clone(),
                    chosen: desk.model.as_ref() == Some(&card.id),
                })
                .collect(),
            model: card.map(|card| card.name.clone()),
            summary: card.map(|card| card.summary.clone()).unwrap_or_default(),
            loading: match state.model_readiness() {
                Some(Readiness::Loading { fraction }) => Some(fraction),
                _ => None,
            },
            guidable: card.is_some_and(|card| card.guidable),
            codebook: card.map_or(0, |card| u32::try_from(card.codebook).unwrap_or(u32::MAX)),
            guidance: leading(&settings.guidance.scale, 1.0),
            temperature: leading(&sampling.temperature, 1.0),
            top_k: leading(&sampling.top_k, 0),
            top_p: leading(&sampling.top_p, 1.0),
            depths: card.map_or(1, |card| card.depth),
            table: card.map_or_else(Vec::new, |card| table(settings, card.depth)),
            curve: card
                .filter(|card| card.guidable)
                .map(|card| Curve::of(card, settings)),
            presets: presets(state),
            naming: NamingRow::of(state),
            warnings: warnings(state),
            forecast: state.forecast().as_ref().map(wording::sampling::forecast),
            recent_seeds: state.recent_seeds(state.mode),
            recommended: card
                .is_none_or(|card| settings.same_as(&Settings::recommended(card), card.depth)),
            seed: desk.seed,
            seed_locked: desk.seed_locked,
            count: desk.count,
            mode: state.mode,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use strata_engine::Mode;

    use super::*;
    use crate::{actions::Action, panels::fixture};

    #[test]
    fn the_panel_starts_with_what_the_model_recommends() {
        let sampling = Sampling::of(&fixture::state());
        assert!(sampling.recommended);
        assert_eq!((sampling.guidance, sampling.temperature), (2.0, 0.9));
        assert_eq!((sampling.top_k, sampling.top_p), (0, 0.95));
        assert_eq!(sampling.model.as_deref(), Some("Sticker book"));
        assert_eq!(sampling.models.len(), 2);
    }

    #[test]
    fn changes_show_and_reset_takes_them_back() {
        let mut state = fixture::state();
        fixture::act(
            &mut state,
            [Action::SetTemperature(1.5), Action::SetTopK(7)],
        );
        let changed = Sampling::of(&state);
        assert!(!changed.recommended);
        assert_eq!((changed.temperature, changed.top_k), (1.5, 7));
        fixture::act(&mut state, [Action::ResetSampling]);
        assert_eq!(Sampling::of(&state), Sampling::of(&fixture::state()));
    }

    #[test]
    fn each_depth_has_a_row_and_warnings_name_it() {
        use crate::state::{Knob, Tune};

        let mut state = fixture::state();
        assert!(Sampling::of(&state).table.is_empty());
        let cold = Tune::SetAt {
            knob: Knob::Temperature,
            depth: 1,
            value: 0.1,
        };
        let tunes = [Tune::SetPerDepth(true), cold];
        fixture::act(&mut state, tunes.map(Action::Tune));
        let sampling = Sampling::of(&state);
        assert_eq!(
            sampling.table,
            [[2.0, 0.9, 0.95, 0.0], [2.0, 0.1, 0.95, 0.0]]
        );
        assert_eq!(sampling.warnings.len(), 1);
        assert!(sampling.warnings[0].words.starts_with("Depth 2: "));
        assert!(!sampling.recommended);
    }

    #[test]
    fn presets_are_listed_named_and_marked() {
        use crate::state::Tune;

        let mut state = fixture::state();
        let sampling = Sampling::of(&state);
        assert_eq!(sampling.presets[0].name, "Recommended");
        assert!(sampling.presets[0].chosen && sampling.naming.is_none());
        let name = |text: &str| Tune::TypePresetName(text.into());
        let tunes = [Tune::SavePreset, name("Recommended")];
        fixture::act(&mut state, tunes.map(Action::Tune));
        let naming = Sampling::of(&state).naming.unwrap();
        assert_eq!((naming.button, naming.fits), ("Save", false));
        assert_eq!(naming.fault, Some("Another preset has this name."));
        let tunes = [name("Mine"), Tune::KeepPresetName];
        fixture::act(&mut state, tunes.map(Action::Tune));
        let sampling = Sampling::of(&state);
        assert!(sampling.presets[1].chosen, "{:?}", sampling.presets);
    }

    #[test]
    fn the_curve_is_for_models_that_can_be_guided() {
        let mut state = fixture::state();
        assert!(Sampling::of(&state).curve.is_some());
        fixture::act(&mut state, [Action::SetMode(Mode::Documents)]);
        assert!(Sampling::of(&state).curve.is_none());
    }

    #[test]
    fn what_it_will_take_is_said_before_it_runs() {
        let state = fixture::state();
        assert_eq!(
            Sampling::of(&state).forecast.unwrap(),
            "Time not measured yet \u{b7} 40 MB memory"
        );
        let empty = fixture::state_without_models();
        assert_eq!(Sampling::of(&empty).forecast, None);
    }

    #[test]
    fn each_mode_has_its_own_settings_and_models() {
        let mut state = fixture::state();
        fixture::act(
            &mut state,
            [
                Action::SetTemperature(1.5),
                Action::SetMode(Mode::Documents),
            ],
        );
        let pages = Sampling::of(&state);
        assert_eq!((pages.temperature, pages.guidable), (0.7, false));
        assert_eq!(pages.models.len(), 1);
        fixture::act(&mut state, [Action::SetMode(Mode::Classes)]);
        assert_eq!(Sampling::of(&state).temperature, 1.5);
    }
}
