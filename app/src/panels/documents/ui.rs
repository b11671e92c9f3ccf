//! Draws the page panel.

use eframe::egui::{RichText, ScrollArea, Ui};

use super::Documents;
use crate::{theme, widgets::heading, wording};

/// The page panel; takes the height it is given.
pub fn documents_ui(ui: &mut Ui, data: &Documents<'_>) {
    let palette = theme::palette(ui);
    heading(ui, wording::DOCUMENTS_HEADING, |_| {});
    ScrollArea::vertical()
        .id_salt("documents")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.label(wording::DOCUMENTS_TEXT);
            let Some((grid, depth)) = data.grid else {
                return;
            };
            ui.add_space(theme::GAP);
            if !data.summary.is_empty() {
                ui.label(RichText::new(wording::sentence(data.summary)).color(palette.strong));
            }
            ui.label(RichText::new(wording::grid(grid, depth)).color(palette.weak));
            ui.add_space(theme::GAP);
            ui.label(RichText::new(data.attribution).small().color(palette.weak));
        });
}
