//! Draws the canvas.

use eframe::egui::{
    Align, Align2, Color32, CornerRadius, FontId, Key, Rect, Response, RichText, ScrollArea, Sense,
    Stroke, StrokeKind, TextStyle, Ui, UiBuilder, Vec2, WidgetInfo, accesskit::Role, pos2, vec2,
};

use super::{
    Canvas, Tile,
    caption::caption_ui,
    layout::{Grid, SPACE, WORDS, centred, shown_size},
};
use crate::{
    actions::Action,
    panels::branch::{Overlay, overlay_ui},
    state::{Stage, View},
    theme,
    widgets::{Icon, Textures, icon_button, paint_icon, paint_picture},
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
        return empty_ui(ui, words);
    }
    if let Some(caption) = &data.caption {
        caption_ui(ui, caption, data.view, actions);
        ui.add_space(theme::GAP);
    }
    match (data.view, data.tiles.first()) {
        (View::One, Some(tile)) => one_ui(ui, tile, data.branch.as_ref(), textures, actions),
        _ => grid_ui(ui, &data.tiles, textures, actions),
    }
}

fn empty_ui(ui: &mut Ui, words: &str) {
    let palette = theme::palette(ui);
    let area = ui.available_rect_before_wrap();
    let mark = Rect::from_center_size(area.center() - vec2(0.0, 40.0), Vec2::splat(56.0));
    paint_icon(ui.painter(), mark, Icon::Layers, 56.0, palette.line);
    let below = Rect::from_center_size(
        area.center() + vec2(0.0, 28.0),
        vec2(area.width().min(420.0), 60.0),
    );
    ui.scope_builder(UiBuilder::new().max_rect(below), |ui| {
        ui.vertical_centered(|ui| {
            ui.label(RichText::new(words).size(15.0).color(palette.weak));
        });
    });
}

fn one_ui(
    ui: &mut Ui,
    tile: &Tile<'_>,
    branch: Option<&Overlay>,
    textures: &mut Textures,
    actions: &mut Vec<Action>,
) {
    let ppp = ui.pixels_per_point();
    let area = ui.available_rect_before_wrap();
    let picture = centred(area, shown_size(size_of(tile), area.size(), ppp), ppp);
    ui.advance_cursor_after_rect(area);
    let response = tile_response(ui, tile, picture);
    picture_ui(ui, tile, picture, textures);
    if let Some(branch) = branch {
        overlay_ui(ui, branch, picture, &response, actions);
    }
    let back = response.double_clicked() || ui.input(|input| input.key_pressed(Key::Backspace));
    if back && !ui.ctx().text_edit_focused() {
        actions.push(Action::SetView(View::All));
    }
}

fn grid_ui(ui: &mut Ui, tiles: &[Tile<'_>], textures: &mut Textures, actions: &mut Vec<Action>) {
    let Some(first) = tiles.first() else {
        return;
    };
    let ppp = ui.pixels_per_point();
    // The outline of the selected tile needs a margin inside the scrolled area.
    let area = ui.available_size() - Vec2::splat(8.0);
    let grid = Grid::fit(tiles.len(), size_of(first), area, ppp);
    let fits = grid.size().y <= area.y + 1.0;
    ScrollArea::vertical()
        .id_salt("canvas")
        .auto_shrink([false, false])
        .show_viewport(ui, |ui, visible| {
            let height = match fits {
                true => ui.available_height(),
                false => grid.size().y + 8.0,
            };
            let (room, _) =
                ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
            let whole = centred(room, grid.size(), ppp);
            let offset = whole.top() - room.top();
            let first_row = ((visible.top() - offset) / grid.row_height())
                .floor()
                .max(0.0);
            let last_row = ((visible.bottom() - offset) / grid.row_height())
                .ceil()
                .max(0.0);
            let range = first_row as usize * grid.columns..last_row as usize * grid.columns;
            let start = range.start.min(tiles.len());
            let end = range.end.min(tiles.len());
            for (at, tile) in tiles.iter().enumerate().take(end).skip(start) {
                let cell = vec2(
                    (at % grid.columns) as f32 * (grid.picture.x + SPACE),
                    (at / grid.columns) as f32 * grid.row_height(),
                );
                let area = Rect::from_min_size(whole.min + cell, grid.picture);
                grid_tile_ui(ui, tile, area, textures, actions);
            }
        });
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
    let response = tile_response(ui, tile, picture.union(words_area(area)));
    picture_ui(ui, tile, picture, textures);
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
    if response.double_clicked() {
        actions.push(Action::SelectPicture(tile.piece));
        actions.push(Action::SetView(View::One));
    } else if response.clicked() {
        actions.push(Action::SelectPicture(tile.piece));
    }
    response.on_hover_text(wording::TILE_TIP);
}

fn size_of(tile: &Tile<'_>) -> Vec2 {
    vec2(tile.size[0] as f32, tile.size[1] as f32)
}

fn words_area(picture: Rect) -> Rect {
    Rect::from_min_size(
        pos2(picture.left(), picture.bottom()),
        vec2(picture.width(), WORDS),
    )
}

fn tile_response(ui: &mut Ui, tile: &Tile<'_>, area: Rect) -> Response {
    let response = ui.interact(area, ui.scope_id().with(tile.piece), Sense::click());
    response.widget_info(|| {
        let label = wording::tile(tile.number, tile.title);
        WidgetInfo::selected(Role::Button, true, tile.selected, label)
    });
    response
}

/// The pixels or the empty frame, and how far it is.
fn picture_ui(ui: &mut Ui, tile: &Tile<'_>, area: Rect, textures: &mut Textures) {
    let palette = theme::palette(ui);
    match &tile.shown {
        Some((key, shown)) => {
            let texture = textures.get(ui.ctx(), *key, shown);
            paint_picture(ui.painter(), texture, area);
        }
        None => {
            ui.painter()
                .rect_filled(area, CornerRadius::same(2), palette.placeholder);
            if tile.stage == Stage::Failed {
                paint_icon(ui.painter(), area, Icon::Warning, 28.0, palette.weak);
            }
        }
    }
    if tile.stage == Stage::Growing {
        let rail = Rect::from_min_max(pos2(area.left(), area.bottom() - 3.0), area.max);
        let mut done = rail;
        done.set_width(rail.width() * tile.fraction);
        ui.painter()
            .rect_filled(rail, CornerRadius::ZERO, Color32::from_black_alpha(110));
        ui.painter()
            .rect_filled(done, CornerRadius::ZERO, palette.accent);
    }
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
    let title = painter.with_clip_rect(area.with_max_x(left_end).intersect(ui.clip_rect()));
    title.text(area.left_top(), Align2::LEFT_TOP, tile.title, font, color);
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
