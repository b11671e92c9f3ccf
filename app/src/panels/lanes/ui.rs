//! Draws the strip.

use eframe::egui::{
    Align, Align2, CornerRadius, Layout, Rect, RichText, ScrollArea, Sense, Slider, Stroke,
    StrokeKind, TextStyle, Ui, Vec2, WidgetInfo, accesskit::Role, vec2,
};

use super::{Lane, Lanes};
use crate::{
    actions::Action,
    shortcuts::{self, Deed},
    state::Look,
    theme,
    widgets::{Textures, paint_picture, segment},
    wording::{self, looking as words},
};

/// Height of a lane's picture, in points, where there is room.
const EDGE: f32 = 80.0;
/// The same in a low window.
const LOW_EDGE: f32 = 52.0;
/// Windows below this height are low, in points.
const LOW: f32 = 800.0;
/// Height of the words under a lane, in points.
const WORDS: f32 = 20.0;
/// Width of the column at the left, in points.
const COLUMN: f32 = 148.0;

/// The strip.
pub fn lanes_ui(ui: &mut Ui, data: &Lanes, textures: &mut Textures, actions: &mut Vec<Action>) {
    let edge = match ui.ctx().content_rect().height() < LOW {
        true => LOW_EDGE,
        false => EDGE,
    };
    let height = edge + WORDS + 4.0;
    ui.set_min_height(height);
    ui.horizontal_top(|ui| {
        let size = vec2(COLUMN, height);
        ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
            ui.set_min_size(size);
            ways_ui(ui, data, actions);
            slider_ui(ui, data, actions);
        });
        ScrollArea::horizontal().id_salt("lanes").show(ui, |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                for lane in &data.lanes {
                    lane_ui(ui, data, lane, edge, textures, actions);
                }
            });
        });
    });
}

/// Depths summed or alone.
fn ways_ui(ui: &mut Ui, data: &Lanes, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let summed = segment(ui, !data.alone, words::SUMMED)
            .on_hover_text(shortcuts::tip(words::SUMMED_TIP, Deed::Alone));
        if summed.clicked() {
            actions.push(Action::Look(Look::Alone(false)));
        }
        let tip = match data.done {
            true => words::ALONE_TIP,
            false => words::ALONE_LATER,
        };
        let alone =
            segment(ui, data.alone, words::ALONE).on_hover_text(shortcuts::tip(tip, Deed::Alone));
        if alone.clicked() {
            actions.push(Action::Look(Look::Alone(true)));
        }
    });
}

fn slider_ui(ui: &mut Ui, data: &Lanes, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let name = RichText::new(words::DEPTH).color(palette.text);
        let name = ui.label(name).on_hover_text(wording::LANES_TIP);
        let now = data.depth();
        let mut depth = now;
        let number = words::alone_caption(now - 1);
        ui.spacing_mut().slider_width = (COLUMN - name.rect.width() - 36.0).max(40.0);
        let slider = Slider::new(&mut depth, 1..=data.lanes.len()).show_value(false);
        let slider = ui
            .add(slider)
            .labelled_by(name.id)
            .on_hover_text(shortcuts::tip(words::CHOOSE_DEPTH, Deed::Depth));
        ui.label(RichText::new(number).color(palette.weak));
        if slider.changed() && depth != now {
            actions.push(Action::SelectDepth(Some(depth - 1)));
        }
    });
}

fn lane_ui(
    ui: &mut Ui,
    data: &Lanes,
    lane: &Lane,
    edge: f32,
    textures: &mut Textures,
    actions: &mut Vec<Action>,
) {
    let palette = theme::palette(ui);
    let shape = vec2(data.size[0] as f32, data.size[1].max(1) as f32);
    let picture = shape * (edge / shape.y);
    // The outline stands outside the picture.
    let margin = 4.0;
    let size = vec2(picture.x + 2.0 * margin, edge + WORDS + 4.0);
    let (area, response) = ui.allocate_exact_size(size, Sense::click());
    let label = match data.alone {
        true => words::alone(lane.depth),
        false => wording::lane(lane.depth, data.lanes.len()),
    };
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, lane.chosen, &label));
    let area = Rect::from_min_size(area.min + Vec2::splat(margin), picture);
    match &lane.shown {
        Some((key, shown)) => {
            let texture = textures.get(ui.ctx(), *key, shown);
            paint_picture(ui.painter(), texture, area);
        }
        None => {
            ui.painter()
                .rect_filled(area, CornerRadius::same(2), palette.placeholder);
        }
    }
    let (stroke, color) = match (lane.chosen, response.hovered() || response.has_focus()) {
        (true, _) => (Stroke::new(2.0, palette.accent), palette.strong),
        (false, true) => (Stroke::new(1.0, palette.weak), palette.text),
        (false, false) => (Stroke::NONE, palette.weak),
    };
    let outline = area.expand(2.0);
    ui.painter()
        .rect_stroke(outline, CornerRadius::same(3), stroke, StrokeKind::Outside);
    ui.painter().text(
        area.center_bottom() + vec2(0.0, 5.0),
        Align2::CENTER_TOP,
        match data.alone {
            true => words::alone_caption(lane.depth),
            false => wording::lane_caption(lane.depth),
        },
        TextStyle::Small.resolve(ui.style()),
        color,
    );
    if response.on_hover_text(label).clicked() {
        actions.push(Action::SelectDepth(data.depth_of(lane)));
    }
}
