//! Draws the preset row: the chooser, what can be done with presets, and the field where one is named.

use eframe::egui::{Button, ComboBox, Id, Key, Label, Modifiers, Popup, RichText, TextEdit, Ui};

use super::{NamingRow, PresetRow, Sampling, ui::labelled};
use crate::{
    actions::Action,
    state::{PresetKey, Tune},
    theme,
    widgets::{Icon, icon_button, in_view},
    wording::sampling as words,
};

/// The preset row, and below it the name that is being typed.
pub fn presets_ui(ui: &mut Ui, data: &Sampling, actions: &mut Vec<Action>) {
    if data.presets.is_empty() {
        return;
    }
    let chosen = data.presets.iter().find(|preset| preset.chosen);
    let name = chosen.map_or(words::NO_PRESET, |preset| preset.name.as_str());
    labelled(ui, words::PRESET, |ui, id| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let combo = ComboBox::from_id_salt("preset")
            .selected_text(name)
            .width(ui.available_width() - theme::ROW - 2.0)
            .truncate()
            .show_ui(ui, |ui| {
                for preset in &data.presets {
                    choice_ui(ui, preset, actions);
                }
            });
        in_view(combo.response)
            .labelled_by(id)
            .on_hover_text(words::PRESET_TIP);
        menu_ui(ui, chosen, actions);
    });
    if let Some(naming) = &data.naming {
        naming_ui(ui, naming, actions);
    }
}

fn choice_ui(ui: &mut Ui, preset: &PresetRow, actions: &mut Vec<Action>) {
    let row = ui.selectable_label(preset.chosen, &preset.name);
    if row.on_hover_text(words::preset_tip(&preset.key)).clicked() {
        actions.push(Action::Tune(Tune::ChoosePreset(preset.key.clone())));
    }
}

fn menu_ui(ui: &mut Ui, chosen: Option<&PresetRow>, actions: &mut Vec<Action>) {
    let tip = words::PRESET_MENU;
    let button = in_view(icon_button(ui, Icon::More, tip, tip));
    let own = chosen.is_some_and(|preset| matches!(preset.key, PresetKey::Own { .. }));
    let entries = [
        (true, words::SAVE_PRESET, Tune::SavePreset),
        (own, words::RENAME_PRESET, Tune::RenamePreset),
        (own, words::DELETE_PRESET, Tune::DeletePreset),
    ];
    Popup::menu(&button).accessible_name(tip).show(|ui| {
        for (enabled, name, tune) in entries {
            let entry = ui
                .add_enabled(enabled, Button::new(name))
                .on_disabled_hover_text(words::NOT_OWN);
            if entry.clicked() {
                actions.push(Action::Tune(tune));
            }
        }
    });
}

/// The field of the name; Enter keeps it, Escape gives up.
fn naming_ui(ui: &mut Ui, data: &NamingRow, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    let id = Id::unique("name of the preset");
    let is_new = ui.ctx().read_response(id).is_none();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let mut text = data.text.clone();
        let field = TextEdit::singleline(&mut text)
            .id(id)
            .hint_text(words::PRESET_NAME)
            .desired_width(ui.available_width() - 74.0 - theme::ROW - 8.0);
        let field = ui.add(field).accessible_name(words::PRESET_NAME);
        if is_new {
            field.request_focus();
            field.scroll_to_me(None);
        }
        if field.changed() {
            actions.push(Action::Tune(Tune::TypePresetName(text)));
        }
        let pressed = |key| {
            let consume =
                |input: &mut eframe::egui::InputState| input.consume_key(Modifiers::NONE, key);
            ui.input_mut(consume)
        };
        let left = field.lost_focus();
        let entered = left && pressed(Key::Enter);
        let escaped = left && pressed(Key::Escape);
        let button = Button::new(data.button).min_size([74.0, theme::ROW - 2.0].into());
        let kept = ui.add_enabled(data.fits, button);
        if kept.clicked() || (entered && data.fits) {
            actions.push(Action::Tune(Tune::KeepPresetName));
        } else if entered {
            field.request_focus();
        }
        let tip = words::LEAVE_NAME;
        if icon_button(ui, Icon::Close, tip, tip).clicked() || escaped {
            actions.push(Action::Tune(Tune::LeavePresetName));
        }
    });
    if let Some(fault) = data.fault {
        let fault = RichText::new(fault).small().color(palette.warning);
        ui.add(Label::new(fault).wrap());
    }
}
