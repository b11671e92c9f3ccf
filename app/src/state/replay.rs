//! The timeline of a picture that is done: which positions are there, and what the decoder is asked for
//! it. One question at a time is open; what is wanted next is found anew from the state after each
//! answer, so a picture that is no longer looked at costs at most the decode that runs.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use strata_engine::{
    Codes, Command, Pixels,
    picture::sequence::GROWTH_SECONDS,
    worker::{Depths, RequestEvent, RequestId},
};

use super::{Effect, Piece, PieceId, Sight, Stage, State};

/// Most decoded rows that are kept.
const MOST_FRAMES: usize = 64;

/// A picture that is shown as it grew.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// Which.
    pub piece: PieceId,
    /// Positions that are there; between two while it plays.
    pub at: f64,
    /// Positions in all.
    pub total: usize,
    /// Whether it plays.
    pub playing: bool,
    /// The moment up to which `at` has been reckoned, in seconds since the start of the program.
    since_secs: f64,
}

impl Replay {
    /// Positions that are there.
    pub fn shown(&self) -> usize {
        (self.at.max(0.0) as usize).min(self.total)
    }
}

/// Something the decoder is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    /// One depth alone.
    Alone { piece: PieceId, depth: usize },
    /// The picture up to the end of a row.
    Frame {
        piece: PieceId,
        positions: usize,
        sight: Sight,
    },
}

impl Question {
    fn piece(self) -> PieceId {
        match self {
            Self::Alone { piece, .. } | Self::Frame { piece, .. } => piece,
        }
    }
}

/// What was decoded for the timeline, and what is being decoded.
#[derive(Clone, Debug, Default)]
pub(super) struct Film {
    outstanding: Option<(RequestId, Question)>,
    /// Questions that got no answer; they are not asked again.
    refused: BTreeSet<Question>,
    /// Of the picture in the timeline: up to a row's end, as part of the codes shows it.
    frames: BTreeMap<(Sight, usize), Arc<Pixels>>,
    of: Option<PieceId>,
}

impl State {
    /// Positions of a picture that the timeline shows; `None` when all are.
    pub fn replayed(&self, piece: PieceId) -> Option<usize> {
        let replay = self.viewing.replay.as_ref()?;
        let shown = replay.shown();
        (replay.piece == piece && shown < replay.total).then_some(shown)
    }

    /// The pixels for a place of the timeline: decoded up to the end of the row, or else from more codes.
    /// Positions that are not there yet must be covered.
    pub fn replay_pixels<'a>(&'a self, piece: &'a Piece, sight: Sight) -> Option<&'a Arc<Pixels>> {
        let shown = self.replayed(piece.id)?;
        let film = &self.viewing.film;
        let mut later = film.frames.range((sight, shown)..=(sight, usize::MAX));
        match later.next() {
            Some((_, pixels)) if film.of == Some(piece.id) => Some(pixels),
            _ => piece.seen(sight),
        }
    }

    /// The selected picture and its positions, if there is something to play.
    pub fn playable(&self) -> Option<(PieceId, usize)> {
        let piece = self.pieces.get(&self.desk().selected?)?;
        let there = piece.picture.as_ref()?.codes.positions();
        (there > 0 && !piece.stage.is_live()).then_some((piece.id, there))
    }

    fn timeline(&mut self) -> Option<&mut Replay> {
        let (piece, total) = self.playable()?;
        let now = self.now_secs;
        let fits = |replay: &Replay| (replay.piece, replay.total) == (piece, total);
        if !self.viewing.replay.as_ref().is_some_and(fits) {
            self.viewing.replay = None;
        }
        Some(self.viewing.replay.get_or_insert(Replay {
            piece,
            at: total as f64,
            total,
            playing: false,
            since_secs: now,
        }))
    }

    /// Plays or pauses; at the end it begins anew.
    pub(super) fn play(&mut self) {
        let now = self.now_secs;
        if let Some(replay) = self.timeline() {
            replay.playing ^= true;
            replay.since_secs = now;
            if replay.playing && replay.shown() >= replay.total {
                replay.at = 0.0;
            }
        }
    }

    pub(super) fn advance(&mut self) {
        let (now, speed) = (self.now_secs, f64::from(self.viewing.speed));
        let Some(replay) = self.viewing.replay.as_mut().filter(|replay| replay.playing) else {
            return;
        };
        let rate = replay.total as f64 / f64::from(GROWTH_SECONDS) * speed;
        replay.at += (now - replay.since_secs).max(0.0) * rate;
        replay.since_secs = now;
        if replay.at >= replay.total as f64 {
            replay.at = replay.total as f64;
            replay.playing = false;
        }
    }

    pub(super) fn scrub(&mut self, positions: usize) {
        if let Some(replay) = self.timeline() {
            replay.at = positions.min(replay.total) as f64;
            replay.playing = false;
        }
    }

    pub(super) fn step_position(&mut self, by: i32) {
        if let Some(replay) = self.timeline() {
            let to = replay.shown().saturating_add_signed(by as isize);
            replay.at = to.min(replay.total) as f64;
            replay.playing = false;
        }
    }

    /// Asks the decoder what is wanted next, unless it is at work on a question.
    pub(super) fn ask(&mut self) -> Vec<Effect> {
        let selected = self.desk().selected;
        let viewing = &mut self.viewing;
        viewing.replay = viewing.replay.take().filter(|r| Some(r.piece) == selected);
        let film = &mut viewing.film;
        if film.of != selected {
            film.of = selected;
            film.frames.clear();
            film.refused.clear();
        }
        if !self.engine_runs {
            film.outstanding = None;
            return Vec::new();
        }
        if film.outstanding.is_some() {
            return Vec::new();
        }
        let Some((question, command)) = self.next_question() else {
            return Vec::new();
        };
        let request = RequestId(self.ids.next());
        self.viewing.film.outstanding = Some((request, question));
        let (model, codes, depths) = command;
        vec![Effect::Engine(Command::Decode {
            request,
            model,
            codes,
            depths,
        })]
    }

    fn next_question(&self) -> Option<(Question, (String, Codes, Depths))> {
        let piece = self.pieces.get(&self.desk().selected?)?;
        let picture = piece.picture.as_ref()?;
        let film = &self.viewing.film;
        let frames = self.wanted_rows(piece).into_iter();
        let frames = frames.map(|(positions, sight)| Question::Frame {
            piece: piece.id,
            positions,
            sight,
        });
        let alone = self.wanted_alone(piece).into_iter();
        let alone = alone.map(|depth| Question::Alone {
            piece: piece.id,
            depth,
        });
        let question = frames
            .chain(alone)
            .find(|question| !film.refused.contains(question))?;
        let (codes, depths) = match question {
            Question::Alone { depth, .. } => (picture.codes.clone(), Depths::Only(depth)),
            Question::Frame {
                positions, sight, ..
            } => (picture.codes.filled(positions), sight.depths()),
        };
        Some((question, (picture.recipe.model.clone(), codes, depths)))
    }

    /// The row in the timeline if it was not decoded yet; the next one too while it plays.
    fn wanted_rows(&self, piece: &Piece) -> Vec<(usize, Sight)> {
        let (Some(shown), Some(picture)) = (self.replayed(piece.id), &piece.picture) else {
            return Vec::new();
        };
        let columns = picture.codes.columns.max(1);
        let there = picture.codes.positions();
        let now = shown.max(1).next_multiple_of(columns);
        let playing = self.viewing.replay.as_ref().is_some_and(|r| r.playing);
        let present = (shown > 0 || playing).then_some(now);
        let ahead = playing.then_some(now + columns);
        let sight = self.sight();
        let frames = &self.viewing.film.frames;
        [present, ahead]
            .into_iter()
            .flatten()
            // The last row is the picture itself.
            .filter(|positions| *positions < there)
            .filter(|positions| !frames.contains_key(&(sight, *positions)))
            .map(|positions| (positions, sight))
            .collect()
    }

    /// Depths alone that are wanted and not decoded yet, the chosen one first. Depth 0 alone is the first
    /// of the summed ones.
    fn wanted_alone(&self, piece: &Piece) -> Vec<usize> {
        let depths = piece.lanes.pixels.len();
        if !self.viewing.alone || piece.stage != Stage::Finished {
            return Vec::new();
        }
        let missing = |depth: &usize| {
            let lane = piece.lanes.alone.get(*depth);
            lane.is_none_or(Option::is_none) && (1..depths).contains(depth)
        };
        let chosen = self.desk().depth.into_iter();
        chosen.chain(1..depths).filter(missing).collect()
    }

    /// Takes the answer to an open question of this kind; whether it was one.
    pub(super) fn hear_answer(&mut self, request: RequestId, event: &RequestEvent) -> bool {
        let film = &mut self.viewing.film;
        let Some((_, question)) = film.outstanding.take_if(|(open, _)| *open == request) else {
            return false;
        };
        let RequestEvent::Decoded(pixels) = event else {
            if film.of == Some(question.piece()) {
                film.refused.insert(question);
            }
            return true;
        };
        match question {
            Question::Alone { piece, depth } => {
                if let Some(piece) = self.pieces.get_mut(&piece) {
                    piece.lanes.note_alone(depth, Arc::clone(pixels));
                }
            }
            Question::Frame {
                piece,
                positions,
                sight,
            } if film.of == Some(piece) => {
                if film.frames.len() >= MOST_FRAMES {
                    film.forget_farthest(positions);
                }
                film.frames.insert((sight, positions), Arc::clone(pixels));
            }
            Question::Frame { .. } => {}
        }
        true
    }
}

impl Film {
    fn forget_farthest(&mut self, positions: usize) {
        let distance = |(_, at): &(Sight, usize)| at.abs_diff(positions);
        if let Some(key) = self.frames.keys().max_by_key(|key| distance(key)).copied() {
            self.frames.remove(&key);
        }
    }
}

impl Sight {
    /// What the decoder is asked for.
    fn depths(self) -> Depths {
        match self.depth {
            None => Depths::ALL,
            Some(depth) if self.alone => Depths::Only(depth),
            Some(depth) => Depths::First(depth + 1),
        }
    }
}
