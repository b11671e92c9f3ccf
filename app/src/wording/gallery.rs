//! The words of the gallery page.

use std::path::Path;

use strata_engine::Mode;

use super::sentence;
use crate::{
    export::{Way, job::Form},
    gallery::index::{MarksTrouble, SortBy},
    panels::gallery::Period,
};

/// The page.
pub const GALLERY: &str = "Gallery";
/// The search field.
pub const SEARCH: &str = "Search pictures";
/// Inside the empty search field.
pub const SEARCH_HINT: &str = "Class, file name, model or seed";
/// Empties the search field.
pub const CLEAR_SEARCH: &str = "Clear the picture search";
/// All modes.
pub const ALL_MODES: &str = "Pictures and pages";
/// All classes.
pub const ALL_CLASSES: &str = "All classes";
/// All models.
pub const ALL_MODELS: &str = "All models";
/// The chooser of the mode.
pub const MODE: &str = "Show pictures or pages";
/// The chooser of the class.
pub const CLASS: &str = "Show one class";
/// The chooser of the model.
pub const MODEL: &str = "Show one model";
/// The chooser of the time.
pub const PERIOD: &str = "Show pictures made lately";
/// The chooser of the order.
pub const SORT: &str = "Sort by";
/// The order's direction.
pub const ASCENDING: &str = "Smallest or oldest first";
/// The order's direction.
pub const DESCENDING: &str = "Largest or newest first";
/// Only favourites.
pub const ONLY_FAVOURITES: &str = "Only favourites";
/// The size of tiles.
pub const TILE_SIZE: &str = "Size of the pictures";
/// The chooser of stars in the filter.
pub const LEAST_STARS: &str = "Show pictures with this many stars or more";
/// No filter on stars.
pub const ANY_STARS: &str = "Any rating";
/// The folder without pictures.
pub const EMPTY: &str = "Finished pictures are saved by themselves and appear here.";
/// Nothing fits the filter.
pub const NOTHING_FITS: &str = "No picture fits. Widen the search, or";
/// Takes every filter away.
pub const CLEAR_FILTERS: &str = "show all pictures";
/// Explains the tiles.
pub const TILE_TIP: &str = "Enter or double-click shows it large; Ctrl and Shift select several.";
/// The grid as a whole.
pub const GRID: &str = "Pictures";
/// Back from the large view.
pub const BACK: &str = "Back to all pictures";
/// The key that selects all.
pub const SELECT_ALL: &str = "Select every picture of the list";
/// The key that shows it large and the grid again.
pub const LARGE_OR_GRID: &str = "Show the picture large, or the grid again";
/// The keys that rate.
pub const RATE: &str = "Rate with so many stars";
/// The key that undoes a deletion.
pub const UNDO_DELETE: &str = "Bring back what was deleted last";
/// Shows it large.
pub const LARGE: &str = "Show large";
/// Makes it a favourite.
pub const FAVOUR: &str = "Favourite";
/// Takes the favourite away.
pub const UNFAVOUR: &str = "No longer a favourite";
/// Takes over the settings.
pub const USE_SETTINGS: &str = "Use these settings";
/// What that does.
pub const USE_SETTINGS_TIP: &str = "Put model, class, seed and sampling of this picture on the desk, so that Generate makes it again";
/// Grows it again.
pub const BEGIN_WITH: &str = "Grow again from it";
/// What that does.
pub const BEGIN_WITH_TIP: &str = "Keep part of this picture in the studio and draw the rest anew";
/// Goes back from another folder.
pub const GO_HOME: &str = "Back to your pictures";
/// Nothing of what was dropped can be shown.
pub const NOT_SHOWN: &str = "Nothing of what was dropped is a picture or a folder.";
/// What to do about that.
pub const NOT_SHOWN_HINT: &str = "Drop a PNG of Strata to see how it was made, a folder of them, or a photograph (PNG, JPEG, WebP) to start from it.";
/// Puts it on the clipboard.
pub const COPY: &str = "Copy";
/// What that does.
pub const COPY_TIP: &str = "Put this picture on the clipboard";
/// It is on the clipboard.
pub const COPIED: &str = "The picture is on the clipboard.";
/// Deletes.
pub const DELETE: &str = "Delete";
/// What that does.
pub const DELETE_TIP: &str = "Put the selected pictures into the system's trash";
/// Nothing is selected.
pub const NOTHING_SELECTED: &str = "Select a picture to see how it was made.";
/// The button that undoes a deletion.
pub const UNDO: &str = "Undo";
/// After a deletion.
pub const DELETED_HINT: &str = "Undo puts it back; the system's trash keeps it meanwhile.";
/// A file could not be moved.
pub const NOT_MOVED_HINT: &str = "Look at the folder; nothing was deleted for good.";
/// A recipe's model is missing.
pub const MODEL_NOT_INSTALLED_HINT: &str =
    "Put its folder into the models folder and start Strata again.";
/// The index ended.
pub const INDEX_DIED_HINT: &str =
    "Your pictures are safe; start Strata again to see new ones here.";
/// The folder cannot be read.
pub const UNREACHABLE: &str = "The pictures folder cannot be read";
/// Names in the list of facts.
pub const FACTS: [&str; 9] = [
    "Model",
    "Seed",
    "Guidance",
    "Temperature",
    "Top-k",
    "Top-p",
    "Size",
    "Codes",
    "Kept",
];

/// The chooser of the mode.
pub fn mode(mode: Option<Mode>) -> &'static str {
    match mode {
        None => ALL_MODES,
        Some(Mode::Classes) => "Pictures",
        Some(Mode::Documents) => "Pages",
    }
}

/// A model or a class with its number of pictures.
pub fn counted(name: &str, pictures: usize) -> String {
    format!("{name} ({pictures})")
}

/// An order.
pub fn sort(sort: SortBy) -> &'static str {
    match sort {
        SortBy::Date => "Date",
        SortBy::Name => "File name",
        SortBy::Class => "Class",
        SortBy::Rating => "Rating",
        SortBy::Seed => "Seed",
    }
}

/// A time.
pub fn period(period: Period) -> &'static str {
    match period {
        Period::Always => "Any time",
        Period::Day => "Last 24 hours",
        Period::Week => "Last 7 days",
        Period::Month => "Last 30 days",
    }
}

/// How many pictures are listed, and selected.
pub fn count(listed: usize, all: usize, selected: usize) -> String {
    let listed = match (listed == all, all) {
        (_, 1) => "1 picture".to_owned(),
        (true, _) => format!("{all} pictures"),
        (false, _) => format!("{listed} of {all} pictures"),
    };
    match selected {
        0 | 1 => listed,
        _ => format!("{listed}, {selected} selected"),
    }
}

/// The folder is being looked through.
pub fn scanning(read: usize, to_read: usize) -> String {
    match to_read {
        0 => "Looking through the folder".into(),
        _ => format!("Reading pictures, {read} of {to_read}"),
    }
}

/// Stars.
pub fn stars(stars: u8) -> String {
    match stars {
        1 => "1 star".into(),
        _ => format!("{stars} stars"),
    }
}

/// The button of so many stars.
pub fn rate(stars: u8) -> String {
    format!("Rate with {} ({stars})", self::stars(stars))
}

/// A tile, for those who hear it.
pub fn tile(title: &str, file: &str, favourite: bool, stars: u8) -> String {
    let mut words = format!("{title}, {file}");
    if favourite {
        words.push_str(", favourite");
    }
    if stars > 0 {
        words.push_str(", ");
        words.push_str(&self::stars(stars));
    }
    words
}

/// Pictures went into the trash.
pub fn deleted(count: usize) -> String {
    match count {
        1 => "1 picture is in the trash now.".into(),
        _ => format!("{count} pictures are in the trash now."),
    }
}

/// Files stayed where they were.
pub fn not_moved(path: &Path, count: usize, reason: &str, deleting: bool) -> String {
    let what = if deleting { "deleted" } else { "put back" };
    let path = path.display();
    sentence(&match count {
        1 => format!("{path} could not be {what} ({reason})"),
        _ => format!("{count} pictures could not be {what}, {path} among them ({reason})"),
    })
}

/// A recipe's model is missing.
pub fn model_not_installed(model: &str) -> String {
    format!("The model of this picture, {model}, is not installed.")
}

/// The index ended.
pub fn index_died(reason: &str) -> String {
    sentence(&format!("The list of pictures stopped ({reason})"))
}

/// Favourites and ratings are not what was expected: a sentence and the next step.
pub fn marks_trouble(trouble: &MarksTrouble) -> (String, String) {
    match trouble {
        MarksTrouble::SetAside(copy) => (
            "Favourites and ratings could not be understood and begin anew.".into(),
            format!("The old ones lie at {}.", copy.display()),
        ),
        MarksTrouble::Newer => (
            "A newer Strata wrote the favourites and ratings of this folder.".into(),
            "They are left as they are; change them with that version.".into(),
        ),
        MarksTrouble::NotKept(error) => (
            sentence(&error.to_string()),
            "Changes to favourites and ratings last until Strata is closed.".into(),
        ),
    }
}

/// Guidance that varies is told by its first value.
pub fn number(value: f32) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A seed and the picture's number among those of it.
pub fn seed(seed: u64, index: u32) -> String {
    match index {
        0 => seed.to_string(),
        _ => format!("{seed}, picture {}", u64::from(index) + 1),
    }
}

/// How many codes a position has.
pub fn codes(depth: u32, complete: bool) -> String {
    let depth = match depth {
        1 => "one a position".to_owned(),
        _ => format!("{depth} a position"),
    };
    match complete {
        true => depth,
        false => format!("{depth}, unfinished"),
    }
}

/// What a recipe keeps of another picture.
pub fn kept(positions: usize, depths: usize) -> String {
    match (positions, depths) {
        (_, 0) => format!("the first {positions} positions of another picture"),
        (0, 1) => "depth 1 of another picture".into(),
        (0, _) => format!("depths 1 to {depths} of another picture"),
        _ => format!("{positions} positions and {depths} depths of another picture"),
    }
}

/// The button that opens the list of exports.
pub const EXPORT: &str = "Export";
/// What exports are for.
pub const EXPORT_TIP: &str = "Export the selected pictures";
/// The field with the files' names.
pub const PATTERN: &str = "File names";
/// What may stand in it.
pub const PATTERN_TIP: &str = "Text with any of {class} {seed} {index} {model} {date} {depth}; nothing is replaced, taken names get a number";
/// Ends an export.
pub const CANCEL_EXPORT: &str = "Stop the export";

/// A form of export.
pub fn form(form: Form) -> &'static str {
    use strata_engine::picture::animated::Format::{Apng, Gif};
    match form {
        Form::Copies => "PNGs to a folder",
        Form::Sheet => "Contact sheet",
        Form::Film(Way::Growth { .. }, Apng) => "Growing, as APNG",
        Form::Film(Way::Growth { .. }, Gif) => "Growing, as GIF",
        Form::Film(Way::Depths { .. }, Apng) => "Depth by depth, as APNG",
        Form::Film(Way::Depths { .. }, Gif) => "Depth by depth, as GIF",
    }
}

/// How far an export is.
pub fn exporting(done: usize, total: usize) -> String {
    format!("Exporting, {done} of {total}")
}

/// An export is done.
pub fn exported(pictures: usize) -> String {
    match pictures {
        1 => "1 picture is exported.".into(),
        _ => format!("{pictures} pictures are exported."),
    }
}

/// Where an export went.
pub fn exported_to(place: &Path) -> String {
    format!("You find it at {}.", place.display())
}
