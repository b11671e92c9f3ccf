//! What a person does to grow a picture again, or to begin with one of their own.

use std::path::PathBuf;

use crate::state::PieceId;

/// Something done about branches.
#[derive(Clone, Debug, PartialEq)]
pub enum BranchAction {
    /// Choose how much of a finished or stopped picture is kept, from its beginning on.
    Open(PieceId),
    /// Choose how many of its first depths are kept.
    OpenTexture(PieceId),
    /// Choose nothing after all.
    Close,
    /// Keep this many first rows.
    KeepRows(usize),
    /// Keep this many first depths.
    KeepDepths(usize),
    /// Grow what is not kept anew.
    Grow,
    /// Keep everything before this position, and grow the rest anew.
    GrowFrom(usize),
    /// Ask for a picture file to begin with.
    PickPicture,
    /// Begin with this picture file.
    OpenPicture(PathBuf),
}
