//! Draws the class panel.

use eframe::egui::{
    self, Align, Align2, Button, CornerRadius, Key, Layout, Rect, RichText, ScrollArea, Sense,
    TextEdit, TextStyle, Ui, Vec2, WidgetInfo, accesskit::Role, pos2,
};

use super::{Chip, Classes, Line, Row};
use crate::{
    actions::Action,
    theme::{self, ROUNDING},
    widgets::{Icon, heading, icon_button, paint_icon},
    wording,
};

/// Most chips that are shown before they scroll, in points of height.
const CHIPS_HEIGHT: f32 = 62.0;

/// The class panel; takes the height it is given.
pub fn classes_ui(ui: &mut Ui, data: &Classes<'_>, actions: &mut Vec<Action>) {
    heading(ui, wording::CLASSES_HEADING, |_| {});
    search_ui(ui, data, actions);
    chips_ui(ui, &data.chips, actions);
    ui.add_space(2.0);
    list_ui(ui, data, actions);
}

fn search_ui(ui: &mut Ui, data: &Classes<'_>, actions: &mut Vec<Action>) {
    let mut text = data.search.to_owned();
    let clear_width = match text.is_empty() {
        true => 0.0,
        false => theme::ROW,
    };
    let field = TextEdit::singleline(&mut text)
        .hint_text(wording::SEARCH_HINT)
        .margin(egui::Margin {
            left: 28,
            right: 8 + clear_width as i8,
            top: 5,
            bottom: 5,
        })
        .desired_width(f32::INFINITY);
    let response = ui.add(field).accessible_name(wording::SEARCH_CLASSES);
    let palette = theme::palette(ui);
    let glass = Rect::from_min_size(response.rect.min, Vec2::splat(response.rect.height()));
    paint_icon(ui.painter(), glass, Icon::Search, 13.0, palette.weak);
    if response.changed() {
        actions.push(Action::SearchClasses(text.clone()));
    }
    let entered = response.lost_focus()
        && ui.input(|input| input.key_pressed(Key::Enter) && input.modifiers.is_none());
    if let Some(first) = data.first.filter(|_| entered && !text.is_empty()) {
        actions.push(Action::ChooseClass(first));
    }
    if clear_width > 0.0 {
        let corner = pos2(
            response.rect.right() - theme::ROW,
            response.rect.center().y - theme::ROW / 2.0,
        );
        let area = Rect::from_min_size(corner, Vec2::splat(theme::ROW));
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(area));
        let tip = wording::CLEAR_SEARCH;
        if icon_button(&mut child, Icon::Close, tip, tip).clicked() {
            actions.push(Action::SearchClasses(String::new()));
        }
    }
}

fn chips_ui(ui: &mut Ui, chips: &[Chip<'_>], actions: &mut Vec<Action>) {
    ScrollArea::vertical()
        .id_salt("chips")
        .max_height(CHIPS_HEIGHT)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = Vec2::splat(5.0);
                for chip in chips {
                    chip_ui(ui, chip, actions);
                }
            });
        });
}

fn chip_ui(ui: &mut Ui, chip: &Chip<'_>, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    let font = TextStyle::Body.resolve(ui.style());
    let words = ui
        .painter()
        .layout_no_wrap(chip.name.to_string(), font, palette.strong);
    let cross = if chip.removable { 18.0 } else { 0.0 };
    let widest = ui.max_rect().width() - 20.0 - cross;
    let size = Vec2::new(words.size().x.min(widest) + 20.0 + cross, 24.0);
    let sense = match chip.removable {
        true => Sense::click(),
        false => Sense::hover(),
    };
    let (rect, response) = ui.allocate_exact_size(size, sense);
    if !ui.is_rect_visible(rect) {
        return;
    }
    ui.painter()
        .rect_filled(rect, CornerRadius::same(12), palette.accent_wash);
    let place = Align2::LEFT_CENTER
        .align_size_within_rect(words.size(), rect.shrink2(Vec2::new(10.0, 0.0)));
    ui.painter()
        .with_clip_rect(rect.intersect(ui.clip_rect()))
        .galley(place.min, words, palette.strong);
    if !chip.removable {
        return;
    }
    let label = wording::remove_class(&chip.name);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    let cross = Rect::from_center_size(
        pos2(rect.right() - 14.0, rect.center().y),
        Vec2::splat(14.0),
    );
    let color = match response.hovered() || response.has_focus() {
        true => palette.strong,
        false => palette.weak,
    };
    paint_icon(ui.painter(), cross, Icon::Close, 11.0, color);
    if response.on_hover_text(label).clicked() {
        actions.push(Action::ToggleClass(chip.class));
    }
}

fn list_ui(ui: &mut Ui, data: &Classes<'_>, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    if data.lines.is_empty() {
        ui.add_space(theme::GAP);
        ui.label(RichText::new(wording::NO_CLASS_FOUND).color(palette.weak));
        return;
    }
    ui.spacing_mut().item_spacing.y = 1.0;
    ScrollArea::vertical()
        .id_salt("classes")
        .auto_shrink([false, false])
        .show_rows(ui, theme::ROW, data.lines.len(), |ui, visible| {
            for line in data.lines.get(visible).unwrap_or_default() {
                match line {
                    Line::Unknown => divider_ui(ui),
                    Line::Class(row) => row_ui(ui, row, data.model, actions),
                }
            }
        });
}

fn divider_ui(ui: &mut Ui) {
    let palette = theme::palette(ui);
    let size = Vec2::new(ui.available_width(), theme::ROW);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Max), |ui| {
        ui.set_min_height(theme::ROW);
        ui.add_space(6.0);
        ui.label(
            RichText::new(wording::UNKNOWN_CLASSES)
                .small()
                .color(palette.weak),
        );
    });
}

/// A row chooses the class alone; its plus, or Ctrl, adds it to the others.
fn row_ui(ui: &mut Ui, row: &Row<'_>, model: &str, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    let width = ui.available_width();
    ui.push_id(row.class, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.set_min_width(width);
            if !row.known {
                ui.disable();
            }
            let button_width = width - theme::ROW - ui.spacing().scroll.bar_width;
            let text = RichText::new(row.name.as_ref()).color(match (row.known, row.chosen) {
                (_, true) => palette.strong,
                (true, false) => palette.text,
                (false, false) => palette.weak,
            });
            let number = RichText::new(row.class.to_string())
                .small()
                .color(palette.weak);
            let button = Button::selectable(row.chosen, text)
                .right_text(number)
                .truncate()
                .corner_radius(CornerRadius::same(ROUNDING))
                .min_size(Vec2::new(button_width, theme::ROW));
            let response = ui
                .add_sized([button_width, theme::ROW], button)
                .accessible_name(row.name.as_ref());
            let details = wording::class_details(row.class, row.wnid, row.synonyms);
            let tip = format!("{details}\n\n{}", wording::CLASS_TIP);
            let why = format!("{details}\n\n{}", wording::class_not_known(model));
            let response = response.on_hover_text(tip).on_disabled_hover_text(why);
            if response.clicked() {
                let adds = ui.input(|input| input.modifiers.command || input.modifiers.shift);
                actions.push(match adds {
                    true => Action::ToggleClass(row.class),
                    false => Action::ChooseClass(row.class),
                });
            }
            if row.known {
                add_ui(ui, row, actions);
            }
        });
    });
}

fn add_ui(ui: &mut Ui, row: &Row<'_>, actions: &mut Vec<Action>) {
    let (icon, label) = match row.chosen {
        true => (Icon::Check, wording::chosen_class(&row.name)),
        false => (Icon::Plus, wording::add_class(&row.name)),
    };
    if icon_button(ui, icon, &label, &label).clicked() {
        actions.push(Action::ToggleClass(row.class));
    }
}
