//! Everything a person can do, one enum. Panels return actions; the reducer in [`crate::state`] turns
//! them into a new state and effects. How an action is drawn or what it does is not said here.

use std::path::PathBuf;

mod branch;
mod drafts;
mod models;
mod sheet;

use strata_engine::Mode;

pub use branch::BranchAction;
pub use drafts::DraftsAction;
pub use models::{ImportAction, ModelAction};
pub use sheet::SheetAction;

use crate::{
    classes::NodeId,
    export::job::Form,
    gallery::index::{Filter, MarkChange, SortBy},
    state::{ClassView, GroupId, Look, NoticeId, PieceId, ThemeChoice, Tune, View},
};

/// Something a person did.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Turn to class pictures or to pages.
    SetMode(Mode),
    /// Turn to the gallery.
    ShowGallery,
    /// Turn to the models.
    ShowModels,
    /// Turn to the table of a model's mode, to draw with it, by its id.
    DrawWith(String),
    /// Turn to the gallery, to the pictures of a model, by its id.
    ShowPicturesOf(String),
    /// Light, dark, or what the system says.
    SetTheme(ThemeChoice),
    /// Widths of the panels at the left and the right, in points; `None` is the width of a first start.
    SetPanelWidths {
        /// At the left.
        left: Option<f32>,
        /// At the right.
        right: Option<f32>,
    },

    /// Type into the class search.
    SearchClasses(String),
    /// Draw this class and no other.
    ChooseClass(u32),
    /// Add a class to those drawn, or take it away.
    ToggleClass(u32),
    /// Draw this many pictures of a chosen class, whatever the others have.
    SetClassCount {
        /// The class.
        class: u32,
        /// Its pictures.
        count: u32,
    },
    /// Make a class a favourite, or no longer one.
    ToggleFavourite(u32),
    /// List all classes, their tree, the favourites or the recent ones.
    SetClassView(ClassView),
    /// Open a branch of the class tree, or fold it.
    ToggleBranch(NodeId),
    /// Turn to the class tree, opened at a branch.
    ShowBranch(NodeId),
    /// Turn to the class tree, opened at a class.
    ShowClass(u32),

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
    /// Set what is finer than one number for all depths, or work with presets.
    Tune(Tune),
    /// Draw from this seed; a seed that was typed is kept (locked).
    SetSeed(u64),
    /// Throw the dice for another seed.
    RollSeed,
    /// Keep the seed from one Generate to the next, or throw the dice each time.
    ToggleSeedLock,
    /// How many pictures of each class that has no number of its own, or how many pages.
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

    /// Let the whole queue rest, or go on.
    SetPaused(bool),
    /// Stop what one press on Generate asked for.
    CancelGroup(GroupId),
    /// Give what one press asked for another place in the queue, counted from 0.
    MoveGroup {
        /// Which.
        group: GroupId,
        /// Its new place; past the end means last.
        to: usize,
    },
    /// Call for attention when all is done, or be quiet.
    SetNotify(bool),
    /// Run models on this device, as a command line names it.
    SetDevice(String),
    /// Keep the matrices of large models in this format; empty where their size decides.
    SetFormat(String),
    /// Let passes look ahead where that is faster, or not.
    SetLookAhead(bool),
    /// Go on with the pictures that an earlier run left.
    GoOn,
    /// Let go of them.
    LeaveThem,

    /// Look at a picture of the canvas or the shelf.
    SelectPicture(PieceId),
    /// Look at the next (1) or the previous (-1) picture of the canvas.
    StepPicture(i32),
    /// The whole batch, or one picture large.
    SetView(View),
    /// Look at the first depths only (`Some(k)`: depths 0..=k), or at the whole picture.
    SelectDepth(Option<usize>),
    /// See pictures otherwise: overlays, zoom, the timeline, comparing two.
    Look(Look),

    /// Save a picture that was cancelled half-way.
    KeepUnfinished(PieceId),
    /// Save every picture on the canvas that was cancelled half-way.
    KeepAllUnfinished,
    /// Save the pictures whose saving failed once more.
    RetrySaving,
    /// Choose the folder where pictures are saved.
    ChooseFolder,
    /// Show the file of a picture in its folder.
    RevealInFolder(PieceId),
    /// Export a copy of the picture that is shown.
    ExportPicture,
    /// Open the folder where pictures are saved.
    OpenFolder,
    /// Show a file or a folder.
    Reveal(PathBuf),

    /// Do something on the gallery page.
    Browse(Browse),

    /// Grow a picture again, or begin with one's own.
    Branch(BranchAction),
    /// A grid of pictures that differ in what its axes name.
    Sheet(SheetAction),
    /// Several drafts, of which the best are saved.
    Drafts(DraftsAction),

    /// Do something on the page of models.
    Model(ModelAction),

    /// Files or folders were dropped on the window.
    Drop(Vec<PathBuf>),

    /// Put a notice away.
    DismissNotice(NoticeId),
}

/// Something a person did on the gallery page.
#[derive(Clone, Debug, PartialEq)]
pub enum Browse {
    /// Show these pictures only.
    Filter(Box<Filter>),
    /// Sort by something else.
    Sort(SortBy),
    /// Turn the order around.
    TurnOrder,
    /// The edge of a tile, in points.
    TileSize(f32),
    /// Select a picture, by its path below the folder.
    Pick {
        /// Which.
        path: String,
        /// Alone or with others.
        how: Pick,
    },
    /// Go on to the picture `by` places further (back when negative).
    Step {
        /// How far.
        by: isize,
        /// Whether everything on the way is selected.
        extend: bool,
    },
    /// Select everything that is listed.
    SelectAll,
    /// Select nothing.
    SelectNone,
    /// Show the picture at the cursor large, or go back to the grid.
    Large(bool),
    /// Make the selected pictures favourites, or rate them.
    Mark(MarkChange),
    /// Put the selected pictures into the trash.
    Discard,
    /// Put back what was put there last.
    UndoDiscard,
    /// Show the picture at the cursor in its folder.
    Reveal,
    /// Put the picture at the cursor on the clipboard.
    Copy,
    /// Put the settings of the picture at the cursor on the desk.
    UseSettings,
    /// Grow the picture at the cursor again.
    BeginWith,
    /// Export the selected pictures.
    Export(Form),
    /// End the export.
    CancelExport,
    /// The files' names in exports; see [`crate::export::Pattern`].
    SetPattern(String),
    /// Go back from another folder to one's own pictures.
    GoHome,
    /// Look through the folder now.
    Rescan,
}

/// How a picture is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// It alone.
    Only,
    /// It beside the others, or no longer.
    Toggle,
    /// All from the one picked before up to it.
    Range,
}
