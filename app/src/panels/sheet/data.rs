//! What the dialog and the grid show.

use crate::{
    panels::canvas::{Legend, Tile, tile},
    state::{
        AxisKind, AxisWish, PieceId, Room, Sheet, SheetCell, SheetFile, SheetTrouble, State, Zoom,
        sheet_cells, sheet_pictures,
    },
    widgets::{Shown, TextureKey},
    wording,
};

/// The dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialog {
    /// Across, down and blocks.
    pub axes: Vec<AxisView>,
    /// What can be chosen.
    pub kinds: Vec<AxisKind>,
    /// What it will cost, or what stands in the way.
    pub outcome: Result<String, String>,
}

/// An axis of the dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AxisView {
    /// What is chosen.
    pub wish: AxisWish,
    /// The values, when they are chosen elsewhere and cannot be typed.
    pub fixed: Option<String>,
}

/// The grid.
#[derive(Clone, Debug, PartialEq)]
pub struct SheetView<'a> {
    /// The line above it.
    pub title: String,
    /// Above the columns.
    pub columns: Vec<String>,
    /// Beside the rows; empty when nothing changes downwards.
    pub rows: Vec<String>,
    /// Below each other.
    pub blocks: Vec<Block<'a>>,
    /// Width and height of a picture, in pixels.
    pub size: [usize; 2],
    /// What became of the PNG.
    pub file: FileView,
    /// The magnification that is wished for.
    pub zoom: Zoom,
    /// What the canvas said last that it has room for.
    pub room: Room,
}

/// A part of the grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Block<'a> {
    /// Above it; `None` when there is one only.
    pub label: Option<String>,
    /// In reading order.
    pub cells: Vec<CellView<'a>>,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub struct CellView<'a> {
    /// The picture.
    pub piece: PieceId,
    /// Its number on the sheet, from 0.
    pub number: usize,
    /// Its values, in words.
    pub values: String,
    /// What is drawn; `None` for a picture that was cancelled before its first step.
    pub tile: Option<Tile<'a>>,
}

/// What became of the PNG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileView {
    /// It could be written as it is.
    Savable,
    /// Nothing to write yet.
    None,
    /// It is being written.
    Saving,
    /// It is in the folder.
    Saved,
}

impl Dialog {
    /// From the state; `None` when it is closed.
    pub fn of(state: &State) -> Option<Self> {
        if !state.sheets.open {
            return None;
        }
        let names = || {
            let classes = state.chosen_classes().into_iter();
            let names = classes.map(|class| state.class_name(class));
            names.collect::<Vec<String>>().join(", ")
        };
        let axes = state.sheets.wish.iter().map(|wish| AxisView {
            fixed: (wish.kind == Some(AxisKind::Class)).then(names),
            wish: wish.clone(),
        });
        let trouble = |trouble: SheetTrouble| wording::sheet::trouble(&trouble);
        Some(Self {
            axes: axes.collect(),
            kinds: state.axis_kinds(),
            outcome: state
                .sheet_axes()
                .map(|axes| wording::sheet::cost(sheet_pictures(&axes), sheet_cells(&axes)))
                .map_err(trouble),
        })
    }
}

impl<'a> SheetView<'a> {
    /// From the state; `None` when the canvas shows no sheet.
    pub fn of(state: &'a State) -> Option<Self> {
        let sheet = state.sheet_on_canvas()?;
        let labels = |axis: usize| -> Vec<String> {
            let axis = sheet.axes.get(axis);
            let values = axis.map_or(&[][..], |axis| &axis.values);
            let words = values.iter().map(|value| state.axis_value_words(*value));
            words.collect()
        };
        let block = sheet.length(0) * sheet.length(1);
        let numbers: Vec<usize> = (0..sheet.cells.len()).collect();
        let names = labels(2);
        let blocks = numbers.chunks(block.max(1)).enumerate();
        let blocks = blocks.map(|(at, numbers)| Block {
            label: names.get(at).cloned(),
            cells: numbers
                .iter()
                .filter_map(|number| cell(state, sheet, *number))
                .collect(),
        });
        let first = sheet
            .cells
            .first()
            .and_then(|cell| state.pieces.get(&cell.piece))?;
        Some(Self {
            title: title(state, sheet),
            columns: labels(0),
            rows: labels(1),
            blocks: blocks.collect(),
            size: first.card.size,
            file: file(state, sheet),
            zoom: state.viewing.zoom,
            room: state.viewing.room,
        })
    }
}

fn title(state: &State, sheet: &Sheet) -> String {
    let kinds: Vec<AxisKind> = sheet.axes.iter().map(|axis| axis.kind).collect();
    let mut pieces: Vec<PieceId> = sheet.cells.iter().map(|cell| cell.piece).collect();
    pieces.sort();
    pieces.dedup();
    let done = |id: &&PieceId| {
        let piece = state.pieces.get(id);
        piece.is_none_or(|piece| !piece.stage.is_live())
    };
    let finished = pieces.iter().filter(done).count();
    wording::sheet::title(&kinds, finished, pieces.len())
}

fn file(state: &State, sheet: &Sheet) -> FileView {
    let drawn = |cell: &SheetCell| {
        let piece = state.pieces.get(&cell.piece);
        piece.is_some_and(|piece| piece.pixels.is_some())
    };
    match sheet.file {
        SheetFile::Running => FileView::Saving,
        SheetFile::Saved(_) => FileView::Saved,
        SheetFile::Not | SheetFile::Failed if sheet.cells.iter().any(drawn) => FileView::Savable,
        SheetFile::Not | SheetFile::Failed => FileView::None,
    }
}

fn cell<'a>(state: &'a State, sheet: &Sheet, number: usize) -> Option<CellView<'a>> {
    let cell = sheet.cells.get(number)?;
    let values = sheet.values(number).into_iter();
    let values: Vec<String> = values.map(|value| state.axis_value_words(value)).collect();
    let top = Legend::of(state).and_then(|legend| legend.top);
    let piece = state.pieces.get(&cell.piece);
    let mut drawn = piece.map(|piece| tile(state, piece, number, top));
    let has_depths = sheet.axes.iter().any(|axis| axis.kind == AxisKind::Depth);
    if let (true, Some(piece), Some(tile)) = (has_depths, piece, &mut drawn) {
        // Which depth is seen is the cell's matter, not that of the picture that is looked at.
        let key = match cell.depth {
            Some(depth) => TextureKey::Lane(cell.piece, depth),
            None => TextureKey::Picture(cell.piece),
        };
        let shown = piece.shown(cell.depth);
        tile.shown = shown.map(|shown| (key, Shown(shown.clone())));
    }
    Some(CellView {
        piece: cell.piece,
        number,
        values: values.join(", "),
        tile: drawn,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        actions::{Action, SheetAction},
        panels::fixture::{self, act, hear, jobs},
    };

    fn sheet(axes: [(AxisKind, &str); 2]) -> Vec<Action> {
        let mut actions = vec![SheetAction::Open];
        for (at, (kind, text)) in axes.into_iter().enumerate() {
            actions.push(SheetAction::SetKind(at, Some(kind)));
            actions.push(SheetAction::SetValues(at, text.into()));
        }
        actions.into_iter().map(Action::Sheet).collect()
    }

    #[test]
    fn the_dialog_says_what_it_will_cost_or_what_is_wrong() {
        let mut state = fixture::state();
        assert_eq!(Dialog::of(&state), None);
        let axes = [(AxisKind::Guidance, "1, 2, 4"), (AxisKind::Depth, "1 2")];
        act(&mut state, sheet(axes));
        let outcome = |state: &State| Dialog::of(state).unwrap().outcome;
        let cost = "3 pictures will be sampled; the 6 cells show their depths.";
        assert_eq!(outcome(&state), Ok(cost.into()));
        let wrong = SheetAction::SetValues(0, "1, two".into());
        act(&mut state, [Action::Sheet(wrong)]);
        assert_eq!(
            outcome(&state),
            Err("“two” is no value for guidance.".into())
        );
    }

    #[test]
    fn the_grid_has_labels_and_fills_in() {
        let mut state = fixture::state();
        let axes = [(AxisKind::Guidance, "1, 2"), (AxisKind::Seed, "5, 6")];
        act(&mut state, sheet(axes));
        let effects = act(&mut state, [Action::Sheet(SheetAction::Make)]);
        let jobs = jobs(&effects);
        assert_eq!(jobs.len(), 4);
        hear(&mut state, fixture::started(jobs[1]));
        hear(&mut state, fixture::preview(jobs[1], 8));
        let view = SheetView::of(&state).unwrap();
        assert_eq!(view.title, "Guidance \u{d7} Seed, 0 of 4 done");
        assert_eq!(view.columns, ["guidance 1", "guidance 2"]);
        assert_eq!(view.rows, ["seed 5", "seed 6"]);
        assert_eq!(view.blocks.len(), 1);
        let cells = &view.blocks[0].cells;
        assert_eq!(cells[1].values, "guidance 2, seed 5");
        let has_pixels = |cell: &CellView<'_>| cell.tile.as_ref().unwrap().shown.is_some();
        let shown: Vec<bool> = cells.iter().map(has_pixels).collect();
        assert_eq!(shown, [false, true, false, false]);
        assert_eq!(view.file, FileView::Savable);
    }
}
