//! The keys of the gallery page, wherever the focus is but in a text field or an open list.

use eframe::egui::{Event, Key, Modifiers, Popup, Ui};

use super::{Gallery, grid::columns_id};
use crate::{
    actions::{Action, Browse},
    gallery::index::MarkChange,
};

/// What keys ask for.
pub fn keys(ui: &Ui, data: &Gallery<'_>, actions: &mut Vec<Action>) {
    let ctx = ui.ctx();
    if ctx.text_edit_focused() || Popup::is_any_open(ctx) {
        return;
    }
    let columns: usize = ui.data(|kept| kept.get_temp(columns_id())).unwrap_or(1);
    let found = ui.input_mut(|input| {
        let mut pressed = |modifiers, key| input.consume_key(modifiers, key);
        let step = steps(data, columns, &mut pressed);
        let mut browse = step.or_else(|| plain(data, &mut pressed));
        let copied = input.events.contains(&Event::Copy);
        if copied && data.cursor.is_some() {
            browse = Some(Browse::Copy);
        }
        browse
    });
    actions.extend(found.map(Action::Browse));
}

type Pressed<'a> = &'a mut dyn FnMut(Modifiers, Key) -> bool;

/// The keys that move.
fn steps(data: &Gallery<'_>, columns: usize, pressed: Pressed) -> Option<Browse> {
    let columns = match data.large {
        true => 1,
        false => columns as isize,
    };
    let all = data.entries.len() as isize;
    let keys = [
        (Key::ArrowLeft, -1),
        (Key::ArrowRight, 1),
        (Key::ArrowUp, -columns),
        (Key::ArrowDown, columns),
        (Key::PageUp, -columns * 4),
        (Key::PageDown, columns * 4),
        (Key::Home, -all),
        (Key::End, all),
    ];
    for (key, by) in keys {
        for (modifiers, extend) in [(Modifiers::SHIFT, true), (Modifiers::NONE, false)] {
            if pressed(modifiers, key) {
                return Some(Browse::Step { by, extend });
            }
        }
    }
    None
}

fn plain(data: &Gallery<'_>, pressed: Pressed) -> Option<Browse> {
    const STARS: [Key; 6] = [
        Key::Num0,
        Key::Num1,
        Key::Num2,
        Key::Num3,
        Key::Num4,
        Key::Num5,
    ];
    if pressed(Modifiers::COMMAND, Key::A) {
        return Some(Browse::SelectAll);
    }
    if pressed(Modifiers::COMMAND, Key::Z) {
        return Some(Browse::UndoDiscard);
    }
    if pressed(Modifiers::NONE, Key::Delete) {
        return Some(Browse::Discard);
    }
    if data.large && (pressed(Modifiers::NONE, Key::Escape) || pressed(Modifiers::NONE, Key::Enter))
    {
        return Some(Browse::Large(false));
    }
    if pressed(Modifiers::NONE, Key::Enter) {
        return Some(Browse::Large(true));
    }
    if pressed(Modifiers::NONE, Key::Escape) {
        return Some(Browse::SelectNone);
    }
    let favourite = data.detail.as_ref()?.mark.favourite;
    if pressed(Modifiers::NONE, Key::F) {
        return Some(Browse::Mark(MarkChange::Favourite(!favourite)));
    }
    let stars = (0..)
        .zip(STARS)
        .find(|(_, key)| pressed(Modifiers::NONE, *key));
    stars.map(|(stars, _)| Browse::Mark(MarkChange::Rating(stars)))
}
