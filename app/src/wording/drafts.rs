//! Words about drafts.

/// Opens the dialog.
pub const OPEN: &str = "Best of\u{2026}";
/// The same, for those who hear it.
pub const OPEN_LABEL: &str = "Make the best of several drafts";
/// What it does.
pub const OPEN_TIP: &str =
    "Make several drafts and save those that the model itself finds likeliest";
/// Heading of the dialog.
pub const HEADING: &str = "Best of several drafts";
/// How many are made.
pub const COUNT: &str = "Drafts";
/// How many are saved.
pub const KEEP: &str = "Save the best";
/// Whether weak ones are stopped.
pub const EARLY: &str = "Stop weak drafts early";
/// What that does.
pub const EARLY_TIP: &str = "At a quarter of the way the better half goes on, at half of the way the \
     better half of those. Takes about half the time.";
/// What likelihood is.
pub const TEXT: &str = "The model ranks them by how likely it finds their codes. Likely is often plain: \
     the best draft is not always the liveliest.";
/// Makes them.
pub const MAKE: &str = "Make the drafts";
/// Closes the dialog.
pub const CLOSE: &str = "Close";
/// Heading of the ranking.
pub const RANKING: &str = "Drafts";
/// Saves a draft.
pub const KEEP_ONE: &str = "Save";
/// It is in the folder.
pub const SAVED: &str = "saved";
/// It was too weak.
pub const STOPPED: &str = "stopped early";
/// Drafts that are not saved go.
pub const LOOSE_HINT: &str = "Drafts that you do not save go with the next pictures.";

/// What drafts of a document model show.
pub const A_PAGE: &str = "a page";

/// What the drafts will show.
pub fn of(title: &str) -> String {
    format!("Drafts of {title}")
}

/// A draft's likelihood.
pub fn likelihood(nats_per_code: f32) -> String {
    format!("{nats_per_code:.2} nats per code")
}

/// A draft in the ranking.
pub fn draft(rank: usize, number: usize) -> String {
    format!("{rank}. Draft {number}")
}

/// Saves a certain draft.
pub fn keep(number: usize) -> String {
    format!("Save draft {number}")
}
