//! The reducer: a [`State`], a [`Message`], and what follows from the two: a new state and [`Effect`]s.
//! No egui, no clock, no disk, no dice of the system in here: the same messages give the same state.
//!
//! | file | what lives there |
//! |---|---|
//! | `desk` | the table of one mode: model, settings, pictures on the canvas |
//! | `piece` | one picture from the wish to the file |
//! | `choices` | what a person sets |
//! | `making` | Generate, cancel, retry, and what the engine tells |
//! | `looking` | selection, depths, requests to the decoder |
//! | `keeping` | saving, the shelf, the folder |
//! | `notice` | what went wrong, in words |
//! | `remembering` | what outlives the session |
//! | `pace` | positions a second, time left |
//! | `branch`, `photograph`, `lineage` | growing again, beginning with one's own picture, the tree of both |
//! | `axes`, `sheet` | what a sheet varies, and the sheet on the canvas |
//! | `drafts` | best of several |
//! | `tending` | what follows later: depths of a sheet, weak drafts, the best ones |

mod axes;
mod branch;
mod choices;
mod desk;
mod drafts;
mod keeping;
mod lineage;
mod looking;
mod making;
mod notice;
mod pace;
mod photograph;
mod piece;
mod remembering;
mod sheet;
mod tending;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use strata_engine::{
    Command, Event, Mode, ModelCard,
    worker::{JobId, RequestId},
};

pub use axes::{
    Axis, AxisKind, AxisValue, AxisWish, SheetTrouble, cells as sheet_cells,
    pictures as sheet_pictures,
};
pub use branch::{BranchPlan, Branching, Keep};
pub use desk::{Desk, MOST_PICTURES, Settings, View, leading};
pub use drafts::{Draft, Drafts, MOST_DRAFTS, Race};
pub use keeping::{SaveOrder, Shelf};
pub use lineage::{Family, Relative};
pub use notice::{Notice, NoticeId, Topic};
pub use pace::Pace;
pub use photograph::Photographs;
pub use piece::{Lanes, Piece, PieceId, Saving, Stage};
pub use sheet::{Sheet, SheetCell, SheetFile, SheetOrder, Sheets};

use crate::{
    actions::Action,
    classes::Classes,
    gallery::{self, index, trash},
    settings::{self, Preferences},
    wording,
};

/// Light, dark, or what the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// What the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Whether a model can draw at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Readiness {
    /// Being read; `fraction` from 0 to 1.
    Loading {
        /// How far.
        fraction: f32,
    },
    /// Ready.
    Ready,
    /// Cannot be used; a notice says why.
    Failed,
}

/// The class search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    /// What was typed.
    pub text: String,
    /// The classes to list, those that the model knows first.
    pub found: Vec<u32>,
    /// How many of `found` the model knows.
    pub known: usize,
}

/// What a program starts with.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The installed models.
    pub models: Vec<Arc<ModelCard>>,
    /// Models that are there but cannot be read.
    pub model_errors: Vec<strata_engine::Error>,
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
    /// The gallery answers.
    Gallery(gallery::Answer),
    /// The index of the pictures folder tells something.
    Index(index::Event),
    /// What became of deleted or restored files.
    Trash(trash::Event),
    /// The settings were not kept.
    Settings(settings::Trouble),
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
    /// Keep what a person chose.
    Remember(Box<Preferences>),
}

/// Numbers that are never used twice.
#[derive(Clone, Debug, Default)]
struct Ids(u64);

impl Ids {
    fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

/// All that the window knows.
#[derive(Clone, Debug)]
pub struct State {
    /// Class pictures or pages.
    pub mode: Mode,
    /// Light or dark.
    pub theme: ThemeChoice,
    /// The installed models.
    pub models: Vec<Arc<ModelCard>>,
    /// Which of them are loaded; models that are not in here were not asked for yet.
    pub readiness: BTreeMap<String, Readiness>,
    /// Whether the engine takes jobs.
    pub engine_runs: bool,
    /// The names of classes.
    pub classes: &'static Classes,
    /// The class search.
    pub search: Search,
    /// The classes to draw, in the order they were chosen.
    pub chosen: Vec<u32>,
    /// Every picture that something still points to.
    pub pieces: BTreeMap<PieceId, Piece>,
    /// The pictures saved in this session.
    pub shelf: Shelf,
    /// Where pictures are saved.
    pub folder: PathBuf,
    /// What a person chose, as it is kept.
    pub preferences: Preferences,
    /// What went wrong, oldest first.
    pub notices: Vec<Notice>,
    /// Growing again, and who was grown from whom.
    pub branching: Branching,
    /// The sheet on the canvas and the one being thought up.
    pub sheets: Sheets,
    /// Best of several.
    pub drafts: Drafts,
    /// How fast the work goes.
    pub pace: Pace,
    /// The moment of the newest message, in seconds since the start.
    pub now_secs: f64,

    desks: [Desk; 2],
    /// Where pictures are saved unless a person chose another folder.
    usual_folder: PathBuf,
    /// Live jobs; an event of any other job is late and ignored.
    jobs: BTreeMap<JobId, PieceId>,
    /// Pictures of the work in hand, finished ones included, for the progress bar.
    run: Vec<PieceId>,
    /// Open questions to the decoder: which picture, which depth.
    requests: BTreeMap<RequestId, (PieceId, usize)>,
    ids: Ids,
    dice: u64,
}

impl State {
    /// The state at the start, and what to do first: load the model so that Generate works at once.
    pub fn new(around: Surroundings) -> (Self, Vec<Effect>) {
        let first = |mode| around.models.iter().find(|card| card.mode == mode).cloned();
        let (pictures, pages) = (first(Mode::Classes), first(Mode::Documents));
        let mode = match (&pictures, &pages) {
            (None, Some(_)) => Mode::Documents,
            _ => Mode::Classes,
        };
        let mut state = Self {
            mode,
            theme: ThemeChoice::default(),
            models: around.models,
            readiness: BTreeMap::new(),
            engine_runs: true,
            classes: around.classes,
            search: Search::default(),
            chosen: Vec::new(),
            pieces: BTreeMap::new(),
            shelf: Shelf::default(),
            usual_folder: around.folder.clone(),
            folder: around.folder,
            preferences: around.preferences,
            notices: Vec::new(),
            branching: Branching::default(),
            sheets: Sheets::default(),
            drafts: Drafts::default(),
            pace: Pace::default(),
            now_secs: 0.0,
            desks: [
                Desk::new(Mode::Classes, pictures.as_deref(), 0),
                Desk::new(Mode::Documents, pages.as_deref(), 0),
            ],
            jobs: BTreeMap::new(),
            run: Vec::new(),
            requests: BTreeMap::new(),
            ids: Ids::default(),
            dice: around.dice,
        };
        for desk in 0..state.desks.len() {
            state.desks[desk].seed = state.roll();
        }
        for error in &around.model_errors {
            state.notify_error(Topic::Other, error, Vec::new());
        }
        state.choose_first_class();
        state.take_up(around.trouble.as_ref());
        state.search_classes(String::new());
        let effects = state.load_model();
        (state, effects)
    }

    /// Takes one message; `now_secs` counts from the start of the program.
    pub fn update(&mut self, now_secs: f64, message: Message) -> Vec<Effect> {
        self.now_secs = now_secs;
        let due = self.watch(&message);
        let mut effects = match message {
            Message::Action(action) => self.change(|state| state.act(action)),
            Message::Engine(event) => self.hear(event),
            Message::Gallery(answer) => self.change(|state| state.hear_gallery(answer)),
            Message::Index(_) | Message::Trash(_) => Vec::new(),
            Message::Settings(trouble) => {
                self.hear_settings(&trouble);
                Vec::new()
            }
        };
        if due {
            effects.extend(self.tend());
        }
        effects
    }

    /// Lets a person's wish change the state; what outlives the session is kept.
    fn change(&mut self, change: impl FnOnce(&mut Self) -> Vec<Effect>) -> Vec<Effect> {
        let mut effects = change(self);
        effects.extend(self.remember());
        effects
    }

    fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::SetMode(mode) => return self.set_mode(mode),
            Action::SetTheme(theme) => self.theme = theme,
            Action::SearchClasses(text) => self.search_classes(text),
            Action::ChooseClass(class) => self.choose_class(class),
            Action::ToggleClass(class) => self.toggle_class(class),
            Action::ChooseModel(id) => return self.choose_model(&id),
            Action::SetGuidance(_)
            | Action::SetTemperature(_)
            | Action::SetTopK(_)
            | Action::SetTopP(_)
            | Action::ResetSampling => self.set_sampling(&action),
            Action::SetSeed(seed) => self.set_seed(seed),
            Action::RollSeed => self.desk_mut().seed = self.roll(),
            Action::ToggleSeedLock => self.desk_mut().seed_locked ^= true,
            Action::SetCount(count) => self.desk_mut().count = count.clamp(1, MOST_PICTURES),
            Action::Generate => return self.generate(),
            Action::Cancel(piece) => return self.cancel(piece),
            Action::CancelAll => return self.cancel_all(),
            Action::RetryFailed => return self.retry_failed(),
            Action::RestartEngine => return self.restart_engine(),
            Action::ReloadModel(id) => return self.reload_model(&id),
            Action::SelectPicture(piece) => return self.select(piece),
            Action::StepPicture(by) => return self.step_picture(by),
            Action::SetView(view) => self.set_view(view),
            Action::SelectDepth(depth) => self.desk_mut().depth = depth,
            Action::KeepUnfinished(piece) => return self.save(piece).into_iter().collect(),
            Action::RetrySaving => return self.retry_saving(),
            Action::ChooseFolder => return vec![Effect::PickFolder(self.folder.clone())],
            Action::RevealInFolder(piece) => return self.reveal(piece),
            Action::OpenFolder => return vec![Effect::Reveal(self.folder.clone())],
            Action::Branch(action) => return self.act_branch(action),
            Action::Sheet(action) => return self.act_sheet(action),
            Action::Drafts(action) => return self.act_drafts(action),
            Action::DismissNotice(id) => self.notices.retain(|notice| notice.id != id),
        }
        Vec::new()
    }

    /// The table of the present mode.
    pub fn desk(&self) -> &Desk {
        &self.desks[desk_of(self.mode)]
    }

    fn desk_mut(&mut self) -> &mut Desk {
        &mut self.desks[desk_of(self.mode)]
    }

    /// The card of the present model.
    pub fn card(&self) -> Option<&Arc<ModelCard>> {
        self.card_of(self.desk().model.as_deref()?)
    }

    /// The card of an installed model.
    pub fn card_of(&self, id: &str) -> Option<&Arc<ModelCard>> {
        self.models.iter().find(|card| card.id == id)
    }

    /// Whether the present model is loaded; `None` when there is no model or it was not asked for.
    pub fn model_readiness(&self) -> Option<Readiness> {
        self.readiness.get(self.desk().model.as_deref()?).copied()
    }

    /// The name of a class, for people.
    pub fn class_name(&self, class: u32) -> String {
        match self.classes.get(class) {
            Some(class) => class.name.to_string(),
            None => wording::unnamed_class(class),
        }
    }

    /// Pictures that the engine still has.
    pub fn live(&self) -> usize {
        self.jobs.len()
    }

    /// The pictures of the work in hand: `(finished or otherwise ended, all)`.
    pub fn run_pieces(&self) -> (usize, usize) {
        let live = |piece: &&PieceId| {
            self.pieces
                .get(piece)
                .is_some_and(|piece| piece.stage.is_live())
        };
        (
            self.run.iter().filter(|piece| !live(piece)).count(),
            self.run.len(),
        )
    }

    /// The mode of the work in hand; `None` when it is of both.
    pub fn run_mode(&self) -> Option<Mode> {
        let mut modes = self
            .run
            .iter()
            .filter_map(|id| self.pieces.get(id))
            .map(Piece::mode);
        let first = modes.next()?;
        modes.all(|mode| mode == first).then_some(first)
    }

    /// The positions of the work in hand: `(done, all)`. What was cancelled or failed counts as done.
    pub fn run_positions(&self) -> (u64, u64) {
        let pieces = self.run.iter().filter_map(|piece| self.pieces.get(piece));
        pieces.fold((0, 0), |(done, total), piece| {
            let all = piece.total() as u64;
            let now = match piece.stage.is_live() {
                true => (piece.done as u64).min(all),
                false => all,
            };
            (done + now, total + all)
        })
    }

    /// Lets go of pictures that nothing points to any more. A picture that is not saved yet stays.
    fn forget_loose_pieces(&mut self) {
        let mut pieces = std::mem::take(&mut self.pieces);
        pieces.retain(|id, piece| {
            let used = |desk: &Desk| desk.board.contains(id) || desk.selected == Some(*id);
            piece.stage.is_live()
                || piece.is_unsaved()
                || self.run.contains(id)
                || self.shelf.contains(*id)
                || self.branching.photographs.found(*id)
                || self.desks.iter().any(used)
        });
        self.pieces = pieces;
    }

    /// The next number of the dice: SplitMix64 (Steele, Lea and Flood 2014), kept to nine digits so
    /// that a seed can be read out and typed.
    fn roll(&mut self) -> u64 {
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.dice;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % 1_000_000_000
    }
}

fn desk_of(mode: Mode) -> usize {
    match mode {
        Mode::Classes => 0,
        Mode::Documents => 1,
    }
}
