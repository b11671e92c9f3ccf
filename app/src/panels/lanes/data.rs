//! What the strip shows.

use crate::{
    state::{PieceId, Sight, Stage, State},
    widgets::{Shown, TextureKey},
};

/// The strip.
#[derive(Clone, Debug, PartialEq)]
pub struct Lanes {
    /// Whose depths.
    pub piece: PieceId,
    /// One per depth.
    pub lanes: Vec<Lane>,
    /// Width and height of the picture, in pixels.
    pub size: [usize; 2],
    /// Whether each depth is shown without those before it.
    pub alone: bool,
    /// Whether that can be shown already.
    pub done: bool,
}

/// The picture up to one depth.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// The last depth it shows, from 0.
    pub depth: usize,
    /// Its pixels, once there are any.
    pub shown: Option<(TextureKey, Shown)>,
    /// Whether the canvas shows this one.
    pub chosen: bool,
}

impl Lanes {
    /// From the state; `None` when nothing is selected or the model has one depth only.
    pub fn of(state: &State) -> Option<Self> {
        let desk = state.desk();
        let piece = state.pieces.get(&desk.selected?)?;
        let depths = piece.lanes.pixels.len();
        if depths < 2 {
            return None;
        }
        let lane = |depth: usize| {
            let alone = state.viewing.alone;
            let shown = piece.seen(Sight {
                depth: Some(depth),
                alone,
            });
            let key = match depth + 1 == depths {
                _ if alone => TextureKey::Alone(piece.id, depth),
                true => TextureKey::Picture(piece.id),
                false => TextureKey::Lane(piece.id, depth),
            };
            Lane {
                depth,
                shown: shown.map(|shown| (key, Shown(shown.clone()))),
                chosen: match alone {
                    true => desk.depth == Some(depth),
                    false => desk.depth.unwrap_or(depths - 1) == depth,
                },
            }
        };
        Some(Self {
            piece: piece.id,
            lanes: (0..depths).map(lane).collect(),
            size: piece.card.size,
            alone: state.viewing.alone,
            done: piece.stage == Stage::Finished,
        })
    }

    /// What a click on a lane asks for: the last of the summed ones is the whole picture.
    pub fn depth_of(&self, lane: &Lane) -> Option<usize> {
        (self.alone || lane.depth + 1 < self.lanes.len()).then_some(lane.depth)
    }

    /// The depth that the slider stands at, from 1.
    pub fn depth(&self) -> usize {
        let chosen = self.lanes.iter().find(|lane| lane.chosen);
        chosen.map_or(self.lanes.len(), |lane| lane.depth + 1)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use strata_engine::Mode;

    use super::*;
    use crate::{
        actions::Action,
        panels::fixture::{self, act, hear, jobs},
        state::Look,
    };

    #[test]
    fn lanes_grow_with_the_picture_and_are_decoded_in_the_end() {
        let mut state = fixture::state();
        assert_eq!(Lanes::of(&state), None);
        let effects = act(&mut state, [Action::SetCount(1), Action::Generate]);
        let job = jobs(&effects)[0];
        let shown = |state: &State| -> Vec<bool> {
            let lanes = Lanes::of(state).unwrap();
            lanes
                .lanes
                .iter()
                .map(|lane| lane.shown.is_some())
                .collect()
        };
        assert_eq!(shown(&state), [false, false]);
        hear(&mut state, fixture::started(job));
        hear(&mut state, fixture::preview(job, 4));
        assert_eq!(shown(&state), [true, true]);
        let before = Lanes::of(&state).unwrap();
        let effects = fixture::finish(&mut state, job);
        let requests = fixture::requests(&effects);
        assert_eq!(requests.len(), 1);
        hear(&mut state, fixture::decoded(requests[0]));
        let after = Lanes::of(&state).unwrap();
        assert_ne!(before.lanes[0], after.lanes[0]);
        assert_ne!(before.lanes[1], after.lanes[1]);
    }

    #[test]
    fn choosing_the_last_lane_is_the_whole_picture() {
        let mut state = fixture::state();
        act(&mut state, [Action::Generate]);
        let lanes = Lanes::of(&state).unwrap();
        assert!(lanes.lanes[1].chosen);
        assert_eq!(lanes.depth_of(&lanes.lanes[0]), Some(0));
        assert_eq!(lanes.depth_of(&lanes.lanes[1]), None);
        act(&mut state, [Action::SelectDepth(Some(0))]);
        assert!(Lanes::of(&state).unwrap().lanes[0].chosen);
    }

    #[test]
    fn each_depth_alone_is_asked_for_one_at_a_time() {
        let mut state = fixture::state();
        let effects = act(&mut state, [Action::SetCount(1), Action::Generate]);
        let effects = fixture::finish(&mut state, jobs(&effects)[0]);
        hear(&mut state, fixture::decoded(fixture::requests(&effects)[0]));
        let effects = act(&mut state, [Action::Look(Look::Alone(true))]);
        let requests = fixture::requests(&effects);
        assert_eq!(requests.len(), 1, "depth 1 alone is there already");
        let lanes = Lanes::of(&state).unwrap();
        assert!(lanes.lanes[0].shown.is_some() && lanes.lanes[1].shown.is_none());
        assert_eq!(lanes.depth_of(&lanes.lanes[1]), Some(1));
        hear(&mut state, fixture::decoded(requests[0]));
        act(&mut state, [Action::SelectDepth(Some(1))]);
        let lanes = Lanes::of(&state).unwrap();
        assert!(lanes.lanes[1].shown.is_some() && lanes.lanes[1].chosen);
        act(&mut state, [Action::Look(Look::Alone(false))]);
        assert_eq!(
            state.desk().depth,
            None,
            "the last of the sums is the whole"
        );
    }

    #[test]
    fn a_model_of_one_depth_has_no_strip() {
        let mut state = fixture::state();
        act(
            &mut state,
            [Action::SetMode(Mode::Documents), Action::Generate],
        );
        assert!(state.desk().selected.is_some());
        assert_eq!(Lanes::of(&state), None);
    }
}
