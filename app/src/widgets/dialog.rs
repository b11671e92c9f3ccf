//! Dialogs over the window: a question with fields, made or closed.

use eframe::egui::{Align, Button, Frame, Id, InputState, Key, Layout, Modal, Modifiers, Ui, Vec2};

use super::primary_button;
use crate::theme;

/// Around the contents of a dialog, in points.
const MARGIN: f32 = 18.0;

/// A frame over everything else; `true` when it is to be closed, by Escape or a click beside it.
pub fn dialog(ui: &Ui, id: &str, width: f32, contents: impl FnOnce(&mut Ui)) -> bool {
    let frame = Frame::popup(ui.style()).inner_margin(MARGIN);
    let modal = Modal::new(Id::unique(id)).frame(frame);
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(width);
        contents(ui);
    });
    shown.should_close()
}

/// How a dialog was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogChoice {
    /// What it asks about is to be made.
    Make,
    /// Nothing is.
    Close,
}

/// The buttons at the end of a dialog; Ctrl+Enter makes as the first one does.
pub fn dialog_buttons(ui: &mut Ui, ready: bool, make: &str, close: &str) -> Option<DialogChoice> {
    let height = theme::ROW + 4.0;
    let size = Vec2::new(ui.available_width(), height);
    let row = ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        let make = primary_button(ui, ready, make, Vec2::new(150.0, height));
        let enter = |input: &mut InputState| input.consume_key(Modifiers::COMMAND, Key::Enter);
        let pressed = ui.ctx().input_mut(enter);
        let close = ui.button(close).clicked();
        match make.clicked() || (pressed && ready) {
            true => Some(DialogChoice::Make),
            false => close.then_some(DialogChoice::Close),
        }
    });
    row.inner
}

/// The button that opens a dialog; its words may be short, its name is not.
pub fn opening_button(ui: &mut Ui, size: Vec2, words: &str, name: &str, tip: &str) -> bool {
    let button = ui
        .add(Button::new(words).min_size(size))
        .on_hover_text(tip)
        .accessible_name(name);
    button.clicked()
}
