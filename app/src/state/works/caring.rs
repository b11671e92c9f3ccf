//! Care for installed models: checking, converting, removing. What changes or removes files that the engine reads is
//! done after it has let go of them.

use strata_engine::{
    Command, ModelCard,
    checkpoint::Variant,
    library::{Precision, convert},
};

use super::{ConvertForm, ModelDialog, Work, WorkKind, WorkStage};
use crate::{
    explain::Explained,
    library::{Errand, Task},
    state::{Effect, Piece, State},
};

impl State {
    /// Whether something is done with a model's files now.
    pub fn is_at_work(&self, id: &str) -> bool {
        self.works.each.get(id).is_some_and(Work::is_live)
    }

    /// Whether a model is about to go.
    pub fn is_leaving(&self, id: &str) -> bool {
        let work = self.works.each.get(id);
        work.is_some_and(|work| work.kind == WorkKind::Remove && work.is_live())
    }

    /// Pictures that a model is making or will make.
    pub fn made_with(&self, id: &str) -> usize {
        let live = |piece: &&Piece| piece.stage.is_live() && piece.recipe.model == id;
        self.pieces.values().filter(live).count()
    }

    /// The precisions that a model may be converted to.
    pub fn targets(card: &ModelCard) -> impl Iterator<Item = Precision> {
        let now = card.precision;
        let targets = Precision::TARGETS.into_iter();
        targets.filter(move |precision| Some(*precision) != now)
    }

    pub(super) fn check_model(&mut self, id: String) -> Vec<Effect> {
        if self.is_at_work(&id) || self.card_of(&id).is_none() {
            return Vec::new();
        }
        self.works.reports.remove(&id);
        let (name, task) = (self.name_of(&id), Task::Check(id.clone()));
        self.begin_work(id, name, WorkKind::Check, task)
    }

    pub(super) fn ask_convert(&mut self, id: String) -> Vec<Effect> {
        let Some(card) = self.card_of(&id).filter(|_| !self.is_at_work(&id)) else {
            return Vec::new();
        };
        let mut targets: Vec<Precision> = Self::targets(card).collect();
        targets.sort_by_key(|precision| *precision != Precision::Q8_0);
        let (Some(folder), Some(precision)) = (card.folder.clone(), targets.first()) else {
            return Vec::new();
        };
        self.works.dialog = Some(ModelDialog::Convert(ConvertForm {
            id: id.clone(),
            precision: *precision,
            copies: None,
            averaged: false,
            trouble: None,
        }));
        vec![Effect::LookAtCopies { id, folder }]
    }

    pub(super) fn hear_copies(&mut self, id: &str, told: Result<convert::Offers, Explained>) {
        let Some(ModelDialog::Convert(form)) = &mut self.works.dialog else {
            return;
        };
        if form.id == id {
            match told {
                Ok(copies) => form.copies = Some(copies),
                Err(trouble) => form.trouble = Some(trouble),
            }
        }
    }

    /// Does what the open dialog asks about.
    pub(super) fn agree(&mut self) -> Vec<Effect> {
        match self.works.dialog.take() {
            Some(ModelDialog::Convert(form)) => self.convert(form),
            Some(ModelDialog::DropOriginals(id)) => self.drop_originals(id),
            Some(ModelDialog::Remove(id)) => self.remove_model(id),
            other => {
                self.works.dialog = other;
                Vec::new()
            }
        }
    }

    fn convert(&mut self, form: ConvertForm) -> Vec<Effect> {
        if self.is_at_work(&form.id) {
            return Vec::new();
        }
        let copies = form.copies.unwrap_or_default();
        let variant = |has_average: bool| match form.averaged && has_average {
            true => Variant::Averaged,
            false => Variant::Trained,
        };
        let task = Task::Convert {
            id: form.id.clone(),
            settings: convert::Settings {
                precision: form.precision,
                transformer: variant(copies.transformer_averages),
                tokenizer: variant(copies.tokenizer_averages),
            },
        };
        let name = self.name_of(&form.id);
        self.begin_work(form.id, name, WorkKind::Convert, task)
    }

    fn drop_originals(&mut self, id: String) -> Vec<Effect> {
        if self.is_at_work(&id) {
            return Vec::new();
        }
        let (name, task) = (self.name_of(&id), Task::DropOriginals(id.clone()));
        self.begin_work(id, name, WorkKind::DropOriginals, task)
    }

    /// A model that still makes pictures stays.
    fn remove_model(&mut self, id: String) -> Vec<Effect> {
        let card = self.card_of(&id).filter(|card| card.folder.is_some());
        if card.is_none() || self.is_at_work(&id) || self.made_with(&id) > 0 {
            return Vec::new();
        }
        let (name, task) = (self.name_of(&id), Task::Remove(id.clone()));
        let effects = self.begin_work(id.clone(), name, WorkKind::Remove, task);
        if !self.engine_runs {
            return effects;
        }
        if let Some(work) = self.works.each.get_mut(&id) {
            work.stage = WorkStage::LettingGo;
        }
        self.let_go(&id)
    }

    /// The engine is to let go of a model's files; it reads them anew when it needs them again.
    pub(super) fn let_go(&self, id: &str) -> Vec<Effect> {
        let model = id.to_owned();
        vec![Effect::Engine(Command::Forget { model })]
    }

    /// The engine has let go of a model: what waited for that is done, or the model that is in use is read again.
    pub(in crate::state) fn hear_forgotten(&mut self, id: String) -> Vec<Effect> {
        self.readiness.remove(&id);
        if let Some(work) = self.works.each.get_mut(&id)
            && work.stage == WorkStage::LettingGo
        {
            work.stage = WorkStage::Waiting;
            let task = Task::Remove(id);
            return vec![Effect::Errand(Errand {
                id: work.errand,
                task,
            })];
        }
        match self.desk().model == Some(id) {
            true => self.load_model(),
            false => Vec::new(),
        }
    }
}
