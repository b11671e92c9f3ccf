//! What a person does about sheets.

use crate::state::AxisKind;

/// Something done about sheets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SheetAction {
    /// Open the dialog.
    Open,
    /// Close it; what was chosen stays.
    Close,
    /// What one of the three axes varies, or nothing.
    SetKind(usize, Option<AxisKind>),
    /// The values of one of the three axes, as typed.
    SetValues(usize, String),
    /// Make the sheet.
    Make,
    /// Write the sheet as one PNG as far as it is.
    Save,
    /// Show that PNG in its folder.
    Reveal,
}
