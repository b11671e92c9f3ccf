//! Draws the tree: a row for every picture, indented by generation, joined by thin lines.

use eframe::egui::{Rect, RichText, ScrollArea, Stroke, Ui, Vec2, pos2};

use super::TreeRow;
use crate::{
    actions::Action,
    theme,
    widgets::{Textures, picture_row, small_picture, two_lines},
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
    let (area, response) = picture_row(ui, ROW, row.selected, &row.label);
    lines(ui, rows, at, area);
    let left = area.left() + 4.0 + indent(row.generation);
    let frame = Rect::from_min_size(pos2(left, area.top() + 4.0), Vec2::splat(EDGE));
    small_picture(ui, textures, frame, row.shown.as_ref());
    let words = Rect::from_min_max(pos2(frame.right() + 8.0, area.top() + 5.0), area.max);
    two_lines(ui, words, 1.0, row.title, &row.words);
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
