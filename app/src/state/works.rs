//! Long work on models, as the window sees it: what was asked of the workshop, how far that is, which dialog is
//! open, and what there is to be had.

use std::{collections::BTreeMap, sync::Arc};

use strata_engine::{
    Command, Mode, ModelCard,
    library::{
        hub::{Hub, Patience},
        install::Choice,
    },
};

use super::{Desk, Effect, State, Tone, Topic, desk_of};
use crate::{
    actions::{Action, ModelAction},
    explain::Explained,
    library::{
        Done, Errand, ErrandId, Event, Failure, Get, Offer, Progress, Stock, Strength, Task,
    },
    settings::Secret,
    wording::library as words,
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
    /// The dialog that is open.
    pub dialog: Option<ModelDialog>,
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
}

/// How an errand stands.
#[derive(Clone, Debug, PartialEq)]
pub enum WorkStage {
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

/// A dialog over the page.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelDialog {
    /// Which file is meant, for the model of this id.
    File {
        /// The model.
        id: String,
        /// What is asked.
        question: FileQuestion,
    },
}

/// What is typed into the fields of server and token.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServerForm {
    /// The address.
    pub endpoint: String,
    /// The token.
    pub token: Secret,
    /// What is wrong with them.
    pub trouble: Option<Explained>,
}

impl Work {
    /// Whether the workshop still has it.
    pub fn is_live(&self) -> bool {
        use WorkStage::{Running, Stopping, Waiting};
        matches!(self.stage, Waiting | Running | Stopping { .. })
    }
}

impl State {
    /// A published model.
    pub fn offer(&self, id: &str) -> Option<&Offer> {
        self.works.stock.offers.iter().find(|offer| offer.id == id)
    }

    /// Turns to the models; what there is is looked at, and how many pictures each has made is asked for.
    pub(super) fn look_at_models(&mut self) -> Vec<Effect> {
        let mut effects = vec![Effect::ListModels];
        // Pictures that grow would make the machine look weaker than it is.
        if self.works.strength.is_none() && self.live() == 0 {
            effects.push(Effect::MeasureMachine);
        }
        effects
    }

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
            ModelAction::TypeEndpoint(text) => {
                if let Some(form) = &mut self.works.server {
                    form.endpoint = text;
                    form.trouble = None;
                }
            }
            ModelAction::TypeToken(text) => {
                if let Some(form) = &mut self.works.server {
                    form.token = text;
                    form.trouble = None;
                }
            }
            ModelAction::KeepServer => return self.keep_server(),
            ModelAction::ForgetToken => {
                let kept = self.prefer(|preferences| preferences.hub.token = None);
                return kept.into_iter().collect();
            }
            ModelAction::CloseDialog => self.works.dialog = None,
        }
        Vec::new()
    }

    /// Stops a model's loading, and the pictures that wait for it.
    fn cancel_loading(&mut self, id: &str) -> Vec<Effect> {
        let waits = |piece: &&super::Piece| {
            piece.stage == super::Stage::Waiting && piece.recipe.model == id
        };
        let jobs = self.pieces.values().filter(waits).map(|piece| piece.job);
        let cancelled = jobs.map(|job| Effect::Engine(Command::Cancel(job)));
        let model = id.to_owned();
        let stop = Effect::Engine(Command::CancelLoading { model });
        cancelled.chain([stop]).collect()
    }

    fn get_model(&mut self, id: String) -> Vec<Effect> {
        let earlier = self.works.each.get(&id);
        if self.offer(&id).is_none() || earlier.is_some_and(Work::is_live) {
            return Vec::new();
        }
        let choice = earlier.map(|work| work.choice.clone());
        self.fetch(id, choice.unwrap_or_default())
    }

    fn fetch(&mut self, id: String, choice: Choice) -> Vec<Effect> {
        let hub = &self.preferences.hub;
        let task = Task::Get(Get {
            id: id.clone(),
            choice: choice.clone(),
            endpoint: hub.endpoint.clone(),
            token: hub.token.clone(),
        });
        self.begin_work(id, WorkKind::Get, task, choice)
    }

    fn begin_work(
        &mut self,
        id: String,
        kind: WorkKind,
        task: Task,
        choice: Choice,
    ) -> Vec<Effect> {
        let errand = ErrandId(self.ids.next());
        let earlier = self.works.each.get(&id).filter(|work| work.kind == kind);
        let progress = earlier.map_or(Progress::BEGIN, |work| work.progress);
        let work = Work {
            errand,
            kind,
            stage: WorkStage::Waiting,
            progress,
            choice,
        };
        self.works.each.insert(id, work);
        vec![Effect::Errand(Errand { id: errand, task })]
    }

    fn stop_work(&mut self, id: &str, discards: bool) -> Vec<Effect> {
        let Some(work) = self.works.each.get_mut(id).filter(|work| work.is_live()) else {
            return Vec::new();
        };
        work.stage = WorkStage::Stopping { discards };
        vec![Effect::StopErrand(work.errand)]
    }

    /// Ends a download for good, or another errand; what rests or failed is put away.
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

    fn discard(&mut self, id: &str) -> Vec<Effect> {
        let task = Task::Discard(id.to_owned());
        self.begin_work(id.to_owned(), WorkKind::Discard, task, Choice::default())
    }

    fn ask_file(&mut self, id: String) {
        let stage = self.works.each.get(&id).map(|work| &work.stage);
        if let Some(WorkStage::Asking(question)) = stage {
            let question = question.clone();
            self.works.dialog = Some(ModelDialog::File { id, question });
        }
    }

    fn choose_file(&mut self, name: String) -> Vec<Effect> {
        let Some(ModelDialog::File { id, question }) = self.works.dialog.take() else {
            return Vec::new();
        };
        let Some(work) = self.works.each.get(&id).filter(|work| !work.is_live()) else {
            return Vec::new();
        };
        let mut choice = work.choice.clone();
        match question.part {
            "tokenizer" => choice.tokenizer = Some(name),
            _ => choice.transformer = Some(name),
        }
        self.fetch(id, choice)
    }

    fn show_server(&mut self, shown: bool) {
        self.works.server = shown.then(|| ServerForm {
            endpoint: self.preferences.hub.endpoint.clone().unwrap_or_default(),
            ..ServerForm::default()
        });
    }

    /// Keeps what was typed, if it makes sense; an empty field of the token changes nothing.
    fn keep_server(&mut self) -> Vec<Effect> {
        let Some(form) = &mut self.works.server else {
            return Vec::new();
        };
        let endpoint = form.endpoint.trim();
        if !endpoint.is_empty()
            && let Err(error) = Hub::new(endpoint, None, Patience::default())
        {
            let step = words::next_step(&error).unwrap_or_default();
            form.trouble = Some(Explained::new(error.to_string(), step));
            return Vec::new();
        }
        let typed = !form.token.text().trim().is_empty();
        if typed && form.token.token().is_none() {
            form.trouble = Some(Explained::new(words::NO_TOKEN, words::NO_TOKEN_STEP));
            return Vec::new();
        }
        let endpoint = (!endpoint.is_empty()).then(|| endpoint.to_owned());
        let token = typed.then(|| form.token.clone());
        self.works.server = None;
        let kept = self.prefer(|preferences| {
            preferences.hub.endpoint = endpoint;
            if token.is_some() {
                preferences.hub.token = token;
            }
        });
        kept.into_iter().collect()
    }

    /// What the workshop tells.
    pub(super) fn hear_library(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Listed(stock) => return self.take_stock(stock),
            Event::Measured(strength) => self.works.strength = Some(strength),
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
                self.works.each.remove(&id);
                return self.hear_done(done, discards);
            }
            Err(_) if discards => {
                self.works.each.remove(&id);
                return self.discard(&id);
            }
            Err(Failure::Cancelled) => work.stage = WorkStage::Paused,
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
    fn hear_done(&mut self, done: Done, too_late: bool) -> Vec<Effect> {
        match done {
            Done::Got { .. } if too_late => {}
            Done::Got { id, is_model } => {
                let name = self.offer(&id).map_or(&*id, |offer| &offer.name);
                let (sentence, step) = words::got(name, is_model);
                let remedies = match is_model {
                    true => vec![Action::DrawWith(id)],
                    false => Vec::new(),
                };
                self.tell(Tone::Done, Topic::Library, sentence, step, remedies);
            }
            Done::Discarded(_) => {}
        }
        Vec::new()
    }

    /// What is in folders is as told; what is inside the program stays.
    fn take_stock(&mut self, stock: Arc<Stock>) -> Vec<Effect> {
        let own = |card: &&Arc<ModelCard>| {
            let replaced = stock.cards.iter().any(|other| other.id == card.id);
            card.folder.is_none() && !replaced
        };
        let inside: Vec<_> = self.models.iter().filter(own).cloned().collect();
        self.models = stock.cards.iter().cloned().chain(inside).collect();
        self.models.sort_by(|a, b| a.id.cmp(&b.id));
        self.unreadable = stock.unreadable.clone();
        (self.works.stock, self.works.listed) = (stock, true);

        let models = &self.models;
        let there = |id: &String| models.iter().any(|card| card.id == *id);
        self.readiness.retain(|id, _| there(id));
        let before = self.desk().model.clone();
        for mode in [Mode::Classes, Mode::Documents] {
            self.seat_model(mode);
        }
        // Loading that was called off stays so.
        match self.desk().model == before {
            true => Vec::new(),
            false => self.load_model(),
        }
    }

    /// A table whose model is gone, or that has none, takes the first there is.
    fn seat_model(&mut self, mode: Mode) {
        let at = desk_of(mode);
        let model = self.desks[at].model.clone();
        if model.is_some_and(|id| self.card_of(&id).is_some()) {
            return;
        }
        let first = self.models.iter().find(|card| card.mode == mode).cloned();
        let Desk { seed, .. } = self.desks[at];
        let fresh = Desk::new(mode, first.as_deref(), seed);
        let desk = &mut self.desks[at];
        (desk.model, desk.settings, desk.depth) = (fresh.model, fresh.settings, None);
        if mode == Mode::Classes {
            if self.chosen.is_empty() {
                self.choose_first_class();
            }
            self.search_classes(self.search.text.clone());
        }
    }
}
