//! Draws the guidance curve: how the scale varies, the lines, the handles that are dragged or moved by
//! keys, and the same numbers to type.

use eframe::egui::{
    Align2, CursorIcon, DragValue, EventFilter, FontId, Id, Key, Pos2, Rangef, Rect, Response,
    RichText, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, accesskit, pos2, remap, remap_clamp,
    vec2,
};
use strata_engine::Schedule;

use super::{Curve, Handle};
use crate::{
    actions::Action,
    state::Tune,
    theme,
    widgets::{in_view, segment},
    wording::sampling as words,
};

/// Height of the drawing, in points.
const HEIGHT: f32 = 96.0;
/// Room for the numbers at the left of the drawing, in points.
const LEFT: f32 = 26.0;
/// Room for the words below it, in points.
const BELOW: f32 = 16.0;
/// Half the size of what the pointer can grasp, in points.
const GRASP: f32 = 9.0;
/// Steps of a key that moves far.
const FAR: f32 = 10.0;

/// The curve with all that belongs to it.
pub fn curve_ui(ui: &mut Ui, curve: &Curve, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    ui.add_space(2.0);
    ui.label(RichText::new(words::SCHEDULE).color(palette.strong))
        .on_hover_text(words::SCHEDULE_TIP);
    kinds_ui(ui, curve, actions);
    let size = vec2(ui.available_width(), HEIGHT);
    let (area, _) = ui.allocate_exact_size(size, Sense::hover());
    let field = Rect::from_min_max(area.min + vec2(LEFT, GRASP), area.max - vec2(GRASP, BELOW));
    let plot = Plot {
        field,
        top: steady_top(ui, curve),
    };
    if ui.is_rect_visible(area) {
        paint(ui, curve, &plot);
    }
    for handle in curve.handles() {
        let moved = handle_ui(ui, curve, &plot, handle);
        actions.extend(moved.and_then(|value| curve.moved(handle, value)));
    }
    fields_ui(ui, curve, actions);
}

/// Even, interval or ramp.
fn kinds_ui(ui: &mut Ui, curve: &Curve, actions: &mut Vec<Action>) {
    let now = curve.schedule;
    let choices = [
        (
            matches!(now, Schedule::Constant),
            words::EVEN,
            words::EVEN_TIP,
            Schedule::Constant,
        ),
        (
            matches!(now, Schedule::Interval { .. }),
            words::INTERVAL,
            words::INTERVAL_TIP,
            curve.first_interval(),
        ),
        (
            matches!(now, Schedule::Ramp { .. }),
            words::RAMP,
            words::RAMP_TIP,
            Schedule::Ramp { from: 1.0 },
        ),
    ];
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (chosen, name, tip, schedule) in choices {
            let button = in_view(segment(ui, chosen, name)).on_hover_text(tip);
            if button.clicked() && !chosen {
                actions.push(Action::Tune(Tune::SetSchedule(schedule)));
            }
        }
    });
}

/// Places and scales as points of the screen.
struct Plot {
    field: Rect,
    top: f32,
}

impl Plot {
    fn at(&self, [place, scale]: [f32; 2]) -> Pos2 {
        let upwards = Rangef::new(self.field.bottom(), self.field.top());
        pos2(
            remap_clamp(place, 0.0..=1.0, self.field.x_range()),
            remap_clamp(scale, 1.0..=self.top, upwards),
        )
    }

    /// What a handle stands for when it is dragged to `pointer`.
    fn value(&self, curve: &Curve, handle: Handle, pointer: Pos2) -> f32 {
        let upwards = Rangef::new(self.field.bottom(), self.field.top());
        let place = remap(pointer.x, self.field.x_range(), 0.0..=1.0);
        let boundary = place * curve.rows as f32;
        match handle {
            Handle::Scale | Handle::From => remap_clamp(pointer.y, upwards, 1.0..=self.top),
            Handle::First => boundary.round() + 1.0,
            Handle::Last => boundary.round(),
        }
    }
}

/// The upper end of the axis, which stays while something is dragged: the curve would run away otherwise.
fn steady_top(ui: &Ui, curve: &Curve) -> f32 {
    let key = Id::unique("upper end of the guidance curve");
    let before: Option<f32> = ui.data(|data| data.get_temp(key));
    let dragged = ui.ctx().dragged_id();
    let drags = |handle: &Handle| dragged == Some(handle_id(*handle));
    match before.filter(|_| curve.handles().iter().any(drags)) {
        Some(before) => before,
        None => {
            ui.data_mut(|data| data.insert_temp(key, curve.top));
            curve.top
        }
    }
}

fn paint(ui: &Ui, curve: &Curve, plot: &Plot) {
    let palette = theme::palette(ui);
    let painter = ui.painter();
    let font = FontId::proportional(10.5);
    painter.rect_filled(plot.field, 2.0, palette.field);
    let base = plot.at([0.0, 1.0]);
    painter.hline(plot.field.x_range(), base.y, Stroke::new(1.0, palette.line));
    let scales = [(plot.top, Align2::RIGHT_TOP), (1.0, Align2::RIGHT_BOTTOM)];
    for (scale, align) in scales {
        let at = pos2(plot.field.left() - 5.0, plot.at([0.0, scale]).y);
        painter.text(at, align, format!("{scale:.0}"), font.clone(), palette.weak);
    }
    let below = plot.field.bottom() + 3.0;
    for (x, align, text) in [
        (plot.field.left(), Align2::LEFT_TOP, words::TOP_ROW),
        (plot.field.right(), Align2::RIGHT_TOP, words::BOTTOM_ROW),
    ] {
        painter.text(pos2(x, below), align, text, font.clone(), palette.weak);
    }
    // The first depth last, so that it lies above the others.
    for (at, line) in curve.lines.iter().enumerate().rev() {
        let points = line.iter().map(|point| plot.at(*point)).collect();
        let stroke = match at {
            0 => Stroke::new(2.0, palette.accent),
            _ => Stroke::new(1.2, palette.weak),
        };
        painter.add(Shape::line(points, stroke));
    }
}

fn handle_id(handle: Handle) -> Id {
    Id::unique(("guidance curve", handle))
}

fn handle_name(handle: Handle) -> &'static str {
    match handle {
        Handle::Scale => words::SCALE,
        Handle::From => words::RAMP_START,
        Handle::First => words::FIRST_ROW,
        Handle::Last => words::LAST_ROW,
    }
}

/// Draws a handle; where it was moved to, if it was.
fn handle_ui(ui: &Ui, curve: &Curve, plot: &Plot, handle: Handle) -> Option<f32> {
    let centre = plot.at(curve.place(handle));
    let grasp = Rect::from_center_size(centre, Vec2::splat(2.0 * GRASP));
    let response = ui.interact(grasp, handle_id(handle), Sense::click_and_drag());
    let response = in_view(response);
    describe(ui, curve, handle, &response);
    paint_handle(ui, &response, centre);
    let cursor = match handle.is_horizontal() {
        true => CursorIcon::ResizeHorizontal,
        false => CursorIcon::ResizeVertical,
    };
    let value = curve.value(handle);
    let pointer = response.interact_pointer_pos();
    let dragged = pointer.filter(|_| response.dragged());
    let dragged = dragged.map(|pointer| plot.value(curve, handle, pointer));
    let asked = dragged.or_else(|| asked_value(ui, &response));
    let stepped = steps(ui, &response) * curve.range(handle).2 + value;
    let hint = format!("{}: {value}\n{}", handle_name(handle), words::HANDLE_TIP);
    response.on_hover_cursor(cursor).on_hover_text(hint);
    asked.or((stepped != value).then_some(stepped))
}

fn paint_handle(ui: &Ui, response: &Response, centre: Pos2) {
    let palette = theme::palette(ui);
    let lit = response.hovered() || response.dragged() || response.has_focus();
    let radius = if lit { 6.5 } else { 5.5 };
    let ring = match response.has_focus() {
        true => Stroke::new(2.0, palette.strong),
        false => Stroke::new(1.5, palette.panel),
    };
    ui.painter().circle(centre, radius, palette.accent, ring);
}

/// Tells a screen reader what the handle is, what it is worth and how far it goes.
fn describe(ui: &Ui, curve: &Curve, handle: Handle, response: &Response) {
    let (least, most, step) = curve.range(handle);
    let value = f64::from(curve.value(handle));
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::slider(enabled, value, handle_name(handle)));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_min_numeric_value(f64::from(least));
        node.set_max_numeric_value(f64::from(most));
        node.set_numeric_value_step(f64::from(step));
        node.add_action(accesskit::Action::SetValue);
        node.add_action(accesskit::Action::Increment);
        node.add_action(accesskit::Action::Decrement);
    });
}

/// The value that a screen reader asks for.
fn asked_value(ui: &Ui, response: &Response) -> Option<f32> {
    let value = |request: &accesskit::ActionRequest| match request.data {
        Some(accesskit::ActionData::NumericValue(value)) => Some(value as f32),
        _ => None,
    };
    ui.input(|input| {
        let requests = input.accesskit_action_requests(response.id, accesskit::Action::SetValue);
        requests.filter_map(value).last()
    })
}

/// Steps that keys or a screen reader ask for.
fn steps(ui: &Ui, response: &Response) -> f32 {
    use accesskit::Action::{Decrement, Increment};

    let asked = ui.input(|input| {
        let count = |action| input.num_accesskit_action_requests(response.id, action) as f32;
        count(Increment) - count(Decrement)
    });
    if !response.has_focus() {
        return asked;
    }
    ui.memory_mut(|memory| {
        let arrows = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        memory.set_focus_lock_filter(response.id, arrows);
    });
    let keys = [
        (Key::ArrowUp, 1.0),
        (Key::ArrowRight, 1.0),
        (Key::ArrowDown, -1.0),
        (Key::ArrowLeft, -1.0),
        (Key::PageUp, FAR),
        (Key::PageDown, -FAR),
    ];
    let pressed = |(key, step): (Key, f32)| ui.input(|i| i.num_presses(key)) as f32 * step;
    asked + keys.map(pressed).iter().sum::<f32>()
}

/// What the handles set, to type.
fn fields_ui(ui: &mut Ui, curve: &Curve, actions: &mut Vec<Action>) {
    match curve.schedule {
        Schedule::Constant => {}
        Schedule::Interval { .. } => {
            ui.horizontal(|ui| {
                ui.label(words::FROM_ROW);
                number_ui(ui, curve, Handle::First, actions);
                ui.label(words::TO_ROW);
                number_ui(ui, curve, Handle::Last, actions);
            });
        }
        Schedule::Ramp { .. } => {
            ui.horizontal(|ui| {
                ui.label(words::STARTS_AT);
                number_ui(ui, curve, Handle::From, actions);
            });
        }
    }
}

fn number_ui(ui: &mut Ui, curve: &Curve, handle: Handle, actions: &mut Vec<Action>) {
    let (least, most, step) = curve.range(handle);
    let mut value = curve.value(handle);
    let field = DragValue::new(&mut value)
        .range(least..=most)
        // A ramp from below 1, which means none, stays what it is.
        .clamp_existing_to_range(false)
        .speed(step / 4.0)
        .max_decimals(if step < 1.0 { 2 } else { 0 })
        .update_while_editing(false);
    let name = words::field_of(handle_name(handle));
    let response = ui
        .add_sized([54.0, theme::ROW - 2.0], field)
        .accessible_name(name);
    if in_view(response).changed() {
        actions.extend(curve.moved(handle, value));
    }
    if handle == Handle::From {
        ui.label(
            RichText::new(words::OFF_AT_ONE)
                .small()
                .color(theme::palette(ui).weak),
        );
    }
}
