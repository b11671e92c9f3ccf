//! Words of the device that models run on.

use strata_engine::backend::gpu::{About, Format, Kind};

use super::sampling::bytes;
use crate::state::DeviceRoom;

/// The menu.
pub const DEVICE: &str = "Device";
/// What it is for.
pub const DEVICE_TIP: &str = "What pictures are computed on";
/// The device that is taken by itself.
pub const AUTO: &str = "Automatic";
/// What that is.
pub const AUTO_TIP: &str = "The best graphics card, else the processor";
/// The processor.
pub const CPU: &str = "Processor";
/// Heading of the formats.
pub const PRECISION: &str = "Precision of large models";
/// The format that is taken by itself.
pub const USUAL: &str = "By their size";
/// While drivers are asked.
pub const LOOKING: &str = "Looking for graphics cards…";
/// Where there is no card.
pub const NO_CARDS: &str = "No graphics card was found that can compute";

/// The formats that a person can choose, with their names in a command line.
pub fn formats(on_card: bool) -> [(&'static str, &'static str); 4] {
    let sixteen = if on_card { "f16" } else { "bf16" };
    [
        ("f32", "32 bits"),
        (sixteen, "16 bits"),
        ("q8_0", "8 bits"),
        ("q4_0", "4 bits"),
    ]
}

/// Heading of what is said of room.
pub fn room_for(model: &str, pictures: usize) -> String {
    match pictures {
        1 => format!("Room for {model} and 1 picture"),
        _ => format!("Room for {model} and {pictures} pictures at once"),
    }
}

/// Whether there is room on a card, or beside the processor.
pub fn room(room: DeviceRoom, on_card: bool) -> String {
    let other = if on_card {
        "the processor"
    } else {
        "a graphics card"
    };
    match room {
        DeviceRoom::Fits => "fits".into(),
        DeviceRoom::FitsIn(format) => format!("fits in {}", bits(format)),
        DeviceRoom::Fewer(1) => format!("does not fit: use {other} or 1 picture at a time"),
        DeviceRoom::Fewer(pictures) => {
            format!("does not fit: use {other} or {pictures} pictures at a time")
        }
        DeviceRoom::No => format!("does not fit: use {other}"),
    }
}

fn bits(format: Format) -> &'static str {
    let known = formats(true).into_iter();
    let own = known.filter(|(name, _)| *name == format.name());
    own.map(|(_, words)| words).next().unwrap_or_default()
}

/// What sort of device a card is.
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Discrete => "graphics card",
        Kind::Integrated => "graphics of the processor",
        Kind::Virtual => "virtual graphics card",
        Kind::Unknown => "graphics adapter",
        Kind::Software => "played by the processor, slow",
    }
}

/// A card in the menu.
pub fn card(card: &About) -> String {
    let memory = card.memory.map(|memory| format!(", {}", bytes(memory)));
    let memory = memory.unwrap_or_default();
    format!("{} ({}{memory})", card.name, kind(card.kind))
}

/// More about it.
pub fn card_tip(card: &About) -> String {
    let uses = match card.uses.is_empty() {
        true => String::new(),
        false => format!("; uses its {}", card.uses.join(", ")),
    };
    format!("{} by {}{uses}", card.api, card.driver)
}

/// Another device than the chosen one is used.
pub fn instead(device: &str) -> String {
    format!("Pictures are computed on {device} instead.")
}
