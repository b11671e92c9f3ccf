//! What the sampling panel shows.

use strata_engine::Mode;

use crate::state::{Readiness, Settings, State, leading};

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

impl Sampling {
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
            recommended: card.is_none_or(|card| *settings == Settings::recommended(card)),
            seed: desk.seed,
            seed_locked: desk.seed_locked,
            count: desk.count,
            mode: state.mode,
        }
    }
}

#[cfg(test)]
mod tests {
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
