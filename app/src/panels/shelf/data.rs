//! What the shelf shows.

use std::path::Path;

use crate::{
    state::{PieceId, State},
    widgets::{Shown, TextureKey},
};

/// The shelf.
#[derive(Clone, Debug, PartialEq)]
pub struct Shelf<'a> {
    /// Newest first.
    pub items: Vec<Item<'a>>,
    /// How many pictures the session saved.
    pub saved: usize,
}

/// A saved picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Item<'a> {
    /// Which.
    pub piece: PieceId,
    /// What it shows.
    pub title: &'a str,
    /// The file's name.
    pub file: &'a str,
    /// The file.
    pub path: &'a Path,
    /// A small copy.
    pub thumbnail: Option<(TextureKey, Shown)>,
    /// Whether it is looked at.
    pub selected: bool,
}

impl<'a> Shelf<'a> {
    /// From the state.
    pub fn of(state: &'a State) -> Self {
        let selected = state.desk().selected;
        let item = |id: &PieceId| {
            let piece = state.pieces.get(id)?;
            let path = piece.path()?;
            Some(Item {
                piece: *id,
                title: &piece.title,
                file: path.file_name()?.to_str().unwrap_or_default(),
                path,
                thumbnail: piece
                    .thumbnail
                    .as_ref()
                    .map(|small| (TextureKey::Thumbnail(*id), Shown(small.clone()))),
                selected: selected == Some(*id),
            })
        };
        Self {
            items: state.shelf.pieces.iter().filter_map(item).collect(),
            saved: state.shelf.saved,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        actions::Action,
        panels::fixture::{self, act, hear, jobs},
        state::View,
    };

    #[test]
    fn saved_pictures_stand_newest_first_and_can_be_looked_at_later() {
        let mut state = fixture::state();
        let effects = act(&mut state, [Action::SetCount(2), Action::Generate]);
        for job in jobs(&effects) {
            hear(&mut state, fixture::started(job));
            fixture::finish(&mut state, job);
        }
        assert_eq!(Shelf::of(&state).saved, 0);
        let board = state.desk().board.clone();
        fixture::saved(&mut state, board[0], "a.png");
        fixture::saved(&mut state, board[1], "b.png");
        let files = |state: &State| -> Vec<String> {
            let items = Shelf::of(state).items;
            items.iter().map(|item| item.file.to_owned()).collect()
        };
        assert_eq!(files(&state), ["b.png", "a.png"]);

        // A new batch takes the canvas; the shelf keeps what it has.
        act(&mut state, [Action::Generate]);
        assert_eq!(files(&state), ["b.png", "a.png"]);
        assert!(!state.desk().board.contains(&board[0]));
        act(&mut state, [Action::SelectPicture(board[0])]);
        assert_eq!(state.desk().view, View::One);
        assert!(Shelf::of(&state).items[1].selected);
        assert!(state.pieces[&board[0]].pixels.is_some());
    }
}
