//! Draws the timeline.

use std::time::Duration;

use eframe::egui::{Align, ComboBox, Label, Layout, RichText, Slider, SliderClamping, Ui, vec2};

use super::Timeline;
use crate::{
    actions::Action,
    shortcuts::{self, Deed},
    state::Look,
    theme,
    widgets::{Icon, icon_button},
    wording::looking as words,
};

/// Time between two frames while it plays.
const FRAME: Duration = Duration::from_millis(16);

/// Play, the slider over positions, the speed; takes one row.
pub fn timeline_ui(ui: &mut Ui, data: &Timeline, actions: &mut Vec<Action>) {
    let size = vec2(ui.available_width(), theme::ROW);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let (icon, label) = match data.playing {
            true => (Icon::Pause, words::PAUSE),
            false => (Icon::Play, words::PLAY),
        };
        let tip = shortcuts::tip(label, Deed::Play);
        if icon_button(ui, icon, label, &tip).clicked() {
            actions.push(Action::Look(Look::Play));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            speed_ui(ui, data, actions);
            step_ui(ui, actions);
            let palette = theme::palette(ui);
            let there = words::positions(data.shown, data.total);
            let there = RichText::new(there).small().color(palette.weak);
            ui.add(Label::new(there).extend());
            slider_ui(ui, data, actions);
        });
    });
    keep_playing(ui, data, actions);
}

/// Lets time pass, also where the timeline itself is not shown.
pub fn keep_playing(ui: &Ui, data: &Timeline, actions: &mut Vec<Action>) {
    if data.playing {
        actions.push(Action::Look(Look::Advance));
        ui.ctx().request_repaint_after(FRAME);
    }
}

fn slider_ui(ui: &mut Ui, data: &Timeline, actions: &mut Vec<Action>) {
    let mut shown = data.shown;
    ui.spacing_mut().slider_width = ui.available_width().max(40.0);
    let slider = Slider::new(&mut shown, 0..=data.total)
        .show_value(false)
        .clamping(SliderClamping::Always);
    let response = ui
        .add(slider)
        .accessible_name(words::TIMELINE)
        .on_hover_text(words::TIMELINE_TIP);
    if response.changed() && shown != data.shown {
        actions.push(Action::Look(Look::Scrub(shown)));
    }
}

fn step_ui(ui: &mut Ui, actions: &mut Vec<Action>) {
    let steps = [
        (Icon::Right, words::STEP_ON, Deed::StepOn, 1),
        (Icon::Left, words::STEP_BACK, Deed::StepBack, -1),
    ];
    for (icon, label, deed, by) in steps {
        let tip = shortcuts::tip(label, deed);
        if icon_button(ui, icon, label, &tip).clicked() {
            actions.push(Action::Look(Look::StepPosition(by)));
        }
    }
}

fn speed_ui(ui: &mut Ui, data: &Timeline, actions: &mut Vec<Action>) {
    let combo = ComboBox::from_id_salt("speed")
        .width(64.0)
        .selected_text(words::speed(data.speed))
        .show_ui(ui, |ui| {
            for speed in Timeline::SPEEDS {
                let chosen = data.speed == speed;
                if ui.selectable_label(chosen, words::speed(speed)).clicked() {
                    actions.push(Action::Look(Look::Speed(speed)));
                }
            }
        });
    let response = combo.response.accessible_name(words::SPEED);
    response.on_hover_text(words::SPEED);
}
