//! Keeping pictures: saving them, the shelf of what was saved, the folder. The gallery's thread does the
//! writing; a picture leaves memory only after its file is there.

use std::{path::PathBuf, sync::Arc};

use strata_engine::{Picture, Subject};

use super::{Effect, PieceId, Saving, State, Topic};
use crate::{
    actions::Action,
    gallery::{Answer, index},
    wording,
};

/// How many saved pictures stay in memory; older ones are in the folder.
const SHELF_LENGTH: usize = 200;

/// A picture to write.
#[derive(Clone, Debug, PartialEq)]
pub struct SaveOrder {
    /// Which.
    pub piece: PieceId,
    /// The picture.
    pub picture: Arc<Picture>,
    /// The folder it goes to.
    pub folder: PathBuf,
    /// What it shows, for the file's name and text.
    pub title: String,
}

/// The pictures saved in this session.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shelf {
    /// Newest first.
    pub pieces: Vec<PieceId>,
    /// How many were saved, those no longer on the shelf included.
    pub saved: usize,
}

impl Shelf {
    /// Whether the picture is on it.
    pub fn contains(&self, piece: PieceId) -> bool {
        self.pieces.contains(&piece)
    }
}

impl State {
    /// Sends a picture to the gallery unless it is there already. A photograph is not Strata's to save.
    pub(super) fn save(&mut self, id: PieceId) -> Option<Effect> {
        if self.branching.photographs.file(id).is_some() {
            return None;
        }
        let folder = self.folder.clone();
        let piece = self.pieces.get_mut(&id)?;
        if matches!(piece.saving, Saving::Running | Saving::Saved(_)) {
            return None;
        }
        let picture = Arc::clone(piece.picture.as_ref()?);
        piece.saving = Saving::Running;
        // A page has no name of its own; its number on the canvas says nothing in a folder.
        let title = match piece.recipe.subject {
            Subject::Class(_) => piece.title.clone(),
            Subject::Page => wording::PAGE.to_owned(),
        };
        Some(Effect::Save(SaveOrder {
            piece: id,
            picture,
            folder,
            title,
        }))
    }

    /// Saves a picture that has just been finished; of drafts the best are saved in the end.
    pub(super) fn save_finished(&mut self, id: PieceId) -> Vec<Effect> {
        match self.drafts.judges(id) {
            true => Vec::new(),
            false => self.save(id).into_iter().collect(),
        }
    }

    pub(super) fn retry_saving(&mut self) -> Vec<Effect> {
        self.settle(&Topic::Saving);
        let failed: Vec<PieceId> = self
            .pieces
            .values()
            .filter(|piece| piece.saving == Saving::Failed)
            .map(|piece| piece.id)
            .collect();
        failed.into_iter().filter_map(|id| self.save(id)).collect()
    }

    pub(super) fn reveal(&self, id: PieceId) -> Vec<Effect> {
        let path = self.pieces.get(&id).and_then(|piece| piece.path());
        path.map(|path| Effect::Reveal(path.clone()))
            .into_iter()
            .collect()
    }

    /// What the gallery answers.
    pub(super) fn hear_gallery(&mut self, answer: Answer) -> Vec<Effect> {
        match answer {
            Answer::Saved {
                piece,
                path,
                thumbnail,
            } => {
                self.put_on_shelf(piece, path.clone(), thumbnail);
                return vec![Effect::Index(index::Command::Changed(vec![path]))];
            }
            Answer::NotSaved { piece, error } => {
                if let Some(piece) = self.pieces.get_mut(&piece) {
                    piece.saving = Saving::Failed;
                }
                let remedies = vec![Action::RetrySaving, Action::ChooseFolder];
                self.notify_error(Topic::Saving, &error, remedies);
            }
            Answer::NotShown { path, reason } => self.notify(
                Topic::Other,
                wording::not_shown(&path, &reason),
                wording::NOT_SHOWN_HINT.into(),
                Vec::new(),
            ),
            Answer::NotCopied(error) => self.notify_error(Topic::Other, &error, Vec::new()),
            // The window has the clipboard.
            Answer::Saving { .. } | Answer::Copied(_) => {}
            Answer::FolderPicked(Some(folder)) => {
                self.folder = folder.clone();
                self.browser.visiting = None;
                let mut effects = self.retry_saving();
                effects.push(Effect::Index(index::Command::SetFolder(folder)));
                return effects;
            }
            Answer::FolderPicked(None) | Answer::PicturePicked(None) => {}
            Answer::PicturePicked(Some(path)) => return self.read_picture(path),
            Answer::ModelPicked(paths) if paths.is_empty() => {}
            Answer::ModelPicked(paths) => return self.look_at_files(paths),
            Answer::Dropped(dropped) => return self.hear_dropped(dropped),
            Answer::PictureRead { path, result } => return self.hear_picture(path, result),
            Answer::SheetSaved { sheet, result } => self.hear_sheet(sheet, result),
        }
        Vec::new()
    }

    fn put_on_shelf(&mut self, id: PieceId, path: PathBuf, thumbnail: Arc<strata_engine::Pixels>) {
        let Some(piece) = self.pieces.get_mut(&id) else {
            return;
        };
        piece.saving = Saving::Saved(path);
        piece.thumbnail = Some(thumbnail);
        self.shelf.saved += 1;
        self.shelf.pieces.insert(0, id);
        self.shelf.pieces.truncate(SHELF_LENGTH);
        let used = |desk: &super::Desk| desk.board.contains(&id) || desk.selected == Some(id);
        if !self.desks.iter().any(used)
            && let Some(piece) = self.pieces.get_mut(&id)
        {
            piece.slim();
        }
        self.forget_loose_pieces();
    }
}
