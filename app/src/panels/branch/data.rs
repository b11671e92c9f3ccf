//! What the section shows.

use crate::{
    state::{Keep, Piece, PieceId, Relative, State},
    widgets::{Shown, TextureKey},
    wording,
};

/// The section.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch<'a> {
    /// The picture that is looked at.
    pub piece: Option<PieceId>,
    /// Whether it can be grown again.
    pub can_open: bool,
    /// Whether its finer depths can be drawn again.
    pub can_open_texture: bool,
    /// What is being chosen.
    pub choice: Option<Choice>,
    /// What a photograph is continued as.
    pub continued_as: Option<String>,
    /// Its tree, if it has one.
    pub tree: Vec<TreeRow<'a>>,
    /// The file that is being read.
    pub busy: Option<String>,
}

/// What is kept, as it is chosen now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A beginning.
    Beginning {
        /// Whole rows of it.
        rows: usize,
        /// Most rows that can be kept.
        most_rows: usize,
        /// Positions of it.
        positions: usize,
        /// Positions of the picture.
        total: usize,
    },
    /// The first depths.
    Depths {
        /// How many.
        depths: usize,
        /// Most that can be kept.
        most: usize,
    },
}

/// A picture of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeRow<'a> {
    /// Which.
    pub piece: PieceId,
    /// How far from the oldest ancestor.
    pub generation: usize,
    /// What it shows.
    pub title: &'a str,
    /// What it keeps of its parent.
    pub words: String,
    /// What those hear who do not see it.
    pub label: String,
    /// A small copy, or the picture itself.
    pub shown: Option<(TextureKey, Shown)>,
    /// Whether it is looked at.
    pub selected: bool,
}

/// What is kept, drawn on the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// Rows and columns of positions.
    pub grid: [usize; 2],
    /// Positions that are kept as it is chosen now.
    pub kept: usize,
    /// Most positions that can be kept.
    pub most: usize,
}

impl<'a> Branch<'a> {
    /// From the state; `None` when there is nothing to show.
    pub fn of(state: &'a State) -> Option<Self> {
        let busy = state.branching.photographs.busy();
        let piece = state.desk().selected.and_then(|id| state.pieces.get(&id));
        let can_open = piece.is_some_and(|piece| piece.most_kept_positions() > 0);
        let tree = piece.map_or_else(Vec::new, |piece| tree(state, piece.id));
        if !can_open && tree.is_empty() && busy.is_none() {
            return None;
        }
        let choice = choice(state);
        Some(Self {
            piece: piece.map(|piece| piece.id),
            can_open,
            can_open_texture: piece.is_some_and(|piece| piece.most_kept_depths() > 0),
            continued_as: piece
                .filter(|_| choice.is_some())
                .and_then(|piece| continued_as(state, piece)),
            choice,
            tree,
            busy,
        })
    }
}

impl Overlay {
    /// From the state; `None` when no beginning is being chosen.
    pub fn of(state: &State) -> Option<Self> {
        let plan = state.branch_plan()?;
        let piece = state.pieces.get(&plan.parent)?;
        match plan.keep {
            Keep::Positions(kept) => Some(Self {
                grid: piece.card.grid,
                kept,
                most: piece.most_kept_positions(),
            }),
            Keep::Depths(_) => None,
        }
    }

    /// The position at a place of the picture, both from 0 to 1; the last that a click can choose at most.
    pub fn position(&self, across: f32, down: f32) -> usize {
        let [rows, columns] = self.grid;
        let at = |part: f32, count: usize| {
            let cell = (part.clamp(0.0, 1.0) * count as f32) as usize;
            cell.min(count.saturating_sub(1))
        };
        (at(down, rows) * columns + at(across, columns)).min(self.most)
    }
}

fn choice(state: &State) -> Option<Choice> {
    let plan = state.branch_plan()?;
    let piece = state.pieces.get(&plan.parent)?;
    Some(match plan.keep {
        Keep::Positions(positions) => Choice::Beginning {
            rows: positions / piece.card.grid[1].max(1),
            most_rows: piece.most_kept_rows(),
            positions,
            total: piece.total(),
        },
        Keep::Depths(depths) => Choice::Depths {
            depths,
            most: piece.most_kept_depths(),
        },
    })
}

fn continued_as(state: &State, piece: &Piece) -> Option<String> {
    state.branching.photographs.file(piece.id)?;
    let title = state.draft_title()?;
    Some(wording::branch::continued_as(&title))
}

fn tree(state: &State, piece: PieceId) -> Vec<TreeRow<'_>> {
    let relatives = state.relatives(piece);
    if relatives.len() < 2 {
        return Vec::new();
    }
    let rows = relatives.iter().filter_map(|relative| row(state, relative));
    rows.collect()
}

fn row<'a>(state: &'a State, relative: &Relative) -> Option<TreeRow<'a>> {
    let piece = state.pieces.get(&relative.piece)?;
    let words = match &piece.recipe.start {
        Some(start) => wording::branch::keeps(start.positions, start.depths, piece.card.grid[1]),
        None => {
            let photograph = state.branching.photographs.file(piece.id).is_some();
            wording::branch::root(photograph).into()
        }
    };
    let small = piece
        .thumbnail
        .as_ref()
        .map(|small| (TextureKey::Thumbnail(piece.id), small));
    let shown = small.or_else(|| Some((TextureKey::Picture(piece.id), piece.pixels.as_ref()?)));
    Some(TreeRow {
        piece: piece.id,
        generation: relative.generation,
        title: &piece.title,
        label: wording::branch::relative(&piece.title, &words, Some(piece.stage)),
        words,
        shown: shown.map(|(key, pixels)| (key, Shown(pixels.clone()))),
        selected: state.desk().selected == Some(piece.id),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        actions::{Action, BranchAction},
        panels::fixture::{self, act, jobs},
    };

    fn finished() -> State {
        let mut state = fixture::state();
        let effects = act(&mut state, [Action::SetCount(1), Action::Generate]);
        fixture::finish(&mut state, jobs(&effects)[0]);
        state
    }

    #[test]
    fn there_is_nothing_to_show_before_a_picture_is_there() {
        let mut state = fixture::state();
        assert_eq!(Branch::of(&state), None);
        act(&mut state, [Action::Generate]);
        assert_eq!(Branch::of(&state), None);
    }

    #[test]
    fn rows_and_depths_can_be_chosen() {
        let mut state = finished();
        let id = state.desk().selected.unwrap();
        let branch = Branch::of(&state).unwrap();
        assert!(branch.can_open && branch.can_open_texture);
        assert_eq!((branch.choice, branch.tree.len()), (None, 0));
        act(&mut state, [Action::Branch(BranchAction::Open(id))]);
        let beginning = Choice::Beginning {
            rows: 2,
            most_rows: 3,
            positions: 8,
            total: 16,
        };
        assert_eq!(Branch::of(&state).unwrap().choice, Some(beginning));
        let overlay = Overlay::of(&state).unwrap();
        assert_eq!((overlay.kept, overlay.most), (8, 15));
        act(&mut state, [Action::Branch(BranchAction::OpenTexture(id))]);
        let depths = Choice::Depths { depths: 1, most: 1 };
        assert_eq!(Branch::of(&state).unwrap().choice, Some(depths));
        assert_eq!(Overlay::of(&state), None);
    }

    #[test]
    fn a_place_on_the_picture_is_a_position() {
        let overlay = Overlay {
            grid: [4, 4],
            kept: 8,
            most: 15,
        };
        assert_eq!(overlay.position(0.0, 0.0), 0);
        assert_eq!(overlay.position(0.3, 0.6), 9);
        assert_eq!(overlay.position(1.0, 1.0), 15);
        let stopped = Overlay { most: 6, ..overlay };
        assert_eq!(stopped.position(1.0, 1.0), 6);
    }

    #[test]
    fn the_tree_appears_with_the_first_branch() {
        let mut state = finished();
        let id = state.desk().selected.unwrap();
        let grow = [BranchAction::Open(id), BranchAction::Grow].map(Action::Branch);
        act(&mut state, grow);
        let branch = Branch::of(&state).unwrap();
        let rows: Vec<(usize, &str, bool)> = branch
            .tree
            .iter()
            .map(|row| (row.generation, row.words.as_str(), row.selected))
            .collect();
        assert_eq!(
            rows,
            [(0, "first picture", false), (1, "kept 2 rows", true)]
        );
        assert!(!branch.can_open, "the branch still grows");
    }
}
