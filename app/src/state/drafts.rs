//! Best of several: drafts of one recipe that differ in their noise, ranked by what the model itself thinks
//! of them. Weak ones are stopped early, only the best are saved.

use std::sync::Arc;

use strata_engine::{Mode, Recipe, Subject, worker::JobId};

use super::{Effect, Piece, PieceId, Stage, State, Topic, View};
use crate::{
    actions::{Action, DraftsAction},
    ranking::{self, Halving, RUNGS},
    wording,
};

/// Most drafts of one recipe.
pub const MOST_DRAFTS: u32 = 64;

/// Everything about drafts.
#[derive(Clone, Debug)]
pub struct Drafts {
    /// Whether the dialog is open.
    pub open: bool,
    /// How many are made.
    pub count: u32,
    /// How many are saved.
    pub keep: u32,
    /// Whether weak ones are stopped early.
    pub early: bool,
    race: Option<Race>,
}

/// The drafts of one recipe.
#[derive(Clone, Debug, PartialEq)]
pub struct Race {
    /// On which desk.
    pub mode: Mode,
    /// The likeliest so far first.
    pub drafts: Vec<Draft>,
    /// Whether all have ended.
    pub over: bool,
    halving: Halving,
    early: bool,
}

/// One draft.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The picture.
    pub piece: PieceId,
    /// Its number among the drafts, which decides its noise.
    pub index: u32,
    /// Whether it was too weak to be finished.
    pub stopped: bool,
    /// Logarithm of the probability of its codes so far, in nats.
    sum: f64,
    /// How many codes that is.
    drawn: usize,
    /// `sum` at each rung that it has reached.
    at: [Option<f64>; RUNGS],
}

impl Default for Drafts {
    fn default() -> Self {
        Self {
            open: false,
            count: 8,
            keep: 1,
            early: true,
            race: None,
        }
    }
}

impl Drafts {
    /// Whether a picture is one of drafts that still run, so that it is not saved for being finished.
    pub(super) fn judges(&self, piece: PieceId) -> bool {
        let race = self.race.as_ref().filter(|race| !race.over);
        race.is_some_and(|race| race.drafts.iter().any(|draft| draft.piece == piece))
    }
}

impl Draft {
    /// Mean logarithm of the probability of a code, in nats; `None` before the first.
    pub fn nats_per_code(&self) -> Option<f32> {
        (self.drawn > 0).then(|| (self.sum / self.drawn as f64) as f32)
    }
}

impl State {
    /// The drafts on the canvas.
    pub fn race_on_canvas(&self) -> Option<&Race> {
        let race = self.drafts.race.as_ref()?;
        let there = |draft: &Draft| self.desk().board.contains(&draft.piece);
        (race.mode == self.mode && race.drafts.iter().any(there)).then_some(race)
    }

    /// What the drafts would show: the first of the chosen classes, or a page.
    pub fn draft_title(&self) -> Option<String> {
        let card = self.card().filter(|_| self.can_generate())?;
        Some(match self.first_recipe(card).subject {
            Subject::Class(class) => self.class_name(class),
            Subject::Page => wording::drafts::A_PAGE.into(),
        })
    }

    pub(super) fn act_drafts(&mut self, action: DraftsAction) -> Vec<Effect> {
        let drafts = &mut self.drafts;
        match action {
            DraftsAction::Open => drafts.open = true,
            DraftsAction::Close => drafts.open = false,
            DraftsAction::SetCount(count) => {
                drafts.count = count.clamp(2, MOST_DRAFTS);
                drafts.keep = drafts.keep.min(drafts.count);
            }
            DraftsAction::SetKeep(keep) => drafts.keep = keep.clamp(1, drafts.count),
            DraftsAction::SetEarly(early) => drafts.early = early,
            DraftsAction::Make => return self.make_drafts(),
            DraftsAction::Keep(piece) => return self.save(piece).into_iter().collect(),
        }
        Vec::new()
    }

    fn make_drafts(&mut self) -> Vec<Effect> {
        let Some(card) = self.card().cloned().filter(|_| self.can_generate()) else {
            return Vec::new();
        };
        if !self.desk().seed_locked {
            self.desk_mut().seed = self.roll();
        }
        let first = self.first_recipe(&card);
        if let Err(error) = first.check() {
            self.notify_error(Topic::Making, &error, vec![Action::ResetSampling]);
            return Vec::new();
        }
        self.settle(&Topic::Making);
        self.clear_board();
        self.sheets.hide();
        let mut race = Race {
            mode: self.mode,
            drafts: Vec::new(),
            over: false,
            halving: Halving {
                drafts: self.drafts.count as usize,
                keep: self.drafts.keep as usize,
                positions: card.positions(),
            },
            early: self.drafts.early,
        };
        let mut effects = Vec::new();
        for index in 0..self.drafts.count {
            let (piece, job) = (PieceId(self.ids.next()), JobId(self.ids.next()));
            let title = self.title(first.subject, index as usize);
            let recipe = Recipe {
                index,
                ..first.clone()
            };
            let new = Piece::new(piece, job, recipe, Arc::clone(&card), title);
            race.drafts.push(Draft {
                piece,
                index,
                stopped: false,
                sum: 0.0,
                drawn: 0,
                at: [None; RUNGS],
            });
            self.desk_mut().board.push(piece);
            effects.push(self.enqueue(new));
        }
        let desk = self.desk_mut();
        desk.selected = race.drafts.first().map(|draft| draft.piece);
        desk.depth = None;
        desk.view = View::All;
        self.drafts.race = Some(race);
        self.drafts.open = false;
        effects
    }

    /// Writes down how likely a position of a draft is; whether that draft has reached a rung.
    pub(super) fn note_draft(
        &mut self,
        job: JobId,
        position: usize,
        log_probability: &[f32],
        kept: usize,
    ) -> bool {
        let Some(race) = self.drafts.race.as_mut().filter(|race| !race.over) else {
            return false;
        };
        let Some(piece) = self.jobs.get(&job) else {
            return false;
        };
        let Some(draft) = race.drafts.iter_mut().find(|draft| draft.piece == *piece) else {
            return false;
        };
        let drawn = log_probability.get(kept..).unwrap_or_default();
        draft.sum += drawn.iter().copied().map(f64::from).sum::<f64>();
        draft.drawn += drawn.len();
        match race.halving.rung(position) {
            Some(rung) => {
                draft.at[rung] = Some(draft.sum);
                true
            }
            None => false,
        }
    }

    /// Stops the weak, ranks, and saves the best when all have ended.
    pub(super) fn tend_drafts(&mut self) -> Vec<Effect> {
        let Some(mut race) = self.drafts.race.take() else {
            return Vec::new();
        };
        let mut effects = Vec::new();
        if !race.over {
            if race.early {
                effects.extend(self.stop_weak(&mut race));
            }
            self.rank(&mut race);
            race.over = !race.drafts.iter().any(|draft| {
                let piece = self.pieces.get(&draft.piece);
                piece.is_some_and(|piece| piece.stage.is_live())
            });
        }
        let ended = race.over.then(|| self.best(&race));
        self.drafts.race = Some(race);
        for piece in ended.into_iter().flatten() {
            effects.extend(self.save(piece));
        }
        effects
    }

    fn stop_weak(&mut self, race: &mut Race) -> Vec<Effect> {
        let weak = |draft: &Draft| {
            (0..RUNGS).any(|rung| {
                let others = race.drafts.iter().filter_map(|other| other.at[rung]);
                draft.at[rung].is_some_and(|own| race.halving.is_weak(rung, own, others))
            })
        };
        let live = |draft: &&Draft| {
            let piece = self.pieces.get(&draft.piece);
            !draft.stopped && piece.is_some_and(|piece| piece.stage.is_live())
        };
        let weak = race.drafts.iter().filter(live).filter(|draft| weak(draft));
        let weak: Vec<PieceId> = weak.map(|draft| draft.piece).collect();
        for draft in &mut race.drafts {
            draft.stopped |= weak.contains(&draft.piece);
        }
        let cancelled = weak.into_iter().map(|piece| self.cancel(piece));
        cancelled.flatten().collect()
    }

    /// The likeliest first; what was stopped comes after what goes on. The canvas follows.
    fn rank(&mut self, race: &mut Race) {
        let rank = |draft: &Draft| match self.pieces.get(&draft.piece).map(|piece| piece.stage) {
            _ if draft.stopped => 1,
            Some(Stage::Finished | Stage::Growing | Stage::Waiting) => 0,
            Some(Stage::Cancelled) => 1,
            Some(Stage::Failed) | None => 2,
        };
        race.drafts.sort_by(|a, b| {
            let key = |draft: &Draft| (draft.nats_per_code(), draft.index);
            let likelier = || ranking::likelier(key(a), key(b));
            rank(a).cmp(&rank(b)).then_with(likelier)
        });
        let place = |id: &PieceId| {
            let at = race.drafts.iter().position(|draft| draft.piece == *id);
            at.unwrap_or(usize::MAX)
        };
        for desk in &mut self.desks {
            desk.board.sort_by_key(place);
        }
    }

    /// The drafts that are saved by themselves: the first of those that are finished.
    fn best(&self, race: &Race) -> Vec<PieceId> {
        let finished = |id: &PieceId| {
            let piece = self.pieces.get(id);
            piece.is_some_and(|piece| piece.stage == Stage::Finished)
        };
        let ids = race.drafts.iter().map(|draft| draft.piece);
        ids.filter(finished).take(race.halving.keep).collect()
    }
}

#[cfg(test)]
#[path = "drafts_tests.rs"]
mod tests;
