//! Draws the shelf.

use eframe::egui::{
    Align2, CornerRadius, Rect, RichText, ScrollArea, Sense, TextStyle, TextWrapMode, Ui,
    UiBuilder, Vec2, WidgetInfo, WidgetText, accesskit::Role, pos2, vec2,
};

use super::{Item, Shelf};
use crate::{
    actions::Action,
    state::Look,
    theme,
    widgets::{Icon, Textures, heading, icon_button, paint_picture},
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
    let palette = theme::palette(ui);
    let size = vec2(ui.available_width(), ITEM);
    let (area, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| {
        let label = wording::shelf_item(item.title, item.file);
        WidgetInfo::selected(Role::Button, true, item.selected, label)
    });
    let lit = response.hovered() || response.has_focus();
    let ground = match (item.selected, lit) {
        (true, _) => Some(palette.accent_wash),
        (false, true) => Some(palette.button),
        (false, false) => None,
    };
    let round = CornerRadius::same(theme::ROUNDING);
    if let Some(ground) = ground {
        ui.painter().rect_filled(area, round, ground);
    }
    let frame = Rect::from_min_size(area.min + Vec2::splat(6.0), Vec2::splat(EDGE));
    if let Some((key, shown)) = &item.thumbnail {
        let shape = vec2(shown.0.width as f32, shown.0.height as f32);
        let small = Align2::CENTER_CENTER
            .align_size_within_rect(shape * (EDGE / shape.max_elem().max(1.0)), frame);
        let texture = textures.get(ui.ctx(), *key, shown);
        paint_picture(ui.painter(), texture, small);
    }
    let button = Rect::from_center_size(
        pos2(area.right() - theme::ROW / 2.0 - 4.0, area.center().y),
        Vec2::splat(theme::ROW),
    );
    let words = Rect::from_min_max(
        pos2(frame.right() + 10.0, frame.top() + 7.0),
        pos2(button.left() - 4.0, frame.bottom()),
    );
    words_ui(ui, item, words);
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

fn words_ui(ui: &Ui, item: &Item<'_>, area: Rect) {
    let palette = theme::palette(ui);
    let line = |text: &str, style: TextStyle| {
        let mode = Some(TextWrapMode::Truncate);
        WidgetText::from(text).into_galley(ui, mode, area.width(), style)
    };
    let title = line(item.title, TextStyle::Body);
    let below = pos2(area.left(), area.top() + title.size().y + 4.0);
    ui.painter().galley(area.min, title, palette.text);
    let file = line(item.file, TextStyle::Small);
    ui.painter().galley(below, file, palette.weak);
}
