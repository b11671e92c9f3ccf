//! What the page panel shows.

use crate::state::State;

/// The page panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Documents<'a> {
    /// What the present model writes, in its own words.
    pub summary: &'a str,
    /// Rows and columns of its grid and its depth; `None` without a model.
    pub grid: Option<([usize; 2], usize)>,
    /// Whom to credit.
    pub attribution: &'a str,
}

impl<'a> Documents<'a> {
    /// From the state.
    pub fn of(state: &'a State) -> Self {
        let card = state.card();
        Self {
            summary: card.map_or("", |card| &card.summary),
            grid: card.map(|card| (card.grid, card.depth)),
            attribution: card.map_or("", |card| card.attribution.trim()),
        }
    }
}

#[cfg(test)]
mod tests {
    use strata_engine::Mode;

    use super::*;
    use crate::{actions::Action, panels::fixture};

    #[test]
    fn the_panel_tells_of_the_page_model() {
        let mut state = fixture::state();
        fixture::act(&mut state, [Action::SetMode(Mode::Documents)]);
        let documents = Documents::of(&state);
        assert_eq!(documents.summary, "Pages of typewriter text");
        assert_eq!(documents.grid, Some(([24, 24], 1)));
    }
}
