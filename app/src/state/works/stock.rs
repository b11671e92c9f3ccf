//! Which models there are: those inside the program stay, those in folders come and go.

use std::sync::Arc;

use strata_engine::{Command, Mode, ModelCard};

use crate::{
    library::Stock,
    state::{Desk, Effect, Piece, Stage, State, desk_of},
};

impl State {
    /// Asks what there is, and how strong this machine is.
    pub(in crate::state) fn look_at_models(&mut self) -> Vec<Effect> {
        let mut effects = vec![Effect::ListModels];
        // Pictures that grow would make the machine look weaker than it is.
        if self.works.strength.is_none() && self.live() == 0 {
            effects.push(Effect::MeasureMachine);
        }
        effects
    }

    pub(super) fn take_stock(&mut self, stock: Arc<Stock>) -> Vec<Effect> {
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
        let fresh = Desk::new(mode, first.as_deref(), self.desks[at].seed);
        let desk = &mut self.desks[at];
        (desk.model, desk.settings, desk.depth) = (fresh.model, fresh.settings, None);
        if mode == Mode::Classes {
            if self.chosen.is_empty() {
                self.choose_first_class();
            }
            self.search_classes(self.search.text.clone());
        }
    }

    /// Stops a model's loading, and the pictures that wait for it.
    pub(super) fn cancel_loading(&mut self, id: &str) -> Vec<Effect> {
        let waits = |piece: &&Piece| piece.stage == Stage::Waiting && piece.recipe.model == id;
        let jobs = self.pieces.values().filter(waits).map(|piece| piece.job);
        let cancelled = jobs.map(|job| Effect::Engine(Command::Cancel(job)));
        let model = id.to_owned();
        let stop = Effect::Engine(Command::CancelLoading { model });
        cancelled.chain([stop]).collect()
    }
}
