//! Everything a person can do, one enum. Panels return actions; the reducer in [`crate::state`] turns
//! them into a new state and effects. How an action is drawn or what it does is not said here.

mod branch;
mod drafts;
mod sheet;

use strata_engine::Mode;

pub use branch::BranchAction;
pub use drafts::DraftsAction;
pub use sheet::SheetAction;

use crate::state::{NoticeId, PieceId, ThemeChoice, View};

/// Something a person did.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Turn to class pictures or to pages.
    SetMode(Mode),
    /// Light, dark, or what the system says.
    SetTheme(ThemeChoice),

    /// Type into the class search.
    SearchClasses(String),
    /// Draw this class and no other.
    ChooseClass(u32),
    /// Add a class to those drawn, or take it away.
    ToggleClass(u32),

    /// Draw with another model, by its id.
    ChooseModel(String),
    /// The guidance scale at every depth.
    SetGuidance(f32),
    /// The temperature at every depth.
    SetTemperature(f32),
    /// Keep the k likeliest codes at every depth; 0 keeps all.
    SetTopK(u32),
    /// Keep the likeliest codes up to this probability at every depth; 1 keeps all.
    SetTopP(f32),
    /// Take guidance and sampling that the model recommends.
    ResetSampling,
    /// Draw from this seed; a seed that was typed is kept (locked).
    SetSeed(u64),
    /// Throw the dice for another seed.
    RollSeed,
    /// Keep the seed from one Generate to the next, or throw the dice each time.
    ToggleSeedLock,
    /// How many pictures of each class, or how many pages.
    SetCount(u32),

    /// Make the pictures.
    Generate,
    /// Stop one picture.
    Cancel(PieceId),
    /// Stop everything.
    CancelAll,
    /// Make the pictures that failed once more.
    RetryFailed,
    /// Start the engine again after it stopped.
    RestartEngine,
    /// Load a model that could not be loaded once more, by its id.
    ReloadModel(String),

    /// Look at a picture of the canvas or the shelf.
    SelectPicture(PieceId),
    /// Look at the next (1) or the previous (-1) picture of the canvas.
    StepPicture(i32),
    /// The whole batch, or one picture large.
    SetView(View),
    /// Look at the first depths only (`Some(k)`: depths 0..=k), or at the whole picture.
    SelectDepth(Option<usize>),

    /// Save a picture that was cancelled half-way.
    KeepUnfinished(PieceId),
    /// Save the pictures whose saving failed once more.
    RetrySaving,
    /// Choose the folder where pictures are saved.
    ChooseFolder,
    /// Show the file of a picture in its folder.
    RevealInFolder(PieceId),
    /// Open the folder where pictures are saved.
    OpenFolder,

    /// Grow a picture again, or begin with one's own.
    Branch(BranchAction),
    /// A grid of pictures that differ in what its axes name.
    Sheet(SheetAction),
    /// Several drafts, of which the best are saved.
    Drafts(DraftsAction),

    /// Put a notice away.
    DismissNotice(NoticeId),
}
