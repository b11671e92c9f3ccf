//! What a person does about drafts.

use crate::state::PieceId;

/// Something done about drafts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftsAction {
    /// Open the dialog.
    Open,
    /// Close it; what was chosen stays.
    Close,
    /// How many drafts are made.
    SetCount(u32),
    /// How many of them are saved.
    SetKeep(u32),
    /// Whether weak drafts are stopped before they are done.
    SetEarly(bool),
    /// Make the drafts.
    Make,
    /// Save a draft that is not among the best.
    Keep(PieceId),
}
