//! What the reducer takes and what it gives: the surroundings at the start, messages, effects.

use std::{path::PathBuf, sync::Arc};

use strata_engine::{Command, Event, ModelCard};

use super::{SaveOrder, SheetOrder};
use crate::{
    actions::Action,
    classes::Classes,
    export::job,
    gallery::{self, index, trash},
    journal,
    library::{self, Errand, ErrandId},
    settings::{self, Preferences, WindowLayout},
};

/// What a program starts with.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The installed models.
    pub models: Vec<Arc<ModelCard>>,
    /// Models that are there but cannot be read.
    pub model_errors: Vec<strata_engine::Error>,
    /// Where a person puts models.
    pub models_folder: PathBuf,
    /// The names of classes.
    pub classes: &'static Classes,
    /// Where pictures are saved.
    pub folder: PathBuf,
    /// Where the dice start.
    pub dice: u64,
    /// What a person chose in earlier sessions.
    pub preferences: Preferences,
    /// What was wrong with that, if anything.
    pub trouble: Option<settings::Trouble>,
}

/// Something happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// A person did something.
    Action(Action),
    /// The engine tells something.
    Engine(Event),
    /// Which graphics cards there are.
    Cards(Vec<strata_engine::backend::gpu::About>),
    /// The gallery answers.
    Gallery(gallery::Answer),
    /// The index of the pictures folder tells something.
    Index(index::Event),
    /// What became of deleted or restored files.
    Trash(trash::Event),
    /// What becomes of an export.
    Export(job::Event),
    /// The settings were not kept.
    Settings(settings::Trouble),
    /// The window was moved, resized or maximized.
    Window(WindowLayout),
    /// The journal tells something.
    Journal(journal::Event),
    /// The model library's workshop tells something.
    Library(library::Event),
}

/// Something the program has to do in the world outside.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Send the engine a command.
    Engine(Command),
    /// Start the engine again after it stopped.
    RestartEngine,
    /// Write a picture.
    Save(SaveOrder),
    /// Show a file in its folder, or open a folder.
    Reveal(PathBuf),
    /// Ask for another folder, starting at this one.
    PickFolder(PathBuf),
    /// Ask for a picture file, starting in this folder.
    PickPicture(PathBuf),
    /// Look at what was dropped on the window.
    LookAt(Vec<PathBuf>),
    /// Read a picture file.
    ReadPicture(PathBuf),
    /// Write several pictures on one PNG.
    SaveSheet(SheetOrder),
    /// Ask the index of the pictures folder.
    Index(index::Command),
    /// Put files into the trash.
    Discard(Vec<PathBuf>),
    /// Put files back from there.
    Restore(Vec<trash::Discarded>),
    /// Export pictures.
    Export(job::Order),
    /// End the export after the step it is at.
    CancelExport,
    /// Put a picture on the clipboard.
    CopyPicture(PathBuf),
    /// Keep what a person chose.
    Remember(Box<Preferences>),
    /// Look at what models there are.
    ListModels,
    /// Measure how strong this machine is.
    MeasureMachine,
    /// Look what memory a model needs, by its id.
    PlanMemory(String),
    /// Ask for files of a model.
    PickModelFiles,
    /// Ask for a folder with a model in it.
    PickModelFolder,
    /// Look what files are.
    Identify(Vec<PathBuf>),
    /// Look which copies of a model's weights there are.
    LookAtCopies {
        /// The model's id.
        id: String,
        /// Its folder.
        folder: PathBuf,
    },
    /// Do long work on models.
    Errand(Errand),
    /// Stop it.
    StopErrand(ErrandId),
    /// Write into the journal.
    Note(journal::Entry),
    /// Write these into the journal, in one go with removing what earlier runs left.
    HandOver(Vec<journal::Entry>),
    /// Call for a person's attention with these words, if the window has not got it.
    CallAttention {
        /// What is done.
        heading: String,
        /// What came of it.
        words: String,
    },
}
