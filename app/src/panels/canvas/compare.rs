//! Draws the line that belongs to a comparison: choosing the other picture, or how the two are compared.

use eframe::egui::{Align, Label, Layout, RichText, Ui, Vec2};

use super::Canvas;
use crate::{
    actions::Action,
    shortcuts::{self, Deed},
    state::{Look, Way},
    theme,
    widgets::{Icon, icon_button, segment},
    wording::looking as words,
};

/// The line; takes no room when nothing is compared.
pub fn compare_ui(ui: &mut Ui, data: &Canvas<'_>, actions: &mut Vec<Action>) {
    if !data.picking && data.compare.is_none() {
        return;
    }
    let palette = theme::palette(ui);
    let size = Vec2::new(ui.available_width(), theme::ROW);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        let (label, look) = match data.picking {
            true => (words::STOP_PICKING, Look::Pick(false)),
            false => (words::STOP_COMPARING, Look::StopComparing),
        };
        let tip = shortcuts::tip(label, Deed::Back);
        if icon_button(ui, Icon::Close, label, &tip).clicked() {
            actions.push(Action::Look(look));
        }
        let Some(compare) = &data.compare else {
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.label(RichText::new(words::PICK).color(palette.strong));
            });
            return;
        };
        ui.spacing_mut().item_spacing.x = 2.0;
        for way in Way::ALL.into_iter().rev() {
            let tip = shortcuts::tip(words::NEXT_WAY, Deed::NextWay);
            let chosen = segment(ui, compare.way == way, words::way(way)).on_hover_text(tip);
            if chosen.clicked() {
                actions.push(Action::Look(Look::CompareBy(way)));
            }
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let words = RichText::new(words::comparing(compare.tile.title)).color(palette.weak);
            ui.add(Label::new(words).truncate());
        });
    });
    ui.add_space(4.0);
}
