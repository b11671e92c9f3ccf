//! The grid: only the rows on the screen are laid out, and their copies are asked for, those in view
//! first, then those of a screen further down.

use eframe::egui::{
    Align2, CornerRadius, Id, Modifiers, Rect, ScrollArea, Sense, Stroke, StrokeKind, TextStyle,
    TextWrapMode, Ui, Vec2, WidgetInfo, WidgetText, accesskit::Role, pos2, vec2,
};

use super::{Gallery, Tile};
use crate::{
    actions::{Browse, Pick},
    theme,
    widgets::{Icon, Thumbs, paint_icon, paint_picture},
    wording::gallery as words,
};

/// Between tiles, in points.
const SPACE: f32 = 10.0;
/// The line of words below a tile, in points.
const WORDS: f32 = 20.0;

/// Where tiles stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layout {
    /// Tiles in a row.
    pub columns: usize,
    /// The edge of a tile, in points.
    pub edge: f32,
}

impl Layout {
    /// As many tiles of about `points` as stand in `width`, which they then fill.
    pub fn fit(width: f32, points: f32) -> Self {
        let columns = ((width + SPACE) / (points + SPACE)).floor().max(1.0);
        let edge = ((width + SPACE) / columns - SPACE).max(16.0).floor();
        Self {
            columns: columns as usize,
            edge,
        }
    }

    fn row_height(self) -> f32 {
        self.edge + WORDS + SPACE
    }

    /// Rows of so many pictures.
    pub fn rows(self, pictures: usize) -> usize {
        pictures.div_ceil(self.columns)
    }

    fn tile(self, origin: eframe::egui::Pos2, at: usize) -> Rect {
        let (row, column) = (at / self.columns, at % self.columns);
        let step = vec2(
            column as f32 * (self.edge + SPACE),
            row as f32 * self.row_height(),
        );
        Rect::from_min_size(origin + step, vec2(self.edge, self.edge + WORDS))
    }
}

/// Where the number of columns is kept for the keys, from frame to frame.
pub fn columns_id() -> Id {
    Id::unique("gallery columns")
}

/// The grid.
pub fn grid_ui(
    ui: &mut Ui,
    data: &Gallery<'_>,
    thumbs: &mut Thumbs,
    browse: &mut dyn FnMut(Browse),
) {
    let scroll_bar = ui.spacing().scroll.allocated_width();
    let layout = Layout::fit(ui.available_width() - scroll_bar - 2.0, data.tile_points);
    let columns = layout.columns;
    ui.data_mut(|kept| kept.insert_temp(columns_id(), columns));
    let rows = layout.rows(data.entries.len());
    ScrollArea::vertical()
        .id_salt("gallery")
        .auto_shrink([false, false])
        .show_viewport(ui, |ui, visible| {
            let size = vec2(ui.available_width(), rows as f32 * layout.row_height());
            let (room, _) = ui.allocate_exact_size(size, Sense::hover());
            let row = |y: f32| (y / layout.row_height()).floor().max(0.0) as usize;
            let first = row(visible.top()) * columns;
            let last = ((row(visible.bottom()) + 1) * columns).min(data.entries.len());
            for at in first..last {
                if let Some(tile) = data.tile(at) {
                    tile_ui(ui, data, &tile, layout.tile(room.min, at), thumbs, browse);
                }
            }
            let screen = (visible.height() / layout.row_height()).ceil() as usize * columns;
            let pixels = layout.edge * ui.pixels_per_point();
            for at in last..(last + screen).min(data.entries.len()) {
                ask_ahead(data, at, pixels, thumbs);
            }
            follow_cursor(ui, data, layout, room);
        });
}

/// A copy that is not on the screen yet.
fn ask_ahead(data: &Gallery<'_>, at: usize, pixels: f32, thumbs: &mut Thumbs) {
    if let Some(tile) = data.tile(at)
        && let Some(key) = tile.key(pixels)
    {
        thumbs.get(key, || data.file(&tile));
    }
}

/// Scrolls when the cursor went elsewhere.
fn follow_cursor(ui: &Ui, data: &Gallery<'_>, layout: Layout, room: Rect) {
    let id = Id::unique("gallery cursor");
    let before: Option<Option<usize>> = ui.data(|kept| kept.get_temp(id));
    ui.data_mut(|kept| kept.insert_temp(id, data.cursor));
    if let Some(at) = data.cursor
        && before != Some(data.cursor)
    {
        ui.scroll_to_rect(layout.tile(room.min, at).expand(SPACE), None);
    }
}

fn tile_ui(
    ui: &Ui,
    data: &Gallery<'_>,
    tile: &Tile<'_>,
    area: Rect,
    thumbs: &mut Thumbs,
    browse: &mut dyn FnMut(Browse),
) {
    let palette = theme::palette(ui);
    let response = ui.interact(area, Id::unique(("gallery", tile.path)), Sense::click());
    response.widget_info(|| {
        let label = words::tile(
            &tile.title,
            tile.file,
            tile.mark.favourite,
            tile.mark.rating,
        );
        WidgetInfo::selected(Role::Button, true, tile.selected, label)
    });
    let frame = Rect::from_min_size(area.min, Vec2::splat(area.width()));
    let shape = match tile.aspect >= 1.0 {
        true => vec2(1.0, 1.0 / tile.aspect),
        false => vec2(tile.aspect, 1.0),
    };
    let picture = Align2::CENTER_CENTER.align_size_within_rect(shape * frame.width(), frame);
    if tile.selected {
        let round = CornerRadius::same(theme::ROUNDING);
        ui.painter()
            .rect_filled(area.expand(4.0), round, palette.accent_wash);
    }
    picture_ui(ui, data, tile, picture, thumbs);
    let outline = match (tile.cursor, response.hovered() || response.has_focus()) {
        (true, _) => Some(Stroke::new(2.0, palette.accent)),
        (false, true) => Some(Stroke::new(1.0, palette.weak)),
        (false, false) => None,
    };
    if let Some(stroke) = outline {
        let round = CornerRadius::same(2);
        ui.painter()
            .rect_stroke(picture, round, stroke, StrokeKind::Outside);
    }
    words_ui(ui, tile, area);
    if response.clicked() {
        let how = how(ui.input(|input| input.modifiers));
        browse(Browse::Pick {
            path: tile.path.to_owned(),
            how,
        });
    }
    if response.double_clicked() {
        browse(Browse::Large(true));
    }
    response.on_hover_text(tile.trouble.unwrap_or(words::TILE_TIP));
}

fn how(modifiers: Modifiers) -> Pick {
    match (modifiers.shift, modifiers.command) {
        (true, _) => Pick::Range,
        (false, true) => Pick::Toggle,
        (false, false) => Pick::Only,
    }
}

fn picture_ui(ui: &Ui, data: &Gallery<'_>, tile: &Tile<'_>, area: Rect, thumbs: &mut Thumbs) {
    let palette = theme::palette(ui);
    let key = tile.key(area.size().max_elem() * ui.pixels_per_point());
    let texture = key.and_then(|key| thumbs.get(key, || data.file(tile)));
    if let Some(texture) = texture {
        paint_picture(ui.painter(), texture, area);
        return;
    }
    let round = CornerRadius::same(2);
    ui.painter().rect_filled(area, round, palette.placeholder);
    if tile.trouble.is_some() || key.is_some_and(|key| thumbs.failed(key)) {
        paint_icon(ui.painter(), area, Icon::Warning, 24.0, palette.warning);
    }
}

fn words_ui(ui: &Ui, tile: &Tile<'_>, area: Rect) {
    let palette = theme::palette(ui);
    let top = area.bottom() - WORDS + 4.0;
    let mut right = area.right();
    for _ in 0..tile.mark.rating {
        right -= 11.0;
        let star = Rect::from_min_size(pos2(right, top + 2.0), Vec2::splat(10.0));
        paint_icon(ui.painter(), star, Icon::FullStar, 10.0, palette.weak);
    }
    if tile.mark.favourite {
        right -= 14.0;
        let heart = Rect::from_min_size(pos2(right, top + 1.0), Vec2::splat(12.0));
        paint_icon(ui.painter(), heart, Icon::HeartFilled, 12.0, palette.accent);
    }
    let width = (right - area.left() - 4.0).max(0.0);
    let text = WidgetText::from(tile.title.as_str());
    let title = text.into_galley(ui, Some(TextWrapMode::Truncate), width, TextStyle::Small);
    ui.painter()
        .galley(pos2(area.left(), top), title, palette.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_fill_the_width_and_every_picture_has_its_place() {
        for width in [200.0, 777.0, 1024.0, 3840.0] {
            for points in [80.0, 160.0, 420.0] {
                let layout = Layout::fit(width, points);
                let used = layout.columns as f32 * (layout.edge + SPACE) - SPACE;
                assert!(used <= width, "{width} {points}: {layout:?}");
                assert!(used > width - layout.columns as f32 - 1.0, "{layout:?}");
                assert!(layout.columns == 1 || layout.edge >= points);
                let last = layout.tile(pos2(0.0, 0.0), 999);
                assert!(last.bottom() <= layout.rows(1000) as f32 * layout.row_height());
            }
        }
    }

    #[test]
    fn the_modifiers_say_how_to_select() {
        assert_eq!(how(Modifiers::NONE), Pick::Only);
        assert_eq!(how(Modifiers::COMMAND), Pick::Toggle);
        assert_eq!(how(Modifiers::SHIFT), Pick::Range);
    }
}
