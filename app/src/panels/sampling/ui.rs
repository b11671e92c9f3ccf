//! Draws the sampling panel.

use eframe::egui::{
    Align, ComboBox, DragValue, Id, Label, Layout, Popup, RichText, ScrollArea, Sense, Ui,
    UiBuilder, Vec2,
};
use strata_engine::Mode;

use super::{ModelChoice, Sampling, curve_ui, numbers, presets};
use crate::{
    actions::Action,
    state::MOST_PICTURES,
    theme,
    widgets::{Icon, heading, icon_button, in_view},
    wording,
};

/// Largest part of the column that the panel takes; the rest is for what stands above it.
const SHARE: f32 = 0.52;
/// Height before the panel was drawn for the first time, in points.
const FIRST_HEIGHT: f32 = 260.0;

/// The height that the panel asks for, of the column that `ui` has left. What does not fit scrolls.
pub fn height(ui: &Ui) -> f32 {
    let wanted: Option<f32> = ui.data(|data| data.get_temp(height_id()));
    let most = (ui.available_height() * SHARE).floor();
    wanted.unwrap_or(FIRST_HEIGHT).min(most)
}

fn height_id() -> Id {
    Id::unique("height of the sampling panel")
}

/// Model, preset, guidance, temperature and filters, the guidance curve.
pub fn sampling_ui(ui: &mut Ui, data: &Sampling, actions: &mut Vec<Action>) {
    heading(ui, wording::SAMPLING, |ui| {
        ui.add_enabled_ui(!data.recommended, |ui| {
            let tip = wording::RESET_TIP;
            if icon_button(ui, Icon::Reset, wording::RESET, tip).clicked() {
                actions.push(Action::ResetSampling);
            }
        });
    });
    let shown = ScrollArea::vertical()
        .id_salt("sampling")
        .auto_shrink([false, false])
        .show(ui, |ui| {
            model_ui(ui, data, actions);
            presets::presets_ui(ui, data, actions);
            numbers::numbers_ui(ui, data, actions);
            if let Some(curve) = &data.curve {
                curve_ui::curve_ui(ui, curve, actions);
            }
        });
    // The heading, the distances around it, and the panel's margin.
    let wanted = (shown.content_size.y + theme::ROW + 2.0 * theme::GAP).ceil();
    let before: Option<f32> = ui.data(|data| data.get_temp(height_id()));
    if before != Some(wanted) {
        ui.data_mut(|data| data.insert_temp(height_id(), wanted));
        ui.ctx().request_repaint();
    }
}

/// What Generate will take, and how many settings are warned of.
pub fn forecast_ui(ui: &mut Ui, data: &Sampling) {
    let palette = theme::palette(ui);
    let size = Vec2::new(ui.available_width(), 18.0);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_height(18.0);
        if !data.warnings.is_empty() {
            let all: Vec<&str> = data.warnings.iter().map(|w| w.words.as_str()).collect();
            let words = wording::sampling::warnings(all.len());
            let words = RichText::new(words).small().color(palette.warning);
            ui.label(words).on_hover_text(all.join("\n"));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            if let Some(forecast) = &data.forecast {
                let words = RichText::new(forecast).small().color(palette.weak);
                ui.add(Label::new(words).truncate())
                    .on_hover_text(wording::sampling::FORECAST_TIP);
            }
        });
    });
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
            in_view(combo.response)
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

/// The seed with dice and lock, and how many pictures.
pub fn seed_ui(ui: &mut Ui, data: &Sampling, actions: &mut Vec<Action>) {
    labelled(ui, wording::SEED, |ui, name| {
        let mut seed = data.seed;
        let width = ui.available_width() - 3.0 * (theme::ROW + 2.0);
        ui.spacing_mut().item_spacing.x = 2.0;
        let field = DragValue::new(&mut seed)
            .update_while_editing(false)
            .speed(0.0);
        // However many digits there are, the column is no wider.
        let size = Vec2::new(width, theme::ROW - 2.0);
        let (place, _) = ui.allocate_exact_size(size, Sense::hover());
        let mut inside = ui.new_child(UiBuilder::new().max_rect(place));
        inside.shrink_clip_rect(place);
        let response = inside
            .add_sized(size, field)
            .labelled_by(name)
            .on_hover_text(wording::seed_tip(data.seed));
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
        recent_seeds_ui(ui, data, actions);
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

/// The seeds used lately, behind a button; one of them is taken as if it was typed.
fn recent_seeds_ui(ui: &mut Ui, data: &Sampling, actions: &mut Vec<Action>) {
    let tip = wording::sampling::RECENT_SEEDS;
    let button = icon_button(ui, Icon::Clock, tip, tip);
    Popup::menu(&button).accessible_name(tip).show(|ui| {
        if data.recent_seeds.is_empty() {
            ui.label(wording::sampling::NO_RECENT_SEEDS);
        }
        let rows = ScrollArea::vertical().max_height(260.0);
        rows.show(ui, |ui| {
            for seed in &data.recent_seeds {
                let row = ui.selectable_label(*seed == data.seed, seed.to_string());
                if row.clicked() {
                    actions.push(Action::SetSeed(*seed));
                }
            }
        });
    });
}

/// A row with its name at the left; `contents` hears the id of the name, to be labelled by it.
pub(super) fn labelled(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui, Id)) {
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
