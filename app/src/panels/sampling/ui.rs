//! Draws the sampling panel.

use eframe::egui::{Align, ComboBox, DragValue, Layout, RichText, Ui, Vec2};
use strata_engine::Mode;

use super::{ModelChoice, Sampling};
use crate::{
    actions::Action,
    state::MOST_PICTURES,
    theme,
    widgets::{Icon, NumberRow, heading, icon_button, number_row},
    wording,
};

/// Largest number that a recipe takes for guidance and temperature.
const LIMIT: f64 = 100.0;

/// Model, guidance, temperature and filters.
pub fn sampling_ui(ui: &mut Ui, data: &Sampling, actions: &mut Vec<Action>) {
    heading(ui, wording::SAMPLING, |ui| {
        ui.add_enabled_ui(!data.recommended, |ui| {
            let tip = wording::RESET_TIP;
            if icon_button(ui, Icon::Reset, wording::RESET, tip).clicked() {
                actions.push(Action::ResetSampling);
            }
        });
    });
    model_ui(ui, data, actions);
    let rows = [
        (guidance_row(data), Action::SetGuidance as fn(f32) -> Action),
        (temperature_row(data), Action::SetTemperature),
        (top_p_row(data), Action::SetTopP),
    ];
    for (row, action) in rows {
        if let Some(value) = number_row(ui, &row) {
            actions.push(action(value as f32));
        }
    }
    if let Some(value) = number_row(ui, &top_k_row(data)) {
        actions.push(Action::SetTopK(value as u32));
    }
}

fn model_ui(ui: &mut Ui, data: &Sampling, actions: &mut Vec<Action>) {
    let chosen = data.model.as_deref().unwrap_or(wording::NO_MODEL);
    labelled(ui, wording::MODEL, |ui, name| {
        ui.add_enabled_ui(!data.models.is_empty(), |ui| {
            let combo = ComboBox::from_id_salt("model")
                .selected_text(chosen)
                .width(ui.available_width())
                .truncate()
                .show_ui(ui, |ui| {
                    for model in &data.models {
                        model_choice_ui(ui, model, actions);
                    }
                });
            combo
                .response
                .labelled_by(name)
                .on_hover_text(&data.summary);
        });
    });
}

fn model_choice_ui(ui: &mut Ui, model: &ModelChoice, actions: &mut Vec<Action>) {
    let response = ui.selectable_label(model.chosen, &model.name);
    if response.on_hover_text(&model.summary).clicked() {
        actions.push(Action::ChooseModel(model.id.clone()));
    }
}

/// A number as it was meant: 0.9 stored in 32 bits is not 0.8999999761.
fn exact(value: f32) -> f64 {
    (f64::from(value) * 1e4).round() / 1e4
}

fn guidance_row(data: &Sampling) -> NumberRow<'static> {
    NumberRow {
        name: wording::GUIDANCE,
        tip: wording::GUIDANCE_TIP,
        value: exact(data.guidance),
        range: 1.0..=10.0,
        limits: 0.0..=LIMIT,
        decimals: 1,
        logarithmic: false,
        word: Some((1.0, wording::OFF)),
        locked: (!data.guidable).then_some(wording::GUIDANCE_NONE),
    }
}

fn temperature_row(data: &Sampling) -> NumberRow<'static> {
    NumberRow {
        name: wording::TEMPERATURE,
        tip: wording::TEMPERATURE_TIP,
        value: exact(data.temperature),
        range: 0.0..=2.0,
        limits: 0.0..=LIMIT,
        decimals: 2,
        logarithmic: false,
        word: None,
        locked: None,
    }
}

fn top_p_row(data: &Sampling) -> NumberRow<'static> {
    NumberRow {
        name: wording::TOP_P,
        tip: wording::TOP_P_TIP,
        value: exact(data.top_p),
        range: 0.0..=1.0,
        limits: 0.0..=1.0,
        decimals: 2,
        logarithmic: false,
        word: Some((1.0, wording::OFF)),
        locked: None,
    }
}

fn top_k_row(data: &Sampling) -> NumberRow<'static> {
    let most = f64::from(data.codebook.max(1));
    NumberRow {
        name: wording::TOP_K,
        tip: wording::TOP_K_TIP,
        value: f64::from(data.top_k),
        range: 0.0..=most,
        limits: 0.0..=most,
        decimals: 0,
        logarithmic: true,
        word: Some((0.0, wording::OFF)),
        locked: None,
    }
}

/// The seed with dice and lock, and how many pictures.
pub fn seed_ui(ui: &mut Ui, data: &Sampling, actions: &mut Vec<Action>) {
    labelled(ui, wording::SEED, |ui, name| {
        let mut seed = data.seed;
        let width = ui.available_width() - 2.0 * (theme::ROW + 2.0);
        ui.spacing_mut().item_spacing.x = 2.0;
        let field = DragValue::new(&mut seed)
            .update_while_editing(false)
            .speed(0.0);
        let response = ui
            .add_sized([width, theme::ROW - 2.0], field)
            .labelled_by(name)
            .on_hover_text(wording::SEED_TIP);
        if response.changed() && seed != data.seed {
            actions.push(Action::SetSeed(seed));
        }
        let tip = wording::ROLL_SEED;
        if icon_button(ui, Icon::Dice, tip, tip).clicked() {
            actions.push(Action::RollSeed);
        }
        let (icon, tip) = match data.seed_locked {
            true => (Icon::Locked, wording::UNLOCK_SEED),
            false => (Icon::Unlocked, wording::LOCK_SEED),
        };
        if icon_button(ui, icon, tip, tip).clicked() {
            actions.push(Action::ToggleSeedLock);
        }
    });
    let (name, tip) = match data.mode {
        Mode::Classes => (wording::COUNT, wording::COUNT_TIP),
        Mode::Documents => (wording::PAGE_COUNT, wording::PAGE_COUNT),
    };
    labelled(ui, name, |ui, id| {
        let mut count = data.count;
        let field = DragValue::new(&mut count)
            .range(1..=MOST_PICTURES)
            .speed(0.1);
        let response = ui
            .add_sized([64.0, theme::ROW - 2.0], field)
            .labelled_by(id)
            .on_hover_text(tip);
        if response.changed() && count != data.count {
            actions.push(Action::SetCount(count));
        }
        if data.mode == Mode::Classes {
            let palette = theme::palette(ui);
            ui.label(RichText::new(wording::PER_CLASS).color(palette.weak));
        }
    });
}

/// A row with its name at the left; `contents` hears the id of the name, to be labelled by it.
fn labelled(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui, eframe::egui::Id)) {
    let size = Vec2::new(ui.available_width(), theme::ROW);
    let layout = Layout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(size, layout, |ui| {
        let name_size = Vec2::new(crate::widgets::NAME_WIDTH, theme::ROW);
        let label = ui.allocate_ui_with_layout(name_size, layout, |ui| {
            ui.set_min_width(crate::widgets::NAME_WIDTH);
            ui.label(name)
        });
        contents(ui, label.inner.id);
    });
}
