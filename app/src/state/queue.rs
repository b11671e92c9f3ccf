//! What was asked for together: one press is one group, a job to a person. Their order, the pause, and
//! what is told when they are done. The engine knows pictures only; what it is sent follows from here.

use strata_engine::{Command, JobId, LookAhead, Mode};

use super::{Effect, Message, Piece, PieceId, Saving, Stage, State};
use crate::{
    journal::{Entry, Unfinished},
    wording::queue as words,
};

/// Pictures that were asked for together, named after the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u64);

/// Pictures that were asked for together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its name.
    pub id: GroupId,
    /// In the order they were asked for; done ones stay until all are done.
    pub pieces: Vec<PieceId>,
}

/// What the last work came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// Finished pictures.
    pub count: usize,
    /// Their mode; `None` when they are of both.
    pub mode: Option<Mode>,
}

/// What is being made, in its order.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// Groups of which something is still to be made.
    pub groups: Vec<Group>,
    /// Whether it rests.
    pub paused: bool,
    /// Whether a finished group calls for attention.
    pub notify: bool,
    /// Whether passes look ahead where that is faster.
    pub look_ahead: bool,
    /// What the last work came to, until there is more.
    pub made: Option<Made>,
    /// What earlier runs left and nobody has decided about.
    pub(super) left: Vec<Unfinished>,
    /// The group of the present press, once it has one.
    pub(super) open: Option<GroupId>,
}

impl Queue {
    /// Puts a picture into the group of the present press, unless it has a group.
    pub(super) fn join(&mut self, piece: PieceId) {
        if self.group_of(piece).is_some() {
            return;
        }
        let open = self.open;
        match self.groups.iter_mut().find(|group| Some(group.id) == open) {
            Some(group) => group.pieces.push(piece),
            None => {
                let id = GroupId(piece.0);
                self.open = Some(id);
                let pieces = vec![piece];
                self.groups.push(Group { id, pieces });
            }
        }
    }

    /// The group that a picture was asked for with.
    pub fn group_of(&self, piece: PieceId) -> Option<GroupId> {
        let holds = |group: &&Group| group.pieces.contains(&piece);
        self.groups.iter().find(holds).map(|group| group.id)
    }
}

/// What has to be known from before a message to keep the books after it.
pub(super) struct Before {
    /// Live jobs.
    live: usize,
    /// What the message means for the journal.
    pub note: Option<Entry>,
    /// The picture that it finishes.
    pub finished: Option<PieceId>,
}

/// What the engine is told of that choice.
pub fn look_ahead(chosen: bool) -> LookAhead {
    match chosen {
        true => LookAhead::Auto,
        false => LookAhead::Off,
    }
}

impl State {
    pub(super) fn set_look_ahead(&mut self, chosen: bool) -> Vec<Effect> {
        self.queue.look_ahead = chosen;
        vec![Effect::Engine(Command::SetLookAhead(look_ahead(chosen)))]
    }

    /// Positions that each pass keeps, in the mean of the pictures in work.
    pub fn kept_a_pass(&self) -> Option<f32> {
        let live = self.pieces.values().filter(|piece| piece.stage.is_live());
        let kept: Vec<f32> = live.filter_map(|piece| piece.kept_a_pass).collect();
        (!kept.is_empty()).then(|| kept.iter().sum::<f32>() / kept.len() as f32)
    }

    /// Looks at the books before a message changes anything.
    pub(super) fn before(&mut self, message: &Message) -> Before {
        if matches!(message, Message::Action(_)) {
            self.queue.open = None;
        }
        Before {
            live: self.jobs.len(),
            note: self.note_of(message),
            finished: self.finished_by(message),
        }
    }

    /// Forgets groups that are done, and says so.
    pub(super) fn keep_queue(&mut self, before: &Before, effects: &mut Vec<Effect>) {
        if self.jobs.len() == before.live {
            return;
        }
        self.queue.made = None;
        let is = |id: &PieceId, what: fn(&Piece) -> bool| self.pieces.get(id).is_some_and(what);
        let (live, done): (Vec<Group>, Vec<Group>) = std::mem::take(&mut self.queue.groups)
            .into_iter()
            .partition(|group| group.pieces.iter().any(|id| is(id, |p| p.stage.is_live())));
        let ends = |group: &Group| group.pieces.iter().any(|id| is(id, Piece::came_to_an_end));
        let ended: Vec<Group> = done.into_iter().filter(ends).collect();
        self.queue.groups = live;
        if self.queue.notify {
            effects.extend(ended.iter().map(|group| self.call(group)));
        }
        if self.jobs.is_empty() {
            self.queue.made = self.made();
            // A pause is one of the work in hand; what is asked for later is made at once.
            if std::mem::take(&mut self.queue.paused) {
                effects.push(Effect::Engine(Command::SetPaused(false)));
            }
        }
    }

    /// The pictures of a group.
    pub fn pieces_of(&self, group: &Group) -> impl Iterator<Item = &Piece> {
        group.pieces.iter().filter_map(|id| self.pieces.get(id))
    }

    /// What a group draws, in words.
    pub fn title_of(&self, group: &Group) -> String {
        let mut names: Vec<&str> = Vec::new();
        for piece in self.pieces_of(group) {
            if !names.contains(&piece.title.as_str()) {
                names.push(&piece.title);
            }
        }
        words::title(&names)
    }

    fn call(&self, group: &Group) -> Effect {
        let count = |stage| self.pieces_of(group).filter(|p| p.stage == stage).count();
        let mode = self.pieces_of(group).next().map_or(self.mode, Piece::mode);
        Effect::CallAttention {
            heading: self.title_of(group),
            words: words::ended(count(Stage::Finished), count(Stage::Failed), mode),
        }
    }

    fn made(&self) -> Option<Made> {
        let pieces = self.run.iter().filter_map(|id| self.pieces.get(id));
        let count = pieces.filter(|p| p.stage == Stage::Finished).count();
        let mode = self.run_mode();
        (count > 0).then_some(Made { count, mode })
    }

    /// Lets the queue rest after the step at hand, or go on.
    pub(super) fn set_paused(&mut self, paused: bool) -> Vec<Effect> {
        if paused == self.queue.paused || self.jobs.is_empty() {
            return Vec::new();
        }
        self.queue.paused = paused;
        // A rest says nothing about the rate of sampling.
        self.pace.start(self.now_secs);
        vec![Effect::Engine(Command::SetPaused(paused))]
    }

    pub(super) fn cancel_group(&mut self, group: GroupId) -> Vec<Effect> {
        let groups = self.queue.groups.iter();
        let pieces = groups
            .filter(|other| other.id == group)
            .flat_map(|group| group.pieces.clone());
        let pieces: Vec<PieceId> = pieces.collect();
        let cancel = |piece| self.cancel(piece);
        pieces.into_iter().flat_map(cancel).collect()
    }

    /// Gives a group another place. Pictures that grow go on growing; what waits follows the new order.
    pub(super) fn move_group(&mut self, group: GroupId, to: usize) -> Vec<Effect> {
        let groups = &mut self.queue.groups;
        let Some(from) = groups.iter().position(|other| other.id == group) else {
            return Vec::new();
        };
        let to = to.min(groups.len() - 1);
        if from == to {
            return Vec::new();
        }
        let moved = groups.remove(from);
        groups.insert(to, moved);
        let pieces = self.queue.groups.iter().flat_map(|group| &group.pieces);
        let live = pieces
            .filter_map(|id| self.pieces.get(id))
            .filter(|piece| piece.stage.is_live());
        let live: Vec<&Piece> = live.collect();
        let waiting = live.iter().filter(|piece| piece.stage == Stage::Waiting);
        let jobs: Vec<JobId> = waiting.map(|piece| piece.job).collect();
        let order = live.iter().map(|piece| piece.id.0).collect();
        vec![
            Effect::Engine(Command::Reorder(jobs)),
            Effect::Note(Entry::Order(order)),
        ]
    }

    /// Pictures on the canvas that were cancelled half-way and could be saved as they are.
    pub fn unfinished(&self) -> impl Iterator<Item = PieceId> {
        let keepable = |id: &&PieceId| {
            self.pieces.get(id).is_some_and(|piece| {
                piece.stage == Stage::Cancelled
                    && piece.saving == Saving::Not
                    && piece.picture.is_some()
            })
        };
        self.desk().board.iter().filter(keepable).copied()
    }

    pub(super) fn keep_all_unfinished(&mut self) -> Vec<Effect> {
        let unfinished: Vec<PieceId> = self.unfinished().collect();
        let save = |id| self.save(id);
        unfinished.into_iter().filter_map(save).collect()
    }
}

impl Piece {
    /// Whether it ended by itself rather than by a person's wish.
    fn came_to_an_end(&self) -> bool {
        matches!(self.stage, Stage::Finished | Stage::Failed)
    }
}
