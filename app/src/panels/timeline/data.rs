//! What the timeline shows.

use crate::state::State;

/// The timeline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timeline {
    /// Positions that are shown.
    pub shown: usize,
    /// Positions in all.
    pub total: usize,
    /// Whether it plays.
    pub playing: bool,
    /// How fast; 1 is the usual speed.
    pub speed: f32,
}

impl Timeline {
    /// The speeds to choose from.
    pub const SPEEDS: [f32; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];

    /// From the state; `None` unless the selected picture has stopped growing and has codes.
    pub fn of(state: &State) -> Option<Self> {
        let (piece, total) = state.playable()?;
        let replay = state.viewing.replay.as_ref();
        let replay = replay.filter(|replay| replay.piece == piece);
        Some(Self {
            shown: replay.map_or(total, |replay| replay.shown()),
            total,
            playing: replay.is_some_and(|replay| replay.playing),
            speed: state.viewing.speed,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        actions::Action,
        panels::fixture::{self, act, jobs},
        state::Look,
    };

    #[test]
    fn it_is_there_once_the_picture_is_done() {
        let mut state = fixture::state();
        let effects = act(&mut state, [Action::SetCount(1), Action::Generate]);
        assert_eq!(Timeline::of(&state), None);
        fixture::finish(&mut state, jobs(&effects)[0]);
        let timeline = Timeline::of(&state).unwrap();
        assert_eq!((timeline.shown, timeline.total), (16, 16));
        act(&mut state, [Action::Look(Look::Play)]);
        let timeline = Timeline::of(&state).unwrap();
        assert_eq!((timeline.shown, timeline.playing), (0, true));
        act(&mut state, [Action::Look(Look::Scrub(7))]);
        let timeline = Timeline::of(&state).unwrap();
        assert_eq!((timeline.shown, timeline.playing), (7, false));
    }
}
