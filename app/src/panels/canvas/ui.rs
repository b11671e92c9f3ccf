//! Draws the canvas.

use eframe::egui::{
    Align, Align2, CornerRadius, FontId, Id, Rect, Sense, Stroke, StrokeKind, TextStyle, Ui,
    UiBuilder, Vec2, pos2,
    text::{LayoutJob, TextWrapping},
    vec2,
};

use super::{
    Canvas, Tile,
    caption::caption_ui,
    compare::compare_ui,
    large::large_ui,
    layout::{Grid, SPACE, WORDS, centred, shown_size},
    tile::{name_tile, paint_tile, size_of},
};
use crate::{
    actions::Action,
    state::{Look, PieceId, Room, View, Zoom},
    theme,
    widgets::{Icon, Textures, ZoomArea, empty_page, icon_button},
    wording,
};

/// The canvas; takes all the room it is given.
pub fn canvas_ui(
    ui: &mut Ui,
    data: &Canvas<'_>,
    textures: &mut Textures,
    actions: &mut Vec<Action>,
) {
    if let Some(words) = data.empty {
        return empty_page(ui, words, |_| {});
    }
    if let Some(caption) = data.caption.as_ref().filter(|_| !data.full_screen) {
        caption_ui(ui, caption, data.view, actions);
        ui.add_space(theme::GAP);
        compare_ui(ui, data, actions);
    }
    match (data.view, data.tiles.first()) {
        (View::One, Some(tile)) => large_ui(ui, data, tile, textures, actions),
        _ => grid_ui(ui, data, textures, actions),
    }
}

fn grid_ui(ui: &mut Ui, data: &Canvas<'_>, textures: &mut Textures, actions: &mut Vec<Action>) {
    let tiles = &data.tiles;
    let Some(first) = tiles.first() else {
        return;
    };
    let ppp = ui.pixels_per_point();
    // The outline of the selected tile needs a margin inside the scrolled area.
    let area = ui.available_size() - Vec2::splat(8.0);
    let fit = Grid::fit(tiles.len(), size_of(first), area, ppp);
    let fitted = fit.picture.x * ppp / size_of(first).x.max(1.0);
    let room = Room {
        fitted,
        ..Room::default()
    };
    if room != data.room {
        actions.push(Action::Look(Look::Room(room)));
    }
    let scale = data.zoom.drawn(fitted);
    let grid = match data.zoom {
        Zoom::Fit => fit,
        Zoom::Times(_) => fit.with_picture(size_of(first) * scale / ppp),
    };
    let area = ZoomArea {
        id: "canvas",
        scale,
        fits: data.zoom == Zoom::Fit,
        scrolls: [false, true],
    };
    let factor = area.show(ui, |ui, visible| {
        tiles_ui(ui, tiles, grid, visible, textures, actions);
    });
    if let Some(factor) = factor {
        let zoom = Zoom::Times(data.zoom.wished(fitted) * factor);
        actions.push(Action::Look(Look::Zoom(zoom)));
    }
}

fn tiles_ui(
    ui: &mut Ui,
    tiles: &[Tile<'_>],
    grid: Grid,
    visible: Rect,
    textures: &mut Textures,
    actions: &mut Vec<Action>,
) {
    let ppp = ui.pixels_per_point();
    let room = ui.available_size().max(grid.size() + vec2(2.0, 8.0));
    let (room, _) = ui.allocate_exact_size(room, Sense::hover());
    let whole = centred(room, grid.size(), ppp);
    let offset = whole.top() - room.top();
    let row_at = |y: f32| ((y - offset) / grid.row_height()).max(0.0);
    let first_row = row_at(visible.top()).floor() as usize;
    let last_row = row_at(visible.bottom()).ceil() as usize;
    let end = (last_row * grid.columns).min(tiles.len());
    let place = |at: usize| {
        let cell = vec2(
            (at % grid.columns) as f32 * (grid.picture.x + SPACE),
            (at / grid.columns) as f32 * grid.row_height(),
        );
        Rect::from_min_size(whole.min + cell, grid.picture)
    };
    if let Some(at) = newly_selected(ui, tiles) {
        ui.scroll_to_rect(place(at).union(words_area(place(at))), None);
    }
    let shown = tiles.iter().enumerate().take(end);
    for (at, tile) in shown.skip(first_row * grid.columns) {
        grid_tile_ui(ui, tile, place(at), textures, actions);
    }
}

/// The tile that became the selected one since the last frame, so that keys lead to what can be seen.
fn newly_selected(ui: &Ui, tiles: &[Tile<'_>]) -> Option<usize> {
    let id = Id::unique("the tile that was selected");
    let at = tiles.iter().position(|tile| tile.selected)?;
    let now = tiles.get(at)?.piece;
    let before: Option<PieceId> = ui.data(|memory| memory.get_temp(id));
    if before == Some(now) {
        return None;
    }
    ui.data_mut(|memory| memory.insert_temp(id, now));
    before.map(|_| at)
}

fn grid_tile_ui(
    ui: &mut Ui,
    tile: &Tile<'_>,
    area: Rect,
    textures: &mut Textures,
    actions: &mut Vec<Action>,
) {
    let palette = theme::palette(ui);
    let ppp = ui.pixels_per_point();
    let picture = centred(area, shown_size(size_of(tile), area.size(), ppp), ppp);
    let place = picture.union(words_area(area));
    let response = ui.interact(place, ui.scope_id().with(tile.piece), Sense::click());
    name_tile(&response, tile);
    let painter = ui.painter().clone();
    paint_tile(ui, &painter, tile, picture, textures);
    let outline = match (tile.selected, response.hovered() || response.has_focus()) {
        (true, _) => Some(Stroke::new(2.0, palette.accent)),
        (false, true) => Some(Stroke::new(1.0, palette.weak)),
        (false, false) => None,
    };
    if let Some(stroke) = outline {
        ui.painter().rect_stroke(
            picture.expand(2.0),
            CornerRadius::same(3),
            stroke,
            StrokeKind::Outside,
        );
    }
    words_ui(ui, tile, words_area(area));
    if tile.stage.is_live() && ui.rect_contains_pointer(area) {
        cancel_ui(ui, tile, picture, actions);
    }
    let shift = ui.input(|input| input.modifiers.shift);
    if response.clicked() && shift && !tile.selected {
        actions.push(Action::Look(Look::CompareWith(tile.piece)));
    } else if response.double_clicked() {
        actions.push(Action::SelectPicture(tile.piece));
        actions.push(Action::SetView(View::One));
    } else if response.clicked() {
        actions.push(Action::SelectPicture(tile.piece));
    }
    response.on_hover_text(wording::TILE_TIP);
}

fn words_area(picture: Rect) -> Rect {
    Rect::from_min_size(
        pos2(picture.left(), picture.bottom()),
        vec2(picture.width(), WORDS),
    )
}

/// Title at the left, how far it is at the right.
fn words_ui(ui: &mut Ui, tile: &Tile<'_>, area: Rect) {
    let palette = theme::palette(ui);
    let font: FontId = TextStyle::Small.resolve(ui.style());
    let area = area.with_min_y(area.top() + 5.0);
    let painter = ui.painter().with_clip_rect(area.intersect(ui.clip_rect()));
    let mut left_end = area.right();
    if let Some(stage) = wording::stage(tile.stage, tile.fraction) {
        let right = painter.text(
            area.right_top(),
            Align2::RIGHT_TOP,
            stage,
            font.clone(),
            palette.weak,
        );
        left_end = right.left() - 6.0;
    }
    let color = match tile.selected {
        true => palette.strong,
        false => palette.weak,
    };
    let mut title = LayoutJob::simple_singleline(tile.title.to_owned(), font, color);
    title.wrap = TextWrapping::truncate_at_width(left_end - area.left());
    painter.galley(area.left_top(), painter.layout_job(title), color);
}

fn cancel_ui(ui: &mut Ui, tile: &Tile<'_>, picture: Rect, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    let corner = pos2(picture.right() - theme::ROW - 4.0, picture.top() + 4.0);
    let area = Rect::from_min_size(corner, Vec2::splat(theme::ROW));
    ui.painter()
        .rect_filled(area, CornerRadius::same(theme::ROUNDING), palette.panel);
    let builder = UiBuilder::new()
        .id_salt(("cancel", tile.piece))
        .max_rect(area)
        .layout(eframe::egui::Layout::left_to_right(Align::Center));
    ui.scope_builder(builder, |ui| {
        let label = wording::cancel_one(&wording::tile(tile.number, tile.title));
        if icon_button(ui, Icon::Close, &label, &label).clicked() {
            actions.push(Action::Cancel(tile.piece));
        }
    });
}
