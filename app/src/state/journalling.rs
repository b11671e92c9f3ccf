//! What the journal is told, read off messages and effects so that nothing that is asked for can be
//! missed; and what is done about pictures that an earlier run left. That a picture is in its file is
//! noted by the gallery's side, which outlives the window.

use std::{collections::BTreeMap, sync::Arc};

use strata_engine::{Codes, Command, Error, Event, JobEvent, JobId, ModelCard, Recipe};

use super::{Effect, Message, Piece, PieceId, State, Topic, desk_of, queue::Before};
use crate::{
    actions::Action,
    journal::{self, Entry, Unfinished},
    wording::queue as words,
};

impl State {
    /// What a message of the engine means for the journal.
    pub(super) fn note_of(&self, message: &Message) -> Option<Entry> {
        let (id, event) = self.job_event(message)?;
        let piece = id.0;
        match event {
            JobEvent::Started { weights, .. } => Some(Entry::Started {
                piece,
                weights: weights.clone(),
            }),
            JobEvent::Codes {
                position, codes, ..
            } => Some(Entry::Codes {
                piece,
                position: *position,
                codes: codes.clone(),
            }),
            // What a dead engine leaves can still go on, in this run or the next.
            JobEvent::Failed(Error::Died(_) | Error::ShutDown) => None,
            JobEvent::Cancelled(_) | JobEvent::Failed(_) => Some(Entry::Ended { piece }),
            _ => None,
        }
    }

    /// The picture that a message finishes.
    pub(super) fn finished_by(&self, message: &Message) -> Option<PieceId> {
        let (id, event) = self.job_event(message)?;
        matches!(event, JobEvent::Finished(_)).then_some(id)
    }

    fn job_event<'a>(&self, message: &'a Message) -> Option<(PieceId, &'a JobEvent)> {
        match message {
            Message::Engine(Event::Job { job, event }) => Some((*self.jobs.get(job)?, event)),
            _ => None,
        }
    }

    /// Adds what the journal has to be told, ahead of everything else that follows.
    pub(super) fn keep_journal(&self, before: Before, effects: &mut Vec<Effect>) {
        let mut notes: Vec<Entry> = before.note.into_iter().collect();
        let saves = |id: PieceId| {
            let saves =
                |effect: &Effect| matches!(effect, Effect::Save(order) if order.piece == id);
            effects.iter().any(saves)
        };
        if let Some(id) = before.finished.filter(|id| !saves(*id)) {
            notes.push(Entry::Ended { piece: id.0 });
        }
        notes.extend(effects.iter().filter_map(|effect| match effect {
            Effect::Engine(Command::Enqueue { job, recipe }) => self.asked(*job, recipe, None),
            Effect::Engine(Command::Resume { job, recipe, done }) => {
                self.asked(*job, recipe, Some(done))
            }
            _ => None,
        }));
        let hands_over = |effect: &Effect| matches!(effect, Effect::HandOver(_));
        if let Some(at) = effects.iter().position(hands_over) {
            effects.remove(at);
            // Those that cannot go on now are noted by the reducer itself.
            effects.retain(|effect| match effect {
                Effect::Note(entry) => {
                    notes.push(entry.clone());
                    false
                }
                _ => true,
            });
            effects.insert(0, Effect::HandOver(notes));
            return;
        }
        effects.splice(0..0, notes.into_iter().map(Effect::Note));
    }

    fn asked(&self, job: JobId, recipe: &Recipe, done: Option<&Codes>) -> Option<Entry> {
        let id = *self.jobs.get(&job)?;
        let card = &self.pieces.get(&id)?.card;
        let none = || no_codes(card);
        Some(Entry::Asked {
            piece: id.0,
            group: self.queue.group_of(id).map_or(id.0, |group| group.0),
            recipe: Box::new(recipe.clone()),
            done: done.cloned().unwrap_or_else(none),
        })
    }

    /// What the journal tells.
    pub(super) fn hear_journal(&mut self, event: journal::Event) {
        match event {
            journal::Event::Left(pictures) => {
                let all = pictures.len();
                let possible = pictures.iter().filter(|p| self.model_of(p).is_some());
                let possible = possible.count();
                self.queue.left = pictures;
                // Those of a model that is not there now may go on when it is back.
                if possible > 0 {
                    self.notify(
                        Topic::Left,
                        words::left(possible),
                        words::left_hint(all - possible),
                        vec![Action::GoOn, Action::LeaveThem],
                    );
                }
            }
            journal::Event::Failed(error) => {
                self.notify_error(Topic::Journal, &error, Vec::new());
            }
        }
    }

    /// The model that a picture can go on with.
    fn model_of(&self, picture: &Unfinished) -> Option<&Arc<ModelCard>> {
        let card = self.card_of(&picture.recipe.model)?;
        let none = Codes {
            values: Vec::new(),
            ..picture.done.clone()
        };
        (no_codes(card) == none).then_some(card)
    }

    /// Goes on with what an earlier run left: the pictures join the canvas and the end of the queue.
    pub(super) fn go_on(&mut self) -> Vec<Effect> {
        if !self.engine_runs || self.queue.left.is_empty() {
            return Vec::new();
        }
        self.settle(&Topic::Left);
        if self.jobs.is_empty() {
            self.run.clear();
            self.pace.start(self.now_secs);
        }
        let mut effects = Vec::new();
        let mut groups = BTreeMap::new();
        for picture in std::mem::take(&mut self.queue.left) {
            let group = picture.group;
            self.queue.open = groups.get(&group).copied();
            effects.push(self.take_over(picture));
            if let Some(open) = self.queue.open {
                groups.insert(group, open);
            }
        }
        effects.push(Effect::HandOver(Vec::new()));
        effects.extend(self.show_taken_over());
        effects
    }

    /// Makes a left picture one of this run.
    fn take_over(&mut self, picture: Unfinished) -> Effect {
        let id = PieceId(self.ids.next());
        let job = JobId(self.ids.next());
        let Some(card) = self.model_of(&picture).map(Arc::clone) else {
            return Effect::Note(Entry::Asked {
                piece: id.0,
                group: id.0,
                recipe: Box::new(picture.recipe),
                done: picture.done,
            });
        };
        let Unfinished { recipe, done, .. } = picture;
        let title = self.title(recipe.subject, recipe.index as usize);
        let mut piece = Piece::new(id, job, recipe, card, title);
        let entropy = vec![0.0; done.depth];
        for (position, codes) in done.values.chunks_exact(done.depth).enumerate() {
            piece.note_codes(position, codes, &entropy);
        }
        let desk = &mut self.desks[desk_of(piece.mode())];
        desk.board.push(id);
        desk.selected.get_or_insert(id);
        self.enqueue_from(piece, done)
    }

    /// Asks for a picture that has its first codes already.
    pub(super) fn enqueue_from(&mut self, piece: Piece, done: Codes) -> Effect {
        let (job, recipe) = (piece.job, piece.recipe.clone());
        let anew = self.enqueue(piece);
        match done.values.is_empty() {
            true => anew,
            false => Effect::Engine(Command::Resume { job, recipe, done }),
        }
    }

    /// Turns to the mode where something is to be seen.
    fn show_taken_over(&mut self) -> Vec<Effect> {
        let filled = |mode: &strata_engine::Mode| !self.desks[desk_of(*mode)].board.is_empty();
        let modes = self.desks.iter().map(|desk| desk.mode);
        match modes.clone().find(filled) {
            Some(mode) if !filled(&self.mode) => self.set_mode(mode),
            _ => Vec::new(),
        }
    }

    pub(super) fn leave_them(&mut self) -> Vec<Effect> {
        self.settle(&Topic::Left);
        self.queue.left.clear();
        vec![Effect::HandOver(Vec::new())]
    }
}

impl Piece {
    /// The codes that it has, as a job that goes on wants them.
    pub(super) fn so_far(&self) -> Codes {
        Codes {
            values: self.codes.clone(),
            ..no_codes(&self.card)
        }
    }
}

/// The grid of a model without codes.
fn no_codes(card: &ModelCard) -> Codes {
    Codes {
        rows: card.grid[0],
        columns: card.grid[1],
        depth: card.depth,
        codebook: card.codebook,
        values: Vec::new(),
    }
}
