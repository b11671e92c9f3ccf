//! Words about sheets.

use crate::state::{AxisKind, AxisValue, SheetTrouble};

/// Opens the dialog.
pub const OPEN: &str = "Sheet\u{2026}";
/// The same, for those who hear it.
pub const OPEN_LABEL: &str = "Make a sheet of variations";
/// What it does.
pub const OPEN_TIP: &str = "A grid of pictures in which only what you name changes: guidance, temperature, seed, class, depth";
/// Heading of the dialog.
pub const HEADING: &str = "A sheet of variations";
/// What a sheet is.
pub const TEXT: &str = "All cells share seed and noise, so only what the axes name changes.";
/// The axes, in their order.
pub const AXES: [&str; 3] = ["Across", "Down", "Blocks"];
/// An axis that is not used.
pub const UNUSED: &str = "Not used";
/// Values of the class axis.
pub const CHOSEN_CLASSES: &str = "The classes chosen at the left";
/// How values are typed.
pub const VALUES_HINT: &str = "Values, with commas";
/// Makes it.
pub const MAKE: &str = "Make the sheet";
/// Closes the dialog.
pub const CLOSE: &str = "Close";
/// Writes the sheet as it is.
pub const SAVE: &str = "Save the sheet";
/// What that does.
pub const SAVE_TIP: &str = "Write the sheet as one PNG; its pictures are saved by themselves";
/// The sheet is being written.
pub const SAVING: &str = "Saving the sheet";
/// Shows the file.
pub const REVEAL: &str = "Show the sheet in its folder";

/// What an axis varies.
pub fn kind(kind: AxisKind) -> &'static str {
    match kind {
        AxisKind::Class => "Class",
        AxisKind::Guidance => "Guidance",
        AxisKind::Temperature => "Temperature",
        AxisKind::Seed => "Seed",
        AxisKind::Depth => "Depth",
    }
}

/// The chooser of an axis.
pub fn axis(axis: usize) -> String {
    format!(
        "{}: what changes",
        AXES.get(axis).copied().unwrap_or_default()
    )
}

/// The field of an axis' values.
pub fn axis_values(axis: usize) -> String {
    format!("{}: values", AXES.get(axis).copied().unwrap_or_default())
}

/// A value of an axis; classes have their own names.
pub fn value(value: AxisValue) -> String {
    match value {
        AxisValue::Class(class) => super::unnamed_class(class),
        AxisValue::Guidance(scale) => format!("guidance {scale}"),
        AxisValue::Temperature(temperature) => format!("temperature {temperature}"),
        AxisValue::Seed(seed) => format!("seed {seed}"),
        AxisValue::Depths(1) => "depth 1".into(),
        AxisValue::Depths(depths) => format!("depths 1 \u{2013} {depths}"),
    }
}

/// What the sheet will cost.
pub fn cost(pictures: usize, cells: usize) -> String {
    let sampled = super::amount(pictures, strata_engine::Mode::Classes);
    match cells == pictures {
        true => format!("{sampled} will be sampled."),
        false => format!("{sampled} will be sampled; the {cells} cells show their depths."),
    }
}

/// The line above the sheet.
pub fn title(kinds: &[AxisKind], done: usize, pictures: usize) -> String {
    let names: Vec<&str> = kinds.iter().map(|of| kind(*of)).collect();
    let names = names.join(" \u{d7} ");
    match done == pictures {
        true => names,
        false => format!("{names}, {done} of {pictures} done"),
    }
}

/// A cell, for those who hear it.
pub fn cell(number: usize, values: &str) -> String {
    format!("Cell {number}: {values}")
}

/// Why there can be no sheet yet.
pub fn trouble(trouble: &SheetTrouble) -> String {
    match trouble {
        SheetTrouble::NotReady => "No model is ready to draw.".into(),
        SheetTrouble::NoAxis => "Choose what changes along at least one axis.".into(),
        SheetTrouble::Twice(of) => format!("{} is on two axes; choose it once.", kind(*of)),
        SheetTrouble::NotHere(of) => {
            format!(
                "This model has nothing to vary in {}.",
                kind(*of).to_lowercase()
            )
        }
        SheetTrouble::Empty(of) => {
            format!("Type at least one value for {}.", kind(*of).to_lowercase())
        }
        SheetTrouble::NoValue(of, word) => {
            format!("“{word}” is no value for {}.", kind(*of).to_lowercase())
        }
        SheetTrouble::OneCell => {
            "One cell is no sheet; add a value, or choose another class.".into()
        }
        SheetTrouble::TooMany(pictures) => {
            format!("{pictures} pictures are too many for one sheet; take some values away.")
        }
    }
}
