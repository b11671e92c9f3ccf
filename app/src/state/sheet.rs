//! Sheets: a grid of pictures in which only what the axes name changes. All cells have the same seed and
//! number, so the noise is shared; depths are read off a picture and cost no sampling.

use std::{path::PathBuf, sync::Arc};

use strata_engine::{Mode, Pixels, Recipe, picture::sheet::Entry, worker::JobId};

use super::{
    Axis, AxisKind, AxisValue, AxisWish, Effect, Piece, PieceId, Saving, Stage, State, Topic, View,
};
use crate::{
    actions::{Action, SheetAction},
    explain::Explained,
    export::{self, Cell},
    gallery, origin, wording,
};

/// Everything about sheets.
#[derive(Clone, Debug, Default)]
pub struct Sheets {
    /// Whether the dialog is open.
    pub open: bool,
    /// The three axes as they are being thought up: across, down, and blocks below each other.
    pub wish: [AxisWish; 3],
    made: Option<Sheet>,
    hidden: bool,
}

/// A sheet on the canvas.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// Its number, so that a late answer is not taken for another sheet's.
    pub id: u64,
    /// On which desk.
    pub mode: Mode,
    /// Across, down, and blocks below each other; the first is always there.
    pub axes: Vec<Axis>,
    /// In reading order, one block after the other.
    pub cells: Vec<SheetCell>,
    /// The one PNG.
    pub file: SheetFile,
}

/// A cell of a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SheetCell {
    /// The picture.
    pub piece: PieceId,
    /// The last depth that is shown (0-based); `None` for the whole picture.
    pub depth: Option<usize>,
}

/// What became of a sheet's PNG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SheetFile {
    /// Not asked for yet.
    Not,
    /// On its way.
    Running,
    /// Here it is.
    Saved(PathBuf),
    /// Not written.
    Failed,
}

/// Several pictures to write on one PNG.
#[derive(Clone, Debug, PartialEq)]
pub struct SheetOrder {
    /// Which sheet.
    pub sheet: u64,
    /// The folder it goes to.
    pub folder: PathBuf,
    /// The file's name, without its ending.
    pub name: String,
    /// Pictures side by side.
    pub columns: usize,
    /// The pictures.
    pub cells: Vec<Cell>,
}

impl Sheets {
    /// Other pictures have come to the canvas.
    pub(super) fn hide(&mut self) {
        self.hidden = true;
    }
}

impl Sheet {
    /// Values along an axis; 1 for one that is not there.
    pub fn length(&self, axis: usize) -> usize {
        self.axes.get(axis).map_or(1, |axis| axis.values.len())
    }

    /// The values of a cell, in the order of the axes.
    pub fn values(&self, cell: usize) -> Vec<AxisValue> {
        let at = place(cell, [0, 1, 2].map(|axis| self.length(axis)));
        let value = |(axis, at): (&Axis, usize)| axis.values.get(at).copied();
        self.axes.iter().zip(at).filter_map(value).collect()
    }
}

/// Where a cell lies: across, down, block.
fn place(cell: usize, [across, down, _]: [usize; 3]) -> [usize; 3] {
    [cell % across, cell / across % down, cell / (across * down)]
}

impl State {
    /// The sheet that the canvas shows now.
    pub fn sheet_on_canvas(&self) -> Option<&Sheet> {
        let sheet = self.sheets.made.as_ref()?;
        let desk = self.desk();
        let there = |cell: &SheetCell| desk.board.contains(&cell.piece);
        let shown = !self.sheets.hidden && sheet.mode == self.mode && desk.view == View::All;
        (shown && sheet.cells.iter().any(there)).then_some(sheet)
    }

    pub(super) fn act_sheet(&mut self, action: SheetAction) -> Vec<Effect> {
        match action {
            SheetAction::Open => self.open_sheet_dialog(),
            SheetAction::Close => self.sheets.open = false,
            SheetAction::SetKind(axis, kind) => {
                let text = kind.map_or(String::new(), |kind| self.usual_values(kind));
                if let Some(wish) = self.sheets.wish.get_mut(axis) {
                    *wish = AxisWish { kind, text };
                }
            }
            SheetAction::SetValues(axis, text) => {
                if let Some(wish) = self.sheets.wish.get_mut(axis) {
                    wish.text = text;
                }
            }
            SheetAction::Make => return self.make_sheet(),
            SheetAction::Save => return self.save_sheet(),
            SheetAction::Reveal => {
                if let Some(SheetFile::Saved(path)) = self.sheets.made.as_ref().map(|s| &s.file) {
                    return vec![Effect::Reveal(path.clone())];
                }
            }
        }
        Vec::new()
    }

    /// What the model can vary is proposed, unless a person has chosen something already.
    fn open_sheet_dialog(&mut self) {
        self.sheets.open = true;
        let kinds = self.axis_kinds();
        let usable = |wish: &AxisWish| wish.kind.is_some_and(|kind| kinds.contains(&kind));
        if self.sheets.wish.iter().any(usable) {
            return;
        }
        let first = [AxisKind::Guidance, AxisKind::Temperature, AxisKind::Seed];
        let mut usual = first
            .into_iter()
            .filter(|kind| kinds.contains(kind))
            .take(2);
        let wish = [usual.next(), usual.next(), None].map(|kind| AxisWish {
            kind,
            text: kind.map_or(String::new(), |kind| self.usual_values(kind)),
        });
        self.sheets.wish = wish;
    }

    fn make_sheet(&mut self) -> Vec<Effect> {
        let (Ok(axes), Some(card)) = (self.sheet_axes(), self.card().cloned()) else {
            return Vec::new();
        };
        if !self.desk().seed_locked {
            self.desk_mut().seed = self.roll();
        }
        let first = self.first_recipe(&card);
        let mut sheet = Sheet {
            id: self.ids.next(),
            mode: self.mode,
            axes,
            cells: Vec::new(),
            file: SheetFile::Not,
        };
        let all = super::axes::cells(&sheet.axes);
        let recipes: Vec<(Recipe, Option<usize>)> = (0..all)
            .map(|cell| wished(&first, &sheet.values(cell), card.depth))
            .collect();
        let wrong = recipes.iter().find_map(|(recipe, _)| recipe.check().err());
        if let Some(error) = wrong {
            self.notify_error(Topic::Making, &error, vec![Action::ResetSampling]);
            return Vec::new();
        }
        self.settle(&Topic::Making);
        self.clear_board();
        let mut asked: Vec<(Recipe, PieceId)> = Vec::new();
        let mut effects = Vec::new();
        for (recipe, depth) in recipes {
            let known = asked.iter().find(|(other, _)| *other == recipe);
            let piece = match known {
                Some((_, piece)) => *piece,
                None => {
                    let (id, job) = (PieceId(self.ids.next()), JobId(self.ids.next()));
                    let title = self.title(recipe.subject, asked.len());
                    let new = Piece::new(id, job, recipe.clone(), Arc::clone(&card), title);
                    asked.push((recipe, id));
                    self.desk_mut().board.push(id);
                    effects.push(self.enqueue(new));
                    id
                }
            };
            sheet.cells.push(SheetCell { piece, depth });
        }
        let desk = self.desk_mut();
        desk.selected = asked.first().map(|(_, id)| *id);
        desk.depth = None;
        desk.view = View::All;
        self.sheets.made = Some(sheet);
        self.sheets.hidden = false;
        self.sheets.open = false;
        effects
    }

    /// Asks for the depths that the sheet shows, and saves it once nothing is missing.
    pub(super) fn tend_sheet(&mut self) -> Vec<Effect> {
        let Some(sheet) = self.sheets.made.clone() else {
            return Vec::new();
        };
        let lost = |cell: &SheetCell| {
            let boards = self.desks.iter().map(|desk| &desk.board);
            !boards.flatten().any(|piece| *piece == cell.piece)
        };
        if sheet.cells.iter().all(lost) {
            self.sheets.made = None;
            return Vec::new();
        }
        let mut effects = Vec::new();
        for cell in sheet.cells.iter().filter(|cell| cell.depth.is_some()) {
            effects.extend(self.request_lanes_of(cell.piece));
        }
        let ready = |cell: &SheetCell| {
            let piece = self.pieces.get(&cell.piece);
            let open = |(piece, _): &(PieceId, usize)| {
                // Without a depth axis the whole picture is all that the cell shows.
                cell.depth.is_some() && *piece == cell.piece
            };
            piece.is_some_and(|piece| {
                piece.stage == Stage::Finished && piece.saving != Saving::Running
            }) && !self.requests.values().any(open)
        };
        if sheet.file == SheetFile::Not && sheet.cells.iter().all(ready) {
            effects.extend(self.save_sheet());
        }
        effects
    }

    fn save_sheet(&mut self) -> Vec<Effect> {
        let Some(sheet) = self.sheets.made.clone() else {
            return Vec::new();
        };
        let cells = (0..sheet.cells.len()).filter_map(|cell| self.paper_cell(&sheet, cell));
        let cells: Vec<Cell> = cells.collect();
        if sheet.file == SheetFile::Running || cells.len() != sheet.cells.len() {
            return Vec::new();
        }
        let (title, seed) = match cells.first().map(|cell| &cell.entry.recipe) {
            Some(recipe) => (export::title(recipe.subject), recipe.seed),
            None => return Vec::new(),
        };
        if let Some(made) = &mut self.sheets.made {
            made.file = SheetFile::Running;
        }
        vec![Effect::SaveSheet(SheetOrder {
            sheet: sheet.id,
            folder: self.folder.clone(),
            name: format!("sheet-{}-{seed}", gallery::slug(&title)),
            columns: sheet.length(0),
            cells,
        })]
    }

    /// A cell as it goes on paper; what is missing is a grey area.
    fn paper_cell(&self, sheet: &Sheet, number: usize) -> Option<Cell> {
        let cell = sheet.cells.get(number)?;
        let piece = self.pieces.get(&cell.piece)?;
        let [width, height] = piece.card.size;
        let blank = || {
            Arc::new(Pixels {
                width,
                height,
                rgb: vec![200; width * height * 3],
            })
        };
        let file = piece.path().and_then(|path| origin::file_name(path));
        let values = sheet.values(number);
        let words = values.iter().map(|value| self.axis_value_words(*value));
        Some(Cell {
            pixels: piece.shown(cell.depth).cloned().unwrap_or_else(blank),
            entry: Entry {
                file: file.unwrap_or_default(),
                recipe: piece.recipe.clone(),
            },
            caption: words.collect::<Vec<String>>().join(", "),
        })
    }

    /// A value of an axis, for people.
    pub fn axis_value_words(&self, value: AxisValue) -> String {
        match value {
            AxisValue::Class(class) => self.class_name(class),
            other => wording::sheet::value(other),
        }
    }

    pub(super) fn hear_sheet(&mut self, sheet: u64, result: Result<PathBuf, Explained>) {
        let file = match result {
            Ok(path) => SheetFile::Saved(path),
            Err(error) => {
                let again = vec![Action::Sheet(SheetAction::Save), Action::ChooseFolder];
                let sentence = wording::sentence(&error.sentence);
                self.notify(Topic::Saving, sentence, error.next_step, again);
                SheetFile::Failed
            }
        };
        let made = self.sheets.made.as_mut();
        if let Some(made) = made.filter(|made| made.id == sheet) {
            made.file = file;
        }
    }
}

/// The recipe of a cell, and the last depth that it shows; `None` when that is the last there is.
fn wished(first: &Recipe, values: &[AxisValue], depth: usize) -> (Recipe, Option<usize>) {
    let mut recipe = first.clone();
    let mut shown = None;
    for value in values {
        value.apply(&mut recipe);
        if let AxisValue::Depths(depths) = value
            && *depths < depth
        {
            shown = depths.checked_sub(1);
        }
    }
    (recipe, shown)
}

#[cfg(test)]
#[path = "sheet_tests.rs"]
mod tests;
