//! Draws one picture large, or two that are compared: zoom at the pointer, pan by dragging, the divider.

use eframe::egui::{
    Align2, Color32, CornerRadius, CursorIcon, EventFilter, FontId, Id, Key, Painter, Rect,
    Response, Sense, Stroke, StrokeKind, TextStyle, Ui, UiBuilder, Vec2, WidgetInfo, accesskit,
    pos2, vec2,
};

use super::{
    Canvas, Comparison, Tile,
    layout::{placed, shown_scale},
    overlay::position_at,
    tile::{name_tile, paint_tile, size_of},
};
use crate::{
    actions::Action,
    panels::branch,
    shortcuts::{self, Deed, canvas_id, space_dragged},
    state::{Look, Room, View, Way, Zoom},
    theme,
    widgets::{Icon, Textures, icon_button},
    wording::{self, looking as words},
};

/// Points of the wheel that make a picture e times as large.
const WHEEL: f32 = 260.0;
/// Seconds that each of two pictures is shown before the other; slow enough for every eye.
const FLICKER_SECS: f64 = 0.7;
/// Distance between pictures side by side, in points.
const BETWEEN: f32 = 10.0;
/// Seconds without a movement after which the way back from full screen hides.
const LINGER_SECS: f32 = 2.5;
/// Width of the divider's grip, in points.
const GRIP: f32 = 16.0;

/// Where a picture is shown.
#[derive(Clone, Copy)]
struct Pane {
    area: Rect,
    picture: Rect,
    fitted: f32,
}

impl Pane {
    fn new(area: Rect, tile: &Tile<'_>, data: &Canvas<'_>, ppp: f32) -> Self {
        let fitted = shown_scale(size_of(tile), area.size(), ppp);
        let size = size_of(tile) * data.zoom.drawn(fitted) / ppp;
        Self {
            area,
            picture: placed(area, size, data.centre.into(), ppp),
            fitted,
        }
    }

    fn visible(&self) -> Rect {
        self.picture.intersect(self.area)
    }

    fn room(&self) -> Room {
        let share = (self.area.size() / self.picture.size()).min(Vec2::splat(1.0));
        Room {
            fitted: self.fitted,
            visible: share.into(),
        }
    }

    /// The point of the picture in the middle, in shares of its size.
    fn centre(&self) -> Vec2 {
        (self.area.center() - self.picture.min) / self.picture.size()
    }
}

/// The large picture; takes all the room that is left.
pub fn large_ui(
    ui: &mut Ui,
    data: &Canvas<'_>,
    tile: &Tile<'_>,
    textures: &mut Textures,
    actions: &mut Vec<Action>,
) {
    let ppp = ui.pixels_per_point();
    let area = ui.available_rect_before_wrap();
    ui.advance_cursor_after_rect(area);
    let beside = data.compare.as_ref().filter(|c| c.way == Way::Beside);
    let (first, second) = match beside {
        Some(_) => area.split_left_right_at_fraction(0.5),
        None => (area, area),
    };
    let gap = beside.map_or(0.0, |_| BETWEEN / 2.0);
    let first = first.with_max_x(first.right() - gap);
    let pane = Pane::new(first, tile, data, ppp);
    let room = pane.room();
    if room != data.room {
        actions.push(Action::Look(Look::Room(room)));
    }
    let response = pane_ui(ui, canvas_id(), &pane, tile, data, actions);
    let painter = ui.painter().with_clip_rect(pane.area);
    match &data.compare {
        None => {
            paint_tile(ui, &painter, tile, pane.picture, textures);
            if let Some(branch) = &data.branch {
                branch::overlay_ui(ui, branch, pane.picture, &response, actions);
            }
        }
        Some(other) if other.way == Way::Beside => {
            let second = second.with_min_x(second.left() + gap);
            let right = Pane::new(second, tile, data, ppp);
            pane_ui(ui, canvas_id().with(1), &right, &other.tile, data, actions);
            paint_tile(ui, &painter, tile, pane.picture, textures);
            tag(ui, &painter, &pane, tile);
            let painter = ui.painter().with_clip_rect(right.area);
            let area = same_place(right.picture, &other.tile);
            paint_tile(ui, &painter, &other.tile, area, textures);
            tag(ui, &painter, &right, &other.tile);
        }
        Some(other) if other.way == Way::Flicker => flicker(ui, &pane, tile, other, textures),
        Some(other) => slider(ui, &pane, tile, other, textures, actions),
    }
    if response.has_focus() {
        let outline = pane.visible().expand(1.0);
        let stroke = Stroke::new(1.0, theme::palette(ui).accent);
        ui.painter()
            .rect_stroke(outline, CornerRadius::ZERO, stroke, StrokeKind::Outside);
    }
    if data.full_screen {
        leave_ui(ui, area, actions);
    }
    if response.double_clicked() {
        actions.push(match data.full_screen {
            true => Action::Look(Look::FullScreen(false)),
            false => Action::SetView(View::All),
        });
    }
}

/// The way back from full screen, while the pointer moves.
fn leave_ui(ui: &mut Ui, area: Rect, actions: &mut Vec<Action>) {
    let still_secs = ui.input(|input| input.pointer.time_since_last_movement());
    if still_secs > LINGER_SECS {
        return;
    }
    let left = std::time::Duration::from_secs_f32(LINGER_SECS - still_secs + 0.05);
    ui.ctx().request_repaint_after(left);
    let corner = area.right_top() + vec2(-theme::ROW - 12.0, 12.0);
    let place = Rect::from_min_size(corner, Vec2::splat(theme::ROW));
    let palette = theme::palette(ui);
    let round = CornerRadius::same(theme::ROUNDING);
    ui.painter().rect_filled(place, round, palette.panel);
    let builder = UiBuilder::new().id_salt("leave").max_rect(place);
    let mut corner = ui.new_child(builder);
    let label = words::LEAVE_FULL_SCREEN;
    let tip = shortcuts::tip(label, Deed::FullScreen);
    if icon_button(&mut corner, Icon::Close, label, &tip).clicked() {
        actions.push(Action::Look(Look::FullScreen(false)));
    }
}

/// Takes what a person does to a pane.
fn pane_ui(
    ui: &Ui,
    id: Id,
    pane: &Pane,
    tile: &Tile<'_>,
    data: &Canvas<'_>,
    actions: &mut Vec<Action>,
) -> Response {
    let response = ui.interact(pane.visible(), id, Sense::click_and_drag());
    name_tile(&response, tile);
    if response.has_focus() {
        let arrows = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, arrows));
    }
    let zoomed = pane.room().visible.iter().any(|share| *share < 0.999);
    if response.dragged() {
        if ui.input(|input| input.key_down(Key::Space)) {
            space_dragged(ui.ctx());
        }
        let moved = response.drag_delta() / pane.picture.size();
        if zoomed && moved != Vec2::ZERO {
            let centre = pane.centre() - moved;
            actions.push(Action::Look(Look::Centre(centre.into())));
        }
    }
    if ui.rect_contains_pointer(pane.area) {
        actions.extend(wheel(ui, pane, data));
    }
    let response = match (zoomed, response.dragged()) {
        (true, true) => response.on_hover_cursor(CursorIcon::Grabbing),
        (true, false) => response.on_hover_cursor(CursorIcon::Grab),
        (false, _) => response,
    };
    match readout(tile, pane.picture, response.hover_pos()) {
        Some(words) => response.on_hover_text_at_pointer(words),
        None => response,
    }
}

/// Zooms so that what is under the pointer stays there.
fn wheel(ui: &Ui, pane: &Pane, data: &Canvas<'_>) -> Option<Action> {
    let (pointer, wheel, pinch) = ui.input(|input| {
        let wheel = input.smooth_scroll_delta().y;
        (input.pointer.hover_pos(), wheel, input.zoom_delta())
    });
    let factor = pinch * (wheel / WHEEL).exp();
    if (factor - 1.0).abs() < 1e-4 {
        return None;
    }
    let pointer = pointer?;
    let now = data.zoom.drawn(pane.fitted);
    let zoom = Zoom::Times(data.zoom.wished(pane.fitted) * factor);
    let size = pane.picture.size() * (zoom.drawn(pane.fitted) / now);
    let point = (pointer - pane.picture.min) / pane.picture.size();
    let centre = point - (pointer - pane.area.center()) / size;
    Some(Action::Look(Look::ZoomAt(zoom, centre.into())))
}

/// What is known of the position under the pointer, while uncertainty is shown.
fn readout(tile: &Tile<'_>, picture: Rect, pointer: Option<eframe::egui::Pos2>) -> Option<String> {
    let (waver, pointer) = (tile.waver.as_ref()?, pointer?);
    let [row, column] = position_at(tile.grid, picture, pointer);
    let position = row * tile.grid[1] + column;
    (position < waver.positions())
        .then(|| words::position_bits(row, column, &waver.by_depth(position)))
}

/// Where the other picture lies: over the first, as large as its shape allows.
fn same_place(first: Rect, other: &Tile<'_>) -> Rect {
    let size = size_of(other).max(Vec2::splat(1.0));
    let scale = (first.size() / size).min_elem();
    Align2::CENTER_CENTER.align_size_within_rect(size * scale, first)
}

fn flicker(ui: &Ui, pane: &Pane, tile: &Tile<'_>, other: &Comparison<'_>, textures: &mut Textures) {
    let turns = ui.input(|input| input.time) / FLICKER_SECS;
    let left = (1.0 - turns.fract()) * FLICKER_SECS;
    ui.ctx()
        .request_repaint_after(std::time::Duration::from_secs_f64(left.max(0.02)));
    let painter = ui.painter().with_clip_rect(pane.area);
    let (shown, area) = match turns as u64 % 2 {
        0 => (tile, pane.picture),
        _ => (&other.tile, same_place(pane.picture, &other.tile)),
    };
    paint_tile(ui, &painter, shown, area, textures);
    tag(ui, &painter, pane, shown);
}

fn slider(
    ui: &Ui,
    pane: &Pane,
    tile: &Tile<'_>,
    other: &Comparison<'_>,
    textures: &mut Textures,
    actions: &mut Vec<Action>,
) {
    let visible = pane.visible();
    let x = visible.left() + other.split * visible.width();
    let left = visible.with_max_x(x);
    let right = visible.with_min_x(x);
    let painter = ui.painter().with_clip_rect(left);
    paint_tile(ui, &painter, tile, pane.picture, textures);
    let painter = ui.painter().with_clip_rect(right);
    let area = same_place(pane.picture, &other.tile);
    paint_tile(ui, &painter, &other.tile, area, textures);
    let painter = ui.painter().with_clip_rect(visible);
    tag(ui, &painter, pane, tile);
    let title = wording::tile(other.tile.number, other.tile.title);
    tag_at(ui, &painter, visible.right_top(), Align2::RIGHT_TOP, &title);
    if let Some(split) = divider_ui(ui, visible, other.split) {
        actions.push(Action::Look(Look::Split(split)));
    }
}

/// The line between two pictures; where it was moved to, if it was.
fn divider_ui(ui: &Ui, area: Rect, split: f32) -> Option<f32> {
    let palette = theme::palette(ui);
    let x = area.left() + split * area.width();
    let grip = Rect::from_center_size(pos2(x, area.center().y), vec2(GRIP, area.height()));
    let id = Id::unique("the divider between two pictures");
    let response = ui.interact(grip, id, Sense::click_and_drag());
    response.widget_info(|| {
        WidgetInfo::slider(true, f64::from((split * 100.0).round()), words::DIVIDER)
    });
    let lit = response.hovered() || response.dragged() || response.has_focus();
    let stroke = Stroke::new(if lit { 2.5 } else { 1.5 }, Color32::WHITE);
    let around = Stroke::new(stroke.width + 2.0, Color32::from_black_alpha(130));
    ui.painter().vline(x, area.y_range(), around);
    ui.painter().vline(x, area.y_range(), stroke);
    let knob = pos2(x, area.center().y);
    ui.painter().circle(knob, 7.0, palette.accent, stroke);
    let mut moved = response
        .dragged()
        .then(|| response.interact_pointer_pos())
        .flatten()
        .map(|pointer| (pointer.x - area.left()) / area.width().max(1.0));
    if response.has_focus() {
        let arrows = EventFilter {
            horizontal_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, arrows));
        let steps = ui.input(|input| {
            input.num_presses(Key::ArrowRight) as f32 - input.num_presses(Key::ArrowLeft) as f32
        });
        moved = moved.or((steps != 0.0).then_some(split + steps * 0.02));
    }
    let steps = ui.input(|input| {
        let asked = |action| input.num_accesskit_action_requests(id, action) as f32;
        asked(accesskit::Action::Increment) - asked(accesskit::Action::Decrement)
    });
    moved = moved.or((steps != 0.0).then_some(split + steps * 0.05));
    response.on_hover_cursor(CursorIcon::ResizeHorizontal);
    moved
}

fn tag(ui: &Ui, painter: &Painter, pane: &Pane, tile: &Tile<'_>) {
    let title = wording::tile(tile.number, tile.title);
    tag_at(
        ui,
        painter,
        pane.visible().left_top(),
        Align2::LEFT_TOP,
        &title,
    );
}

/// A name in a corner of a picture, readable on anything.
fn tag_at(ui: &Ui, painter: &Painter, corner: eframe::egui::Pos2, align: Align2, words: &str) {
    let font: FontId = TextStyle::Small.resolve(ui.style());
    let words = painter.layout_no_wrap(words.to_owned(), font, Color32::WHITE);
    let place = align.anchor_size(corner, words.size() + vec2(12.0, 6.0));
    painter.rect_filled(place, CornerRadius::ZERO, Color32::from_black_alpha(150));
    painter.galley(place.min + vec2(6.0, 3.0), words, Color32::WHITE);
}
