//! Draws the page of models.

use eframe::egui::{
    Align, Button, CornerRadius, Frame, Label, Layout, Margin, ProgressBar, RichText, ScrollArea,
    Ui, vec2,
};

use super::{Models, Status, data::Card};
use crate::{
    actions::Action,
    explain::Explained,
    theme,
    widgets::{Icon, heading, icon_button},
    wording::{self, models as words},
};

/// Widest column of cards, in points: lines stay short enough to read.
const COLUMN: f32 = 860.0;
/// Width of the names of facts, in points.
const NAMES: f32 = 110.0;
/// Height of such a name, in points.
const LINE: f32 = 18.0;

/// The page.
pub fn models_ui(ui: &mut Ui, data: &Models<'_>, actions: &mut Vec<Action>) {
    ScrollArea::vertical()
        .id_salt("models")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let width = ui.available_width().min(COLUMN);
            let side = (ui.available_width() - width) / 2.0;
            ui.horizontal(|ui| {
                ui.add_space(side);
                let size = vec2(width, 0.0);
                let column = Layout::top_down(Align::Min);
                ui.allocate_ui_with_layout(size, column, |ui| cards_ui(ui, data, actions));
            });
        });
}

fn cards_ui(ui: &mut Ui, data: &Models<'_>, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    ui.set_width(ui.available_width());
    heading(ui, words::MODELS, |ui| {
        let tip = words::FOLDER;
        if icon_button(ui, Icon::Folder, tip, tip).clicked() {
            actions.push(Action::Reveal(data.folder.to_owned()));
        }
    });
    ui.label(
        RichText::new(words::folder(data.folder))
            .small()
            .color(palette.weak),
    );
    ui.add_space(theme::GAP);
    for trouble in data.unreadable {
        unreadable_ui(ui, trouble);
        ui.add_space(theme::GAP);
    }
    for card in &data.cards {
        ui.push_id(card.id, |ui| card_ui(ui, card, actions));
        ui.add_space(theme::GAP);
    }
}

fn box_of(ui: &Ui) -> Frame {
    Frame::new()
        .fill(theme::palette(ui).panel)
        .corner_radius(CornerRadius::same(6))
        .inner_margin(Margin::same(14))
}

fn unreadable_ui(ui: &mut Ui, trouble: &Explained) {
    let palette = theme::palette(ui);
    box_of(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let sentence = wording::sentence(&trouble.sentence);
        ui.label(RichText::new(sentence).color(palette.warning));
        ui.label(&trouble.next_step);
    });
}

fn card_ui(ui: &mut Ui, card: &Card<'_>, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    box_of(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.label(RichText::new(card.name).size(15.0).color(palette.strong));
            let status = words::status(card.status);
            ui.label(RichText::new(status).small().color(palette.weak));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                buttons_ui(ui, card, actions);
            });
        });
        if let Status::Loading(fraction) = card.status {
            ui.add(
                ProgressBar::new(fraction)
                    .desired_height(4.0)
                    .fill(palette.accent),
            );
        }
        ui.label(&card.summary);
        ui.add_space(theme::GAP);
        facts_ui(ui, card);
    });
}

/// From right to left.
fn buttons_ui(ui: &mut Ui, card: &Card<'_>, actions: &mut Vec<Action>) {
    let named = |ui: &mut Ui, text: &str, name: String, enabled: bool| {
        let button = ui.add_enabled(enabled, Button::new(text));
        button.on_hover_text(&name).accessible_name(name).clicked()
    };
    match card.status {
        Status::Broken => {
            if named(ui, words::AGAIN, words::again(card.name), true) {
                actions.push(Action::ReloadModel(card.id.to_owned()));
            }
        }
        _ => {
            if named(ui, words::DRAW, words::draw(card.name), true) {
                actions.push(Action::DrawWith(card.id.to_owned()));
            }
        }
    }
    let made = words::made(card.made);
    if named(ui, &made, words::pictures_of(card.name), card.made > 0) {
        actions.push(Action::ShowPicturesOf(card.id.to_owned()));
    }
    if let Some(folder) = card.folder {
        let tip = words::folder_of(card.name);
        if icon_button(ui, Icon::Folder, &tip, &tip).clicked() {
            actions.push(Action::Reveal(folder.to_owned()));
        }
    }
}

fn facts_ui(ui: &mut Ui, card: &Card<'_>) {
    let palette = theme::palette(ui);
    ui.spacing_mut().item_spacing.y = 4.0;
    for (name, value) in &card.facts {
        ui.horizontal_top(|ui| {
            let column = Layout::left_to_right(Align::Min);
            ui.allocate_ui_with_layout(vec2(NAMES, LINE), column, |ui| {
                ui.set_min_width(NAMES);
                ui.label(RichText::new(*name).color(palette.weak));
            });
            ui.add(Label::new(value).wrap());
        });
    }
}
