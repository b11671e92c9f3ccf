//! Words of the sampling panel: values of each depth, the guidance curve, presets, warnings, and what a
//! batch will take.

use std::borrow::Cow;

use strata_engine::{Mode, PresetKind};

use crate::state::{Advice, Forecast, Knob, PresetKey, Risk};

// Depths
/// One value for all depths.
pub const ALL_DEPTHS: &str = "All depths";
/// What that does.
pub const ALL_DEPTHS_TIP: &str = "One value for all depths, that of depth 1";
/// A value for each depth.
pub const PER_DEPTH: &str = "Per depth";
/// What that does.
pub const PER_DEPTH_TIP: &str =
    "Depth 1 makes the composition; the depths after it refine texture and edges.";
/// Heads the numbers of the depths.
pub const DEPTH: &str = "Depth";

// Guidance over the picture
/// Heading of the curve.
pub const SCHEDULE: &str = "Guidance over the rows";
/// What the curve does.
pub const SCHEDULE_TIP: &str = "Pictures are drawn row by row from the top. The curve says how strongly each row follows the class.";
/// The same guidance in every row.
pub const EVEN: &str = "Even";
/// What that does.
pub const EVEN_TIP: &str = "The same guidance in every row";
/// Guidance in some rows.
pub const INTERVAL: &str = "Interval";
/// What that does.
pub const INTERVAL_TIP: &str = "Guidance in some rows, none above and below them";
/// Guidance that rises or falls.
pub const RAMP: &str = "Ramp";
/// What that does.
pub const RAMP_TIP: &str = "Guidance that rises or falls from the first row to the last";
/// The handle of the scale.
pub const SCALE: &str = "Guidance on the curve";
/// The handle of a ramp's start.
pub const RAMP_START: &str = "Guidance in the first row";
/// The handle of an interval's start.
pub const FIRST_ROW: &str = "First guided row";
/// The handle of an interval's end.
pub const LAST_ROW: &str = "Last guided row";
/// Before the field of a ramp's start.
pub const STARTS_AT: &str = "Starts at";
/// Before the field of an interval's start.
pub const FROM_ROW: &str = "Rows";
/// Between an interval's start and its end.
pub const TO_ROW: &str = "to";
/// The left end of the curve.
pub const TOP_ROW: &str = "top row";
/// The right end of the curve.
pub const BOTTOM_ROW: &str = "bottom row";
/// Behind the field of a ramp's start.
pub const OFF_AT_ONE: &str = "1 is no guidance";
/// How a handle is moved.
pub const HANDLE_TIP: &str = "Drag it, or use the arrow keys.";

// Seeds
/// Opens the seeds used lately.
pub const RECENT_SEEDS: &str = "Recent seeds";
/// Before anything was drawn.
pub const NO_RECENT_SEEDS: &str = "Seeds appear here once they were used.";

// Presets
/// The preset chooser.
pub const PRESET: &str = "Preset";
/// What it does.
pub const PRESET_TIP: &str = "Guidance, temperature and filters under one name";
/// Settings that are no preset.
pub const NO_PRESET: &str = "Own settings";
/// Opens what can be done with presets.
pub const PRESET_MENU: &str = "Save, rename or delete presets";
/// Keeps the present settings under a name.
pub const SAVE_PRESET: &str = "Save as preset\u{2026}";
/// Gives the present preset another name.
pub const RENAME_PRESET: &str = "Rename preset\u{2026}";
/// Takes the present preset away.
pub const DELETE_PRESET: &str = "Delete preset";
/// Why those are greyed.
pub const NOT_OWN: &str = "Choose a preset of your own first.";
/// The field of the name.
pub const PRESET_NAME: &str = "Name of the preset";
/// Keeps the name.
pub const SAVE: &str = "Save";
/// Keeps another name.
pub const RENAME: &str = "Rename";
/// Changes a preset that is there.
pub const REPLACE: &str = "Replace";
/// Gives up naming.
pub const LEAVE_NAME: &str = "Do not save the preset";
/// The name cannot be had.
pub const NAME_TAKEN: &str = "Another preset has this name.";

// Before Generate
/// What the line above Generate tells.
pub const FORECAST_TIP: &str = "Time as measured on this machine, and memory for the model and the pictures that grow at the same time";
/// No speed was measured yet.
pub const TIME_UNKNOWN: &str = "Time not measured yet";

/// The name of one of the numbers.
pub fn knob(knob: Knob) -> &'static str {
    match knob {
        Knob::Guidance => super::GUIDANCE,
        Knob::Temperature => super::TEMPERATURE,
        Knob::TopP => super::TOP_P,
        Knob::TopK => super::TOP_K,
    }
}

/// The same, where there is little room.
pub fn short_knob(knob: Knob) -> &'static str {
    match knob {
        Knob::Guidance => "Guide",
        Knob::Temperature => "Temp.",
        Knob::TopP => super::TOP_P,
        Knob::TopK => super::TOP_K,
    }
}

/// A number at a depth (0-based).
pub fn knob_at(one: Knob, depth: usize) -> String {
    format!("{}, depth {}", knob(one), depth + 1)
}

/// The field beside a handle of the curve.
pub fn field_of(handle: &str) -> String {
    format!("{handle}, typed")
}

/// A preset's name.
pub fn preset(key: &PresetKey) -> Cow<'_, str> {
    match key {
        PresetKey::Recommended => "Recommended".into(),
        PresetKey::Card(PresetKind::Paper) => "Paper".into(),
        PresetKey::Card(PresetKind::Pretty) => "Pretty".into(),
        PresetKey::Own { name, .. } => name.as_str().into(),
    }
}

/// What a preset is for.
pub fn preset_tip(key: &PresetKey) -> &'static str {
    match key {
        PresetKey::Recommended => "What this model's card recommends",
        PresetKey::Card(PresetKind::Paper) => "The settings of the published scores",
        PresetKey::Card(PresetKind::Pretty) => "The settings whose pictures people like best",
        PresetKey::Own { .. } => "Your own",
    }
}

/// A warning, in one sentence with the reason.
pub fn advice(advice: &Advice, mode: Mode) -> String {
    let reason = reason(advice.knob, advice.risk, mode);
    let depths: Vec<String> = advice.depths.iter().map(|d| (d + 1).to_string()).collect();
    match depths.as_slice() {
        [] => reason.to_owned(),
        [one] => format!("Depth {one}: {reason}"),
        _ => format!("Depths {}: {reason}", depths.join(", ")),
    }
}

fn reason(knob: Knob, risk: Risk, mode: Mode) -> &'static str {
    match (risk, mode) {
        (Risk::Unguided, _) => {
            "Guidance below 1 counts as none, so pictures may not show their class."
        }
        (Risk::Overguided, _) => {
            "Guidance this strong overrules the model, so pictures turn harsh and alike."
        }
        (Risk::Frozen, Mode::Classes) => {
            "At temperature 0 the likeliest code always wins, so pictures turn flat and the seed changes nothing."
        }
        (Risk::Frozen, Mode::Documents) => {
            "At temperature 0 the likeliest code always wins, so every page is the same."
        }
        (Risk::Cold, _) => {
            "At a temperature this low the likeliest code nearly always wins, so pictures turn flat."
        }
        (Risk::Hot, Mode::Classes) => {
            "At a temperature this high unlikely codes come through, so pictures turn to noise."
        }
        (Risk::Hot, Mode::Documents) => {
            "At a temperature this high unlikely codes come through, so letters fall apart."
        }
        (Risk::OneCode, mode) => one_code(knob, mode),
        (Risk::FewCodes, _) => {
            "So few codes are left to choose from that pictures turn flat and alike."
        }
    }
}

fn one_code(knob: Knob, mode: Mode) -> &'static str {
    match (knob, mode) {
        (Knob::TopP, Mode::Classes) => {
            "Top-p 0 leaves one code, so pictures turn flat and the seed changes nothing."
        }
        (Knob::TopP, Mode::Documents) => "Top-p 0 leaves one code, so every page is the same.",
        (_, Mode::Classes) => {
            "Top-k 1 leaves one code, so pictures turn flat and the seed changes nothing."
        }
        (_, Mode::Documents) => "Top-k 1 leaves one code, so every page is the same.",
    }
}

/// How many settings are warned of.
pub fn warnings(count: usize) -> String {
    match count {
        1 => "1 warning".into(),
        _ => format!("{count} warnings"),
    }
}

/// What Generate will take.
pub fn forecast(forecast: &Forecast) -> String {
    let memory = format!("{} memory", bytes(forecast.bytes));
    match forecast.secs {
        Some(secs) => format!("{} \u{b7} {memory}", duration(secs)),
        None => format!("{TIME_UNKNOWN} \u{b7} {memory}"),
    }
}

/// A time, about.
pub(super) fn duration(secs: f64) -> String {
    match secs {
        s if s < 1.0 => "less than a second".into(),
        s if s < 1.5 => "about 1 second".into(),
        s if s < 59.5 => format!("about {s:.0} seconds"),
        s if s < 90.0 => "about 1 minute".into(),
        s if s < 3570.0 => format!("about {:.0} minutes", s / 60.0),
        s => {
            let minutes = (s / 60.0).round();
            let (hours, rest) = ((minutes / 60.0).floor(), minutes % 60.0);
            format!("about {hours:.0} h {rest:02.0} min")
        }
    }
}

/// So many bytes, about, in decimal units.
pub fn bytes(bytes: u64) -> String {
    let bytes = bytes as f64;
    match bytes {
        b if b < 1e6 => "less than 1 MB".into(),
        b if b < 999.5e6 => format!("{:.0} MB", b / 1e6),
        b => format!("{:.1} GB", b / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forecast_is_said_as_exactly_as_it_is_worth() {
        let say = |secs, bytes| forecast(&Forecast { secs, bytes });
        let first = "Time not measured yet \u{b7} 240 MB memory";
        assert_eq!(say(None, 240_000_000), first);
        assert!(say(Some(0.4), 0).starts_with("less than a second"));
        assert!(say(Some(12.3), 0).starts_with("about 12 seconds"));
        assert!(say(Some(59.7), 0).starts_with("about 1 minute"));
        assert!(say(Some(240.0), 0).starts_with("about 4 minutes"));
        assert!(say(Some(3599.0), 0).starts_with("about 1 h 00 min"));
        assert!(say(Some(5400.0), 6_400_000_000).ends_with("6.4 GB memory"));
    }

    #[test]
    fn a_warning_is_one_sentence_and_names_its_depths() {
        let warning = |depths| Advice {
            knob: Knob::Temperature,
            risk: Risk::Cold,
            depths,
        };
        let all = advice(&warning(Vec::new()), Mode::Classes);
        assert!(all.starts_with("At a temperature this low"));
        let some = advice(&warning(vec![0, 3]), Mode::Classes);
        assert!(some.starts_with("Depths 1, 4: At a temperature"));
        assert_eq!(some.matches('.').count(), 1);
    }
}
