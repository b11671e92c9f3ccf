//! Every word that the window shows, in one place, ready to be translated. Words for errors of the
//! engine come from [`crate::explain`]; what the words are about is decided elsewhere.

pub mod gallery;

pub mod care;
pub mod library;
pub mod models;
mod steps;

pub mod sampling;

pub mod classes;

pub mod devices;
pub mod queue;

pub mod looking;

pub mod branch;
pub mod drafts;
pub mod sheet;

use std::path::Path;

use strata_engine::Mode;

use crate::{
    actions::Action,
    state::{Stage, ThemeChoice, View},
};

/// The program.
pub const TITLE: &str = "Strata";

// Header
/// The theme button.
pub const THEME: &str = "Theme";

// Classes
/// The mode of class pictures.
pub const CLASSES: &str = "Classes";
/// Heading of the class panel.
pub const CLASSES_HEADING: &str = "What to draw";
/// The search field.
pub const SEARCH_CLASSES: &str = "Search classes";
/// Inside the empty search field.
pub const SEARCH_HINT: &str = "Name, synonym or number";
/// Empties the search field.
pub const CLEAR_SEARCH: &str = "Clear the search";
/// Nothing fits the search.
pub const NO_CLASS_FOUND: &str = "No class of this name. Try a more general word, such as “dog”.";
/// Divides the list.
pub const UNKNOWN_CLASSES: &str = "Not known to this model";
/// Explains a click.
pub const CLASS_TIP: &str =
    "Click to draw this class only.\nCtrl+click, Shift+Enter or the plus adds it to the others.";

// Documents
/// The mode of pages.
pub const DOCUMENTS: &str = "Documents";
/// Heading of the page panel.
pub const DOCUMENTS_HEADING: &str = "What to write";
/// What the page panel is about.
pub const DOCUMENTS_TEXT: &str = "Pages are written without a subject: the model decides what they say. The seed decides which pages.";
/// The page counter.
pub const PAGE_COUNT: &str = "Pages";
/// A page, in a file's name.
pub const PAGE: &str = "Page";

// Sampling
/// Heading of the sampling panel.
pub const SAMPLING: &str = "Sampling";
/// The model chooser.
pub const MODEL: &str = "Model";
/// In the chooser when there is nothing to choose.
pub const NO_MODEL: &str = "No model installed";
/// The guidance slider.
pub const GUIDANCE: &str = "Guidance";
/// What guidance does.
pub const GUIDANCE_TIP: &str =
    "How strongly the picture follows its class. 1 is no guidance; much more makes pictures alike.";
/// Why guidance is greyed.
pub const GUIDANCE_NONE: &str =
    "This model was trained without an unconditional class, so it cannot be guided.";
/// The temperature slider.
pub const TEMPERATURE: &str = "Temperature";
/// What temperature does.
pub const TEMPERATURE_TIP: &str = "How daring each choice is. Low repeats the likeliest, which flattens photographs; high invents.";
/// The top-k slider.
pub const TOP_K: &str = "Top-k";
/// What top-k does.
pub const TOP_K_TIP: &str = "Choose among the k likeliest codes only. 0 lets all take part.";
/// The top-p slider.
pub const TOP_P: &str = "Top-p";
/// What top-p does.
pub const TOP_P_TIP: &str =
    "Choose among the likeliest codes that together have this probability. 1 lets all take part.";
/// A filter that lets everything through.
pub const OFF: &str = "off";
/// The reset button.
pub const RESET: &str = "Reset to recommended";
/// What reset does.
pub const RESET_TIP: &str = "Take what this model's card recommends";
/// The seed field.
pub const SEED: &str = "Seed";
/// The whole seed, which may be longer than its field, and what it does.
pub fn seed_tip(seed: u64) -> String {
    format!("{seed}\nThe same seed and settings give the same pictures.")
}
/// The dice.
pub const ROLL_SEED: &str = "Another seed";
/// The lock, when open.
pub const LOCK_SEED: &str = "Keep this seed";
/// The lock, when closed.
pub const UNLOCK_SEED: &str = "A new seed each time";
/// The picture counter.
pub const COUNT: &str = "Pictures";
/// What the picture counter counts.
pub const COUNT_TIP: &str = "Pictures of each chosen class, unless it has a number of its own";
/// Behind the picture counter.
pub const PER_CLASS: &str = "of each class";

// Making
/// The main button.
pub const GENERATE: &str = "Generate";
/// Stops the work.
pub const CANCEL: &str = "Cancel";
/// Tooltip of Cancel.
pub const CANCEL_TIP: &str = "Stop everything; unfinished pictures stay on the canvas";
/// The progress bar.
pub const PROGRESS: &str = "Progress";
/// Why Generate is greyed while the engine is down.
pub const ENGINE_DOWN: &str = "The engine has stopped; restart it first.";
/// Why Generate is greyed while there is no model.
pub const MODEL_MISSING: &str = "Install a model for this mode first.";
/// Why Generate is greyed when the model cannot be read.
pub const MODEL_BROKEN: &str = "This model could not be loaded; choose another.";

// Contact sheets
/// Below a picture on a sheet.
pub fn sheet_caption(title: &str, seed: u64, index: u32) -> String {
    match index {
        0 => format!("{title}, seed {seed}"),
        _ => format!("{title}, seed {seed}, picture {index}"),
    }
}

/// In the status line while the engine is down.
pub const ENGINE_STOPPED: &str = "The engine has stopped.";

// Canvas
/// The canvas without pictures, class mode.
pub const EMPTY_CLASSES: &str = "Choose a class on the left and press Generate.";
/// The canvas without pictures, document mode.
pub const EMPTY_DOCUMENTS: &str = "Press Generate to write a page.";
/// The canvas when no model is there.
pub const EMPTY_NO_MODEL: &str = "No model for this mode is installed: put a folder with a model.toml into the models folder and start Strata again.";
/// Saves a cancelled picture.
pub const KEEP: &str = "Save it unfinished";
/// What that does.
pub const KEEP_TIP: &str = "Write this picture to the folder as it is";
/// Back button of the large view.
pub const SHOW_ALL: &str = "Show all pictures";
/// Opens the large view.
pub const SHOW_ONE: &str = "Show this picture large";
/// Forward.
pub const NEXT_PICTURE: &str = "Next picture";
/// Back.
pub const PREVIOUS_PICTURE: &str = "Previous picture";
/// Explains the tiles.
pub const TILE_TIP: &str = "Double-click to see it large, Shift+click to compare it";
/// The file is being written.
pub const SAVING: &str = "Saving";
/// The file could not be written.
pub const NOT_SAVED: &str = "Not saved yet";

// Lanes
/// What the lanes show.
pub const LANES_TIP: &str =
    "Each depth refines the ones before it. Click one to see it on the canvas.";

// Shelf
/// Heading of the shelf.
pub const SHELF: &str = "This session";
/// The shelf without pictures.
pub const SHELF_EMPTY: &str = "Finished pictures are saved by themselves and appear here.";
/// While files are held over the window.
pub const DROP: &str = "Drop pictures or a folder to see how they were made,\na photograph to start from it,\nor the files of a model to import it";
/// Opens the folder.
pub const OPEN_FOLDER: &str = "Open the pictures folder";
/// Shows a file.
pub const REVEAL: &str = "Show in folder";

// Notices
/// Puts a notice away.
pub const DISMISS: &str = "Dismiss";
/// What to do when the engine stopped.
pub const ENGINE_DIED_HINT: &str = "Everything finished is kept. Restart the engine to go on.";
/// What to do about interrupted pictures.
pub const INTERRUPTED_HINT: &str = "The same seeds will give the pictures they would have become.";
/// What to do when a folder cannot be shown.
pub const NOT_SHOWN_HINT: &str = "Open the folder by hand; the pictures are there.";
/// The title of the folder dialog.
pub const CHOOSE_FOLDER_TITLE: &str = "Save pictures to";

/// The name of a mode.
pub fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Classes => CLASSES,
        Mode::Documents => DOCUMENTS,
    }
}

/// The theme button: what is chosen now.
pub fn theme(theme: ThemeChoice) -> &'static str {
    match theme {
        ThemeChoice::System => "Theme: as the system",
        ThemeChoice::Light => "Theme: light",
        ThemeChoice::Dark => "Theme: dark",
    }
}

/// The canvas' view buttons.
pub fn view(view: View) -> &'static str {
    match view {
        View::All => "All",
        View::One => "One",
    }
}

/// A class of which only the number is known.
pub fn unnamed_class(class: u32) -> String {
    format!("class {class}")
}

/// The plus of a class.
pub fn add_class(name: &str) -> String {
    format!("Add {name}")
}

/// The tick of a class.
pub fn chosen_class(name: &str) -> String {
    format!("{name} is chosen")
}

/// The cross of a class.
pub fn remove_class(name: &str) -> String {
    format!("Remove {name}")
}

/// Why a class is greyed.
pub fn class_not_known(model: &str) -> String {
    format!("{model} was not trained on this class and would draw noise.")
}

/// Details of a class in its tooltip.
pub fn class_details(id: u32, wnid: &str, synonyms: &[String]) -> String {
    match synonyms.is_empty() {
        true => format!("ImageNet {id}, {wnid}"),
        false => format!("{}\nImageNet {id}, {wnid}", synonyms.join(", ")),
    }
}

/// A page's title.
pub fn page(number: usize) -> String {
    format!("Page {number}")
}

/// A model's grid.
pub fn grid([rows, columns]: [usize; 2], depth: usize) -> String {
    let codes = match depth {
        1 => "one code each".to_owned(),
        _ => format!("{depth} codes each"),
    };
    format!("{rows} \u{d7} {columns} positions, {codes}")
}

/// A number field beside a slider.
pub fn value_of(name: &str) -> String {
    format!("{name} value")
}

/// The Generate button's tooltip.
pub fn generate_tip(pictures: usize, mode: Mode) -> String {
    format!("Make {}", amount(pictures, mode))
}

/// A number of pictures or pages.
pub fn amount(count: usize, mode: Mode) -> String {
    match (mode, count) {
        (Mode::Classes, 1) => "1 picture".into(),
        (Mode::Classes, _) => format!("{count} pictures"),
        (Mode::Documents, 1) => "1 page".into(),
        (Mode::Documents, _) => format!("{count} pages"),
    }
}

/// A picture of the canvas.
pub fn tile(number: usize, title: &str) -> String {
    format!("Picture {number}: {title}")
}

/// Stops one picture.
pub fn cancel_one(title: &str) -> String {
    format!("Cancel {title}")
}

/// How far a picture is, under it; nothing to say of a finished one.
pub fn stage(stage: Stage, fraction: f32) -> Option<String> {
    match stage {
        Stage::Waiting => Some("waiting".into()),
        Stage::Growing => Some(percent(fraction)),
        Stage::Finished => None,
        Stage::Cancelled => Some(format!("stopped at {}", percent(fraction))),
        Stage::Failed => Some("failed".into()),
    }
}

/// A fraction, for people.
pub fn percent(fraction: f32) -> String {
    format!("{} %", (fraction.clamp(0.0, 1.0) * 100.0).floor())
}

/// A lane: everything up to this depth.
pub fn lane(depth: usize, depths: usize) -> String {
    match (depth, depth + 1 == depths) {
        (0, _) => "Depth 1".into(),
        (_, true) => format!("Depths 1 to {}, the whole picture", depth + 1),
        (_, false) => format!("Depths 1 to {}", depth + 1),
    }
}

/// Under a lane.
pub fn lane_caption(depth: usize) -> String {
    match depth {
        0 => "1".into(),
        _ => format!("1 \u{2013} {}", depth + 1),
    }
}

/// The magnification of the large picture.
pub fn scale(pixels_per_pixel: f32) -> String {
    format!("{:.0} %", pixels_per_pixel * 100.0)
}

/// A picture's size.
pub fn size(width: usize, height: usize) -> String {
    format!("{width} \u{d7} {height}")
}

/// A picture's place in its batch.
pub fn place(number: usize, count: usize) -> String {
    format!("{number} of {count}")
}

/// Idle, model ready.
pub fn ready(model: &str) -> String {
    format!("{model} is ready.")
}

/// The model is being read.
pub fn loading(model: &str) -> String {
    format!("Loading {model}")
}

/// Work goes on.
pub fn working(done: usize, all: usize, mode: Mode) -> String {
    match all {
        1 => format!("Making {}", amount(1, mode)),
        _ => format!("{done} of {} done", amount(all, mode)),
    }
}

/// Work is over.
pub fn done(count: usize, mode: Mode) -> String {
    format!("{} made.", amount(count, mode))
}

/// Positions a second.
pub fn speed(positions_per_sec: f64) -> String {
    match positions_per_sec {
        slow if slow < 10.0 => format!("{slow:.1} positions/s"),
        fast => format!("{fast:.0} positions/s"),
    }
}

/// Time left, as exactly as it is worth.
pub fn time_left(secs: f64) -> String {
    match secs {
        s if s < 1.0 => "less than a second left".into(),
        s if s < 1.5 => "1 second left".into(),
        s if s < 60.0 => format!("{s:.0} seconds left"),
        s if s < 3600.0 => format!("{:.0} min {:02.0} s left", (s / 60.0).floor(), s % 60.0),
        s => format!(
            "{:.0} h {:02.0} min left",
            (s / 3600.0).floor(),
            (s % 3600.0) / 60.0
        ),
    }
}

/// How many pictures the session saved.
pub fn saved_count(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 saved".into(),
        _ => format!("{count} saved"),
    }
}

/// A saved picture in the shelf.
pub fn shelf_item(title: &str, file: &str) -> String {
    format!("Saved picture: {title}, {file}")
}

/// Shows the file of a certain picture.
pub fn reveal(file: &str) -> String {
    format!("{REVEAL}: {file}")
}

/// The engine panicked.
pub fn engine_died(message: &str) -> String {
    let words: Vec<&str> = message.split_whitespace().collect();
    sentence(&format!(
        "The engine stopped unexpectedly ({})",
        words.join(" ")
    ))
}

/// Pictures that a dead engine left.
pub fn interrupted(count: usize) -> String {
    match count {
        1 => "1 picture was interrupted.".into(),
        _ => format!("{count} pictures were interrupted."),
    }
}

/// A folder could not be shown.
pub fn not_shown(path: &Path, reason: &str) -> String {
    sentence(&format!("Could not show {} ({reason})", path.display()))
}

/// How often a notice happened.
pub fn times(times: u32) -> Option<String> {
    (times > 1).then(|| format!("{times} times"))
}

/// The button of a notice.
pub fn remedy(action: &Action) -> &'static str {
    match action {
        Action::RestartEngine => "Restart the engine",
        Action::ChooseFolder => "Choose another folder",
        Action::ResetSampling => RESET,
        Action::OpenFolder => OPEN_FOLDER,
        Action::Reveal(_) => REVEAL,
        Action::Browse(_) => gallery::UNDO,
        Action::DrawWith(_) => models::DRAW,
        Action::GoOn => queue::GO_ON,
        Action::LeaveThem => queue::LEAVE,
        _ => "Try again",
    }
}

/// An error's words as a sentence: a capital at the start unless a path stands there, a full stop.
pub fn sentence(words: &str) -> String {
    let first_word = words.split(' ').next().unwrap_or_default();
    let is_path = first_word.contains(['/', '\\', '.', '_', '-']);
    let mut chars = words.chars();
    let mut sentence = match chars.next() {
        Some(first) if !is_path => first.to_uppercase().collect::<String>() + chars.as_str(),
        _ => words.to_owned(),
    };
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_is_said_as_exactly_as_it_is_worth() {
        let cases = [
            (0.2, "less than a second left"),
            (1.2, "1 second left"),
            (12.4, "12 seconds left"),
            (75.0, "1 min 15 s left"),
            (3725.0, "1 h 02 min left"),
        ];
        for (secs, words) in cases {
            assert_eq!(time_left(secs), words);
        }
    }

    #[test]
    fn errors_become_sentences_and_paths_stay_paths() {
        assert_eq!(sentence("could not write"), "Could not write.");
        assert_eq!(sentence("/a/b.png is damaged"), "/a/b.png is damaged.");
        assert_eq!(sentence("Done!"), "Done!");
    }
}
