//! Draws the class panel: the heading with the lists to choose from, and the search. The chosen classes
//! and the list have files of their own.

use eframe::egui::{self, Id, Key, Rect, TextEdit, Ui, Vec2, pos2};

use super::{Classes, SmallPicture, chips::chips_ui, keys, list};
use crate::{
    actions::Action,
    state::ClassView,
    theme,
    widgets::{Icon, heading, icon_button, icon_toggle, paint_icon},
    wording,
};

/// Draws a small picture in a square, or nothing while it is not there yet.
pub type PaintPicture<'a> = dyn FnMut(&Ui, &SmallPicture<'_>, Rect) + 'a;

/// The class panel; takes the height it is given.
pub fn classes_ui(
    ui: &mut Ui,
    data: &Classes<'_>,
    paint: &mut PaintPicture<'_>,
    actions: &mut Vec<Action>,
) {
    heading(ui, wording::CLASSES_HEADING, |ui| {
        views_ui(ui, data.view, actions);
    });
    let down = search_ui(ui, data, actions);
    chips_ui(ui, data, paint, actions);
    ui.add_space(2.0);
    let first = keys::after(&data.lines, 0).filter(|_| down);
    list::list_ui(ui, data, first, paint, actions);
}

/// The search field's id, to which the first line of the list leads back.
pub(super) fn search_id() -> Id {
    Id::unique("class search")
}

/// Drawn from the right.
fn views_ui(ui: &mut Ui, present: Option<ClassView>, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.x = 2.0;
    for (view, icon) in [
        (ClassView::Recent, Icon::Clock),
        (ClassView::Favourites, Icon::Star),
        (ClassView::Tree, Icon::Tree),
        (ClassView::All, Icon::List),
    ] {
        let (label, tip) = (
            wording::classes::view(view),
            wording::classes::view_tip(view),
        );
        if icon_toggle(ui, icon, present == Some(view), label, tip).clicked() {
            actions.push(Action::SetClassView(view));
        }
    }
}

/// Draws the search field; says whether the focus is to go down into the list.
fn search_ui(ui: &mut Ui, data: &Classes<'_>, actions: &mut Vec<Action>) -> bool {
    let mut text = data.search.to_owned();
    let clear_width = match text.is_empty() {
        true => 0.0,
        false => theme::ROW,
    };
    let field = TextEdit::singleline(&mut text)
        .id(search_id())
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
    let (enter, down, modifiers) = ui.input(|input| {
        let pressed = |key| input.key_pressed(key);
        (
            pressed(Key::Enter),
            pressed(Key::ArrowDown),
            input.modifiers,
        )
    });
    let entered = enter && response.lost_focus() && !modifiers.command && !text.is_empty();
    if let Some(first) = data.first.filter(|_| entered) {
        let already = data.chips.iter().any(|chip| chip.class == first);
        match modifiers.shift {
            true if already => {}
            true => actions.push(Action::ToggleClass(first)),
            false => actions.push(Action::ChooseClass(first)),
        }
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
    // The key is used up, or the list would take it for a second step.
    down && response.has_focus()
        && modifiers.is_none()
        && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::ArrowDown))
}
