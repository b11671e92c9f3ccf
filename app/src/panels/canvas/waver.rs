//! How undecided the model was, as view data: bits per position for the part of the codes that is looked
//! at, and the scale that all pictures of the canvas share.

use std::f32::consts::LN_2;

use crate::state::{Piece, Sight, State, View};

/// Tops of the scale, in bits: the least that holds every value is taken, so it seldom changes.
const TOPS: [f32; 13] = [
    0.25, 0.5, 1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 64.0, 128.0,
];

/// The entropies of one picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waver<'a> {
    /// In nats, `[positions, depths]`; as many positions as are known.
    entropy: &'a [f32],
    depths: usize,
    sight: Sight,
    /// Positions that are shown.
    shown: usize,
    /// The brightest colour, in bits.
    top: f32,
}

impl<'a> Waver<'a> {
    /// Of a picture, if anything is known, on a scale that ends at `top` bits.
    pub fn of(state: &State, piece: &'a Piece, top: f32) -> Option<Self> {
        let depths = piece.card.depth.max(1);
        let known = piece.entropy.len() / depths;
        let shown = state.replayed(piece.id).unwrap_or(known).min(known);
        (known > 0).then(|| Self {
            entropy: &piece.entropy,
            depths,
            sight: state.sight(),
            shown,
            top,
        })
    }

    /// Positions that have a value.
    pub fn positions(&self) -> usize {
        self.shown
    }

    /// The entropy of every depth at a position, in bits.
    pub fn by_depth(&self, position: usize) -> Vec<f32> {
        let start = position * self.depths;
        let place = self.entropy.get(start..start + self.depths);
        let nats = place.unwrap_or_default();
        nats.iter().map(|nats| nats / LN_2).collect()
    }

    /// The entropy at a position of what is looked at, in bits: one depth, or several added up.
    pub fn bits(&self, position: usize) -> f32 {
        let start = position * self.depths;
        let place = self.entropy.get(start..start + self.depths);
        let place = place.unwrap_or_default();
        let nats: f32 = match self.sight.depth {
            Some(depth) if self.sight.alone => place.get(depth).copied().unwrap_or_default(),
            Some(depth) => place.iter().take(depth + 1).sum(),
            None => place.iter().sum(),
        };
        nats / LN_2
    }

    /// The same as a share of the top.
    pub fn share(&self, position: usize) -> f32 {
        self.bits(position) / self.top.max(f32::MIN_POSITIVE)
    }

    fn most(&self) -> f32 {
        let known = self.entropy.len() / self.depths;
        (0..known).map(|at| self.bits(at)).fold(0.0, f32::max)
    }
}

/// What the colours mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Legend {
    /// What part of the codes is looked at.
    pub sight: Sight,
    /// Depths of the picture.
    pub depths: usize,
    /// Bits at the bright end; `None` when nothing is known of any picture.
    pub top: Option<f32>,
}

impl Legend {
    /// Of all pictures on the canvas; `None` while the overlay is off or the canvas empty.
    pub fn of(state: &State) -> Option<Self> {
        let desk = state.desk();
        let selected = desk.selected.and_then(|id| state.pieces.get(&id))?;
        if !state.viewing.overlays.uncertainty {
            return None;
        }
        let compared = state.viewing.compare.map(|compare| compare.with);
        let wavers: Vec<Waver<'_>> = match state.shown_view() {
            View::One => [Some(selected.id), compared]
                .into_iter()
                .flatten()
                .filter_map(|id| Waver::of(state, state.pieces.get(&id)?, 0.0))
                .collect(),
            View::All => {
                let pieces = desk.board.iter().filter_map(|id| state.pieces.get(id));
                pieces
                    .filter_map(|piece| Waver::of(state, piece, 0.0))
                    .collect()
            }
        };
        let most = wavers.iter().map(Waver::most).fold(0.0, f32::max);
        let least_top = TOPS.iter().find(|top| **top >= most).copied();
        Some(Self {
            sight: state.sight(),
            depths: selected.card.depth,
            top: (!wavers.is_empty()).then(|| least_top.unwrap_or(most)),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        actions::Action,
        panels::fixture::{self, act, hear, jobs},
        state::{Look, Overlay},
    };

    fn grown() -> State {
        let mut state = fixture::state();
        let effects = act(&mut state, [Action::SetCount(1), Action::Generate]);
        let job = jobs(&effects)[0];
        hear(&mut state, fixture::started(job));
        for position in 0..3 {
            hear(&mut state, fixture::codes(job, position));
        }
        act(
            &mut state,
            [Action::Look(Look::Toggle(Overlay::Uncertainty))],
        );
        state
    }

    #[test]
    fn bits_follow_the_depth_that_is_looked_at() {
        let mut state = grown();
        let id = state.desk().selected.unwrap();
        let bits = |state: &State| {
            let waver = Waver::of(state, &state.pieces[&id], 4.0).unwrap();
            (waver.positions(), (waver.bits(1) * LN_2 * 10.0).round())
        };
        assert_eq!(bits(&state), (3, 15.0), "both depths, 1.5 nats");
        act(&mut state, [Action::SelectDepth(Some(0))]);
        assert_eq!(bits(&state), (3, 10.0));
        act(&mut state, [Action::Look(Look::Alone(true))]);
        act(&mut state, [Action::SelectDepth(Some(1))]);
        assert_eq!(bits(&state), (3, 5.0));
    }

    #[test]
    fn the_scale_holds_every_value_and_says_nothing_of_nothing() {
        let mut state = grown();
        let legend = Legend::of(&state).unwrap();
        assert_eq!(legend.top, Some(4.0), "1.5 nats are 2.2 bits");
        act(
            &mut state,
            [Action::Look(Look::Toggle(Overlay::Uncertainty))],
        );
        assert_eq!(Legend::of(&state), None);
    }

    #[test]
    fn entropies_stay_after_the_end() {
        let mut state = grown();
        let job = state.pieces.values().next().unwrap().job;
        fixture::finish(&mut state, job);
        let legend = Legend::of(&state).unwrap();
        assert!(legend.top.is_some());
    }
}
