//! The page of models: from a model to the table, or to its pictures.

use strata_engine::{Mode, ModelCard};

use super::{Effect, Page, State, forecast};
use crate::gallery::index::{Command, Filter};

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

    /// Turns to the models; how many pictures each has made is asked for.
    pub(super) fn show_models(&mut self) -> Vec<Effect> {
        self.page = Page::Models;
        vec![Effect::Index(Command::Show(self.browser.query.clone()))]
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
