//! Words of the page of models.

use std::path::Path;

use strata_engine::{Footprint, Guidance, Mode, ModelCard, PerDepth};

use crate::panels::models::Status;

/// The page.
pub const MODELS: &str = "Models";
/// The button beside the heading.
pub const FOLDER: &str = "Open the models folder";
/// What a model draws.
pub const DRAWS: &str = "Draws";
/// Its positions.
pub const GRID: &str = "Codes";
/// Its settings.
pub const RECOMMENDED: &str = "Recommended";
/// What it needs.
pub const MEMORY: &str = "Memory";
/// How long a picture takes.
pub const TIME: &str = "Time";
/// No picture was made with it on this machine.
pub const NOT_MEASURED: &str = "not measured on this machine yet";
/// Its licence.
pub const LICENCE: &str = "Licence";
/// Where it comes from.
pub const SOURCE: &str = "Source";
/// Whom to credit.
pub const CREDITS: &str = "Credits";
/// Chooses a model.
pub const DRAW: &str = "Draw with it";
/// Reads a model again.
pub const AGAIN: &str = "Try again";

/// Stops the loading of a model.
pub const CANCEL_LOADING: &str = "Stop loading";
/// Looks through the folder again.
pub const LOOK_AGAIN: &str = "Look for models again";

/// A model that was chosen and is not loaded.
pub fn not_loaded(name: &str) -> String {
    format!("{name} is not loaded; Generate loads it.")
}

/// Where models are put.
pub fn folder(folder: &Path) -> String {
    format!(
        "A folder with a model.toml in {} is a model, too.",
        folder.display()
    )
}

/// Whether it can draw at once.
pub fn status(status: Status) -> String {
    match status {
        Status::Chosen => "in use".into(),
        Status::Installed => String::new(),
        Status::Loading(fraction) => format!("loading, {}", super::percent(fraction)),
        Status::Broken => "cannot be used".into(),
    }
}

/// What a model draws.
pub fn draws(card: &ModelCard) -> String {
    let [width, height] = card.size;
    let what = match (card.mode, card.classes.len()) {
        (Mode::Documents, _) => "pages".to_owned(),
        (Mode::Classes, 1) => "1 class".to_owned(),
        (Mode::Classes, classes) => format!("{classes} classes"),
    };
    format!("{what}, {width} \u{d7} {height} pixels")
}

/// The settings that it recommends.
pub fn recommended(card: &ModelCard) -> String {
    let each = |values: &PerDepth<f32>| match values {
        PerDepth::Same(value) => value.to_string(),
        PerDepth::Each(values) => {
            let values: Vec<String> = values.iter().map(f32::to_string).collect();
            values.join(" / ")
        }
    };
    let temperature = format!("temperature {}", each(&card.sampling.temperature));
    match card.guidance == Guidance::NONE {
        true => temperature,
        false => format!("{temperature}, guidance {}", each(&card.guidance.scale)),
    }
}

/// Bytes that it needs for one picture.
pub fn needed(card: &ModelCard) -> u64 {
    let sequences = if card.guidable { 2 } else { 1 };
    let own = &card.footprint;
    own.weights + sequences * own.sequence + own.decoding
}

/// Bytes that a published model needs for one guided picture.
pub fn needed_by(own: &Footprint) -> u64 {
    own.weights + 2 * own.sequence + own.decoding
}

/// How long a picture takes.
pub fn time(secs: f64) -> String {
    format!("{} a picture", super::sampling::duration(secs))
}

/// The button to its pictures.
pub fn made(count: usize) -> String {
    match count {
        0 => "No pictures yet".into(),
        1 => "1 picture".into(),
        _ => format!("{count} pictures"),
    }
}

/// The name of the button that chooses it.
pub fn draw(name: &str) -> String {
    format!("Draw with {name}")
}

/// The name of the button that reads it again.
pub fn again(name: &str) -> String {
    format!("Read {name} again")
}

/// The name of the button to its pictures.
pub fn pictures_of(name: &str) -> String {
    format!("Pictures made with {name}")
}

/// The name of the button to its folder.
pub fn folder_of(name: &str) -> String {
    format!("Open the folder of {name}")
}
