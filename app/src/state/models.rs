//! The page of models: from a model to the table, or to its pictures.

use strata_engine::{Mode, ModelCard};

use super::{Effect, Page, State, forecast};
use crate::gallery::index::{Command, Filter};

/// The share of the rate at which a machine reads memory that sampling reaches: 60 to 89 of a hundred on those
/// that were measured (packaging/measured.md).
const REACHED: f64 = 0.75;
/// Weights below this may stay in a processor's caches, where that rate says nothing.
const SMALLEST_ESTIMATED: u64 = 128 << 20;
/// The share of a machine's memory that a model may take; the system and the window need some.
pub(super) const MOST_MEMORY: f64 = 0.85;

impl State {
    /// The model that the next picture of a mode is drawn with, by its id.
    pub fn chosen_model(&self, mode: Mode) -> Option<&str> {
        let desk = self.desks.iter().find(|desk| desk.mode == mode)?;
        desk.model.as_deref()
    }

    /// Seconds that one picture at the recommended settings takes; `None` when the model never ran here.
    pub fn time_of_one(&self, card: &ModelCard) -> Option<f64> {
        let speed = |rows| self.preferences.rows_per_sec(&card.id, rows);
        forecast::of_one(card, speed).secs
    }

    /// Seconds that one picture of a model would take that never ran here, from how fast this machine reads memory;
    /// `None` when that was not measured, and for small models, whose weights lie nearer than in memory.
    pub fn estimate(&self, weights: u64, positions: usize) -> Option<f64> {
        let rate = self.works.strength?.bytes_per_sec?;
        let worth_it = weights >= SMALLEST_ESTIMATED;
        worth_it.then(|| positions as f64 * weights as f64 / (rate * REACHED))
    }

    /// Whether something that needs so many bytes is too large for this machine.
    pub fn is_too_large(&self, needed: u64) -> bool {
        let memory = self.works.strength.and_then(|strength| strength.memory);
        memory.is_some_and(|memory| needed as f64 > memory as f64 * MOST_MEMORY)
    }

    /// Turns to the models; how many pictures each has made is asked for.
    pub(super) fn show_models(&mut self) -> Vec<Effect> {
        self.page = Page::Models;
        let mut effects = vec![Effect::Index(Command::Show(self.browser.query.clone()))];
        effects.extend(self.look_at_models());
        effects
    }

    /// Turns to the table of the model's mode.
    pub(super) fn draw_with(&mut self, id: &str) -> Vec<Effect> {
        let Some(mode) = self.card_of(id).map(|card| card.mode) else {
            return Vec::new();
        };
        self.page = Page::Studio;
        let mut effects = self.set_mode(mode);
        effects.extend(self.choose_model(id));
        effects
    }

    /// Turns to the gallery, with this model's pictures and no other.
    pub(super) fn show_pictures_of(&mut self, id: String) -> Vec<Effect> {
        self.browser.query.filter = Filter {
            model: Some(id),
            ..Filter::default()
        };
        self.show_gallery()
    }
}
