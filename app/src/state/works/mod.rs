//! Long work on models, as the window sees it: what was asked of the workshop, how far that is, which dialog is
//! open, and what there is to be had.
//!
//! | file | what lives there |
//! |---|---|
//! | `getting` | downloads, from the wish to the installed model |
//! | `server` | where they come from, and the token |
//! | `importing` | what files from elsewhere are, and making models of them |
//! | `caring` | checking, converting, removing |
//! | `stock` | which models there are |

mod caring;
mod getting;
mod importing;
mod server;
mod stock;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc};

use strata_engine::library::{Precision, convert, install::Choice, verify::Report};

pub use importing::{AnswerView, ImportForm};
pub use server::ServerForm;

use super::{Effect, State, Tone, Topic};
use crate::{
    actions::{Action, ModelAction},
    explain::Explained,
    library::{Done, Errand, ErrandId, Event, Failure, Progress, Stock, Strength, Task},
    wording::{care, library as words},
};

/// The page of models, apart from the models themselves.
#[derive(Clone, Debug, Default)]
pub struct Works {
    /// What there is.
    pub stock: Arc<Stock>,
    /// Whether that was told already.
    pub listed: bool,
    /// How strong this machine is, once measured.
    pub strength: Option<Strength>,
    /// What is being done, or was stopped, or went wrong, by the model's id.
    pub each: BTreeMap<String, Work>,
    /// What checks have found, by the model's id.
    pub reports: BTreeMap<String, Report>,
    /// The dialog that is open.
    pub dialog: Option<ModelDialog>,
    /// Whether files are being looked at.
    pub looking: bool,
    /// The fields of server and token, while they are open.
    pub server: Option<ServerForm>,
    /// Whether tokenizers that are published alone are listed.
    pub tokenizers_shown: bool,
}

/// One errand, from its being asked for until no one has to hear of it any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// The errand that is on its way, or was last.
    pub errand: ErrandId,
    /// What it is.
    pub kind: WorkKind,
    /// The name of what it is done with.
    pub name: String,
    /// How it stands.
    pub stage: WorkStage,
    /// How far it is or was.
    pub progress: Progress,
    /// Which files of the hub are meant.
    choice: Choice,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkKind {
    /// It is fetched.
    Get,
    /// What was fetched is thrown away.
    Discard,
    /// It is made of files from elsewhere.
    Import,
    /// It is checked.
    Check,
    /// It is converted.
    Convert,
    /// What it was converted from is removed.
    DropOriginals,
    /// It is removed.
    Remove,
}

/// How an errand stands.
#[derive(Clone, Debug, PartialEq)]
pub enum WorkStage {
    /// The engine has to let go of the model first.
    LettingGo,
    /// Others come first.
    Waiting,
    /// It is being done.
    Running,
    /// It is being stopped, to go on later or not.
    Stopping {
        /// Whether what there is of it is thrown away then.
        discards: bool,
    },
    /// It rests.
    Paused,
    /// A person has to say which file is meant.
    Asking(FileQuestion),
    /// It went wrong.
    Failed(Explained),
}

/// Which of several files is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileQuestion {
    /// "transformer" or "tokenizer".
    pub part: &'static str,
    /// The folder on the hub.
    pub folder: String,
    /// Its files.
    pub candidates: Vec<String>,
}

/// A dialog over the page. Models are named by their ids.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelDialog {
    /// Which file is meant.
    File {
        /// For which model.
        id: String,
        /// What is asked.
        question: FileQuestion,
    },
    /// Files from elsewhere.
    Import(Box<ImportForm>),
    /// In which precision.
    Convert(ConvertForm),
    /// Whether to remove what it was converted from.
    DropOriginals(String),
    /// Whether to remove it.
    Remove(String),
}

/// What is chosen for a conversion.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvertForm {
    /// The model.
    pub id: String,
    /// The precision.
    pub precision: Precision,
    /// Which copies of the weights there are, once that is known.
    pub copies: Option<convert::Offers>,
    /// Whether the running average is taken.
    pub averaged: bool,
    /// Why that cannot be told.
    pub trouble: Option<Explained>,
}

impl Work {
    /// Whether the workshop still has it, or will have.
    pub fn is_live(&self) -> bool {
        use WorkStage::{LettingGo, Running, Stopping, Waiting};
        matches!(self.stage, LettingGo | Waiting | Running | Stopping { .. })
    }
}

impl State {
    pub(super) fn act_model(&mut self, action: ModelAction) -> Vec<Effect> {
        match action {
            ModelAction::LookAgain => return vec![Effect::ListModels],
            ModelAction::CancelLoading(id) => return self.cancel_loading(&id),
            ModelAction::Get(id) => return self.get_model(id),
            ModelAction::Pause(id) => return self.stop_work(&id, false),
            ModelAction::Cancel(id) => return self.end_work(&id),
            ModelAction::AskFile(id) => self.ask_file(id),
            ModelAction::ChooseFile(name) => return self.choose_file(name),
            ModelAction::ShowTokenizers(shown) => self.works.tokenizers_shown = shown,
            ModelAction::ShowServer(shown) => self.show_server(shown),
            ModelAction::TypeEndpoint(text) => self.type_endpoint(text),
            ModelAction::TypeToken(text) => self.type_token(text),
            ModelAction::KeepServer => return self.keep_server(),
            ModelAction::ForgetToken => {
                let kept = self.prefer(|preferences| preferences.hub.token = None);
                return kept.into_iter().collect();
            }
            ModelAction::PickFiles => return vec![Effect::PickModelFiles],
            ModelAction::PickFolder => return vec![Effect::PickModelFolder],
            ModelAction::Import(action) => return self.act_import(action),
            ModelAction::Check(id) => return self.check_model(id),
            ModelAction::PutReportAway(id) => {
                self.works.reports.remove(&id);
            }
            ModelAction::AskConvert(id) => return self.ask_convert(id),
            ModelAction::SetPrecision(precision) => {
                if let Some(ModelDialog::Convert(form)) = &mut self.works.dialog {
                    form.precision = precision;
                }
            }
            ModelAction::TakeAverage(averaged) => {
                if let Some(ModelDialog::Convert(form)) = &mut self.works.dialog {
                    form.averaged = averaged;
                }
            }
            ModelAction::AskDropOriginals(id) => {
                self.works.dialog = Some(ModelDialog::DropOriginals(id));
            }
            ModelAction::AskRemove(id) => self.works.dialog = Some(ModelDialog::Remove(id)),
            ModelAction::Agree => return self.agree(),
            ModelAction::CloseDialog => self.works.dialog = None,
        }
        Vec::new()
    }

    fn begin_work(&mut self, id: String, name: String, kind: WorkKind, task: Task) -> Vec<Effect> {
        let errand = ErrandId(self.ids.next());
        let earlier = self.works.each.get(&id).filter(|work| work.kind == kind);
        let progress = earlier.map_or(Progress::BEGIN, |work| work.progress);
        let work = Work {
            errand,
            kind,
            name,
            stage: WorkStage::Waiting,
            progress,
            choice: Choice::default(),
        };
        self.works.each.insert(id, work);
        vec![Effect::Errand(Errand { id: errand, task })]
    }

    fn stop_work(&mut self, id: &str, discards: bool) -> Vec<Effect> {
        let Some(work) = self.works.each.get_mut(id).filter(|work| work.is_live()) else {
            return Vec::new();
        };
        if work.stage == WorkStage::LettingGo {
            // The workshop has not heard of it yet.
            self.works.each.remove(id);
            return Vec::new();
        }
        work.stage = WorkStage::Stopping { discards };
        vec![Effect::StopErrand(work.errand)]
    }

    /// Ends an errand for good, a download with what came of it; what rests or failed is put away.
    fn end_work(&mut self, id: &str) -> Vec<Effect> {
        let work = self.works.each.get(id);
        let discards = work.is_none_or(|work| work.kind == WorkKind::Get);
        if work.is_some_and(Work::is_live) {
            return self.stop_work(id, discards);
        }
        self.works.each.remove(id);
        match discards && self.offer(id).is_some() {
            true => self.discard(id),
            false => Vec::new(),
        }
    }

    /// What the workshop tells.
    pub(super) fn hear_library(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Listed(stock) => return self.take_stock(stock),
            Event::Measured(strength) => self.works.strength = Some(strength),
            Event::Planned { id, plan, memory } => self.devices.note_plan(id, plan, memory),
            Event::Identified(found) => self.hear_identified(found),
            Event::Copies { id, copies } => self.hear_copies(&id, copies),
            Event::Begun(errand) => {
                if let Some((_, work)) = self.work_of(errand)
                    && work.stage == WorkStage::Waiting
                {
                    work.stage = WorkStage::Running;
                }
            }
            Event::Progress { errand, progress } => {
                if let Some((_, work)) = self.work_of(errand) {
                    work.progress = progress;
                }
            }
            Event::Ended { errand, result } => return self.hear_end(errand, result),
        }
        Vec::new()
    }

    fn work_of(&mut self, errand: ErrandId) -> Option<(&String, &mut Work)> {
        let mut each = self.works.each.iter_mut();
        each.find(|(_, work)| work.errand == errand)
    }

    fn hear_end(&mut self, errand: ErrandId, result: Result<Done, Failure>) -> Vec<Effect> {
        let Some((id, work)) = self.work_of(errand) else {
            return Vec::new();
        };
        let id = id.clone();
        let discards = work.stage == WorkStage::Stopping { discards: true };
        match result {
            Ok(done) => {
                let name = self.works.each.remove(&id).map(|work| work.name);
                return self.hear_done(done, &name.unwrap_or_default(), discards);
            }
            Err(_) if discards => {
                self.works.each.remove(&id);
                return self.discard(&id);
            }
            Err(Failure::Cancelled) if work.kind == WorkKind::Get => work.stage = WorkStage::Paused,
            Err(Failure::Cancelled) => {
                self.works.each.remove(&id);
            }
            Err(Failure::Choice {
                part,
                folder,
                candidates,
            }) => {
                work.stage = WorkStage::Asking(FileQuestion {
                    part,
                    folder,
                    candidates,
                });
                if self.works.dialog.is_none() {
                    self.ask_file(id);
                }
            }
            Err(Failure::Trouble(explained)) => work.stage = WorkStage::Failed(explained),
        }
        Vec::new()
    }

    /// `too_late` says that a person no longer wanted it.
    fn hear_done(&mut self, done: Done, name: &str, too_late: bool) -> Vec<Effect> {
        let (words, remedies) = match done {
            Done::Got { .. } if too_late => return Vec::new(),
            Done::Discarded(_) => return Vec::new(),
            Done::Checked(report) => {
                self.works.reports.insert(report.model.clone(), *report);
                return Vec::new();
            }
            Done::Got { id, is_model } => {
                let draw = is_model.then_some(Action::DrawWith(id));
                (words::got(name, is_model), draw)
            }
            Done::Imported { id, name } => (words::imported(&name), Some(Action::DrawWith(id))),
            // What a check said was of the files that were there.
            Done::Converted { id, precision } => {
                self.works.reports.remove(&id);
                let originals = self.card_of(&id).map_or(0, |card| card.originals);
                self.tell_done(care::converted(name, precision, originals), None);
                return self.let_go(&id);
            }
            Done::Dropped { id, bytes } => {
                self.works.reports.remove(&id);
                (care::dropped(name, bytes), None)
            }
            Done::Removed { id, bytes } => {
                self.works.reports.remove(&id);
                (care::removed(name, bytes), None)
            }
        };
        self.tell_done(words, remedies);
        Vec::new()
    }

    fn tell_done(&mut self, (sentence, step): (String, String), remedy: Option<Action>) {
        let remedies = remedy.into_iter().collect();
        self.tell(Tone::Done, Topic::Library, sentence, step, remedies);
    }
}
