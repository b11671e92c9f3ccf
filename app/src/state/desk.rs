//! What lies on the table in one mode: the model, its settings, the pictures on the canvas. The other
//! mode has its own desk, so turning from one to the other disturbs nothing.

use strata_engine::{Guidance, Mode, ModelCard, PerDepth, Sampling};

use super::PieceId;

/// Most pictures of a class, or pages, that one Generate makes.
pub const MOST_PICTURES: u32 = 100;

/// How the canvas shows the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// All pictures side by side.
    #[default]
    All,
    /// The selected picture, large.
    One,
}

/// What determines pictures apart from the subject and the seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Classifier-free guidance.
    pub guidance: Guidance,
    /// Temperature and filters.
    pub sampling: Sampling,
}

impl Settings {
    /// What the model's card recommends.
    pub fn recommended(card: &ModelCard) -> Self {
        Self {
            guidance: card.guidance.clone(),
            sampling: card.sampling.clone(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            guidance: Guidance::NONE,
            sampling: Sampling::default(),
        }
    }
}

/// The first depth's value, which stands for all of them in controls that have one handle.
pub fn leading<T: Copy>(values: &PerDepth<T>, otherwise: T) -> T {
    values.values().first().copied().unwrap_or(otherwise)
}

/// The table of one mode.
#[derive(Clone, Debug, PartialEq)]
pub struct Desk {
    /// Which mode.
    pub mode: Mode,
    /// The chosen model's id; `None` when no model of this mode is installed.
    pub model: Option<String>,
    /// Guidance and sampling.
    pub settings: Settings,
    /// Pictures of each class, or pages.
    pub count: u32,
    /// The seed of the batch on the canvas, or of the next one when it is locked.
    pub seed: u64,
    /// Whether Generate keeps the seed.
    pub seed_locked: bool,
    /// The pictures on the canvas, in the order they were asked for.
    pub board: Vec<PieceId>,
    /// The picture looked at; it may come from the shelf.
    pub selected: Option<PieceId>,
    /// All pictures or one.
    pub view: View,
    /// The depth looked at; `None` is the whole picture.
    pub depth: Option<usize>,
    /// Whether a person chose the model in this session.
    pub touched: bool,
}

impl Desk {
    /// An empty table with the first model of the mode.
    pub fn new(mode: Mode, card: Option<&ModelCard>, seed: u64) -> Self {
        Self {
            mode,
            model: card.map(|card| card.id.clone()),
            settings: card.map(Settings::recommended).unwrap_or_default(),
            count: match mode {
                Mode::Classes => 4,
                Mode::Documents => 1,
            },
            seed,
            seed_locked: false,
            board: Vec::new(),
            selected: None,
            view: View::default(),
            depth: None,
            touched: false,
        }
    }
}
