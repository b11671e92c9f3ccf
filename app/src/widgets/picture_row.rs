//! A row of a list of pictures: a small picture and two lines of words, lit under the pointer.

use eframe::egui::{
    Align2, CornerRadius, Rect, Response, Sense, TextStyle, TextWrapMode, Ui, Vec2, WidgetInfo,
    WidgetText, accesskit::Role, pos2, vec2,
};

use super::{Shown, TextureKey, Textures, paint_picture};
use crate::theme;

/// A row across the list, its ground, and what it is called aloud.
pub fn picture_row(ui: &mut Ui, height: f32, selected: bool, label: &str) -> (Rect, Response) {
    let palette = theme::palette(ui);
    let size = vec2(ui.available_width(), height);
    let (area, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, label));
    let ground = match (selected, response.hovered() || response.has_focus()) {
        (true, _) => Some(palette.accent_wash),
        (false, true) => Some(palette.button),
        (false, false) => None,
    };
    if let Some(ground) = ground {
        let round = CornerRadius::same(theme::ROUNDING);
        ui.painter().rect_filled(area, round, ground);
    }
    (area, response)
}

/// A picture as large as it fits into the frame, or the place where it will be.
pub fn small_picture(
    ui: &Ui,
    textures: &mut Textures,
    frame: Rect,
    picture: Option<&(TextureKey, Shown)>,
) {
    let Some((key, shown)) = picture else {
        let round = CornerRadius::same(2);
        let ground = theme::palette(ui).placeholder;
        ui.painter().rect_filled(frame, round, ground);
        return;
    };
    let shape = vec2(shown.0.width as f32, shown.0.height as f32);
    let scale = (frame.size() / shape.max(Vec2::splat(1.0))).min_elem();
    let area = Align2::CENTER_CENTER.align_size_within_rect(shape * scale, frame);
    paint_picture(ui.painter(), textures.get(ui.ctx(), *key, shown), area);
}

/// A name, and words in small print below it; each is cut where the room ends.
pub fn two_lines(ui: &Ui, room: Rect, gap: f32, name: &str, words: &str) {
    let palette = theme::palette(ui);
    let line = |text: &str, style: TextStyle| {
        let mode = Some(TextWrapMode::Truncate);
        WidgetText::from(text).into_galley(ui, mode, room.width(), style)
    };
    let name = line(name, TextStyle::Body);
    let below = pos2(room.left(), room.top() + name.size().y + gap);
    ui.painter().galley(room.min, name, palette.text);
    let words = line(words, TextStyle::Small);
    ui.painter().galley(below, words, palette.weak);
}
