//! Draws the line above the canvas: what is looked at, what became of it, and the way around.

use eframe::egui::{Align, Label, Layout, RichText, Ui, Vec2};

use super::{Caption, File};
use crate::{
    actions::Action,
    shortcuts::{self, Deed},
    state::View,
    theme,
    widgets::{Icon, icon_button},
    wording,
};

/// The line; takes one row.
pub fn caption_ui(ui: &mut Ui, data: &Caption<'_>, view: View, actions: &mut Vec<Action>) {
    let size = Vec2::new(ui.available_width(), theme::ROW);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        file_ui(ui, data, actions);
        let left = Layout::left_to_right(Align::Center);
        ui.with_layout(left, |ui| title_ui(ui, data, view, actions));
    });
}

fn title_ui(ui: &mut Ui, data: &Caption<'_>, view: View, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    ui.spacing_mut().item_spacing.x = 4.0;
    if data.can_show_all {
        let label = wording::SHOW_ALL;
        let tip = shortcuts::tip(label, Deed::Views);
        if icon_button(ui, Icon::Grid, label, &tip).clicked() {
            actions.push(Action::SetView(View::All));
        }
    }
    if data.can_show_one {
        let label = wording::SHOW_ONE;
        let tip = shortcuts::tip(label, Deed::Views);
        if icon_button(ui, Icon::Large, label, &tip).clicked() {
            actions.push(Action::SetView(View::One));
        }
    }
    if let Some((number, count)) = data.place.filter(|_| view == View::One) {
        step_ui(
            ui,
            Icon::Left,
            wording::PREVIOUS_PICTURE,
            number > 1,
            -1,
            actions,
        );
        step_ui(
            ui,
            Icon::Right,
            wording::NEXT_PICTURE,
            number < count,
            1,
            actions,
        );
    }
    ui.add_space(4.0);
    ui.spacing_mut().item_spacing.x = theme::GAP;
    let title = RichText::new(data.title).color(palette.strong);
    ui.add(Label::new(title).truncate());
    let words = [
        data.place
            .map(|(number, count)| wording::place(number, count)),
        data.depth.clone(),
        data.stage.clone(),
    ];
    for words in words.into_iter().flatten() {
        ui.add(Label::new(RichText::new(words).color(palette.weak)).truncate());
    }
}

fn step_ui(
    ui: &mut Ui,
    icon: Icon,
    label: &str,
    enabled: bool,
    by: i32,
    actions: &mut Vec<Action>,
) {
    let deed = match by {
        1 => Deed::Next,
        _ => Deed::Previous,
    };
    let tip = shortcuts::tip(label, deed);
    ui.add_enabled_ui(enabled, |ui| {
        if icon_button(ui, icon, label, &tip).clicked() {
            actions.push(Action::StepPicture(by));
        }
    });
}

fn file_ui(ui: &mut Ui, data: &Caption<'_>, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    match data.file {
        File::None => {}
        File::Keepable => {
            if ui
                .button(wording::KEEP)
                .on_hover_text(wording::KEEP_TIP)
                .clicked()
            {
                actions.push(Action::KeepUnfinished(data.piece));
            }
        }
        File::Saving => {
            ui.label(RichText::new(wording::SAVING).color(palette.weak));
        }
        File::Failed => {
            ui.label(RichText::new(wording::NOT_SAVED).color(palette.warning));
        }
        File::Saved(name) => {
            let tip = wording::REVEAL;
            if icon_button(ui, Icon::Folder, tip, tip).clicked() {
                actions.push(Action::RevealInFolder(data.piece));
            }
            let half = ui.available_width() / 2.0;
            ui.scope(|ui| {
                ui.set_max_width(half);
                let name = RichText::new(name).small().color(palette.weak);
                ui.add(Label::new(name).truncate());
            });
        }
    }
}
