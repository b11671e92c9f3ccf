//! Settings that make flat, alike or noisy pictures, found before they run. What a model's card recommends
//! is never warned of. The sentences are in the wording.

use strata_engine::{Mode, ModelCard, PerDepth};

use super::{Knob, Settings};

/// Below this, the likeliest code wins nearly always.
const COLD: f32 = 0.3;
/// Above this, codes come through that the model does not believe in.
const HOT: f32 = 1.5;
/// Above this, guidance overrules the model.
const MOST_GUIDANCE: f32 = 10.0;
/// So few codes are hardly a choice.
const FEW_CODES: u32 = 4;
/// So little probability is hardly a choice.
const LITTLE_PROBABILITY: f32 = 0.2;

/// What a setting does to pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Risk {
    /// Guidance below 1: it counts as none.
    Unguided,
    /// So much guidance that pictures become harsh and alike.
    Overguided,
    /// Temperature 0: no choice at all.
    Frozen,
    /// So low a temperature that pictures become flat.
    Cold,
    /// So high a temperature that pictures become noise.
    Hot,
    /// A filter that leaves one code.
    OneCode,
    /// A filter that leaves hardly any codes.
    FewCodes,
}

/// A warning about one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Which setting.
    pub knob: Knob,
    /// What it does.
    pub risk: Risk,
    /// The depths (0-based) where it does; empty for all.
    pub depths: Vec<usize>,
}

/// What to warn of before pictures of this model are made.
pub fn advise(card: &ModelCard, settings: &Settings) -> Vec<Advice> {
    let sampling = &settings.sampling;
    let pictures = card.mode == Mode::Classes;
    let hints = &card.sampling;
    let mut advice = Vec::new();
    let mut add = |knob, risks: Vec<Option<Risk>>| collect(knob, &risks, &mut advice);
    if card.guidable {
        let scale = &settings.guidance.scale;
        add(
            Knob::Guidance,
            risks(card, scale, &card.guidance.scale, guidance),
        );
    }
    let cold = |t| temperature(t, pictures);
    add(
        Knob::Temperature,
        risks(card, &sampling.temperature, &hints.temperature, cold),
    );
    let nucleus = |p| top_p(p, pictures);
    add(
        Knob::TopP,
        risks(card, &sampling.top_p, &hints.top_p, nucleus),
    );
    let largest = |k| top_k(k, pictures && card.codebook > 16 * FEW_CODES as usize);
    add(
        Knob::TopK,
        risks(card, &sampling.top_k, &hints.top_k, largest),
    );
    advice
}

/// The risk at each depth; none where the card recommends the very value.
fn risks<T: Copy + PartialEq>(
    card: &ModelCard,
    values: &PerDepth<T>,
    hints: &PerDepth<T>,
    risk: impl Fn(T) -> Option<Risk>,
) -> Vec<Option<Risk>> {
    let at = |depth: usize| {
        let value = values.at(depth);
        risk(value).filter(|_| value != hints.at(depth))
    };
    (0..card.depth).map(at).collect()
}

/// Adds a warning for each kind of risk among the depths.
fn collect(knob: Knob, risks: &[Option<Risk>], advice: &mut Vec<Advice>) {
    let mut kinds: Vec<Risk> = Vec::new();
    for risk in risks.iter().flatten() {
        if !kinds.contains(risk) {
            kinds.push(*risk);
        }
    }
    for risk in kinds {
        let mut depths: Vec<usize> = (0..risks.len())
            .filter(|depth| risks[*depth] == Some(risk))
            .collect();
        if depths.len() == risks.len() {
            depths.clear();
        }
        advice.push(Advice { knob, risk, depths });
    }
}

fn guidance(scale: f32) -> Option<Risk> {
    match scale {
        scale if scale < 1.0 => Some(Risk::Unguided),
        scale if scale > MOST_GUIDANCE => Some(Risk::Overguided),
        _ => None,
    }
}

fn temperature(value: f32, pictures: bool) -> Option<Risk> {
    match value {
        0.0 => Some(Risk::Frozen),
        value if value < COLD && pictures => Some(Risk::Cold),
        value if value > HOT => Some(Risk::Hot),
        _ => None,
    }
}

fn top_p(value: f32, pictures: bool) -> Option<Risk> {
    match value {
        0.0 => Some(Risk::OneCode),
        value if value < LITTLE_PROBABILITY && pictures => Some(Risk::FewCodes),
        _ => None,
    }
}

fn top_k(value: u32, many_needed: bool) -> Option<Risk> {
    match value {
        1 => Some(Risk::OneCode),
        2..=FEW_CODES if many_needed => Some(Risk::FewCodes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use strata_engine::{Guidance, Sampling};

    use super::*;
    use crate::panels::fixture;

    fn told(mode: Mode, change: impl Fn(&mut Settings)) -> Vec<(Knob, Risk)> {
        let mut card = fixture::card("m", "M", mode);
        card.codebook = 2048;
        let mut settings = Settings::recommended(&card);
        change(&mut settings);
        let advice = advise(&card, &settings);
        advice.iter().map(|one| (one.knob, one.risk)).collect()
    }

    fn temperature_of(value: f32) -> impl Fn(&mut Settings) {
        move |settings| settings.sampling.temperature = PerDepth::Same(value)
    }

    #[test]
    fn what_a_card_recommends_is_not_warned_of() {
        assert_eq!(told(Mode::Classes, |_| {}), []);
        assert_eq!(told(Mode::Documents, |_| {}), []);
        let mut card = fixture::card("m", "M", Mode::Classes);
        card.sampling.temperature = PerDepth::Same(0.1);
        assert_eq!(advise(&card, &Settings::recommended(&card)), []);
    }

    #[test]
    fn low_temperature_flattens_pictures_but_suits_pages() {
        let cold = [(Knob::Temperature, Risk::Cold)];
        assert_eq!(told(Mode::Classes, temperature_of(0.1)), cold);
        assert_eq!(told(Mode::Documents, temperature_of(0.1)), []);
        for mode in [Mode::Classes, Mode::Documents] {
            let frozen = [(Knob::Temperature, Risk::Frozen)];
            assert_eq!(told(mode, temperature_of(0.0)), frozen);
            assert_eq!(
                told(mode, temperature_of(2.0)),
                [(Knob::Temperature, Risk::Hot)]
            );
        }
    }

    #[test]
    fn guidance_and_filters_are_watched() {
        let all = told(Mode::Classes, |settings| {
            settings.guidance = Guidance::constant(0.5);
            settings.sampling = Sampling {
                temperature: PerDepth::Same(1.0),
                top_k: PerDepth::Same(1),
                top_p: PerDepth::Same(0.05),
            };
        });
        let expected = [
            (Knob::Guidance, Risk::Unguided),
            (Knob::TopP, Risk::FewCodes),
            (Knob::TopK, Risk::OneCode),
        ];
        assert_eq!(all, expected);
        let much = told(Mode::Classes, |settings| {
            settings.guidance = Guidance::constant(20.0);
            settings.sampling.top_k = PerDepth::Same(3);
        });
        let expected = [
            (Knob::Guidance, Risk::Overguided),
            (Knob::TopK, Risk::FewCodes),
        ];
        assert_eq!(much, expected);
        let unguidable = |settings: &mut Settings| settings.guidance = Guidance::constant(0.5);
        assert_eq!(told(Mode::Documents, unguidable), []);
    }

    #[test]
    fn a_warning_names_its_depths_unless_it_is_all() {
        let card = fixture::card("m", "M", Mode::Classes);
        let mut settings = Settings::recommended(&card);
        settings.sampling.temperature = PerDepth::Each(vec![1.0, 0.1]);
        assert_eq!(advise(&card, &settings)[0].depths, [1]);
        settings.sampling.temperature = PerDepth::Each(vec![0.2, 0.1]);
        assert!(advise(&card, &settings)[0].depths.is_empty());
    }
}
