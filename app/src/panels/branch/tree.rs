//! Draws the tree: a row for every picture, indented by generation, joined by thin lines.

use eframe::egui::{
    Align2, CornerRadius, Rect, RichText, ScrollArea, Sense, Stroke, TextStyle, TextWrapMode, Ui,
    Vec2, WidgetInfo, WidgetText, accesskit::Role, pos2, vec2,
};

use super::TreeRow;
use crate::{
    actions::Action,
    theme,
    widgets::{Textures, paint_picture},
    wording,
};

/// Height of a row, in points.
const ROW: f32 = 42.0;
/// Edge of a small picture, in points.
const EDGE: f32 = 34.0;
/// How far a generation is indented, in points.
const INDENT: f32 = 16.0;
/// Most generations that are indented further; deeper ones line up.
const DEEPEST: usize = 5;
/// Greatest height of the tree, as a share of the window's.
const SHARE: f32 = 0.18;

/// The tree, scrolling where it is long.
pub fn tree_ui(
    ui: &mut Ui,
    rows: &[TreeRow<'_>],
    textures: &mut Textures,
    actions: &mut Vec<Action>,
) {
    let palette = theme::palette(ui);
    ui.label(RichText::new(wording::branch::FAMILY).color(palette.weak));
    ui.spacing_mut().item_spacing.y = 0.0;
    let most = ui.ctx().content_rect().height() * SHARE;
    ScrollArea::vertical()
        .id_salt("branches")
        .max_height(most)
        .min_scrolled_height(most.min(rows.len() as f32 * ROW))
        .auto_shrink([false, true])
        .show_rows(ui, ROW, rows.len(), |ui, visible| {
            for at in visible {
                row_ui(ui, rows, at, textures, actions);
            }
        });
}

fn indent(generation: usize) -> f32 {
    generation.min(DEEPEST) as f32 * INDENT
}

fn row_ui(
    ui: &mut Ui,
    rows: &[TreeRow<'_>],
    at: usize,
    textures: &mut Textures,
    actions: &mut Vec<Action>,
) {
    let Some(row) = rows.get(at) else {
        return;
    };
    let palette = theme::palette(ui);
    let size = vec2(ui.available_width(), ROW);
    let (area, response) = ui.allocate_exact_size(size, Sense::click());
    response
        .widget_info(|| WidgetInfo::selected(Role::Button, true, row.selected, row.label.as_str()));
    let ground = match (row.selected, response.hovered() || response.has_focus()) {
        (true, _) => Some(palette.accent_wash),
        (false, true) => Some(palette.button),
        (false, false) => None,
    };
    if let Some(ground) = ground {
        let round = CornerRadius::same(theme::ROUNDING);
        ui.painter().rect_filled(area, round, ground);
    }
    lines(ui, rows, at, area);
    let left = area.left() + 4.0 + indent(row.generation);
    let frame = Rect::from_min_size(pos2(left, area.top() + 4.0), Vec2::splat(EDGE));
    match &row.shown {
        Some((key, shown)) => {
            let shape = vec2(shown.0.width as f32, shown.0.height as f32);
            let small = shape * (EDGE / shape.max_elem().max(1.0));
            let small = Align2::CENTER_CENTER.align_size_within_rect(small, frame);
            let texture = textures.get(ui.ctx(), *key, shown);
            paint_picture(ui.painter(), texture, small);
        }
        None => {
            let round = CornerRadius::same(2);
            ui.painter().rect_filled(frame, round, palette.placeholder);
        }
    }
    let words = Rect::from_min_max(pos2(frame.right() + 8.0, area.top() + 5.0), area.max);
    let line = |text: &str, style: TextStyle| {
        let mode = Some(TextWrapMode::Truncate);
        WidgetText::from(text).into_galley(ui, mode, words.width(), style)
    };
    let title = line(row.title, TextStyle::Body);
    let below = pos2(words.left(), words.top() + title.size().y + 1.0);
    ui.painter().galley(words.min, title, palette.text);
    let small = line(&row.words, TextStyle::Small);
    ui.painter().galley(below, small, palette.weak);
    if response.clicked() {
        actions.push(Action::SelectPicture(row.piece));
    }
}

/// From the parent's picture down to this one.
fn lines(ui: &Ui, rows: &[TreeRow<'_>], at: usize, area: Rect) {
    let palette = theme::palette(ui);
    let Some(row) = rows.get(at).filter(|row| row.generation > 0) else {
        return;
    };
    let stroke = Stroke::new(1.0, palette.weak);
    let x = area.left() + 4.0 + indent(row.generation - 1) + INDENT / 2.0;
    let parent = rows
        .iter()
        .take(at)
        .rposition(|other| other.generation < row.generation);
    let above = parent.map_or(1, |parent| at - parent);
    // Rows have one height, so the parent's lower edge is known without drawing it.
    let top = area.top() - (above - 1) as f32 * ROW - 3.0;
    let middle = area.center().y;
    ui.painter().vline(x, top..=middle, stroke);
    let right = area.left() + 4.0 + indent(row.generation);
    ui.painter().hline(x..=right, middle, stroke);
}
