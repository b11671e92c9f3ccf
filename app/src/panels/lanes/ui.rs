//! Draws the strip.

use eframe::egui::{
    Align, Align2, CornerRadius, Layout, Rect, RichText, ScrollArea, Sense, Stroke, StrokeKind,
    TextStyle, Ui, Vec2, WidgetInfo, accesskit::Role, vec2,
};

use super::{Lane, Lanes};
use crate::{
    actions::Action,
    theme,
    widgets::{Textures, paint_picture},
    wording,
};

/// Height of a lane's picture, in points.
const EDGE: f32 = 80.0;
/// Height of the words under it, in points.
const WORDS: f32 = 20.0;

/// Height of the strip, in points.
pub const HEIGHT: f32 = EDGE + WORDS + 4.0;

/// The strip.
pub fn lanes_ui(ui: &mut Ui, data: &Lanes, textures: &mut Textures, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    ui.set_min_height(HEIGHT);
    ui.horizontal_top(|ui| {
        ui.allocate_ui_with_layout(
            vec2(64.0, EDGE),
            Layout::left_to_right(Align::Center),
            |ui| {
                ui.set_min_size(vec2(64.0, EDGE));
                ui.label(
                    RichText::new(wording::LANES)
                        .heading()
                        .color(palette.strong),
                )
                .on_hover_text(wording::LANES_TIP);
            },
        );
        ScrollArea::horizontal().id_salt("lanes").show(ui, |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 12.0;
                for lane in &data.lanes {
                    lane_ui(ui, data, lane, textures, actions);
                }
            });
        });
    });
}

fn lane_ui(
    ui: &mut Ui,
    data: &Lanes,
    lane: &Lane,
    textures: &mut Textures,
    actions: &mut Vec<Action>,
) {
    let palette = theme::palette(ui);
    let shape = vec2(data.size[0] as f32, data.size[1].max(1) as f32);
    let picture = shape * (EDGE / shape.y);
    // The outline stands outside the picture.
    let margin = 4.0;
    let size = vec2(picture.x + 2.0 * margin, HEIGHT);
    let (area, response) = ui.allocate_exact_size(size, Sense::click());
    let label = wording::lane(lane.depth, data.lanes.len());
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
        wording::lane_caption(lane.depth),
        TextStyle::Small.resolve(ui.style()),
        color,
    );
    if response.on_hover_text(label).clicked() {
        actions.push(Action::SelectDepth(data.depth_of(lane)));
    }
}
