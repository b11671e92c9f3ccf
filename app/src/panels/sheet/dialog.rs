//! Draws the dialog.

use eframe::egui::{Align, ComboBox, Label, Layout, RichText, TextEdit, Ui, Vec2};

use super::{AxisView, Dialog};
use crate::{
    actions::{Action, SheetAction},
    state::AxisKind,
    theme,
    widgets::{DialogChoice, dialog, dialog_buttons, heading, opening_button, row_name},
    wording::sheet as words,
};

/// Width of the dialog, in points.
const WIDTH: f32 = 460.0;
/// Width of an axis' name and of its chooser, in points.
const NAME: f32 = 56.0;
const CHOOSER: f32 = 130.0;

/// The button that opens the dialog.
pub fn entry_ui(ui: &mut Ui, size: Vec2, actions: &mut Vec<Action>) {
    if opening_button(ui, size, words::OPEN, words::OPEN_LABEL, words::OPEN_TIP) {
        actions.push(Action::Sheet(SheetAction::Open));
    }
}

/// The dialog over everything else.
pub fn dialog_ui(ui: &Ui, data: &Dialog, actions: &mut Vec<Action>) {
    let mut sheet = Vec::new();
    let closed = dialog(ui, "sheet dialog", WIDTH, |ui| {
        heading(ui, words::HEADING, |_| {});
        ui.add(Label::new(words::TEXT).wrap());
        ui.add_space(theme::GAP);
        for (at, axis) in data.axes.iter().enumerate() {
            axis_ui(ui, at, axis, &data.kinds, &mut sheet);
        }
        ui.add_space(theme::GAP);
        outcome_ui(ui, data, &mut sheet);
    });
    if closed {
        sheet.push(SheetAction::Close);
    }
    actions.extend(sheet.into_iter().map(Action::Sheet));
}

fn axis_ui(
    ui: &mut Ui,
    at: usize,
    axis: &AxisView,
    kinds: &[AxisKind],
    sheet: &mut Vec<SheetAction>,
) {
    let palette = theme::palette(ui);
    let size = Vec2::new(ui.available_width(), theme::ROW);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        let name = words::AXES.get(at).copied().unwrap_or_default();
        row_name(ui, name, NAME);
        let chosen = axis.wish.kind.map_or(words::UNUSED, words::kind);
        let combo = ComboBox::from_id_salt(("axis", at))
            .selected_text(chosen)
            .width(CHOOSER)
            .show_ui(ui, |ui| {
                let unused = ui.selectable_label(axis.wish.kind.is_none(), words::UNUSED);
                if unused.clicked() {
                    sheet.push(SheetAction::SetKind(at, None));
                }
                for kind in kinds {
                    let chosen = axis.wish.kind == Some(*kind);
                    if ui.selectable_label(chosen, words::kind(*kind)).clicked() {
                        sheet.push(SheetAction::SetKind(at, Some(*kind)));
                    }
                }
            });
        combo.response.accessible_name(words::axis(at));
        match (&axis.fixed, axis.wish.kind) {
            (Some(names), _) => {
                let text = RichText::new(names).color(palette.weak);
                let label = Label::new(text).truncate();
                ui.add(label).on_hover_text(words::CHOSEN_CLASSES);
            }
            (None, Some(_)) => values_ui(ui, at, axis, sheet),
            (None, None) => {}
        }
    });
}

fn values_ui(ui: &mut Ui, at: usize, axis: &AxisView, sheet: &mut Vec<SheetAction>) {
    let mut text = axis.wish.text.clone();
    let field = TextEdit::singleline(&mut text)
        .id_salt(("axis values", at))
        .hint_text(words::VALUES_HINT)
        .desired_width(f32::INFINITY);
    let response = ui.add(field).accessible_name(words::axis_values(at));
    if response.changed() && text != axis.wish.text {
        sheet.push(SheetAction::SetValues(at, text));
    }
}

fn outcome_ui(ui: &mut Ui, data: &Dialog, sheet: &mut Vec<SheetAction>) {
    let palette = theme::palette(ui);
    let (text, color) = match &data.outcome {
        Ok(cost) => (cost, palette.weak),
        Err(trouble) => (trouble, palette.warning),
    };
    ui.add(Label::new(RichText::new(text).color(color)).wrap());
    ui.add_space(theme::GAP);
    let choice = dialog_buttons(ui, data.outcome.is_ok(), words::MAKE, words::CLOSE);
    sheet.extend(choice.map(|choice| match choice {
        DialogChoice::Make => SheetAction::Make,
        DialogChoice::Close => SheetAction::Close,
    }));
}
