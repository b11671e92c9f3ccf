//! Draws the list of keys over the window.

use eframe::egui::{
    Align, Context, Frame, Grid, Id, Label, Layout, Modal, RichText, ScrollArea, Ui, vec2,
};

use crate::{
    actions::Action,
    shortcuts::{self, Deed, Group},
    state::Look,
    theme,
    widgets::{Icon, icon_button},
    wording::looking as words,
};

/// Width of the list, in points.
const WIDTH: f32 = 560.0;
/// Width of the column of keys, in points.
const KEYS: f32 = 150.0;

/// The list, closed by a button, by Escape or by a click beside it.
pub fn keys_ui(ctx: &Context, actions: &mut Vec<Action>) {
    let frame = Frame::popup(&ctx.global_style()).inner_margin(18);
    let modal = Modal::new(Id::unique("keys")).frame(frame);
    let shown = modal.show(ctx, |ui| {
        ui.set_width(WIDTH);
        let palette = theme::palette(ui);
        ui.horizontal(|ui| {
            let heading = RichText::new(words::KEYS).size(17.0).color(palette.strong);
            ui.label(heading);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let tip = shortcuts::tip(words::CLOSE, Deed::Back);
                if icon_button(ui, Icon::Close, words::CLOSE, &tip).clicked() {
                    actions.push(Action::Look(Look::Keys(false)));
                }
            });
        });
        ui.add_space(theme::GAP);
        let height = (ui.ctx().content_rect().height() - 180.0).max(160.0);
        ScrollArea::vertical()
            .max_height(height)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                for group in Group::ALL {
                    group_ui(ui, group);
                }
                ui.add_space(theme::GAP);
                ui.label(RichText::new(words::MOUSE).color(palette.weak));
            });
    });
    if shown.backdrop_response.clicked() {
        actions.push(Action::Look(Look::Keys(false)));
    }
}

fn group_ui(ui: &mut Ui, group: Group) {
    let palette = theme::palette(ui);
    ui.label(RichText::new(words::group(group)).color(palette.accent));
    Grid::new(words::group(group))
        .num_columns(2)
        .spacing(vec2(theme::GROUP_GAP, 4.0))
        .min_col_width(KEYS)
        .show(ui, |ui| {
            for (keys, what) in shortcuts::listed(group) {
                ui.label(RichText::new(keys).color(palette.strong));
                ui.add(Label::new(RichText::new(what).color(palette.text)));
                ui.end_row();
            }
        });
    ui.add_space(theme::GAP);
}
