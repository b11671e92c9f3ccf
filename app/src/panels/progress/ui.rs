//! Draws the buttons and the progress bar.

use eframe::egui::{
    Align, Button, CornerRadius, Label, Layout, Rect, RichText, Sense, Ui, WidgetInfo,
    accesskit::Role, vec2,
};

use super::Progress;
use crate::{
    actions::Action,
    shortcuts::{self, Deed},
    theme,
    widgets::primary_button,
    wording,
};

/// Height of the buttons, in points.
const BUTTON: f32 = 34.0;

/// Generate and Cancel, side by side.
pub fn buttons_ui(ui: &mut Ui, data: &Progress, actions: &mut Vec<Action>) {
    let cancel_width = 82.0;
    let width = ui.available_width() - cancel_width - ui.spacing().item_spacing.x;
    ui.horizontal(|ui| {
        let size = vec2(width, BUTTON);
        let generate = primary_button(ui, data.can_generate, wording::GENERATE, size)
            .on_hover_text(&data.generate_tip)
            .on_disabled_hover_text(&data.generate_tip);
        if generate.clicked() {
            actions.push(Action::Generate);
        }
        let cancel_tip = shortcuts::tip(wording::CANCEL_TIP, Deed::Back);
        let button = Button::new(wording::CANCEL).min_size(vec2(cancel_width, BUTTON));
        let cancel = ui
            .add_enabled(data.can_cancel, button)
            .on_hover_text(&cancel_tip)
            .on_disabled_hover_text(&cancel_tip);
        if cancel.clicked() {
            actions.push(Action::CancelAll);
        }
    });
}

/// What is going on, in one line; `trailing` draws what stands at its right end.
pub fn progress_ui(ui: &mut Ui, data: &Progress, trailing: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui);
    ui.horizontal_centered(|ui| {
        ui.add(Label::new(RichText::new(&data.words).color(palette.text)).truncate());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            trailing(ui);
            for words in data.figures.iter().rev() {
                ui.label(RichText::new(words).color(palette.weak));
            }
            if let Some(fraction) = data.fraction {
                bar_ui(ui, fraction);
            }
        });
    });
}

/// A thin bar over the room that is left, with its percentage behind it.
fn bar_ui(ui: &mut Ui, fraction: f32) {
    let palette = theme::palette(ui);
    let percent = wording::percent(fraction);
    ui.label(RichText::new(&percent).color(palette.text));
    let size = vec2(ui.available_width().max(20.0), 6.0);
    let (rail, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, wording::PROGRESS);
        info.value = Some(f64::from((fraction * 100.0).floor()));
        info
    });
    let round = CornerRadius::same(3);
    ui.painter().rect_filled(rail, round, palette.button);
    let width = rail.width() * fraction.clamp(0.0, 1.0);
    let done = Rect::from_min_size(rail.min, vec2(width, rail.height()));
    if width >= 1.0 {
        ui.painter().rect_filled(done, round, palette.accent);
    }
}
