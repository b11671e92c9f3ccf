//! The settings that a model's card gives: what it recommends, and what stands beside that under a name.
//! Presets that a person saves are the window's business.

use serde::Deserialize;

use crate::{
    error::Result,
    recipe::{Guidance, PerDepth, Recipe, Sampling, Schedule, Subject},
};

/// What a preset of a card is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PresetKind {
    /// The settings that the published scores were measured with.
    Paper,
    /// The settings whose pictures people like best.
    Pretty,
}

/// Settings that a card gives beside the recommended ones.
#[derive(Clone, Debug, PartialEq)]
pub struct CardPreset {
    /// What it is for.
    pub kind: PresetKind,
    /// Guidance.
    pub guidance: Guidance,
    /// Temperature and filters.
    pub sampling: Sampling,
}

impl CardPreset {
    /// Checks that pictures could be drawn with it.
    pub(super) fn check(&self) -> Result<()> {
        check(&self.guidance, &self.sampling)
    }
}

/// Recommended settings.
pub(super) struct Settings {
    pub guidance: Guidance,
    pub sampling: Sampling,
}

impl Settings {
    /// Checks that pictures could be drawn with them.
    pub fn check(&self) -> Result<()> {
        check(&self.guidance, &self.sampling)
    }
}

fn check(guidance: &Guidance, sampling: &Sampling) -> Result<()> {
    let recipe = Recipe {
        model: String::new(),
        weights: None,
        subject: Subject::Page,
        seed: 0,
        index: 0,
        guidance: guidance.clone(),
        sampling: sampling.clone(),
        start: None,
    };
    recipe.check()
}

/// The manifest's `[sampling]`; the defaults are the plain sampler's.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub(super) struct Recommended {
    temperature: PerDepth<f32>,
    top_k: PerDepth<u32>,
    top_p: PerDepth<f32>,
    guidance: PerDepth<f32>,
    schedule: Schedule,
    paper: Option<Variation>,
    pretty: Option<Variation>,
}

/// `[sampling.paper]` or `[sampling.pretty]`; what it leaves out is as `[sampling]` says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Variation {
    temperature: Option<PerDepth<f32>>,
    top_k: Option<PerDepth<u32>>,
    top_p: Option<PerDepth<f32>>,
    guidance: Option<PerDepth<f32>>,
    schedule: Option<Schedule>,
}

impl Default for Recommended {
    fn default() -> Self {
        let Sampling {
            temperature,
            top_k,
            top_p,
        } = Sampling::default();
        Self {
            temperature,
            top_k,
            top_p,
            guidance: PerDepth::Same(1.0),
            schedule: Schedule::Constant,
            paper: None,
            pretty: None,
        }
    }
}

impl Recommended {
    /// The recommended settings.
    pub fn settings(&self) -> Settings {
        Settings {
            guidance: Guidance {
                scale: self.guidance.clone(),
                schedule: self.schedule,
            },
            sampling: Sampling {
                temperature: self.temperature.clone(),
                top_k: self.top_k.clone(),
                top_p: self.top_p.clone(),
            },
        }
    }

    /// Those beside them.
    pub fn presets(&self) -> Vec<CardPreset> {
        let preset = |kind, variation: &Option<Variation>| {
            let own = variation.clone()?;
            let Settings { guidance, sampling } = self.settings();
            Some(CardPreset {
                kind,
                guidance: Guidance {
                    scale: own.guidance.unwrap_or(guidance.scale),
                    schedule: own.schedule.unwrap_or(guidance.schedule),
                },
                sampling: Sampling {
                    temperature: own.temperature.unwrap_or(sampling.temperature),
                    top_k: own.top_k.unwrap_or(sampling.top_k),
                    top_p: own.top_p.unwrap_or(sampling.top_p),
                },
            })
        };
        let both = [
            preset(PresetKind::Paper, &self.paper),
            preset(PresetKind::Pretty, &self.pretty),
        ];
        both.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_card_without_presets_has_none() {
        let none: Recommended = toml::from_str("temperature = 0.9").unwrap();
        assert_eq!(none.presets(), []);
        assert_eq!(none.settings().sampling.temperature, PerDepth::Same(0.9));
    }

    #[test]
    fn what_a_preset_leaves_out_is_as_recommended() {
        let text =
            "temperature = 0.9\nguidance = 3.0\n[pretty]\nschedule = { ramp = { from = 1.5 } }";
        let table: Recommended = toml::from_str(text).unwrap();
        let presets = table.presets();
        assert_eq!(presets.len(), 1);
        assert_eq!(presets[0].kind, PresetKind::Pretty);
        assert_eq!(presets[0].guidance.scale, PerDepth::Same(3.0));
        assert_eq!(presets[0].guidance.schedule, Schedule::Ramp { from: 1.5 });
        assert_eq!(presets[0].sampling.temperature, PerDepth::Same(0.9));
        assert!(presets[0].check().is_ok());
    }

    #[test]
    fn impossible_presets_are_refused() {
        let text = "[paper]\ntemperature = []";
        let table: Recommended = toml::from_str(text).unwrap();
        assert!(table.presets()[0].check().is_err());
        assert!(table.settings().check().is_ok());
    }
}
