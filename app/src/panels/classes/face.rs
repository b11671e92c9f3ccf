//! A line of the list without its buttons: what it looks like, and what is read aloud.

use std::borrow::Cow;

use eframe::egui::{
    CornerRadius, EventFilter, Id, Rect, Response, RichText, Sense, Stroke, StrokeKind, TextStyle,
    TextWrapMode, Ui, Vec2, WidgetInfo, WidgetText, accesskit::Role, pos2, vec2,
};

use super::{PaintPicture, SmallPicture};
use crate::{
    theme::{self, ROUNDING},
    widgets::{Icon, paint_icon},
};

/// How far each level of the tree is moved in, in points.
const INDENT: f32 = 8.0;
/// Width of the arrowhead of a branch, in points.
const ARROWHEAD: f32 = 16.0;
/// Edge of a picture, in points.
const PICTURE: f32 = 20.0;

/// A line without its buttons.
pub(super) struct Face<'a> {
    /// What it is known by from frame to frame.
    pub id: Id,
    pub name: &'a str,
    /// What is read aloud.
    pub label: Cow<'a, str>,
    /// What stands at its right end, small.
    pub trailing: String,
    pub chosen: bool,
    /// Whether it stands out as something that can be drawn.
    pub known: bool,
    /// In the tree: how far it is moved in.
    pub depth: Option<usize>,
    /// For branches: whether they are open.
    pub open: Option<bool>,
    /// Room for a picture, and the picture.
    pub picture: Option<Option<&'a SmallPicture<'a>>>,
}

/// Draws it, `width` points wide.
pub(super) fn face_ui(
    ui: &mut Ui,
    width: f32,
    face: &Face<'_>,
    paint: &mut PaintPicture<'_>,
) -> Response {
    let (_, rect) = ui.allocate_space(vec2(width, theme::ROW));
    let response = ui.interact(rect, face.id, Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, enabled, face.chosen, face.label.as_ref())
    });
    if response.has_focus() {
        let arrows = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(face.id, arrows));
    }
    if !ui.is_rect_visible(rect) {
        return response;
    }
    ground(ui, rect, &response, face.chosen);
    let left = rect.left() + 6.0 + leading(ui, rect, face, paint);
    let palette = theme::palette(ui);
    let color = match (face.known, face.chosen) {
        (true, true) => palette.strong,
        (true, false) => palette.text,
        (false, _) => palette.weak,
    };
    let trailing = RichText::new(&face.trailing).small().color(palette.weak);
    let trailing = galley(ui, trailing, f32::INFINITY, TextStyle::Small);
    let right = rect.right() - 6.0 - trailing.size().x;
    let height = rect.center().y - trailing.size().y / 2.0;
    ui.painter()
        .galley(pos2(right, height), trailing, palette.weak);
    let name = RichText::new(face.name).color(color);
    let name = galley(ui, name, (right - 6.0 - left).max(0.0), TextStyle::Body);
    let height = rect.center().y - name.size().y / 2.0;
    ui.painter().galley(pos2(left, height), name, color);
    response
}

fn galley(
    ui: &Ui,
    text: RichText,
    width: f32,
    style: TextStyle,
) -> std::sync::Arc<eframe::egui::Galley> {
    WidgetText::from(text).into_galley(ui, Some(TextWrapMode::Truncate), width, style)
}

/// What is behind a line.
fn ground(ui: &Ui, rect: Rect, response: &Response, chosen: bool) {
    let palette = theme::palette(ui);
    let rounding = CornerRadius::same(ROUNDING);
    let fill = match (chosen, response.hovered()) {
        (true, _) => Some(palette.accent_wash),
        (false, true) => Some(palette.button_hovered),
        (false, false) => None,
    };
    if let Some(fill) = fill {
        ui.painter().rect_filled(rect, rounding, fill);
    }
    if response.has_focus() {
        let stroke = Stroke::new(1.0, palette.accent);
        ui.painter()
            .rect_stroke(rect, rounding, stroke, StrokeKind::Inside);
    }
}

/// What stands before the name: arrowhead and picture. Returns how much room they take.
fn leading(ui: &Ui, rect: Rect, face: &Face<'_>, paint: &mut PaintPicture<'_>) -> f32 {
    let square = |left: f32, edge: f32| {
        let centre = pos2(rect.left() + 6.0 + left + edge / 2.0, rect.center().y);
        Rect::from_center_size(centre, Vec2::splat(edge))
    };
    let mut width = face.depth.map_or(0.0, |depth| depth as f32 * INDENT);
    if let Some(open) = face.open {
        let icon = if open { Icon::Down } else { Icon::Right };
        let color = theme::palette(ui).weak;
        paint_icon(ui.painter(), square(width, 10.0), icon, 10.0, color);
    }
    if face.open.is_some() || face.depth.is_some() {
        width += ARROWHEAD;
    }
    if let Some(picture) = face.picture {
        if let Some(picture) = picture {
            paint(ui, picture, square(width, PICTURE));
        }
        width += PICTURE + 6.0;
    }
    width
}
