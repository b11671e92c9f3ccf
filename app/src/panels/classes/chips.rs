//! Draws the chosen classes: each with its newest picture, its number and a cross.

use eframe::egui::{
    self, Align, CornerRadius, DragValue, Layout, Rect, ScrollArea, Sense, TextStyle, Ui,
    UiBuilder, Vec2, WidgetInfo, accesskit::Role, pos2, vec2,
};

use super::{Chip, Classes, PaintPicture};
use crate::{
    actions::Action,
    state::MOST_PICTURES,
    theme::{self, Palette},
    widgets::{Icon, paint_icon},
    wording,
};

/// Most of the chips that is shown before they scroll, in points of height: two lines.
const MOST_HEIGHT: f32 = 62.0;
/// Height of a chip, in points.
const HEIGHT: f32 = 26.0;
/// Width of the number, in points.
const NUMBER: f32 = 30.0;
/// Width of the cross, in points.
const CROSS: f32 = 22.0;
/// Edge of the picture, in points.
const PICTURE: f32 = 20.0;
/// Distance between the parts of a chip, in points.
const GAP: f32 = 5.0;

pub(super) fn chips_ui(
    ui: &mut Ui,
    data: &Classes<'_>,
    paint: &mut PaintPicture<'_>,
    actions: &mut Vec<Action>,
) {
    ScrollArea::vertical()
        .id_salt("chips")
        .max_height(MOST_HEIGHT)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = Vec2::splat(5.0);
                for chip in &data.chips {
                    chip_ui(ui, chip, data, paint, actions);
                }
            });
        });
}

/// From the left: number, picture, name, cross.
fn chip_ui(
    ui: &mut Ui,
    chip: &Chip<'_>,
    data: &Classes<'_>,
    paint: &mut PaintPicture<'_>,
    actions: &mut Vec<Action>,
) {
    let palette = theme::palette(ui);
    let (fill, color) = match chip.known {
        true => (palette.accent_wash, palette.strong),
        false => (palette.button, palette.weak),
    };
    let picture = chip.picture.map_or(0.0, |_| PICTURE + GAP);
    let cross = if chip.removable { CROSS } else { GAP };
    let around = 3.0 + NUMBER + GAP + picture + cross;
    let font = TextStyle::Body.resolve(ui.style());
    let words = ui
        .painter()
        .layout_no_wrap(chip.name.to_string(), font, color);
    let name = words.size().x.min(ui.max_rect().width() - around);
    let (rect, response) = ui.allocate_exact_size(vec2(around + name, HEIGHT), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(13), fill);

    let builder = UiBuilder::new()
        .id_salt(("chip", chip.class))
        .max_rect(rect)
        .layout(Layout::left_to_right(Align::Center));
    let mut inner = ui.new_child(builder);
    inner.spacing_mut().item_spacing.x = GAP;
    inner.add_space(3.0);
    inner.add_enabled_ui(chip.known, |ui| count_ui(ui, chip, data, actions));
    if let Some(picture) = &chip.picture {
        let (_, square) = inner.allocate_space(Vec2::splat(PICTURE));
        paint(&inner, picture, square);
    }
    let at = pos2(
        rect.left() + 3.0 + NUMBER + GAP + picture,
        rect.center().y - words.size().y / 2.0,
    );
    let shown = Rect::from_min_size(at, vec2(name, words.size().y));
    ui.painter()
        .with_clip_rect(shown.intersect(ui.clip_rect()))
        .galley(at, words, color);
    if chip.removable {
        cross_ui(ui, chip, rect, palette, actions);
    }
    if !chip.known {
        response.on_hover_text(wording::classes::not_drawn(&data.unknown_reason));
    }
}

fn count_ui(ui: &mut Ui, chip: &Chip<'_>, data: &Classes<'_>, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    ui.spacing_mut().interact_size = vec2(NUMBER, 20.0);
    ui.spacing_mut().button_padding = Vec2::new(2.0, 1.0);
    let visuals = &mut ui.visuals_mut().widgets.inactive;
    visuals.weak_bg_fill = palette.panel;
    visuals.corner_radius = CornerRadius::same(10);
    visuals.fg_stroke.color = match chip.own {
        true => palette.accent,
        false => palette.text,
    };
    // Arrow keys step by the speed, so it is a slow one only while the pointer drags.
    let speed = match ui.ctx().is_being_dragged(ui.next_auto_id()) {
        true => 0.1,
        false => 1.0,
    };
    let mut count = chip.count;
    let field = DragValue::new(&mut count)
        .range(1..=MOST_PICTURES)
        .update_while_editing(false)
        .speed(speed);
    let response = ui
        .add(field)
        .accessible_name(wording::classes::count_of(&chip.name))
        .on_hover_text(wording::classes::count_tip(chip.own, data.common_count));
    if response.changed() && count != chip.count {
        let class = chip.class;
        actions.push(Action::SetClassCount { class, count });
    }
}

fn cross_ui(
    ui: &mut Ui,
    chip: &Chip<'_>,
    rect: Rect,
    palette: &Palette,
    actions: &mut Vec<Action>,
) {
    let area = Rect::from_min_max(pos2(rect.right() - CROSS, rect.top()), rect.max);
    let id = egui::Id::unique(("remove class", chip.class));
    let response = ui.interact(area, id, Sense::click());
    let label = wording::remove_class(&chip.name);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    let color = match response.hovered() || response.has_focus() {
        true => palette.strong,
        false => palette.weak,
    };
    paint_icon(ui.painter(), area, Icon::Close, 11.0, color);
    if response.on_hover_text(label).clicked() {
        actions.push(Action::ToggleClass(chip.class));
    }
}
