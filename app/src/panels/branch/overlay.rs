//! Draws on the picture what a click keeps: everything before the position under the pointer stays clear,
//! the rest is veiled.

use eframe::egui::{
    Align2, Color32, CornerRadius, CursorIcon, Pos2, Rect, Response, Shape, Stroke, StrokeKind,
    TextStyle, Ui, Vec2, pos2, vec2,
};

use super::Overlay;
use crate::{
    actions::{Action, BranchAction},
    theme, wording,
};

/// The veil, and a click that grows everything under it anew. `picture` is where the whole picture lies,
/// `response` that of its area.
pub fn overlay_ui(
    ui: &Ui,
    data: &Overlay,
    picture: Rect,
    response: &Response,
    actions: &mut Vec<Action>,
) {
    let at = |pointer: Pos2| {
        let part = (pointer - picture.min) / picture.size();
        data.position(part.x, part.y)
    };
    let inside = |pointer: &Pos2| picture.contains(*pointer);
    let hovered = response.hover_pos().filter(inside).map(at);
    let position = hovered.unwrap_or(data.kept);
    veil(ui, data, picture, position);
    if hovered.is_some() {
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
        words(ui, data, picture, position);
    }
    if response.clicked() {
        // A click without a pointer, by the keyboard, takes what is chosen.
        let clicked = response.interact_pointer_pos().filter(inside).map(at);
        let position = clicked.unwrap_or(data.kept);
        actions.push(Action::Branch(BranchAction::GrowFrom(position)));
    }
}

fn veil(ui: &Ui, data: &Overlay, picture: Rect, position: usize) {
    let palette = theme::palette(ui);
    let [rows, columns] = data.grid.map(|count| count.max(1));
    let cell = picture.size() / vec2(columns as f32, rows as f32);
    let (row, column) = (position / columns, position % columns);
    let corner = picture.min + cell * vec2(column as f32, row as f32);
    let below = corner.y + cell.y;
    let dark = palette.canvas.gamma_multiply(0.72);
    let painter = ui
        .painter()
        .with_clip_rect(picture.intersect(ui.clip_rect()));
    let rest_of_row = Rect::from_min_max(corner, pos2(picture.right(), below));
    let rest = Rect::from_min_max(pos2(picture.left(), below), picture.max);
    for area in [rest_of_row, rest] {
        if area.is_positive() {
            painter.rect_filled(area, CornerRadius::ZERO, dark);
        }
    }
    // The edge of what stays: below the whole rows, then up around the position.
    let edge = vec![
        pos2(picture.left(), below),
        pos2(corner.x, below),
        corner,
        pos2(picture.right(), corner.y),
    ];
    painter.add(Shape::line(edge, Stroke::new(1.5, palette.accent)));
    let own = Rect::from_min_size(corner, cell);
    let stroke = Stroke::new(2.0, palette.accent);
    painter.rect_stroke(own, CornerRadius::ZERO, stroke, StrokeKind::Inside);
}

/// How much stays, in the upper left corner of the picture.
fn words(ui: &Ui, data: &Overlay, picture: Rect, position: usize) {
    let text = wording::branch::would_keep(position, data.grid[1]);
    let font = TextStyle::Body.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(text, font, Color32::WHITE);
    let size = galley.size() + Vec2::new(16.0, 10.0);
    let inner = picture.shrink(8.0);
    let area = Align2::LEFT_TOP.align_size_within_rect(size, inner);
    let ground = Color32::from_black_alpha(190);
    ui.painter()
        .rect_filled(area, CornerRadius::same(theme::ROUNDING), ground);
    let at = area.min + Vec2::new(8.0, 5.0);
    ui.painter().galley(at, galley, Color32::WHITE);
}
