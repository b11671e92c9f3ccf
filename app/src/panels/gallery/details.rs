//! How the picture at the cursor was made, and what can be done with it and the selection.

use std::path::Path;

use eframe::egui::{
    Button, Grid, PopupCloseBehavior, ProgressBar, RichText, ScrollArea, TextEdit, Ui, Vec2,
    containers::menu::{MenuButton, MenuConfig},
};
use strata_engine::picture::animated::Format;

use super::{Detail, Gallery};
use crate::{
    actions::{Action, Browse},
    export::{Way, job::Form},
    gallery::index::{MOST_STARS, Mark, MarkChange},
    shortcuts::{self, Deed},
    theme,
    widgets::{Icon, heading, icon_button},
    wording::{self, gallery as words},
};

/// The column at the right.
pub fn details_ui(ui: &mut Ui, data: &Gallery<'_>, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    let Some(detail) = &data.detail else {
        heading(ui, words::GALLERY, |ui| {
            folder_ui(ui, data.folder(), actions);
        });
        ui.label(RichText::new(words::NOTHING_SELECTED).color(palette.weak));
        return;
    };
    heading(ui, &detail.title, |ui| {
        folder_ui(ui, data.folder(), actions);
    });
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

fn folder_ui(ui: &mut Ui, folder: &Path, actions: &mut Vec<Action>) {
    let tip = wording::OPEN_FOLDER;
    if icon_button(ui, Icon::Folder, tip, tip).clicked() {
        actions.push(Action::Reveal(folder.to_owned()));
    }
}

fn marks_ui(ui: &mut Ui, mark: Mark, browse: &mut dyn FnMut(Browse)) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let (icon, name) = match mark.favourite {
            true => (Icon::HeartFilled, words::UNFAVOUR),
            false => (Icon::Heart, words::FAVOUR),
        };
        let tip = shortcuts::tip(name, Deed::Favour);
        if icon_button(ui, icon, name, &tip).clicked() {
            browse(Browse::Mark(MarkChange::Favourite(!mark.favourite)));
        }
        ui.add_space(theme::GAP);
        for stars in 1..=MOST_STARS {
            let icon = match stars <= mark.rating {
                true => Icon::FullStar,
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
    if button(ui, readable, words::BEGIN_WITH, words::BEGIN_WITH_TIP) {
        browse(Browse::BeginWith);
    }
    let tip = shortcuts::tip(words::LARGE, Deed::Large);
    if button(ui, readable && !data.large, words::LARGE, &tip) {
        browse(Browse::Large(true));
    }
    let tip = shortcuts::tip(words::COPY_TIP, Deed::Copy);
    if button(ui, readable, words::COPY, &tip) {
        browse(Browse::Copy);
    }
    if button(ui, true, wording::REVEAL, wording::REVEAL) {
        browse(Browse::Reveal);
    }
    export_ui(ui, data, browse);
    let tip = shortcuts::tip(words::DELETE_TIP, Deed::Discard);
    if button(ui, data.selected > 0, words::DELETE, &tip) {
        browse(Browse::Discard);
    }
}

/// The forms of export, in the order of the list.
const FORMS: [Form; 6] = [
    Form::Copies,
    Form::Sheet,
    Form::Film(Way::GROWTH, Format::Apng),
    Form::Film(Way::GROWTH, Format::Gif),
    Form::Film(Way::DEPTHS, Format::Apng),
    Form::Film(Way::DEPTHS, Format::Gif),
];

fn export_ui(ui: &mut Ui, data: &Gallery<'_>, browse: &mut dyn FnMut(Browse)) {
    let width = ui.available_width();
    if let Some((done, total)) = data.exporting {
        let share = done as f32 / total.max(1) as f32;
        let bar = ProgressBar::new(share).text(words::exporting(done, total));
        ui.add(bar.desired_width(width));
        if ui.button(words::CANCEL_EXPORT).clicked() {
            browse(Browse::CancelExport);
        }
        return;
    }
    ui.add_enabled_ui(data.selected > 0, |ui| {
        let button = Button::new(words::EXPORT).min_size(Vec2::new(width, theme::ROW));
        let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
        let (response, _) = MenuButton::from_button(button).config(config).ui(ui, |ui| {
            let name = ui.label(words::PATTERN);
            let mut pattern = data.pattern.to_owned();
            let field = TextEdit::singleline(&mut pattern).desired_width(230.0);
            let field = ui.add(field).labelled_by(name.id);
            if field.on_hover_text(words::PATTERN_TIP).changed() {
                browse(Browse::SetPattern(pattern));
            }
            ui.separator();
            for form in FORMS {
                if ui.button(words::form(form)).clicked() {
                    browse(Browse::Export(form));
                    ui.close();
                }
            }
        });
        response.on_hover_text(shortcuts::tip(words::EXPORT_TIP, Deed::Export));
    });
}
