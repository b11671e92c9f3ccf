//! One picture wherever it is shown: its pixels with what is drawn over them, its name for those who do not
//! see it.

use eframe::egui::{
    Color32, CornerRadius, Painter, Rect, Response, Ui, Vec2, WidgetInfo, accesskit::Role, pos2,
    vec2,
};

use super::{Tile, overlay::paint_overlays};
use crate::{
    state::Stage,
    theme,
    widgets::{Icon, Textures, paint_icon, paint_picture},
    wording,
};

/// Width and height of a picture, in its pixels.
pub fn size_of(tile: &Tile<'_>) -> Vec2 {
    vec2(tile.size[0] as f32, tile.size[1] as f32)
}

/// Names what `response` stands for.
pub fn name_tile(response: &Response, tile: &Tile<'_>) {
    response.widget_info(|| {
        let label = wording::tile(tile.number, tile.title);
        WidgetInfo::selected(Role::Button, true, tile.selected, label)
    });
}

/// The pixels or the empty frame in `area`, what is drawn over them, and how far the picture is.
pub fn paint_tile(
    ui: &Ui,
    painter: &Painter,
    tile: &Tile<'_>,
    area: Rect,
    textures: &mut Textures,
) {
    let palette = theme::palette(ui);
    match &tile.shown {
        Some((key, shown)) => {
            let texture = textures.get(ui.ctx(), *key, shown);
            paint_picture(painter, texture, area);
        }
        None => {
            painter.rect_filled(area, CornerRadius::same(2), palette.placeholder);
            if tile.stage == Stage::Failed {
                paint_icon(painter, area, Icon::Warning, 28.0, palette.weak);
            }
        }
    }
    paint_overlays(painter, tile, area, palette);
    if tile.stage == Stage::Growing {
        let area = area.intersect(painter.clip_rect());
        let rail = Rect::from_min_max(pos2(area.left(), area.bottom() - 3.0), area.max);
        let mut done = rail;
        done.set_width(rail.width() * tile.fraction);
        painter.rect_filled(rail, CornerRadius::ZERO, Color32::from_black_alpha(110));
        painter.rect_filled(done, CornerRadius::ZERO, palette.accent);
    }
}
