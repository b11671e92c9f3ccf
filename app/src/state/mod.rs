//! The reducer: a [`State`], a [`Message`], and what follows from the two: a new state and [`Effect`]s.
//! No egui, no clock, no disk, no dice of the system in here: the same messages give the same state.
//!
//! | file | what lives there |
//! |---|---|
//! | `desk` | the table of one mode: model, settings, pictures on the canvas |
//! | `piece` | one picture from the wish to the file |
//! | `choices` | what a person sets |
//! | `picking` | the classes to draw, and the lists they are picked from |
//! | `making` | Generate, cancel, retry, and what the engine tells |
//! | `looking` | selection, depths, requests to the decoder |
//! | `keeping` | saving, the shelf, the folder |
//! | `viewing` | overlays, zoom, full screen |
//! | `comparing` | two pictures against each other |
//! | `replay` | the timeline of a picture that is done |
//! | `message` | what the reducer takes and gives |
//! | `devices` | what models run on |
//! | `notice` | what went wrong, in words |
//! | `queue` | what was asked for together: its order, pause, and what is told at the end |
//! | `journalling` | what the journal is told, and pictures that an earlier run left |
//! | `remembering` | what outlives the session |
//! | `browser` | the gallery page |
//! | `models` | from the page of models to the table and to a model's pictures |
//! | `works` | what may be had of models, and long work on them |
//! | `pace` | positions a second, time left |
//! | `tuning` | sampling by depth and over the rows, presets, recent seeds |
//! | `advice` | settings that make bad pictures |
//! | `forecast` | time and memory of the next batch, from measured speed |
//! | `branch`, `photograph`, `lineage` | growing again, beginning with one's own picture, the tree of both |
//! | `axes`, `sheet` | what a sheet varies, and the sheet on the canvas |
//! | `drafts` | best of several |
//! | `tending` | what follows later: depths of a sheet, weak drafts, the best ones |

mod advice;
mod axes;
mod branch;
mod browser;
mod choices;
mod comparing;
mod desk;
mod devices;
mod drafts;
mod forecast;
mod journalling;
#[cfg(test)]
mod journalling_tests;
mod keeping;
mod lineage;
mod looking;
mod making;
mod message;
mod models;
mod notice;
mod pace;
mod photograph;
mod picking;
mod piece;
mod queue;
#[cfg(test)]
mod queue_tests;
mod remembering;
mod replay;
mod sheet;
mod tending;
#[cfg(test)]
mod tests;
mod tuning;
mod viewing;
#[cfg(test)]
mod viewing_tests;
mod visiting;
mod works;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use strata_engine::{
    Mode, ModelCard,
    worker::{JobId, RequestId},
};

pub use advice::{Advice, Risk, advise};
pub use axes::{
    Axis, AxisKind, AxisValue, AxisWish, SheetTrouble, cells as sheet_cells,
    pictures as sheet_pictures,
};
pub use branch::{BranchPlan, Branching, Keep};
pub use browser::{Browser, TILE_POINTS};
pub use comparing::{Compare, Way};
pub use desk::{Desk, MOST_PICTURES, Settings, View, leading};
pub use devices::{Devices, Room as DeviceRoom};
pub use drafts::{Draft, Drafts, MOST_DRAFTS, Race};
pub use forecast::{Forecast, MOST_AT_ONCE};
pub use keeping::{SaveOrder, Shelf};
pub use lineage::{Family, Relative};
pub use message::{Effect, Message, Surroundings};
pub use notice::{Notice, NoticeId, Tone, Topic};
pub use pace::Pace;
pub use photograph::Photographs;
pub use picking::{Chosen, ClassView, Picking, Revealed};
pub use piece::{Lanes, Piece, PieceId, Saving, Stage};
pub use queue::{Group, GroupId, Made, Queue, look_ahead};
pub use replay::Replay;
pub use sheet::{Sheet, SheetCell, SheetFile, SheetOrder, Sheets};
pub use tuning::{Knob, Naming, PresetChoice, PresetKey, Tune, Tuning};
pub use viewing::{Look, Overlay, Overlays, Room, Sight, Viewing, Zoom};
pub use works::{
    AnswerView, ConvertForm, FileQuestion, ImportForm, ModelDialog, ServerForm, Work, WorkKind,
    WorkStage, Works,
};

use crate::{
    actions::Action,
    classes::{Classes, NodeId},
    explain::Explained,
    settings::Preferences,
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

/// What the window shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The table of the present mode.
    #[default]
    Studio,
    /// The pictures folder.
    Gallery,
    /// The installed models.
    Models,
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
    /// Branches of the class tree with this name.
    pub branches: Vec<NodeId>,
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
    /// What the window shows.
    pub page: Page,
    /// Class pictures or pages.
    pub mode: Mode,
    /// Light or dark.
    pub theme: ThemeChoice,
    /// The installed models.
    pub models: Vec<Arc<ModelCard>>,
    /// What could not be read of the others.
    pub unreadable: Vec<Explained>,
    /// Where a person puts models.
    pub models_folder: PathBuf,
    /// Which of them are loaded; models that are not in here were not asked for yet.
    pub readiness: BTreeMap<String, Readiness>,
    /// Whether the engine takes jobs.
    pub engine_runs: bool,
    /// The names of classes.
    pub classes: &'static Classes,
    /// The class search.
    pub search: Search,
    /// The classes to draw, in the order they were chosen.
    pub chosen: Vec<Chosen>,
    /// The lists that they are picked from.
    pub picking: Picking,
    /// Every picture that something still points to.
    pub pieces: BTreeMap<PieceId, Piece>,
    /// The pictures saved in this session.
    pub shelf: Shelf,
    /// Where pictures are saved.
    pub folder: PathBuf,
    /// The gallery page.
    pub browser: Browser,
    /// What a person chose, as it is kept.
    pub preferences: Preferences,
    /// What went wrong, oldest first.
    pub notices: Vec<Notice>,
    /// How pictures are looked at.
    pub viewing: Viewing,
    /// Growing again, and who was grown from whom.
    pub branching: Branching,
    /// The sheet on the canvas and the one being thought up.
    pub sheets: Sheets,
    /// Best of several.
    pub drafts: Drafts,
    /// How fast the work goes.
    pub pace: Pace,
    /// What belongs to sampling beside the desks' settings.
    pub tuning: Tuning,
    /// What was asked for together, in the order it is made.
    pub queue: Queue,
    /// What models run on.
    pub devices: Devices,
    /// What may be had of models, and long work on them.
    pub works: Works,
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
            page: Page::default(),
            mode,
            theme: ThemeChoice::default(),
            models: around.models,
            unreadable: around.model_errors.iter().map(Explained::from).collect(),
            models_folder: around.models_folder,
            readiness: BTreeMap::new(),
            engine_runs: true,
            classes: around.classes,
            search: Search::default(),
            chosen: Vec::new(),
            picking: Picking::default(),
            pieces: BTreeMap::new(),
            shelf: Shelf::default(),
            usual_folder: around.folder.clone(),
            folder: around.folder,
            browser: Browser::default(),
            preferences: around.preferences,
            notices: Vec::new(),
            viewing: Viewing::default(),
            branching: Branching::default(),
            sheets: Sheets::default(),
            drafts: Drafts::default(),
            pace: Pace::default(),
            tuning: Tuning::default(),
            queue: Queue::default(),
            devices: Devices::default(),
            works: Works::default(),
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
        let before = self.before(&message);
        let due = self.watch(&message);
        let mut effects = match message {
            Message::Action(action) => self.change(|state| state.act(action)),
            Message::Engine(event) => {
                self.measure(&event);
                let mut effects = self.hear(event);
                effects.extend(self.note_speed());
                effects
            }
            Message::Gallery(answer) => self.change(|state| state.hear_gallery(answer)),
            Message::Index(event) => self.hear_index(event),
            Message::Trash(event) => self.hear_trash(event),
            Message::Export(event) => {
                self.hear_export(event);
                Vec::new()
            }
            Message::Settings(trouble) => {
                self.hear_settings(&trouble);
                Vec::new()
            }
            Message::Window(layout) => {
                let kept = self.prefer(|preferences| preferences.window = layout);
                kept.into_iter().collect()
            }
            Message::Journal(event) => {
                self.hear_journal(event);
                Vec::new()
            }
            Message::Cards(cards) => {
                self.devices.cards = Some(cards);
                Vec::new()
            }
            Message::Library(event) => self.change(|state| state.hear_library(event)),
        };
        if due {
            effects.extend(self.tend());
        }
        effects.extend(self.settle_viewing());
        self.keep_queue(&before, &mut effects);
        self.keep_journal(before, &mut effects);
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
            Action::SetMode(mode) => {
                self.page = Page::Studio;
                return self.set_mode(mode);
            }
            Action::ShowGallery => return self.show_gallery(),
            Action::ShowModels => return self.show_models(),
            Action::DrawWith(id) => return self.draw_with(&id),
            Action::ShowPicturesOf(id) => return self.show_pictures_of(id),
            Action::Browse(browse) => return self.browse(browse),
            Action::SetTheme(theme) => self.theme = theme,
            Action::SetPanelWidths { left, right } => {
                let kept = self.prefer(|preferences| {
                    (preferences.window.left, preferences.window.right) = (left, right);
                });
                return kept.into_iter().collect();
            }
            Action::SearchClasses(text) => self.search_classes(text),
            Action::ChooseClass(class) => self.choose_class(class),
            Action::ToggleClass(class) => self.toggle_class(class),
            Action::SetClassCount { class, count } => self.set_class_count(class, count),
            Action::ToggleFavourite(class) => {
                return self.toggle_favourite(class).into_iter().collect();
            }
            Action::SetClassView(view) => self.set_class_view(view),
            Action::ToggleBranch(node) => self.toggle_branch(node),
            Action::ShowBranch(node) => self.show_in_tree(node),
            Action::ShowClass(class) => self.show_class(class),
            Action::ChooseModel(id) => return self.choose_model(&id),
            Action::SetGuidance(_)
            | Action::SetTemperature(_)
            | Action::SetTopK(_)
            | Action::SetTopP(_)
            | Action::ResetSampling => self.set_sampling(&action),
            Action::Tune(tune) => return self.tune(tune),
            Action::SetSeed(seed) => self.set_seed(seed),
            Action::RollSeed => self.desk_mut().seed = self.roll(),
            Action::ToggleSeedLock => self.desk_mut().seed_locked ^= true,
            Action::SetCount(count) => self.desk_mut().count = count.clamp(1, MOST_PICTURES),
            Action::Generate => return self.generate(),
            Action::Cancel(piece) => return self.cancel(piece),
            Action::CancelAll => return self.cancel_all(),
            Action::SetPaused(paused) => return self.set_paused(paused),
            Action::CancelGroup(group) => return self.cancel_group(group),
            Action::MoveGroup { group, to } => return self.move_group(group, to),
            Action::SetDevice(chosen) => return self.set_device(chosen),
            Action::SetFormat(format) => return self.set_format(format),
            Action::SetLookAhead(chosen) => return self.set_look_ahead(chosen),
            Action::SetNotify(notify) => self.queue.notify = notify,
            Action::GoOn => return self.go_on(),
            Action::LeaveThem => return self.leave_them(),
            Action::KeepAllUnfinished => return self.keep_all_unfinished(),
            Action::RetryFailed => return self.retry_failed(),
            Action::RestartEngine => return self.restart_engine(),
            Action::ReloadModel(id) => return self.reload_model(&id),
            Action::SelectPicture(piece) => return self.select(piece),
            Action::StepPicture(by) => return self.step_picture(by),
            Action::SetView(view) => self.set_view(view),
            Action::SelectDepth(depth) => self.select_depth(depth),
            Action::Look(look) => self.look(look),
            Action::KeepUnfinished(piece) => return self.save(piece).into_iter().collect(),
            Action::RetrySaving => return self.retry_saving(),
            Action::Drop(paths) => return vec![Effect::LookAt(paths)],
            Action::ChooseFolder => return vec![Effect::PickFolder(self.folder.clone())],
            Action::RevealInFolder(piece) => return self.reveal(piece),
            Action::ExportPicture => return self.export_shown(),
            Action::Reveal(path) => return vec![Effect::Reveal(path)],
            Action::OpenFolder => return vec![Effect::Reveal(self.folder.clone())],
            Action::Branch(action) => return self.act_branch(action),
            Action::Sheet(action) => return self.act_sheet(action),
            Action::Drafts(action) => return self.act_drafts(action),
            Action::Model(action) => return self.act_model(action),
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
                || self
                    .viewing
                    .compare
                    .is_some_and(|compare| compare.with == *id)
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
