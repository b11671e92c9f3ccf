//! Draws the shelf.

use eframe::egui::{Rect, RichText, ScrollArea, Ui, UiBuilder, Vec2, pos2};

use super::{Item, Shelf};
use crate::{
    actions::Action,
    state::Look,
    theme,
    widgets::{Icon, Textures, heading, icon_button, picture_row, small_picture, two_lines},
    wording,
};

/// Edge of a small picture, in points.
const EDGE: f32 = 52.0;
/// Height of an item, in points.
const ITEM: f32 = EDGE + 12.0;

/// The shelf; takes the height it is given.
pub fn shelf_ui(ui: &mut Ui, data: &Shelf<'_>, textures: &mut Textures, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    heading(ui, wording::SHELF, |ui| {
        let tip = wording::OPEN_FOLDER;
        if icon_button(ui, Icon::Folder, tip, tip).clicked() {
            actions.push(Action::OpenFolder);
        }
        let saved = wording::saved_count(data.saved);
        ui.label(RichText::new(saved).small().color(palette.weak));
    });
    if data.items.is_empty() {
        ui.label(RichText::new(wording::SHELF_EMPTY).color(palette.weak));
        return;
    }
    ui.spacing_mut().item_spacing.y = 2.0;
    ScrollArea::vertical()
        .id_salt("shelf")
        .auto_shrink([false, false])
        .show_rows(ui, ITEM, data.items.len(), |ui, visible| {
            for item in data.items.get(visible).unwrap_or_default() {
                item_ui(ui, item, textures, actions);
            }
        });
}

fn item_ui(ui: &mut Ui, item: &Item<'_>, textures: &mut Textures, actions: &mut Vec<Action>) {
    let label = wording::shelf_item(item.title, item.file);
    let (area, response) = picture_row(ui, ITEM, item.selected, &label);
    let frame = Rect::from_min_size(area.min + Vec2::splat(6.0), Vec2::splat(EDGE));
    small_picture(ui, textures, frame, item.thumbnail.as_ref());
    let button = Rect::from_center_size(
        pos2(area.right() - theme::ROW / 2.0 - 4.0, area.center().y),
        Vec2::splat(theme::ROW),
    );
    let words = Rect::from_min_max(
        pos2(frame.right() + 10.0, frame.top() + 7.0),
        pos2(button.left() - 4.0, frame.bottom()),
    );
    two_lines(ui, words, 4.0, item.title, item.file);
    // A child and not a scope: a scope would pull the next item up to the button's lower edge.
    let mut corner = ui.new_child(UiBuilder::new().id_salt(item.piece).max_rect(button));
    let label = wording::reveal(item.file);
    if icon_button(&mut corner, Icon::Folder, &label, wording::REVEAL).clicked() {
        actions.push(Action::RevealInFolder(item.piece));
    }
    let path = item.path.display().to_string();
    if response.on_hover_text(path).clicked() {
        let shift = ui.input(|input| input.modifiers.shift);
        actions.push(match shift && !item.selected {
            true => Action::Look(Look::CompareWith(item.piece)),
            false => Action::SelectPicture(item.piece),
        });
    }
}
