//! Comparing the selected picture with another one: which, how, and how it is chosen.

use super::{PieceId, State, View};

/// How two pictures are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// One over the other, with a divider to drag.
    #[default]
    Slider,
    /// Side by side.
    Beside,
    /// In turns, at the same place.
    Flicker,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Slider, Self::Beside, Self::Flicker];

    /// The next one.
    pub fn next(self) -> Self {
        match self {
            Self::Slider => Self::Beside,
            Self::Beside => Self::Flicker,
            Self::Flicker => Self::Slider,
        }
    }
}

/// The picture that the selected one is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compare {
    /// Which.
    pub with: PieceId,
    /// How.
    pub way: Way,
    /// Where the divider stands, from 0 to 1 of the width.
    pub split: f32,
}

impl State {
    /// The picture that C would compare with when there is no doubt: the only other one.
    pub fn only_other(&self) -> Option<PieceId> {
        let desk = self.desk();
        let mut others = desk.board.iter().filter(|id| Some(**id) != desk.selected);
        let other = others.next().copied()?;
        (others.next().is_none() && desk.selected.is_some()).then_some(other)
    }

    /// Shows all pictures to choose from.
    pub(super) fn pick(&mut self, picking: bool) {
        self.viewing.picking = picking && self.desk().selected.is_some();
        if self.viewing.picking {
            self.viewing.full_screen = false;
            self.viewing.compare = None;
            self.set_view(View::All);
        }
    }

    pub(super) fn compare_with(&mut self, with: PieceId) {
        self.viewing.picking = false;
        let desk = self.desk();
        let is_other = desk.selected.is_some_and(|selected| selected != with);
        if !is_other || !self.pieces.contains_key(&with) {
            return;
        }
        self.viewing.compare = Some(Compare {
            with,
            way: self.viewing.way,
            split: 0.5,
        });
        self.desk_mut().view = View::One;
    }

    pub(super) fn compare_by(&mut self, way: Way) {
        self.viewing.way = way;
        if let Some(compare) = &mut self.viewing.compare {
            compare.way = way;
        }
    }
}
