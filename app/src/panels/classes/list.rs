//! Draws the list below the search: classes, branches of the tree, and what the arrow keys do in it.

use eframe::egui::{
    Align, Id, Key, Layout, Modifiers, Rect, Response, RichText, ScrollArea, Ui, Vec2, pos2, vec2,
};

use super::{
    Branch, Classes, Line, PaintPicture, Row,
    face::{Face, face_ui},
    keys::{self, Arrow, Step},
    ui::search_id,
};
use crate::{
    actions::Action,
    theme,
    widgets::{Icon, icon_button, icon_toggle},
    wording,
};

/// From the top of a line to the top of the next, in points.
const PITCH: f32 = theme::ROW + 1.0;

/// Draws the list; the focus goes to line `jump`, if there is one.
pub(super) fn list_ui(
    ui: &mut Ui,
    data: &Classes<'_>,
    jump: Option<usize>,
    paint: &mut PaintPicture<'_>,
    actions: &mut Vec<Action>,
) {
    let is_new = is_new(ui, data.search);
    let revealed = newly_revealed(ui, data);
    if data.lines.is_empty() {
        ui.add_space(theme::GAP);
        let words = RichText::new(data.empty).color(theme::palette(ui).weak);
        ui.label(words);
        return;
    }
    ui.spacing_mut().item_spacing.y = PITCH - theme::ROW;
    let mut area = ScrollArea::vertical()
        .id_salt(format!("classes {:?}", data.view))
        .auto_shrink([false, false])
        .animated(false);
    if is_new {
        area = area.vertical_scroll_offset(0.0);
    }
    if let Some(at) = jump.or(revealed) {
        // Two lines above it stay in sight.
        area = area.vertical_scroll_offset((at as f32 - 2.0).max(0.0) * PITCH);
        focus(ui, data.lines.get(at));
    }
    area.show_rows(ui, theme::ROW, data.lines.len(), |ui, visible| {
        let top = ui.max_rect().top() - visible.start as f32 * PITCH;
        for line in data.lines.get(visible).unwrap_or_default() {
            match line {
                Line::Unknown => divider_ui(ui),
                Line::Class(row) => row_ui(ui, row, data, paint, actions),
                Line::Branch(branch) => branch_ui(ui, branch, paint, actions),
            }
        }
        keys_ui(ui, &data.lines, top, actions);
    });
}

/// Whether something else was searched for the last time, so that the list starts from its top.
fn is_new(ui: &Ui, search: &str) -> bool {
    ui.data_mut(|data| {
        let seen: &mut String = data.get_temp_mut_or_default(Id::unique("class search text"));
        let new = seen != search;
        if new {
            search.clone_into(seen);
        }
        new
    })
}

/// The line of the tree that was asked for since the last frame.
fn newly_revealed(ui: &Ui, data: &Classes<'_>) -> Option<usize> {
    let revealed = data.revealed?;
    let before = ui.data_mut(|data| {
        let seen: &mut u64 = data.get_temp_mut_or_default(Id::unique("class tree revealed"));
        std::mem::replace(seen, revealed.serial)
    });
    let this = |line: &Line<'_>| match line {
        Line::Branch(branch) => branch.node == revealed.node,
        Line::Class(row) => Some(row.class) == revealed.class,
        Line::Unknown => false,
    };
    let lines = data.lines.iter();
    lines
        .enumerate()
        .filter(|_| before != revealed.serial)
        .find_map(|(at, line)| this(line).then_some(at))
}

/// What a line is known by from frame to frame.
fn line_id(line: &Line<'_>) -> Option<Id> {
    match line {
        Line::Class(row) => Some(class_id(row.class)),
        Line::Branch(branch) => Some(branch_id(branch)),
        Line::Unknown => None,
    }
}

fn class_id(class: u32) -> Id {
    Id::unique(("class line", class))
}

fn branch_id(branch: &Branch<'_>) -> Id {
    Id::unique(("branch line", branch.node.0))
}

fn focus(ui: &Ui, line: Option<&Line<'_>>) {
    if let Some(id) = line.and_then(line_id) {
        ui.memory_mut(|memory| memory.request_focus(id));
        ui.ctx().request_repaint();
    }
}

/// Arrow keys while a line has the focus; `top` is where the first line is, in points.
fn keys_ui(ui: &Ui, lines: &[Line<'_>], top: f32, actions: &mut Vec<Action>) {
    let Some(focused) = ui.memory(|memory| memory.focused()) else {
        return;
    };
    let arrows = [
        (Key::ArrowUp, Arrow::Up),
        (Key::ArrowDown, Arrow::Down),
        (Key::ArrowLeft, Arrow::Left),
        (Key::ArrowRight, Arrow::Right),
        (Key::Home, Arrow::First),
        (Key::End, Arrow::Last),
    ];
    let pressed =
        |(key, arrow): (Key, Arrow)| ui.input(|i| i.key_pressed(key)).then_some((key, arrow));
    let Some((key, arrow)) = arrows.into_iter().find_map(pressed) else {
        return;
    };
    let this = |line: &Line<'_>| line_id(line) == Some(focused);
    let Some(at) = lines.iter().position(this) else {
        return;
    };
    if !ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
        return;
    }
    match keys::step(lines, at, arrow) {
        Some(Step::To(to)) => {
            focus(ui, lines.get(to));
            let corner = pos2(ui.max_rect().left(), top + to as f32 * PITCH);
            let rect = Rect::from_min_size(corner, vec2(1.0, theme::ROW));
            ui.scroll_to_rect(rect, None);
        }
        Some(Step::ToSearch) => ui.memory_mut(|memory| memory.request_focus(search_id())),
        Some(Step::Do(action)) => actions.push(action),
        None => {}
    }
}

fn divider_ui(ui: &mut Ui) {
    let palette = theme::palette(ui);
    let size = Vec2::new(ui.available_width(), theme::ROW);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Max), |ui| {
        ui.set_min_height(theme::ROW);
        ui.add_space(6.0);
        let words = RichText::new(wording::UNKNOWN_CLASSES).small();
        ui.label(words.color(palette.weak));
    });
}

/// A row chooses the class alone; its plus, or Ctrl, adds it to the others.
fn row_ui(
    ui: &mut Ui,
    row: &Row<'_>,
    data: &Classes<'_>,
    paint: &mut PaintPicture<'_>,
    actions: &mut Vec<Action>,
) {
    ui.push_id(row.class, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let size = vec2(ui.available_width(), theme::ROW);
            let whole = Rect::from_min_size(ui.cursor().min, size);
            let face = Face {
                id: class_id(row.class),
                name: &row.name,
                label: row.name.as_ref().into(),
                // The tree has no room for numbers; they are in the tooltip.
                trailing: match row.depth {
                    None => row.class.to_string(),
                    Some(_) => String::new(),
                },
                chosen: row.chosen,
                known: row.known,
                depth: row.depth,
                open: None,
                picture: data.pictured.then_some(row.picture.as_ref()),
            };
            let width = size.x - 2.0 * theme::ROW - ui.spacing().scroll.bar_width;
            let response = ui
                .add_enabled_ui(row.known, |ui| face_ui(ui, width, &face, paint))
                .inner;
            choose_ui(ui, response, row, data, actions);
            star_ui(ui, row, ui.rect_contains_pointer(whole), actions);
            if row.known {
                add_ui(ui, row, actions);
            }
        });
    });
}

/// What a click on a class does, and what is said about it.
fn choose_ui(
    ui: &Ui,
    response: Response,
    row: &Row<'_>,
    data: &Classes<'_>,
    actions: &mut Vec<Action>,
) {
    // Ctrl+Enter is not meant for the line that happens to have the focus.
    let generates = ui.input(|input| input.modifiers.command && input.key_pressed(Key::Enter));
    if response.clicked() && !generates {
        let adds = ui.input(|input| input.modifiers.command || input.modifiers.shift);
        actions.push(match adds {
            true => Action::ToggleClass(row.class),
            false => Action::ChooseClass(row.class),
        });
    }
    if row.depth.is_none() {
        response.context_menu(|ui| {
            if ui.button(wording::classes::SHOW_IN_TREE).clicked() {
                actions.push(Action::ShowClass(row.class));
                ui.close();
            }
        });
    }
    let about = |words: &str| {
        let details = wording::class_details(row.class, row.wnid, row.synonyms);
        format!("{details}\n\n{words}")
    };
    if response.enabled() && response.hovered() {
        response.on_hover_text(about(wording::CLASS_TIP));
    } else if !response.enabled() {
        response.on_disabled_hover_text(about(&data.unknown_reason));
    }
}

/// The star is out of sight until it is wanted.
fn star_ui(ui: &mut Ui, row: &Row<'_>, hovered: bool, actions: &mut Vec<Action>) {
    let id = ui.next_auto_id();
    let focused = ui.memory(|memory| memory.has_focus(id));
    let icon = match row.favourite {
        true => Icon::FullStar,
        false => Icon::Star,
    };
    let label = wording::classes::favourite(&row.name, row.favourite);
    let opacity = ui.opacity();
    if !(row.favourite || hovered || focused) {
        ui.set_opacity(0.0);
    }
    let response = match row.favourite {
        true => icon_toggle(ui, icon, true, &label, &label),
        false => icon_button(ui, icon, &label, &label),
    };
    ui.set_opacity(opacity);
    if response.clicked() {
        actions.push(Action::ToggleFavourite(row.class));
    }
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

/// A branch folds and opens; one that was found opens the tree.
fn branch_ui(
    ui: &mut Ui,
    branch: &Branch<'_>,
    paint: &mut PaintPicture<'_>,
    actions: &mut Vec<Action>,
) {
    let (known, all) = (branch.known, branch.all);
    let face = Face {
        id: branch_id(branch),
        name: branch.name,
        label: wording::classes::branch(branch.name, known, all).into(),
        trailing: wording::classes::known_of(known, all),
        chosen: false,
        known: known > 0,
        depth: branch.depth,
        open: Some(branch.open),
        picture: None,
    };
    let width = ui.available_width() - ui.spacing().scroll.bar_width;
    let response = face_ui(ui, width, &face, paint);
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_expanded(branch.open);
    });
    let (action, tip) = match branch.depth {
        Some(_) => (
            Action::ToggleBranch(branch.node),
            wording::classes::branch_tip(known, all),
        ),
        None => (
            Action::ShowBranch(branch.node),
            wording::classes::found_branch_tip(branch.name),
        ),
    };
    if response.on_hover_text(tip).clicked() {
        actions.push(action);
    }
}
