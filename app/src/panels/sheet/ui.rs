//! Draws the grid on the canvas.

use eframe::egui::{
    Align, Align2, Color32, CornerRadius, Layout, Rect, RichText, Sense, Stroke, StrokeKind,
    TextStyle, TextWrapMode, Ui, Vec2, WidgetInfo, WidgetText, accesskit::Role, pos2, vec2,
};

use super::{Block, CellView, FileView, SheetView};
use crate::{
    actions::{Action, SheetAction},
    panels::canvas::{Tile, paint_tile},
    state::{Look, Room, View, Zoom},
    theme,
    widgets::{Icon, Textures, ZoomArea, icon_button},
    wording::{self, sheet as words},
};

/// Distance between cells, in points.
const SPACE: f32 = 8.0;
/// Width of the labels beside the rows, in points.
const ROW_LABEL: f32 = 104.0;
/// Height of a line of labels, in points.
const LINE: f32 = 20.0;
/// Shortest edge of a cell before the sheet scrolls, in points.
const SMALLEST: f32 = 84.0;

/// The grid; takes all the room it is given.
pub fn sheet_ui(
    ui: &mut Ui,
    data: &SheetView<'_>,
    textures: &mut Textures,
    actions: &mut Vec<Action>,
) {
    title_ui(ui, data, actions);
    ui.add_space(theme::GAP);
    let ppp = ui.pixels_per_point();
    let shape = vec2(data.size[0] as f32, data.size[1].max(1) as f32);
    let fitted = match fitted(data, shape, ui.available_size()) * ppp {
        large if large >= 1.0 => large.floor(),
        small => small,
    };
    let room = Room {
        fitted,
        ..Room::default()
    };
    if room != data.room {
        actions.push(Action::Look(Look::Room(room)));
    }
    let area = ZoomArea {
        id: "sheet",
        scale: data.zoom.drawn(fitted),
        fits: data.zoom == Zoom::Fit,
        scrolls: [true, true],
    };
    let cell = shape * area.scale / ppp;
    let factor = area.show(ui, |ui, _| {
        ui.spacing_mut().item_spacing = Vec2::ZERO;
        for block in &data.blocks {
            block_ui(ui, data, block, cell, textures, actions);
        }
    });
    if let Some(factor) = factor {
        let zoom = Zoom::Times(data.zoom.wished(fitted) * factor);
        actions.push(Action::Look(Look::Zoom(zoom)));
    }
}

fn title_ui(ui: &mut Ui, data: &SheetView<'_>, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    let size = Vec2::new(ui.available_width(), theme::ROW);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        match data.file {
            FileView::None => {}
            FileView::Saving => {
                ui.label(RichText::new(words::SAVING).color(palette.weak));
            }
            FileView::Saved => {
                let tip = words::REVEAL;
                if icon_button(ui, Icon::Folder, tip, tip).clicked() {
                    actions.push(Action::Sheet(SheetAction::Reveal));
                }
            }
            FileView::Savable => {
                let save = ui.button(words::SAVE).on_hover_text(words::SAVE_TIP);
                if save.clicked() {
                    actions.push(Action::Sheet(SheetAction::Save));
                }
            }
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let title = RichText::new(&data.title).color(palette.strong);
            ui.add(eframe::egui::Label::new(title).truncate());
        });
    });
}

/// The magnification at which the sheet fits into `room`, where cells stay large enough to be seen. In
/// points for a pixel of a picture; `shape` is a picture's size.
fn fitted(data: &SheetView<'_>, shape: Vec2, room: Vec2) -> f32 {
    let columns = data.columns.len().max(1) as f32;
    let blocks = data.blocks.len().max(1) as f32;
    let rows = data.rows.len().max(1) as f32 * blocks;
    let labels = vec2(row_label(data), 2.0 * LINE * blocks);
    let free = (room - labels) / vec2(columns, rows) - Vec2::splat(SPACE);
    let smallest = SMALLEST / shape.min_elem().max(1.0);
    // Never larger than twice life.
    let scale = (free / shape).min_elem();
    scale.clamp(smallest, smallest.max(2.0))
}

fn row_label(data: &SheetView<'_>) -> f32 {
    match data.rows.is_empty() {
        true => 0.0,
        false => ROW_LABEL,
    }
}

fn block_ui(
    ui: &mut Ui,
    data: &SheetView<'_>,
    block: &Block<'_>,
    cell: Vec2,
    textures: &mut Textures,
    actions: &mut Vec<Action>,
) {
    let palette = theme::palette(ui);
    let columns = data.columns.len().max(1);
    let rows = block.cells.len().div_ceil(columns);
    let step = cell + Vec2::splat(SPACE);
    let head = match block.label {
        Some(_) => 2.0 * LINE,
        None => LINE,
    };
    let size = vec2(
        row_label(data) + columns as f32 * step.x,
        head + rows as f32 * step.y,
    );
    let (area, _) = ui.allocate_exact_size(size, Sense::hover());
    let corner = area.min + vec2(row_label(data), head);
    let label = |text: &str, room: Rect, align: Align2, color: Color32| {
        let mode = Some(TextWrapMode::Truncate);
        let galley = WidgetText::from(text).into_galley(ui, mode, room.width(), TextStyle::Small);
        let place = align.align_size_within_rect(galley.size(), room);
        ui.painter().galley(place.min, galley, color);
    };
    if let Some(text) = &block.label {
        let room = Rect::from_min_size(area.min, vec2(area.width(), LINE));
        label(text, room, Align2::LEFT_CENTER, palette.strong);
    }
    for (at, text) in data.columns.iter().enumerate() {
        let left = corner.x + at as f32 * step.x;
        let room = Rect::from_min_size(pos2(left, corner.y - LINE), vec2(cell.x, LINE));
        label(text, room, Align2::CENTER_CENTER, palette.weak);
    }
    for (at, text) in data.rows.iter().enumerate() {
        let top = corner.y + at as f32 * step.y;
        let room = Rect::from_min_size(pos2(area.left(), top), vec2(ROW_LABEL - 10.0, cell.y));
        label(text, room, Align2::RIGHT_CENTER, palette.weak);
    }
    for (at, view) in block.cells.iter().enumerate() {
        let place = vec2((at % columns) as f32, (at / columns) as f32);
        let room = Rect::from_min_size(corner + place * step, cell);
        cell_ui(ui, view, room, textures, actions);
    }
}

fn cell_ui(
    ui: &mut Ui,
    data: &CellView<'_>,
    area: Rect,
    textures: &mut Textures,
    actions: &mut Vec<Action>,
) {
    let palette = theme::palette(ui);
    let id = ui.scope_id().with(("cell", data.number));
    let response = ui.interact(area, id, Sense::click());
    let selected = data.tile.as_ref().is_some_and(|tile| tile.selected);
    response.widget_info(|| {
        let label = words::cell(data.number + 1, &data.values);
        WidgetInfo::selected(Role::Button, true, selected, label)
    });
    match &data.tile {
        Some(tile) => paint_tile(ui, ui.painter(), tile, area, textures),
        None => {
            let round = CornerRadius::same(2);
            ui.painter().rect_filled(area, round, palette.placeholder);
        }
    }
    let stroke = match (selected, response.hovered() || response.has_focus()) {
        (true, _) => Some(Stroke::new(2.0, palette.accent)),
        (false, true) => Some(Stroke::new(1.0, palette.weak)),
        (false, false) => None,
    };
    if let Some(stroke) = stroke {
        let outline = area.expand(1.0);
        ui.painter()
            .rect_stroke(outline, CornerRadius::same(3), stroke, StrokeKind::Outside);
    }
    if response.double_clicked() {
        actions.push(Action::SelectPicture(data.piece));
        actions.push(Action::SetView(View::One));
    } else if response.clicked() {
        actions.push(Action::SelectPicture(data.piece));
    }
    let stage = |tile: &Tile<'_>| wording::stage(tile.stage, tile.fraction);
    let stage = data.tile.as_ref().and_then(stage);
    let words = [Some(data.values.clone()), stage];
    let words: Vec<String> = words.into_iter().flatten().collect();
    response.on_hover_text(format!("{}\n{}", words.join(", "), wording::TILE_TIP));
}
