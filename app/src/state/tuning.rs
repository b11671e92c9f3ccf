//! Sampling finer than one number for all depths: values of each depth, guidance over the rows of the
//! picture, presets (in `presets`), seeds used lately. What the numbers do is the engine's business.

mod presets;

use strata_engine::{Mode, PerDepth, Schedule};

pub use presets::{Naming, PresetChoice, PresetKey};

use super::{Effect, Settings, State, desk_of, forecast::Meter};

/// Largest guidance scale and temperature that [`strata_engine::Recipe::check`] takes.
const MOST: f32 = 100.0;

/// One of the numbers of sampling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Knob {
    /// The guidance scale.
    Guidance,
    /// The temperature.
    Temperature,
    /// Top-p.
    TopP,
    /// Top-k.
    TopK,
}

impl Knob {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Guidance, Self::Temperature, Self::TopP, Self::TopK];
}

/// What a person does to sampling beyond one number for all depths.
#[derive(Clone, Debug, PartialEq)]
pub enum Tune {
    /// Give each depth its own values, or all of them those of the first.
    SetPerDepth(bool),
    /// Set one depth's (0-based) value.
    SetAt {
        /// Of which number.
        knob: Knob,
        /// At which depth.
        depth: usize,
        /// The value; whole for top-k.
        value: f32,
    },
    /// Vary guidance over the positions like this.
    SetSchedule(Schedule),

    /// Take a preset's settings.
    ChoosePreset(PresetKey),
    /// Begin to name a new preset with the present settings.
    SavePreset,
    /// Begin to rename the present preset, if it is one's own.
    RenamePreset,
    /// Type the name.
    TypePresetName(String),
    /// Keep the preset under the typed name.
    KeepPresetName,
    /// Give up naming.
    LeavePresetName,
    /// Take the present preset away, if it is one's own.
    DeletePreset,
}

/// What belongs to sampling beside the desks' settings. What outlives the session is in the preferences.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tuning {
    /// The preset that is being named.
    pub naming: Option<Naming>,
    /// The preset that was chosen last, for each desk; it may have been changed since.
    pub(super) chosen: [Option<PresetKey>; 2],
    /// Measures the speed of the run in hand.
    pub(super) meter: Meter,
    /// The values of each depth as they were before all became alike, for each desk.
    aside: [Option<Settings>; 2],
}

impl Settings {
    /// Whether each depth has its own values.
    pub fn is_per_depth(&self) -> bool {
        fn each<T>(values: &PerDepth<T>) -> bool {
            matches!(values, PerDepth::Each(_))
        }
        let sampling = &self.sampling;
        each(&self.guidance.scale)
            || each(&sampling.temperature)
            || each(&sampling.top_k)
            || each(&sampling.top_p)
    }

    /// A number at a depth (0-based).
    pub fn at(&self, knob: Knob, depth: usize) -> f32 {
        match knob {
            Knob::Guidance => self.guidance.scale.at(depth),
            Knob::Temperature => self.sampling.temperature.at(depth),
            Knob::TopP => self.sampling.top_p.at(depth),
            Knob::TopK => self.sampling.top_k.at(depth) as f32,
        }
    }

    /// Whether both make the same pictures with a model of so many depths.
    pub fn same_as(&self, other: &Self, depths: usize) -> bool {
        let same = |depth| {
            let alike = |knob: &Knob| self.at(*knob, depth) == other.at(*knob, depth);
            Knob::ALL.iter().all(alike)
        };
        self.guidance.schedule == other.guidance.schedule && (0..depths).all(same)
    }

    /// The same settings with a value for each of so many depths.
    fn for_each_depth(&self, depths: usize) -> Self {
        fn each<T: Copy>(values: &PerDepth<T>, depths: usize) -> PerDepth<T> {
            PerDepth::Each((0..depths.max(1)).map(|depth| values.at(depth)).collect())
        }
        let mut all = self.clone();
        all.guidance.scale = each(&self.guidance.scale, depths);
        all.sampling.temperature = each(&self.sampling.temperature, depths);
        all.sampling.top_k = each(&self.sampling.top_k, depths);
        all.sampling.top_p = each(&self.sampling.top_p, depths);
        all
    }

    /// The first depth's values for all depths.
    fn for_all_depths(&self) -> Self {
        let mut first = self.clone();
        first.guidance.scale = PerDepth::Same(self.guidance.scale.at(0));
        first.sampling.temperature = PerDepth::Same(self.sampling.temperature.at(0));
        first.sampling.top_k = PerDepth::Same(self.sampling.top_k.at(0));
        first.sampling.top_p = PerDepth::Same(self.sampling.top_p.at(0));
        first
    }

    /// Sets a number at one of so many depths, held to what a recipe takes.
    fn set_at(&mut self, knob: Knob, depth: usize, value: f32, depths: usize) {
        fn set<T: Copy>(values: &mut PerDepth<T>, depth: usize, value: T, depths: usize) {
            let all = (0..depths).map(|other| match other == depth {
                true => value,
                false => values.at(other),
            });
            *values = PerDepth::Each(all.collect());
        }
        if depth >= depths || !value.is_finite() {
            return;
        }
        let sampling = &mut self.sampling;
        let held = value.clamp(0.0, MOST);
        match knob {
            Knob::Guidance => set(&mut self.guidance.scale, depth, held, depths),
            Knob::Temperature => set(&mut sampling.temperature, depth, held, depths),
            Knob::TopP => set(&mut sampling.top_p, depth, value.clamp(0.0, 1.0), depths),
            Knob::TopK => set(&mut sampling.top_k, depth, value.max(0.0) as u32, depths),
        }
    }
}

impl State {
    pub(super) fn tune(&mut self, tune: Tune) -> Vec<Effect> {
        let depths = self.card().map_or(1, |card| card.depth);
        match tune {
            Tune::SetPerDepth(each) => self.set_per_depth(each, depths),
            Tune::SetAt { knob, depth, value } => {
                let settings = &mut self.desk_mut().settings;
                settings.set_at(knob, depth, value, depths);
            }
            Tune::SetSchedule(schedule) => self.set_schedule(schedule),
            Tune::ChoosePreset(key) => self.choose_preset(&key),
            Tune::SavePreset => self.begin_naming(false),
            Tune::RenamePreset => self.begin_naming(true),
            Tune::TypePresetName(text) => self.type_preset_name(&text),
            Tune::KeepPresetName => return self.keep_preset_name().into_iter().collect(),
            Tune::LeavePresetName => self.tuning.naming = None,
            Tune::DeletePreset => return self.delete_preset().into_iter().collect(),
        }
        Vec::new()
    }

    /// The values that each depth had come back when nothing was changed in between.
    fn set_per_depth(&mut self, each: bool, depths: usize) {
        let desk = desk_of(self.mode);
        let settings = self.desk().settings.clone();
        if each == settings.is_per_depth() {
            return;
        }
        self.desk_mut().settings = if each {
            let aside = self.tuning.aside[desk].take();
            aside
                .filter(|aside| aside.for_all_depths() == settings)
                .unwrap_or(settings)
                .for_each_depth(depths)
        } else {
            let alike = settings.for_all_depths();
            self.tuning.aside[desk] = Some(settings);
            alike
        };
    }

    /// An interval that ends before it begins, or a ramp from nowhere, is not taken.
    fn set_schedule(&mut self, schedule: Schedule) {
        let fits = match schedule {
            Schedule::Constant => true,
            Schedule::Interval { first, last } => first <= last,
            Schedule::Ramp { from } => (0.0..=MOST).contains(&from),
        };
        if fits {
            self.desk_mut().settings.guidance.schedule = schedule;
        }
    }

    /// Writes the present desk's seed down among those used lately.
    pub(super) fn remember_seed(&mut self) -> Option<Effect> {
        let (mode, seed) = (self.mode, self.desk().seed);
        self.prefer(|preferences| preferences.desk_mut(mode).remember_seed(seed))
    }

    /// Seeds used lately in a mode, newest first.
    pub fn recent_seeds(&self, mode: Mode) -> Vec<u64> {
        let kept = &self.preferences.desk(mode).recent_seeds;
        kept.iter().map(|seed| seed.0).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        actions::Action,
        panels::fixture::{act, restarted, state},
    };

    fn tune(state: &mut State, tune: Tune) -> Vec<Effect> {
        act(state, [Action::Tune(tune)])
    }

    #[test]
    fn each_depth_has_its_own_value_and_all_become_alike_again() {
        let mut state = state();
        tune(&mut state, Tune::SetPerDepth(true));
        assert!(state.desk().settings.is_per_depth());
        let (knob, depth) = (Knob::Temperature, 1);
        tune(
            &mut state,
            Tune::SetAt {
                knob,
                depth,
                value: 0.5,
            },
        );
        let each = PerDepth::Each(vec![0.9, 0.5]);
        assert_eq!(state.desk().settings.sampling.temperature, each);
        tune(&mut state, Tune::SetPerDepth(false));
        let same = PerDepth::Same(0.9);
        assert_eq!(state.desk().settings.sampling.temperature, same);
        tune(&mut state, Tune::SetPerDepth(true));
        assert_eq!(state.desk().settings.sampling.temperature, each, "as left");

        tune(&mut state, Tune::SetPerDepth(false));
        act(&mut state, [Action::SetTemperature(1.2)]);
        tune(&mut state, Tune::SetPerDepth(true));
        let anew = PerDepth::Each(vec![1.2, 1.2]);
        assert_eq!(state.desk().settings.sampling.temperature, anew);
    }

    #[test]
    fn a_value_of_one_depth_is_held_to_what_a_recipe_takes() {
        let mut state = state();
        let mut set = |knob, depth, value| {
            tune(&mut state, Tune::SetAt { knob, depth, value });
        };
        set(Knob::Guidance, 0, 1e9);
        set(Knob::TopP, 1, 7.0);
        set(Knob::TopK, 1, 12.0);
        set(Knob::TopK, 0, -3.0);
        set(Knob::Temperature, 9, 0.1);
        set(Knob::Temperature, 0, f32::NAN);
        let settings = &state.desk().settings;
        assert_eq!(settings.guidance.scale, PerDepth::Each(vec![100.0, 2.0]));
        assert_eq!(settings.sampling.top_p, PerDepth::Each(vec![0.95, 1.0]));
        assert_eq!(settings.sampling.top_k, PerDepth::Each(vec![0, 12]));
        assert_eq!(settings.sampling.temperature, PerDepth::Same(0.9));
    }

    #[test]
    fn schedules_that_make_no_sense_are_not_taken() {
        let mut state = state();
        let interval = Schedule::Interval { first: 4, last: 12 };
        for schedule in [
            interval,
            Schedule::Interval { first: 9, last: 3 },
            Schedule::Ramp { from: f32::NAN },
            Schedule::Ramp { from: -1.0 },
        ] {
            tune(&mut state, Tune::SetSchedule(schedule));
        }
        assert_eq!(state.desk().settings.guidance.schedule, interval);
    }

    #[test]
    fn seeds_are_remembered_when_they_are_used() {
        let mut state = state();
        act(&mut state, [Action::SetSeed(11), Action::Generate]);
        act(&mut state, [Action::SetSeed(12)]);
        act(&mut state, [Action::SetSeed(13), Action::Generate]);
        assert_eq!(state.recent_seeds(Mode::Classes), [13, 11]);
        assert_eq!(state.recent_seeds(Mode::Documents), [0; 0]);
        let after = restarted(state.preferences.clone());
        assert_eq!(after.recent_seeds(Mode::Classes), [13, 11]);
    }

    #[test]
    fn settings_are_compared_by_what_they_do() {
        let settings = state().desk().settings.clone();
        let each = settings.for_each_depth(2);
        assert_ne!(settings, each);
        assert!(settings.same_as(&each, 2));
        let mut other = each.clone();
        other.set_at(Knob::TopK, 1, 5.0, 2);
        assert!(!settings.same_as(&other, 2));
        assert!(settings.same_as(&other, 1));
        other = settings.clone();
        other.guidance.schedule = Schedule::Ramp { from: 1.0 };
        assert!(!settings.same_as(&other, 2));
    }
}
