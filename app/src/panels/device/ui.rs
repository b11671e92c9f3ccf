//! Draws the menu of devices.

use eframe::egui::{
    Button, PopupCloseBehavior, RichText, Ui,
    containers::menu::{MenuButton, MenuConfig},
};

use super::{Device, data::Choice};
use crate::{actions::Action, theme, wording::devices as words};

/// The button, which says what models run on, and its menu.
pub fn device_ui(ui: &mut Ui, data: &Device, actions: &mut Vec<Action>) {
    let button = Button::new(RichText::new(&data.button).small());
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let (response, _) = MenuButton::from_button(button).config(config).ui(ui, |ui| {
        ui.set_min_width(280.0);
        let palette = theme::palette(ui);
        if let Some(words) = &data.room_for {
            ui.label(RichText::new(words).small().color(palette.weak));
        }
        for choice in &data.devices {
            if choice_ui(ui, choice) {
                actions.push(Action::SetDevice(choice.value.clone()));
            }
        }
        if let Some(words) = data.no_cards {
            ui.label(RichText::new(words).small().color(palette.weak));
        }
        ui.separator();
        ui.label(RichText::new(words::PRECISION).small().color(palette.weak));
        for choice in &data.formats {
            if choice_ui(ui, choice) {
                actions.push(Action::SetFormat(choice.value.clone()));
            }
        }
    });
    response
        .on_hover_text(words::DEVICE_TIP)
        .accessible_name(words::DEVICE);
}

/// Whether a line was chosen that was not before.
fn choice_ui(ui: &mut Ui, choice: &Choice) -> bool {
    let response = ui.radio(choice.chosen, &choice.text);
    if let Some(room) = &choice.room {
        let weak = theme::palette(ui).weak;
        ui.indent(&choice.value, |ui| {
            ui.label(RichText::new(room).small().color(weak));
        });
    }
    let response = match choice.tip.is_empty() {
        true => response,
        false => response.on_hover_text(&choice.tip),
    };
    response.clicked() && !choice.chosen
}
