//! One picture from the moment it is asked for until its file lies in the folder. What the engine and
//! the gallery tell of it is written down here; what follows from it is decided in the reducer.

use std::{path::PathBuf, sync::Arc};

use strata_engine::{Mode, ModelCard, Picture, Pixels, Recipe, Subject, worker::JobId};

use super::Sight;

/// A picture of this session. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PieceId(pub u64);

/// How far a picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// In the engine's queue.
    Waiting,
    /// Being sampled.
    Growing,
    /// Done.
    Finished,
    /// Stopped half-way.
    Cancelled,
    /// Could not be made.
    Failed,
}

impl Stage {
    /// Whether the engine still has it.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Waiting | Self::Growing)
    }
}

/// What became of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saving {
    /// Nothing to save, or not asked for.
    Not,
    /// On its way to the disk.
    Running,
    /// Here it is.
    Saved(PathBuf),
    /// Not written; the picture is still in memory.
    Failed,
}

/// One picture as it is shown at each depth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lanes {
    /// Entry `k` shows depths `0..=k` summed; `None` until something is known.
    pub pixels: Vec<Option<Arc<Pixels>>>,
    /// Whether the decoder made them (rather than the linear preview), or was asked to.
    pub decoded: bool,
    /// Entry `k` shows depth `k` without the others; shorter while nothing was asked for.
    pub alone: Vec<Option<Arc<Pixels>>>,
}

impl Lanes {
    /// Takes one depth alone.
    pub fn note_alone(&mut self, depth: usize, pixels: Arc<Pixels>) {
        if self.alone.len() <= depth {
            self.alone.resize(depth + 1, None);
        }
        if let Some(place) = self.alone.get_mut(depth) {
            *place = Some(pixels);
        }
    }
}

/// One picture.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Its name.
    pub id: PieceId,
    /// The job that makes it; another one after a retry.
    pub job: JobId,
    /// What makes it.
    pub recipe: Recipe,
    /// The model's card.
    pub card: Arc<ModelCard>,
    /// The class's name, or what a page is called.
    pub title: String,
    /// How far it is.
    pub stage: Stage,
    /// Codes so far, `[positions, depth]` in raster order.
    pub codes: Vec<u32>,
    /// Entropy of each code in nats, as long as `codes`.
    pub entropy: Vec<f32>,
    /// Positions done.
    pub done: usize,
    /// Positions that were known beforehand, among those in all.
    pub given: usize,
    /// Positions that each pass kept, in the mean; `None` before the first.
    pub kept_a_pass: Option<f32>,
    /// Positions that the newest preview shows.
    pub previewed: usize,
    /// The best picture there is.
    pub pixels: Option<Arc<Pixels>>,
    /// The picture depth by depth.
    pub lanes: Lanes,
    /// What the engine handed over in the end.
    pub picture: Option<Arc<Picture>>,
    /// The file.
    pub saving: Saving,
    /// A small copy for lists, made by the gallery.
    pub thumbnail: Option<Arc<Pixels>>,
}

impl Piece {
    /// A picture that has just been asked for.
    pub fn new(
        id: PieceId,
        job: JobId,
        recipe: Recipe,
        card: Arc<ModelCard>,
        title: String,
    ) -> Self {
        let depth = card.depth;
        Self {
            id,
            job,
            recipe,
            card,
            title,
            stage: Stage::Waiting,
            codes: Vec::new(),
            entropy: Vec::new(),
            done: 0,
            given: 0,
            kept_a_pass: None,
            previewed: 0,
            pixels: None,
            lanes: Lanes {
                pixels: vec![None; depth],
                decoded: false,
                alone: Vec::new(),
            },
            picture: None,
            saving: Saving::Not,
            thumbnail: None,
        }
    }

    /// Positions in all.
    pub fn total(&self) -> usize {
        self.card.grid[0] * self.card.grid[1]
    }

    /// From 0 to 1.
    pub fn fraction(&self) -> f32 {
        match self.stage {
            Stage::Finished => 1.0,
            _ => self.done.min(self.total()) as f32 / self.total().max(1) as f32,
        }
    }

    /// The mode it belongs to.
    pub fn mode(&self) -> Mode {
        match self.recipe.subject {
            Subject::Class(_) => Mode::Classes,
            Subject::Page => Mode::Documents,
        }
    }

    /// Its file, once it has one.
    pub fn path(&self) -> Option<&PathBuf> {
        match &self.saving {
            Saving::Saved(path) => Some(path),
            _ => None,
        }
    }

    /// Whether a picture exists that is in no file yet and that no one gave up.
    pub fn is_unsaved(&self) -> bool {
        matches!(self.saving, Saving::Running | Saving::Failed)
    }

    /// Forgets everything that was made, for another try under another job.
    pub fn start_over(&mut self, job: JobId) {
        *self = Self::new(
            self.id,
            job,
            self.recipe.clone(),
            Arc::clone(&self.card),
            std::mem::take(&mut self.title),
        );
    }

    /// Writes down the codes of one position.
    pub fn note_codes(&mut self, position: usize, codes: &[u32], entropy: &[f32]) {
        if position >= self.total() || codes.len() != self.card.depth {
            return;
        }
        let start = position * codes.len();
        let end = start + codes.len();
        if self.codes.len() < end {
            self.codes.resize(end, 0);
            self.entropy.resize(end, 0.0);
        }
        if let Some(place) = self.codes.get_mut(start..end) {
            place.copy_from_slice(codes);
        }
        for (place, value) in self.entropy.iter_mut().skip(start).zip(entropy) {
            *place = *value;
        }
        self.done = self.done.max(position + 1);
    }

    /// Takes the newest preview; an older one that comes late changes nothing.
    pub fn note_preview(&mut self, positions: usize, lanes: Vec<Arc<Pixels>>) {
        if positions < self.previewed || lanes.is_empty() {
            return;
        }
        self.previewed = positions;
        self.pixels = lanes.last().cloned();
        self.lanes.pixels = lanes.into_iter().map(Some).collect();
    }

    /// Takes the picture that the engine handed over.
    pub fn note_picture(&mut self, picture: Picture) {
        self.done = picture.codes.positions();
        self.recipe = picture.recipe.clone();
        self.pixels = Some(Arc::clone(&picture.pixels));
        if let Some(last) = self.lanes.pixels.last_mut() {
            *last = Some(Arc::clone(&picture.pixels));
        }
        self.picture = Some(Arc::new(picture));
    }

    /// What the canvas shows when the first `depth + 1` depths are asked for, or all.
    pub fn shown(&self, depth: Option<usize>) -> Option<&Arc<Pixels>> {
        match depth {
            Some(depth) if depth + 1 < self.lanes.pixels.len() => {
                self.lanes.pixels.get(depth).and_then(Option::as_ref)
            }
            _ => self.pixels.as_ref(),
        }
    }

    /// What is shown of a part of the codes, once it is known.
    pub fn seen(&self, sight: Sight) -> Option<&Arc<Pixels>> {
        match sight.depth {
            Some(depth) if sight.alone && depth > 0 => {
                self.lanes.alone.get(depth).and_then(Option::as_ref)
            }
            depth => self.shown(depth),
        }
    }

    /// Lets go of what can be had again (lanes, codes seen on the way), to keep long sessions small. The
    /// entropies stay: no file holds them.
    pub fn slim(&mut self) {
        self.lanes.pixels.iter_mut().for_each(|lane| *lane = None);
        self.lanes.decoded = false;
        self.lanes.alone = Vec::new();
        self.codes = Vec::new();
    }
}
