//! What the row shows.

use super::super::canvas::Legend;
use crate::{
    shortcuts::Deed,
    state::{Overlay, Overlays, State, Zoom},
};

/// The row.
#[derive(Clone, Debug, PartialEq)]
pub struct Tools {
    /// Which overlays are on.
    pub overlays: Overlays,
    /// Screen pixels for a pixel of the picture.
    pub scale: f32,
    /// Whether that is what fits.
    pub fits: bool,
    /// Whether two pictures are compared.
    pub comparing: bool,
    /// Whether the other picture is being chosen.
    pub picking: bool,
    /// What the colours of uncertainty mean.
    pub legend: Option<Legend>,
}

impl Tools {
    /// From the state; `None` while no picture is looked at.
    pub fn of(state: &State) -> Option<Self> {
        state.pieces.get(&state.desk().selected?)?;
        let viewing = &state.viewing;
        Some(Self {
            overlays: viewing.overlays,
            scale: viewing.zoom.drawn(viewing.room.fitted),
            fits: viewing.zoom == Zoom::Fit,
            comparing: viewing.compare.is_some(),
            picking: viewing.picking,
            legend: Legend::of(state),
        })
    }

    /// The overlays in the order of their buttons, each with its key.
    pub const OVERLAYS: [(Overlay, Deed); 3] = [
        (Overlay::Grid, Deed::Overlay(Overlay::Grid)),
        (Overlay::Position, Deed::Overlay(Overlay::Position)),
        (Overlay::Uncertainty, Deed::Overlay(Overlay::Uncertainty)),
    ];
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        actions::Action,
        panels::fixture::{self, act},
        state::{Look, Room},
    };

    #[test]
    fn the_magnification_is_what_is_drawn() {
        let mut state = fixture::state();
        assert_eq!(Tools::of(&state), None);
        act(&mut state, [Action::SetCount(1), Action::Generate]);
        let room = Room {
            fitted: 3.0,
            visible: [1.0, 1.0],
        };
        act(&mut state, [Action::Look(Look::Room(room))]);
        let tools = Tools::of(&state).unwrap();
        assert_eq!((tools.scale, tools.fits), (3.0, true));
        act(&mut state, [Action::Look(Look::StepZoom(1))]);
        let tools = Tools::of(&state).unwrap();
        assert_eq!((tools.scale, tools.fits), (4.0, false));
        assert_eq!(tools.legend, None);
        act(
            &mut state,
            [Action::Look(Look::Toggle(Overlay::Uncertainty))],
        );
        let legend = Tools::of(&state).unwrap().legend.unwrap();
        assert_eq!((legend.depths, legend.top), (2, None));
    }
}
