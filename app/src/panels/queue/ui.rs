//! Draws the queue.

use eframe::egui::{
    Align, Button, CornerRadius, Key, Label, Layout, Modifiers, Popup, PopupCloseBehavior, Rect,
    RectAlign, RichText, ScrollArea, Sense, Ui, WidgetInfo, accesskit::Role, vec2,
};

use super::{Job, Queue};
use crate::{
    actions::Action,
    theme,
    widgets::{Icon, heading, icon_button},
    wording::queue as words,
};

/// Width of the panel, in points.
const WIDTH: f32 = 400.0;
/// Most height of the list, in points.
const LIST: f32 = 300.0;
/// Height of a job, in points.
const JOB: f32 = 56.0;

/// The corner of the progress bar: the button that opens the queue, and what keeps cancelled pictures.
/// Laid out from right to left.
pub fn corner_ui(ui: &mut Ui, data: &Queue, actions: &mut Vec<Action>) {
    let button = ui
        .button(words::button(data.jobs.len()))
        .on_hover_text(words::QUEUE_TIP)
        .accessible_name(words::QUEUE);
    Popup::from_toggle_button_response(&button)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .align(RectAlign::TOP_END)
        .layout(Layout::top_down(Align::Min))
        .width(WIDTH)
        .accessible_name(words::HEADING)
        .show(|ui| queue_ui(ui, data, actions));
    if let Some(keep) = &data.keep
        && ui.button(keep).clicked()
    {
        actions.push(Action::KeepAllUnfinished);
    }
}

fn queue_ui(ui: &mut Ui, data: &Queue, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    ui.set_width(WIDTH);
    // Escape closes the queue, and does not reach the work as well.
    if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        ui.close();
    }
    heading(ui, words::HEADING, |ui| {
        ui.add_enabled_ui(!data.jobs.is_empty(), |ui| all_ui(ui, data, actions));
    });
    if data.jobs.is_empty() {
        ui.label(RichText::new(words::EMPTY).color(palette.weak));
    }
    ScrollArea::vertical()
        .id_salt("queue")
        .max_height(LIST)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            for job in &data.jobs {
                ui.push_id(job.group, |ui| job_ui(ui, job, actions));
            }
        });
    ui.separator();
    let mut look_ahead = data.look_ahead;
    let choice = ui
        .checkbox(&mut look_ahead, words::LOOK_AHEAD)
        .on_hover_text(words::LOOK_AHEAD_TIP);
    if choice.changed() {
        actions.push(Action::SetLookAhead(look_ahead));
    }
    let mut notify = data.notify;
    let choice = ui
        .checkbox(&mut notify, words::NOTIFY)
        .on_hover_text(words::NOTIFY_TIP);
    if choice.changed() {
        actions.push(Action::SetNotify(notify));
    }
}

/// What is done to all jobs, from right to left.
fn all_ui(ui: &mut Ui, data: &Queue, actions: &mut Vec<Action>) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let cancel = ui.button(words::CANCEL_ALL);
        if cancel.on_hover_text(words::CANCEL_ALL_TIP).clicked() {
            actions.push(Action::CancelAll);
        }
        let (label, tip) = match data.paused {
            true => (words::GO_ON, words::GO_ON_TIP),
            false => (words::PAUSE, words::PAUSE_TIP),
        };
        // One size for both words: the button stays under the pointer.
        let button = Button::new(label).min_size(vec2(64.0, 0.0));
        if ui.add(button).on_hover_text(tip).clicked() {
            actions.push(Action::SetPaused(!data.paused));
        }
    });
}

fn job_ui(ui: &mut Ui, job: &Job, actions: &mut Vec<Action>) {
    let row = vec2(ui.available_width(), JOB);
    ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let label = words::cancel(&job.title);
        if icon_button(ui, Icon::Close, &label, &label).clicked() {
            actions.push(Action::CancelGroup(job.group));
        }
        let moves = [
            (
                Icon::Down,
                words::later(&job.title),
                !job.is_last,
                job.place + 1,
            ),
            (
                Icon::Up,
                words::earlier(&job.title),
                job.place > 0,
                job.place.saturating_sub(1),
            ),
        ];
        for (icon, label, can, to) in moves {
            let button = ui.add_enabled_ui(can, |ui| icon_button(ui, icon, &label, &label));
            if button.inner.clicked() {
                let group = job.group;
                actions.push(Action::MoveGroup { group, to });
            }
        }
        ui.add_space(theme::GAP);
        ui.with_layout(Layout::top_down(Align::Min), |ui| words_ui(ui, job));
    });
}

fn words_ui(ui: &mut Ui, job: &Job) {
    let palette = theme::palette(ui);
    ui.spacing_mut().item_spacing.y = 3.0;
    ui.add_space(6.0);
    ui.add(Label::new(RichText::new(&job.title).color(palette.strong)).truncate());
    let details = RichText::new(&job.details).small().color(palette.weak);
    ui.add(Label::new(details).truncate());
    let size = vec2(ui.available_width(), 4.0);
    let (rail, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| {
        let label = words::row(job.place + 1, &job.title, &job.details);
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, label);
        info.value = Some(f64::from((job.fraction * 100.0).floor()));
        info
    });
    let round = CornerRadius::same(2);
    ui.painter().rect_filled(rail, round, palette.button);
    let width = rail.width() * job.fraction.clamp(0.0, 1.0);
    let done = Rect::from_min_size(rail.min, vec2(width, rail.height()));
    if width >= 1.0 {
        ui.painter().rect_filled(done, round, palette.accent);
    }
}
