//! Draws the dialog.

use eframe::egui::{Align, Checkbox, DragValue, Label, Layout, RichText, Ui, Vec2};

use super::Dialog;
use crate::{
    actions::{Action, DraftsAction},
    state::MOST_DRAFTS,
    theme,
    widgets::{DialogChoice, dialog, dialog_buttons, heading, opening_button, row_name},
    wording::{self, drafts as words},
};

/// Width of the dialog, in points.
const WIDTH: f32 = 380.0;
/// Width of the names at the left, in points.
const NAME: f32 = 110.0;

/// The button that opens the dialog.
pub fn entry_ui(ui: &mut Ui, size: Vec2, actions: &mut Vec<Action>) {
    if opening_button(ui, size, words::OPEN, words::OPEN_LABEL, words::OPEN_TIP) {
        actions.push(Action::Drafts(DraftsAction::Open));
    }
}

/// The dialog over everything else.
pub fn dialog_ui(ui: &Ui, data: &Dialog, actions: &mut Vec<Action>) {
    let mut drafts = Vec::new();
    let closed = dialog(ui, "drafts dialog", WIDTH, |ui| {
        let palette = theme::palette(ui);
        heading(ui, words::HEADING, |_| {});
        let title = data.title.as_deref().unwrap_or(wording::MODEL_MISSING);
        ui.label(RichText::new(title).color(palette.strong));
        ui.add_space(theme::GAP);
        if let Some(count) = number_ui(ui, words::COUNT, data.count, 2..=MOST_DRAFTS) {
            drafts.push(DraftsAction::SetCount(count));
        }
        if let Some(keep) = number_ui(ui, words::KEEP, data.keep, 1..=data.count) {
            drafts.push(DraftsAction::SetKeep(keep));
        }
        let mut early = data.early;
        let stop = ui
            .add(Checkbox::new(&mut early, words::EARLY))
            .on_hover_text(words::EARLY_TIP);
        if stop.changed() {
            drafts.push(DraftsAction::SetEarly(early));
        }
        ui.add_space(theme::GAP);
        let text = RichText::new(words::TEXT).small().color(palette.weak);
        ui.add(Label::new(text).wrap());
        ui.add_space(theme::GAP);
        let choice = dialog_buttons(ui, data.title.is_some(), words::MAKE, words::CLOSE);
        drafts.extend(choice.map(|choice| match choice {
            DialogChoice::Make => DraftsAction::Make,
            DialogChoice::Close => DraftsAction::Close,
        }));
    });
    if closed {
        drafts.push(DraftsAction::Close);
    }
    actions.extend(drafts.into_iter().map(Action::Drafts));
}

fn number_ui(
    ui: &mut Ui,
    name: &str,
    value: u32,
    range: std::ops::RangeInclusive<u32>,
) -> Option<u32> {
    let size = Vec2::new(ui.available_width(), theme::ROW);
    let row = ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        let name = row_name(ui, name, NAME);
        let mut new = value;
        let field = DragValue::new(&mut new).range(range).speed(0.1);
        let field = ui.add_sized([64.0, theme::ROW - 2.0], field);
        let changed = field.labelled_by(name.id).changed();
        (changed && new != value).then_some(new)
    });
    row.inner
}
