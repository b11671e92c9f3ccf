//! Draws the page of models.

use eframe::egui::{Align, Layout, RichText, ScrollArea, Ui, vec2};

use super::{
    Models, PaintPicture,
    card_ui::{arriving_ui, box_of, card_ui, offer_ui, trouble_ui},
    offers::Published,
    server_ui::server_ui,
};
use crate::{
    actions::{Action, ModelAction},
    theme,
    widgets::{Icon, heading, icon_button},
    wording::{library, models as words},
};

/// Widest column of cards, in points: lines stay short enough to read.
const COLUMN: f32 = 860.0;

/// The page; `small` paints the pictures that models have made.
pub fn models_ui(
    ui: &mut Ui,
    data: &Models<'_>,
    small: &mut PaintPicture<'_>,
    actions: &mut Vec<Action>,
) {
    ScrollArea::vertical()
        .id_salt("models")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let width = ui.available_width().min(COLUMN);
            let side = (ui.available_width() - width) / 2.0;
            ui.horizontal(|ui| {
                ui.add_space(side);
                let column = Layout::top_down(Align::Min);
                ui.allocate_ui_with_layout(vec2(width, 0.0), column, |ui| {
                    ui.set_width(ui.available_width());
                    installed_ui(ui, data, small, actions);
                    ui.add_space(theme::GROUP_GAP);
                    published_ui(ui, &data.published, actions);
                });
            });
        });
}

fn installed_ui(
    ui: &mut Ui,
    data: &Models<'_>,
    small: &mut PaintPicture<'_>,
    actions: &mut Vec<Action>,
) {
    heading(ui, words::MODELS, |ui| {
        let tip = words::FOLDER;
        if icon_button(ui, Icon::Folder, tip, tip).clicked() {
            actions.push(Action::Reveal(data.folder.to_owned()));
        }
        let tip = words::LOOK_AGAIN;
        if icon_button(ui, Icon::Reset, tip, tip).clicked() {
            actions.push(Action::Model(ModelAction::LookAgain));
        }
        let tip = library::IMPORT_TIP;
        if ui
            .button(library::IMPORT_FOLDER)
            .on_hover_text(tip)
            .clicked()
        {
            actions.push(Action::Model(ModelAction::PickFolder));
        }
        if ui.button(library::IMPORT).on_hover_text(tip).clicked() {
            actions.push(Action::Model(ModelAction::PickFiles));
        }
    });
    weak(ui, &words::folder(data.folder));
    ui.add_space(theme::GAP);
    for trouble in data.unreadable {
        box_of(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            trouble_ui(ui, trouble);
        });
        ui.add_space(theme::GAP);
    }
    if data.looking {
        ui.horizontal(|ui| {
            ui.spinner();
            ui.label(library::LOOKING_AT_FILES);
        });
        ui.add_space(theme::GAP);
    }
    for (name, work) in &data.arriving {
        ui.push_id(("arriving", name), |ui| {
            arriving_ui(ui, name, work, actions)
        });
        ui.add_space(theme::GAP);
    }
    for card in &data.cards {
        ui.push_id(card.id, |ui| card_ui(ui, card, small, actions));
        ui.add_space(theme::GAP);
    }
}

fn published_ui(ui: &mut Ui, data: &Published<'_>, actions: &mut Vec<Action>) {
    heading(ui, library::PUBLISHED, |ui| {
        let open = data.server.is_some();
        if ui.selectable_label(open, library::SERVER).clicked() {
            actions.push(Action::Model(ModelAction::ShowServer(!open)));
        }
    });
    weak(ui, library::PUBLISHED_TEXT);
    ui.add_space(theme::GAP);
    if let Some(server) = &data.server {
        box_of(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            server_ui(ui, server, actions);
        });
        ui.add_space(theme::GAP);
    }
    if let Some(trouble) = data.trouble {
        box_of(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            trouble_ui(ui, trouble);
        });
        ui.add_space(theme::GAP);
    }
    if let Some(empty) = data.empty {
        ui.label(empty);
    }
    for offer in &data.models {
        ui.push_id(offer.id, |ui| offer_ui(ui, offer, actions));
        ui.add_space(theme::GAP);
    }
    tokenizers_ui(ui, data, actions);
}

fn tokenizers_ui(ui: &mut Ui, data: &Published<'_>, actions: &mut Vec<Action>) {
    if data.tokenizer_count == 0 {
        return;
    }
    let shown = data.tokenizers_shown;
    let words = library::tokenizers(data.tokenizer_count);
    if ui.selectable_label(shown, words).clicked() {
        let action = ModelAction::ShowTokenizers(!shown);
        actions.push(Action::Model(action));
    }
    if shown {
        weak(ui, library::TOKENIZERS_TEXT);
        ui.add_space(theme::GAP);
    }
    for offer in &data.tokenizers {
        ui.push_id(offer.id, |ui| offer_ui(ui, offer, actions));
        ui.add_space(theme::GAP);
    }
}

fn weak(ui: &mut Ui, text: &str) {
    let palette = theme::palette(ui);
    ui.label(RichText::new(text).small().color(palette.weak));
}
