//! How the picture at the cursor was made, and what can be done with it and the selection.

use eframe::egui::{Button, Grid, RichText, ScrollArea, Ui, Vec2};

use super::{Detail, Gallery};
use crate::{
    actions::{Action, Browse},
    gallery::index::{MOST_STARS, Mark, MarkChange},
    theme,
    widgets::{Icon, heading, icon_button},
    wording::{self, gallery as words},
};

/// The column at the right.
pub fn details_ui(ui: &mut Ui, data: &Gallery<'_>, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    let Some(detail) = &data.detail else {
        heading(ui, words::GALLERY, |ui| folder_ui(ui, actions));
        ui.label(RichText::new(words::NOTHING_SELECTED).color(palette.weak));
        return;
    };
    heading(ui, &detail.title, |ui| folder_ui(ui, actions));
    ui.label(RichText::new(&detail.file).small().color(palette.weak));
    ui.add_space(theme::GAP);
    let browse = &mut |browse| actions.push(Action::Browse(browse));
    marks_ui(ui, detail.mark, browse);
    ui.add_space(theme::GAP);
    ScrollArea::vertical()
        .id_salt("details")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            if let Some(trouble) = &detail.trouble {
                ui.label(RichText::new(trouble).color(palette.warning));
            }
            facts_ui(ui, detail);
            ui.add_space(theme::GROUP_GAP);
            buttons_ui(ui, data, detail, browse);
        });
}

fn folder_ui(ui: &mut Ui, actions: &mut Vec<Action>) {
    let tip = wording::OPEN_FOLDER;
    if icon_button(ui, Icon::Folder, tip, tip).clicked() {
        actions.push(Action::OpenFolder);
    }
}

fn marks_ui(ui: &mut Ui, mark: Mark, browse: &mut dyn FnMut(Browse)) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let (icon, name) = match mark.favourite {
            true => (Icon::HeartFilled, words::UNFAVOUR),
            false => (Icon::Heart, words::FAVOUR),
        };
        if icon_button(ui, icon, name, name).clicked() {
            browse(Browse::Mark(MarkChange::Favourite(!mark.favourite)));
        }
        ui.add_space(theme::GAP);
        for stars in 1..=MOST_STARS {
            let icon = match stars <= mark.rating {
                true => Icon::StarFilled,
                false => Icon::Star,
            };
            let name = words::rate(stars);
            if icon_button(ui, icon, &name, &name).clicked() {
                // The same star again takes the rating away.
                let rating = if mark.rating == stars { 0 } else { stars };
                browse(Browse::Mark(MarkChange::Rating(rating)));
            }
        }
    });
}

fn facts_ui(ui: &mut Ui, detail: &Detail) {
    let palette = theme::palette(ui);
    Grid::new("facts")
        .num_columns(2)
        .spacing(Vec2::new(12.0, 5.0))
        .show(ui, |ui| {
            for (name, value) in &detail.facts {
                ui.label(RichText::new(*name).color(palette.weak));
                ui.label(value);
                ui.end_row();
            }
        });
}

fn buttons_ui(ui: &mut Ui, data: &Gallery<'_>, detail: &Detail, browse: &mut dyn FnMut(Browse)) {
    let wide = Vec2::new(ui.available_width(), theme::ROW);
    let button = |ui: &mut Ui, enabled: bool, text: &str, tip: &str| {
        let button = Button::new(text).min_size(wide);
        ui.add_enabled(enabled, button).on_hover_text(tip).clicked()
    };
    let tip = words::USE_SETTINGS_TIP;
    if button(ui, detail.has_recipe, words::USE_SETTINGS, tip) {
        browse(Browse::UseSettings);
    }
    let readable = detail.trouble.is_none();
    if button(ui, readable && !data.large, words::LARGE, words::LARGE) {
        browse(Browse::Large(true));
    }
    if button(ui, readable, words::COPY, words::COPY_TIP) {
        browse(Browse::Copy);
    }
    if button(ui, true, wording::REVEAL, wording::REVEAL) {
        browse(Browse::Reveal);
    }
    if button(ui, data.selected > 0, words::DELETE, words::DELETE_TIP) {
        browse(Browse::Discard);
    }
}
