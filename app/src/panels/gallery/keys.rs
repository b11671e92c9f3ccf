//! The keys that move through the gallery; they depend on the grid's columns. All others are in the table
//! of [`crate::shortcuts`].

use eframe::egui::{Key, Modifiers, Popup, Ui};

use super::{Gallery, grid::columns_id};
use crate::actions::{Action, Browse};

/// What keys ask for.
pub fn keys(ui: &Ui, data: &Gallery<'_>, actions: &mut Vec<Action>) {
    let ctx = ui.ctx();
    if ctx.text_edit_focused() || Popup::is_any_open(ctx) {
        return;
    }
    let columns: usize = ui.data(|kept| kept.get_temp(columns_id())).unwrap_or(1);
    let found = ui.input_mut(|input| {
        let mut pressed = |modifiers, key| input.consume_key(modifiers, key);
        steps(data, columns, &mut pressed)
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
