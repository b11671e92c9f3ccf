//! Pictures of one's own to begin with: a file is read, encoded by the model's tokenizer, and shown as the
//! tokenizer sees it, ready to be grown again. PNGs of Strata bring their codes along.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use strata_engine::{
    Codes, Command, Lineage, ModelCard, Picture, Pixels,
    worker::{Depths, JobId, RequestEvent, RequestId},
};

use super::{Effect, Piece, PieceId, Saving, Stage, State, Topic};
use crate::{
    explain::Explained,
    origin::{self, Origin},
    wording,
};

/// Pictures from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Photographs {
    /// Their files' names. What they show was not made by Strata, so they are never saved as if it were.
    files: BTreeMap<PieceId, String>,
    /// Files that are being read.
    reading: Vec<PathBuf>,
    /// Open questions to the tokenizer.
    asked: BTreeMap<RequestId, Photograph>,
    /// Files beside an opened one that should hold its parent, with the digest of the parent's recipe.
    sought: BTreeMap<PathBuf, String>,
    /// Parents that were found so. They are in the tree only, and stay as long as the canvas.
    found: BTreeSet<PieceId>,
}

/// A picture on its way through the tokenizer.
#[derive(Clone, Debug)]
struct Photograph {
    file: String,
    card: Arc<ModelCard>,
    /// Once it is encoded.
    codes: Option<Codes>,
}

impl Photographs {
    /// The name of the file that a picture comes from, if it comes from elsewhere.
    pub fn file(&self, piece: PieceId) -> Option<&str> {
        self.files.get(&piece).map(String::as_str)
    }

    /// The file that is being read or encoded, if one is.
    pub fn busy(&self) -> Option<String> {
        let reading = self.reading.last().and_then(|path| origin::file_name(path));
        reading.or_else(|| Some(self.asked.values().next_back()?.file.clone()))
    }

    /// Whether a question to the engine is one of these.
    pub(super) fn asked(&self, request: RequestId) -> bool {
        self.asked.contains_key(&request)
    }

    /// Whether a picture is here only because it is the parent of another.
    pub(super) fn found(&self, piece: PieceId) -> bool {
        self.found.contains(&piece)
    }

    /// The canvas is cleared, and its trees with it.
    pub(super) fn forget_found(&mut self) {
        self.found.clear();
    }

    /// The engine is gone, and its answers with it.
    pub(super) fn forget_questions(&mut self) {
        self.asked.clear();
    }
}

impl State {
    pub(super) fn read_picture(&mut self, path: PathBuf) -> Vec<Effect> {
        self.branching.photographs.reading.push(path.clone());
        vec![Effect::ReadPicture(path)]
    }

    /// A file was read.
    pub(super) fn hear_picture(
        &mut self,
        path: PathBuf,
        result: Result<Origin, Explained>,
    ) -> Vec<Effect> {
        let photographs = &mut self.branching.photographs;
        if let Some(digest) = photographs.sought.remove(&path) {
            return self.hear_parent(path, &digest, result);
        }
        photographs.reading.retain(|other| *other != path);
        match result {
            Ok(Origin::Strata(picture)) => self.open_picture(path, *picture),
            Ok(Origin::Foreign(pixels)) => self.encode(path, pixels),
            Err(error) => {
                let sentence = wording::sentence(&error.sentence);
                self.notify(Topic::Other, sentence, error.next_step, Vec::new());
                Vec::new()
            }
        }
    }

    /// A picture of Strata's: its codes are there. When its model is not, it is a picture like any other.
    fn open_picture(&mut self, path: PathBuf, picture: Picture) -> Vec<Effect> {
        let card = self.card_of(&picture.recipe.model).cloned();
        let Some(card) = card.filter(|card| origin::fits(&picture.codes, card)) else {
            return self.encode(path, Pixels::clone(&picture.pixels));
        };
        let title = self.title(picture.recipe.subject, 0);
        let known = |piece: &&Piece| piece.path() == Some(&path);
        if let Some(piece) = self.pieces.values().find(known).map(|piece| piece.id) {
            return self.open_opened(piece);
        }
        let id = self.take_in(picture, card, title);
        if let Some(piece) = self.pieces.get_mut(&id) {
            piece.saving = Saving::Saved(path);
        }
        self.adopt(id);
        let mut effects = self.open_opened(id);
        effects.extend(self.seek_parent(id));
        effects
    }

    /// Looks for the parent of an opened picture in the file beside it that it names.
    fn seek_parent(&mut self, id: PieceId) -> Option<Effect> {
        let piece = self.pieces.get(&id)?;
        let start = piece.recipe.start.as_ref()?;
        let Lineage::Picture {
            recipe,
            file: Some(file),
        } = &start.from
        else {
            return None;
        };
        // A name, never a way to another folder.
        let name = Path::new(file).file_name()?;
        let (path, digest) = (piece.path()?.with_file_name(name), recipe.clone());
        if self.branching.family.parent(id).is_some() {
            return None;
        }
        let sought = &mut self.branching.photographs.sought;
        sought.insert(path.clone(), digest);
        Some(Effect::ReadPicture(path))
    }

    /// What was found beside an opened picture; anything but its parent is passed over in silence.
    fn hear_parent(
        &mut self,
        path: PathBuf,
        digest: &str,
        result: Result<Origin, Explained>,
    ) -> Vec<Effect> {
        let Ok(Origin::Strata(picture)) = result else {
            return Vec::new();
        };
        let card = self.card_of(&picture.recipe.model).cloned();
        let card = card.filter(|card| origin::fits(&picture.codes, card));
        let is_parent = picture.recipe.digest().is_ok_and(|own| own == digest);
        let Some(card) = card.filter(|_| is_parent) else {
            return Vec::new();
        };
        let title = self.title(picture.recipe.subject, 0);
        let id = self.take_in(*picture, card, title);
        if let Some(piece) = self.pieces.get_mut(&id) {
            piece.saving = Saving::Saved(path);
        }
        self.branching.photographs.found.insert(id);
        self.adopt(id);
        self.seek_parent(id).into_iter().collect()
    }

    fn encode(&mut self, path: PathBuf, image: Pixels) -> Vec<Effect> {
        let Some(card) = self.card().cloned().filter(|_| self.engine_runs) else {
            let sentence = wording::branch::NOT_ENCODED.to_owned();
            let next_step = wording::branch::NOT_ENCODED_HINT.to_owned();
            self.notify(Topic::Other, sentence, next_step, Vec::new());
            return Vec::new();
        };
        let request = RequestId(self.ids.next());
        let model = card.id.clone();
        let photograph = Photograph {
            file: origin::file_name(&path).unwrap_or_default(),
            card,
            codes: None,
        };
        self.branching.photographs.asked.insert(request, photograph);
        vec![Effect::Engine(Command::Encode {
            request,
            model,
            image,
        })]
    }

    /// The tokenizer answers: first codes, then how it sees them.
    pub(super) fn hear_photograph(
        &mut self,
        request: RequestId,
        event: RequestEvent,
    ) -> Vec<Effect> {
        let asked = &mut self.branching.photographs.asked;
        let Some(photograph) = asked.remove(&request) else {
            return Vec::new();
        };
        match (event, photograph.codes) {
            (RequestEvent::Encoded(codes), _) => {
                let request = RequestId(self.ids.next());
                let model = photograph.card.id.clone();
                let encoded = Photograph {
                    codes: Some(codes.clone()),
                    ..photograph
                };
                self.branching.photographs.asked.insert(request, encoded);
                vec![Effect::Engine(Command::Decode {
                    request,
                    model,
                    codes,
                    depths: Depths::ALL,
                })]
            }
            (RequestEvent::Decoded(pixels), Some(codes)) => {
                let (file, card) = (photograph.file, photograph.card);
                self.show_photograph(file, card, codes, pixels)
            }
            (RequestEvent::Failed(error), _) => {
                self.notify_error(Topic::Other, &error, Vec::new());
                Vec::new()
            }
            (RequestEvent::Decoded(_), None) => Vec::new(),
        }
    }

    fn show_photograph(
        &mut self,
        file: String,
        card: Arc<ModelCard>,
        codes: Codes,
        pixels: Arc<Pixels>,
    ) -> Vec<Effect> {
        let picture = Picture {
            recipe: self.first_recipe(&card),
            codes,
            pixels,
            log_likelihood: None,
            seconds: 0.0,
        };
        let id = self.take_in(picture, card, file.clone());
        self.branching.photographs.files.insert(id, file);
        self.open_opened(id)
    }

    /// A picture that is there already, among those of this session.
    fn take_in(&mut self, picture: Picture, card: Arc<ModelCard>, title: String) -> PieceId {
        let (id, job) = (PieceId(self.ids.next()), JobId(self.ids.next()));
        let mut piece = Piece::new(id, job, picture.recipe.clone(), card, title);
        piece.stage = match picture.codes.is_complete() {
            true => Stage::Finished,
            false => Stage::Cancelled,
        };
        piece.note_picture(picture);
        self.pieces.insert(id, piece);
        id
    }

    /// Shows what was opened, and asks how much of it is kept.
    fn open_opened(&mut self, id: PieceId) -> Vec<Effect> {
        let mut effects = self.select(id);
        self.show_large(id);
        effects.extend(self.open_branch(id, Piece::upper_half));
        effects
    }
}
