//! Making pictures: Generate, cancel, retry, and what the engine tells meanwhile.

use std::sync::Arc;

use strata_engine::{
    Command, Error, Event, JobEvent, Mode, ModelCard, ModelEvent, Recipe, Subject, worker::JobId,
};

use super::{Effect, Piece, PieceId, Readiness, Stage, State, Topic};
use crate::{actions::Action, wording};

impl State {
    /// Whether Generate would do something now.
    pub fn can_generate(&self) -> bool {
        self.engine_runs
            && self.card().is_some()
            && self.model_readiness() != Some(Readiness::Failed)
            && !self.card().is_some_and(|card| self.is_leaving(&card.id))
            && !self.wishes().is_empty()
    }

    /// How many pictures Generate makes.
    pub fn batch_size(&self) -> usize {
        self.wishes().iter().map(|(_, count)| count).sum()
    }

    /// What Generate makes, and how many pictures of each.
    fn wishes(&self) -> Vec<(Subject, usize)> {
        match self.mode {
            Mode::Classes => self
                .to_draw()
                .map(|(class, count)| (Subject::Class(class), count as usize))
                .collect(),
            Mode::Documents => vec![(Subject::Page, self.desk().count as usize)],
        }
    }

    /// Asks for a batch. While earlier pictures of this desk grow the new ones join them on the canvas;
    /// otherwise they take its place.
    pub(super) fn generate(&mut self) -> Vec<Effect> {
        let Some(card) = self.card().cloned().filter(|_| self.can_generate()) else {
            return Vec::new();
        };
        if !self.desk().seed_locked {
            self.desk_mut().seed = self.roll();
        }
        let template = self.first_recipe(&card);
        if let Err(error) = template.check() {
            self.notify_error(Topic::Making, &error, vec![Action::ResetSampling]);
            return Vec::new();
        }
        self.settle(&Topic::Making);
        self.clear_board();
        self.sheets.hide();

        let wishes = self.wishes().into_iter();
        let each = wishes.flat_map(|(subject, count)| std::iter::repeat_n(subject, count));
        let mut effects: Vec<Effect> = self.note_drawn().into_iter().collect();
        effects.extend(self.remember_seed());
        let mut first = None;
        for (index, subject) in each.enumerate() {
            let recipe = Recipe {
                subject,
                index: index as u32,
                ..template.clone()
            };
            let piece = PieceId(self.ids.next());
            let job = JobId(self.ids.next());
            let title = self.title(subject, index);
            let new = Piece::new(piece, job, recipe, Arc::clone(&card), title);
            first.get_or_insert(piece);
            self.desk_mut().board.push(piece);
            effects.push(self.enqueue(new));
        }
        let one = self.desk().board.len() == 1;
        let desk = self.desk_mut();
        desk.selected = first;
        desk.depth = None;
        if !one {
            desk.view = super::View::All;
        }
        effects
    }

    /// The first picture that the present settings ask for.
    pub(super) fn first_recipe(&self, card: &ModelCard) -> Recipe {
        let desk = self.desk();
        Recipe {
            model: card.id.clone(),
            weights: None,
            subject: self.wishes().first().map_or(Subject::Page, |wish| wish.0),
            seed: desk.seed,
            index: 0,
            guidance: match card.guidable {
                true => desk.settings.guidance.clone(),
                false => strata_engine::Guidance::NONE,
            },
            sampling: desk.settings.sampling.clone(),
            start: None,
        }
    }

    pub(super) fn title(&self, subject: Subject, index: usize) -> String {
        match subject {
            Subject::Class(class) => self.class_name(class),
            Subject::Page => wording::page(index + 1),
        }
    }

    /// Takes what is done off the canvas, unless something on it still grows.
    pub(super) fn clear_board(&mut self) {
        let grows = |id: &PieceId| {
            let piece = self.pieces.get(id);
            piece.is_some_and(|piece| piece.stage.is_live())
        };
        if !self.desk().board.iter().any(grows) {
            self.desk_mut().board.clear();
            self.branching.photographs.forget_found();
            self.desk_mut().selected = None;
        }
        self.begin_run();
        self.forget_loose_pieces();
    }

    /// What is asked for now belongs to the work in hand; when there is none, it begins.
    pub(super) fn begin_run(&mut self) {
        if self.jobs.is_empty() {
            self.run.clear();
            self.pace.start(self.now_secs);
        }
    }

    pub(super) fn enqueue(&mut self, piece: Piece) -> Effect {
        let (id, job, recipe) = (piece.id, piece.job, piece.recipe.clone());
        self.pieces.insert(id, piece);
        self.jobs.insert(job, id);
        self.queue.join(id);
        if !self.run.contains(&id) {
            self.run.push(id);
        }
        Effect::Engine(Command::Enqueue { job, recipe })
    }

    pub(super) fn cancel(&mut self, piece: PieceId) -> Vec<Effect> {
        let piece = self.pieces.get(&piece).filter(|p| p.stage.is_live());
        piece
            .map(|piece| Effect::Engine(Command::Cancel(piece.job)))
            .into_iter()
            .collect()
    }

    pub(super) fn cancel_all(&mut self) -> Vec<Effect> {
        match self.jobs.is_empty() {
            true => Vec::new(),
            false => vec![Effect::Engine(Command::CancelAll)],
        }
    }

    /// Asks once more for the pictures on the canvas that failed.
    pub(super) fn retry_failed(&mut self) -> Vec<Effect> {
        self.settle(&Topic::Making);
        if !self.engine_runs {
            return Vec::new();
        }
        self.begin_run();
        let failed: Vec<PieceId> = self
            .desks
            .iter()
            .flat_map(|desk| desk.board.iter().copied())
            .filter(|id| {
                let piece = self.pieces.get(id);
                piece.is_some_and(|piece| piece.stage == Stage::Failed)
            })
            .collect();
        let mut effects = Vec::new();
        for id in failed {
            if let Some(mut piece) = self.pieces.remove(&id) {
                // What it has is kept. Should that be the trouble, it has nothing at the next try.
                let done = piece.so_far();
                piece.start_over(JobId(self.ids.next()));
                effects.push(self.enqueue_from(piece, done));
            }
        }
        effects
    }

    /// Starts the engine again, loads the model, and offers to make what was interrupted.
    pub(super) fn restart_engine(&mut self) -> Vec<Effect> {
        if self.engine_runs {
            return Vec::new();
        }
        self.engine_runs = true;
        self.settle(&Topic::Engine);
        self.readiness.clear();
        let mut effects = vec![Effect::RestartEngine];
        effects.extend(self.load_model());
        let failed = |piece: &&Piece| piece.stage == Stage::Failed;
        let interrupted = self.pieces.values().filter(failed).count();
        if interrupted > 0 {
            self.notify(
                Topic::Making,
                wording::interrupted(interrupted),
                wording::INTERRUPTED_HINT.into(),
                vec![Action::RetryFailed],
            );
        }
        effects
    }

    /// What the engine tells.
    pub(super) fn hear(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Model { model, event } => return self.hear_model(model, event),
            Event::Job { job, event } => return self.hear_job(job, event),
            Event::Request { request, event } if self.branching.photographs.asked(request) => {
                return self.hear_photograph(request, event);
            }
            Event::Request { request, event } => self.hear_request(request, event),
            Event::Died { message } => self.hear_death(&message),
            Event::Device(news) => self.hear_device(news),
            // The window looks for cards itself, so that the engine need not wait for drivers.
            Event::Devices(_) => {}
        }
        Vec::new()
    }

    fn hear_model(&mut self, model: String, event: ModelEvent) -> Vec<Effect> {
        match event {
            ModelEvent::Loading { fraction } => {
                let fraction = fraction.clamp(0.0, 1.0);
                self.readiness
                    .insert(model, Readiness::Loading { fraction });
            }
            ModelEvent::Ready(_) => {
                self.settle(&Topic::Model(model.clone()));
                self.readiness.insert(model, Readiness::Ready);
            }
            // Someone wanted it so.
            ModelEvent::Failed(Error::Cancelled) => {
                self.readiness.remove(&model);
            }
            ModelEvent::Forgotten => return self.hear_forgotten(model),
            ModelEvent::Failed(error) => {
                self.readiness.insert(model.clone(), Readiness::Failed);
                if !matches!(error, Error::Died(_) | Error::ShutDown) {
                    let again = vec![Action::ReloadModel(model.clone())];
                    self.notify_error(Topic::Model(model), &error, again);
                }
            }
        }
        Vec::new()
    }

    fn hear_job(&mut self, job: JobId, event: JobEvent) -> Vec<Effect> {
        let Some(id) = self.jobs.get(&job).copied() else {
            return Vec::new();
        };
        if event.is_terminal() {
            self.jobs.remove(&job);
        }
        let now_secs = self.now_secs;
        let Some(piece) = self.pieces.get_mut(&id) else {
            return Vec::new();
        };
        let before = piece.done;
        match event {
            JobEvent::Started { card, given, .. } => {
                piece.given = given;
                piece.stage = Stage::Growing;
                piece.lanes.pixels.resize(card.depth, None);
                piece.card = card;
            }
            JobEvent::Codes {
                position,
                codes,
                entropy,
                ..
            } => piece.note_codes(position, &codes, &entropy),
            JobEvent::Preview { positions, lanes } => piece.note_preview(positions, lanes),
            JobEvent::Progress {
                done, kept_a_pass, ..
            } => {
                piece.done = piece.done.max(done);
                piece.kept_a_pass = kept_a_pass;
            }
            JobEvent::Finished(picture) => {
                piece.stage = Stage::Finished;
                piece.note_picture(*picture);
                let mut effects = self.save_finished(id);
                effects.extend(self.request_lanes());
                return effects;
            }
            JobEvent::Cancelled(Some(picture)) => {
                piece.stage = Stage::Cancelled;
                piece.note_picture(*picture);
            }
            JobEvent::Cancelled(None) => {
                piece.stage = Stage::Cancelled;
                self.drop_unstarted(id);
                return Vec::new();
            }
            JobEvent::Failed(error) => {
                piece.stage = Stage::Failed;
                // A dead engine says so once for all its jobs.
                if !matches!(error, Error::Died(_)) {
                    self.notify_error(Topic::Making, &error, vec![Action::RetryFailed]);
                }
                return Vec::new();
            }
        }
        // What was known beforehand says nothing about the rate of sampling.
        let grown = piece.done.saturating_sub(before.max(piece.given));
        if grown > 0 && piece.stage == Stage::Growing {
            self.pace.note(now_secs, grown);
        }
        Vec::new()
    }

    /// A picture that was cancelled before its first step leaves no empty frame behind.
    fn drop_unstarted(&mut self, id: PieceId) {
        for desk in &mut self.desks {
            desk.board.retain(|piece| *piece != id);
            if desk.selected == Some(id) {
                desk.selected = desk.board.first().copied();
            }
        }
        self.run.retain(|piece| *piece != id);
        self.forget_loose_pieces();
    }

    fn hear_death(&mut self, message: &str) {
        self.engine_runs = false;
        self.readiness.clear();
        self.requests.clear();
        self.branching.photographs.forget_questions();
        // The engine ends every job before it dies; should one be left, it ends here.
        for id in std::mem::take(&mut self.jobs).into_values() {
            if let Some(piece) = self.pieces.get_mut(&id) {
                piece.stage = Stage::Failed;
            }
        }
        self.notify(
            Topic::Engine,
            wording::engine_died(message),
            wording::ENGINE_DIED_HINT.into(),
            vec![Action::RestartEngine],
        );
    }
}
