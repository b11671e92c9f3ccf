//! Draws over a picture: the grid, the position being sampled, uncertainty, and the cover of what is not
//! there yet. Positions fill the picture's area evenly.

use eframe::egui::{
    Color32, CornerRadius, Mesh, Painter, Rect, Stroke, StrokeKind, Vec2, pos2, vec2,
};
use strata_engine::picture::sequence::EMPTY;

use super::Tile;
use crate::{theme::Palette, widgets::scale_colour};

/// Narrowest cells between which lines are drawn, in points.
const NARROWEST: f32 = 4.0;
/// How much of the picture the colours of uncertainty hide.
const COVER: f32 = 0.78;

/// Everything that is to be drawn over `tile` in `area`.
pub fn paint_overlays(painter: &Painter, tile: &Tile<'_>, area: Rect, palette: &Palette) {
    if let Some(shown) = tile.shown_positions {
        paint_cover(painter, tile.grid, area, shown);
    }
    if tile.waver.is_some() {
        paint_waver(painter, tile, area);
    }
    if tile.has_grid {
        paint_grid(painter, tile.grid, area);
    }
    if let Some(position) = tile.position {
        paint_position(painter, cell(tile.grid, area, position), palette);
    }
}

/// The area of a position.
pub fn cell([rows, columns]: [usize; 2], area: Rect, position: usize) -> Rect {
    let columns = columns.max(1);
    let size = area.size() / vec2(columns as f32, rows.max(1) as f32);
    let place = vec2((position % columns) as f32, (position / columns) as f32);
    Rect::from_min_size(area.min + place * size, size)
}

/// The position at a place of `area`: its row and column.
pub fn position_at(
    [rows, columns]: [usize; 2],
    area: Rect,
    place: eframe::egui::Pos2,
) -> [usize; 2] {
    let share = (place - area.min) / area.size().max(Vec2::splat(f32::MIN_POSITIVE));
    let index = |share: f32, count: usize| {
        ((share * count as f32).max(0.0) as usize).min(count.saturating_sub(1))
    };
    [index(share.y, rows), index(share.x, columns)]
}

/// Grey over every position from `shown` on: the rest of a row, and the rows below it.
fn paint_cover(painter: &Painter, grid: [usize; 2], area: Rect, shown: usize) {
    let [r, g, b] = EMPTY;
    let grey = Color32::from_rgb(r, g, b);
    let next = cell(grid, area, shown);
    let rest_of_row = Rect::from_min_max(next.min, pos2(area.right(), next.bottom()));
    let below = Rect::from_min_max(pos2(area.left(), next.bottom()), area.max);
    for part in [rest_of_row, below] {
        if part.is_positive() {
            painter.rect_filled(part, CornerRadius::ZERO, grey);
        }
    }
}

fn paint_waver(painter: &Painter, tile: &Tile<'_>, area: Rect) {
    let Some(waver) = &tile.waver else {
        return;
    };
    let visible = painter.clip_rect();
    let mut mesh = Mesh::default();
    for position in 0..waver.positions() {
        let place = cell(tile.grid, area, position);
        if place.intersects(visible) {
            let colour = scale_colour(waver.share(position)).gamma_multiply(COVER);
            mesh.add_colored_rect(place, colour);
        }
    }
    painter.add(mesh);
}

/// A dark and a light line side by side can be seen on anything.
fn paint_grid(painter: &Painter, grid @ [rows, columns]: [usize; 2], area: Rect) {
    if cell(grid, area, 0).size().min_elem() < NARROWEST {
        return;
    }
    let hair = 1.0 / painter.pixels_per_point();
    let dark = Stroke::new(hair, Color32::from_black_alpha(120));
    let light = Stroke::new(hair, Color32::from_white_alpha(120));
    let size = area.size() / vec2(columns.max(1) as f32, rows.max(1) as f32);
    for column in 1..columns {
        let x = area.left() + column as f32 * size.x;
        painter.vline(x - hair / 2.0, area.y_range(), dark);
        painter.vline(x + hair / 2.0, area.y_range(), light);
    }
    for row in 1..rows {
        let y = area.top() + row as f32 * size.y;
        painter.hline(area.x_range(), y - hair / 2.0, dark);
        painter.hline(area.x_range(), y + hair / 2.0, light);
    }
}

fn paint_position(painter: &Painter, place: Rect, palette: &Palette) {
    let frame = |place: Rect, stroke: Stroke| {
        painter.rect_stroke(place, CornerRadius::same(1), stroke, StrokeKind::Outside);
    };
    frame(place, Stroke::new(3.0, Color32::from_black_alpha(150)));
    frame(place, Stroke::new(1.5, palette.accent_hovered));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_fill_the_picture_in_raster_order() {
        let area = Rect::from_min_size(pos2(10.0, 20.0), vec2(80.0, 40.0));
        let grid = [2, 4];
        assert_eq!(cell(grid, area, 0).min, area.min);
        assert_eq!(cell(grid, area, 7).max, area.max);
        assert_eq!(cell(grid, area, 5).min, pos2(30.0, 40.0));
        assert_eq!(position_at(grid, area, pos2(31.0, 41.0)), [1, 1]);
        assert_eq!(position_at(grid, area, pos2(999.0, 0.0)), [0, 3]);
    }
}
