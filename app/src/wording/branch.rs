//! Words about growing again, and beginning with a picture of one's own.

use crate::state::Stage;

/// Heading of the section.
pub const HEADING: &str = "Grow again";
/// Opens the choice of what is kept.
pub const OPEN: &str = "Grow again from here";
/// What that does.
pub const OPEN_TIP: &str =
    "Keep the beginning of this picture and let the rest grow anew, with another seed";
/// Opens the choice of depths.
pub const TEXTURE: &str = "Same composition, other texture";
/// What that does.
pub const TEXTURE_TIP: &str =
    "Keep the coarse depths of this picture and draw the finer ones anew, with another seed";
/// Chooses nothing after all.
pub const CLOSE: &str = "Do not grow again";
/// Tooltip of that.
pub const CLOSE_TIP: &str = "Leave the picture as it is (Esc)";
/// The stepper of rows.
pub const ROWS: &str = "Keep rows";
/// What it does.
pub const ROWS_TIP: &str = "How many rows, from the top, stay as they are";
/// The stepper of depths.
pub const DEPTHS: &str = "Keep depths";
/// What it does.
pub const DEPTHS_TIP: &str = "How many depths, from the coarsest, stay as they are";
/// Grows the rest.
pub const GROW: &str = "Grow the rest";
/// Draws the finer depths.
pub const RESAMPLE: &str = "Draw the finer depths";
/// What a click on the picture does.
pub const CLICK_HINT: &str = "Or click a position in the picture: all before it stays.";
/// What a conditional resample is.
pub const RESAMPLE_HINT: &str = "This is a conditional resample: each position is drawn given its own \
     coarse codes and everything before it, but not the coarse codes still to come.";
/// Heading of the tree.
pub const FAMILY: &str = "Branches";
/// Begins with an own picture.
pub const PICTURE: &str = "Photo\u{2026}";
/// The same, for those who hear it.
pub const PICTURE_LABEL: &str = "Start from a photograph or page";
/// What that does.
pub const PICTURE_TIP: &str = "Open a picture of your own, keep its upper rows, and let the model go on. \
     You can also drop the file on the window.";
/// The title of the file dialog.
pub const PICK_TITLE: &str = "Start from";
/// The kinds of files in it.
pub const PICK_FILTER: &str = "Pictures";
/// A photograph cannot be encoded now.
pub const NOT_ENCODED: &str = "This picture needs a model that reads it, and none is ready.";
/// What to do about it.
pub const NOT_ENCODED_HINT: &str =
    "Install a model for this mode, or restart the engine, and open it again.";

/// A photograph is on its way.
pub fn busy(file: &str) -> String {
    format!("Reading {file}")
}

/// How much is kept.
pub fn kept(positions: usize, total: usize) -> String {
    format!(
        "{positions} of {total} positions stay; {} grow anew.",
        total - positions.min(total)
    )
}

/// How much a click would keep, over the picture.
pub fn would_keep(position: usize, columns: usize) -> String {
    match (position / columns.max(1), position % columns.max(1)) {
        (0, 0) => "Nothing lies before the first position".into(),
        (0, more) => format!("Keep {}", positions(more)),
        (rows, 0) => format!("Keep {}", self::rows(rows)),
        (rows, more) => format!("Keep {} and {}", self::rows(rows), positions(more)),
    }
}

fn rows(count: usize) -> String {
    match count {
        1 => "1 row".into(),
        _ => format!("{count} rows"),
    }
}

fn positions(count: usize) -> String {
    match count {
        1 => "1 position".into(),
        _ => format!("{count} positions"),
    }
}

/// What a photograph is continued as.
pub fn continued_as(title: &str) -> String {
    format!("Continued as {title}, with the settings at the left.")
}

/// A picture of the tree: what it keeps of its parent.
pub fn keeps(positions: usize, depths: usize, columns: usize) -> String {
    match (positions, depths) {
        (0, 1) => "kept depth 1".into(),
        (0, depths) => format!("kept depths 1 \u{2013} {depths}"),
        (positions, _) if positions % columns.max(1) == 0 => {
            format!("kept {}", rows(positions / columns.max(1)))
        }
        (positions, _) => format!("kept {}", self::positions(positions)),
    }
}

/// The oldest picture of a tree.
pub fn root(photograph: bool) -> &'static str {
    match photograph {
        true => "own picture",
        false => "first picture",
    }
}

/// A picture of the tree, for those who hear it.
pub fn relative(title: &str, words: &str, stage: Option<Stage>) -> String {
    match stage {
        Some(Stage::Growing | Stage::Waiting) => format!("Branch: {title}, {words}, growing"),
        _ => format!("Branch: {title}, {words}"),
    }
}
