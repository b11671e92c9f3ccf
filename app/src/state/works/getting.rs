//! Downloads: from the wish to the installed model.

use strata_engine::library::install::Choice;

use super::{ModelDialog, Work, WorkKind, WorkStage};
use crate::{
    library::{Get, Offer, Task},
    state::{Effect, State},
};

impl State {
    /// A published model.
    pub fn offer(&self, id: &str) -> Option<&Offer> {
        self.works.stock.offers.iter().find(|offer| offer.id == id)
    }

    pub(super) fn get_model(&mut self, id: String) -> Vec<Effect> {
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
        let name = self.name_of(&id);
        let effects = self.begin_work(id.clone(), name, WorkKind::Get, task);
        if let Some(work) = self.works.each.get_mut(&id) {
            work.choice = choice;
        }
        effects
    }

    pub(super) fn discard(&mut self, id: &str) -> Vec<Effect> {
        let task = Task::Discard(id.to_owned());
        let name = self.name_of(id);
        self.begin_work(id.to_owned(), name, WorkKind::Discard, task)
    }

    /// The name of a model, installed or published.
    pub fn name_of(&self, id: &str) -> String {
        let installed = self.card_of(id).map(|card| card.name.clone());
        let published = || self.offer(id).map(|offer| offer.name.clone());
        installed
            .or_else(published)
            .unwrap_or_else(|| id.to_owned())
    }

    pub(super) fn ask_file(&mut self, id: String) {
        let stage = self.works.each.get(&id).map(|work| &work.stage);
        if let Some(WorkStage::Asking(question)) = stage {
            let question = question.clone();
            self.works.dialog = Some(ModelDialog::File { id, question });
        }
    }

    pub(super) fn choose_file(&mut self, name: String) -> Vec<Effect> {
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
}
