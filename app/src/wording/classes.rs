//! The words of the class panel that came with its lists, stars and counts.

use crate::state::ClassView;

/// Opens the tree at a class.
pub const SHOW_IN_TREE: &str = "Show in the tree";
/// The list of favourites while there are none.
pub const NO_FAVOURITES: &str =
    "No favourites yet. The star beside a class, in any list, keeps it here.";
/// The list of recent classes while there are none.
pub const NO_RECENT: &str = "Classes appear here once you have drawn them.";
/// Why Generate is greyed while the model knows none of the chosen classes.
pub const NONE_TO_DRAW: &str =
    "This model knows none of the chosen classes: choose one that is not greyed.";
/// Why all classes are greyed while there is no model.
pub const NO_MODEL: &str = "No model for class pictures is installed.";

/// A list of classes.
pub fn view(view: ClassView) -> &'static str {
    match view {
        ClassView::All => "All classes",
        ClassView::Tree => "Tree of classes",
        ClassView::Favourites => "Favourites",
        ClassView::Recent => "Recent classes",
    }
}

/// What a list of classes shows.
pub fn view_tip(view: ClassView) -> &'static str {
    match view {
        ClassView::All => "All classes by name",
        ClassView::Tree => "The classes as a tree, from WordNet",
        ClassView::Favourites => "Your favourites",
        ClassView::Recent => "The classes you drew lately",
    }
}

/// How many classes of a branch the model knows, beside its name.
pub fn known_of(known: usize, all: usize) -> String {
    match known == all {
        true => all.to_string(),
        false => format!("{known} of {all}"),
    }
}

/// A branch, read aloud.
pub fn branch(name: &str, known: usize, all: usize) -> String {
    let classes = if all == 1 { "class" } else { "classes" };
    format!("{name}: {} {classes}", known_of(known, all))
}

/// What a click on a branch of the tree does, and what its numbers mean.
pub fn branch_tip(known: usize, all: usize) -> String {
    let numbers = match (known, all - known.min(all)) {
        (_, 0) => format!("{all} classes, all known to the model."),
        (0, _) => format!("{all} classes, none known to the model."),
        _ => format!("{all} classes, {known} of them known to the model."),
    };
    format!("{numbers}\nClick, or the arrow keys, to open and fold.")
}

/// What a click on a branch that a search found does.
pub fn found_branch_tip(name: &str) -> String {
    format!("Open \u{201c}{name}\u{201d} in the tree")
}

/// The star of a class.
pub fn favourite(name: &str, is_one: bool) -> String {
    match is_one {
        true => format!("{name} is a favourite"),
        false => format!("Make {name} a favourite"),
    }
}

/// The number field of a chosen class.
pub fn count_of(name: &str) -> String {
    format!("Pictures of {name}")
}

/// What the number field of a chosen class does.
pub fn count_tip(own: bool, common: u32) -> String {
    let now = match own {
        true => format!("Its own number; the other classes have {common}."),
        false => "As many as of each class.".to_owned(),
    };
    format!("{now}\nDrag, or click and type, for a number of its own.")
}

/// Why a chosen class is greyed.
pub fn not_drawn(reason: &str) -> String {
    format!("{reason} It stays here and is left out.")
}
