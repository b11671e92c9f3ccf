//! Draws the section and the button for a picture of one's own.

use eframe::egui::{Button, Key, Label, Modifiers, RichText, Ui, Vec2};

use super::{Branch, Choice, tree::tree_ui};
use crate::{
    actions::{Action, BranchAction},
    theme,
    widgets::{Icon, NumberRow, Textures, heading, icon_button, number_row, primary_button},
    wording::branch as words,
};

/// The section; as high as it needs.
pub fn branch_ui(
    ui: &mut Ui,
    data: &Branch<'_>,
    textures: &mut Textures,
    actions: &mut Vec<Action>,
) {
    let mut branch = Vec::new();
    heading(ui, words::HEADING, |ui| {
        if data.choice.is_some()
            && icon_button(ui, Icon::Close, words::CLOSE, words::CLOSE_TIP).clicked()
        {
            branch.push(BranchAction::Close);
        }
    });
    busy_ui(ui, data);
    match data.choice {
        None => open_ui(ui, data, &mut branch),
        Some(choice) => {
            choice_ui(ui, choice, &mut branch);
            if let Some(words) = &data.continued_as {
                hint(ui, words);
            }
            grow_ui(ui, choice, &mut branch);
            escape(ui, &mut branch);
        }
    }
    actions.extend(branch.into_iter().map(Action::Branch));
    if !data.tree.is_empty() {
        ui.add_space(4.0);
        tree_ui(ui, &data.tree, textures, actions);
    }
}

fn busy_ui(ui: &mut Ui, data: &Branch<'_>) {
    if let Some(file) = &data.busy {
        ui.add(Label::new(words::busy(file)).truncate());
    }
}

fn open_ui(ui: &mut Ui, data: &Branch<'_>, branch: &mut Vec<BranchAction>) {
    let Some(piece) = data.piece.filter(|_| data.can_open) else {
        return;
    };
    let size = Vec2::new(ui.available_width(), theme::ROW);
    // The longer label fits the narrow column whole.
    ui.spacing_mut().button_padding.x = 4.0;
    let mut button = |label: &str, tip: &str, action: BranchAction| {
        let open = Button::new(RichText::new(label).size(12.5)).min_size(size);
        if ui.add(open.truncate()).on_hover_text(tip).clicked() {
            branch.push(action);
        }
    };
    button(words::OPEN, words::OPEN_TIP, BranchAction::Open(piece));
    if data.can_open_texture {
        let action = BranchAction::OpenTexture(piece);
        button(words::TEXTURE, words::TEXTURE_TIP, action);
    }
}

fn choice_ui(ui: &mut Ui, choice: Choice, branch: &mut Vec<BranchAction>) {
    match choice {
        Choice::Beginning {
            rows,
            most_rows,
            positions,
            total,
        } => {
            let row = stepper(words::ROWS, words::ROWS_TIP, rows, most_rows);
            if let Some(rows) = number_row(ui, &row) {
                branch.push(BranchAction::KeepRows(rows as usize));
            }
            hint(ui, &words::kept(positions, total));
            hint(ui, words::CLICK_HINT);
        }
        Choice::Depths { depths, most } => {
            let row = stepper(words::DEPTHS, words::DEPTHS_TIP, depths, most);
            if let Some(depths) = number_row(ui, &row) {
                branch.push(BranchAction::KeepDepths(depths as usize));
            }
            hint(ui, words::RESAMPLE_HINT);
        }
    }
}

fn stepper<'a>(name: &'a str, tip: &'a str, value: usize, most: usize) -> NumberRow<'a> {
    let range = 1.0..=(most.max(1) as f64);
    NumberRow {
        name,
        tip,
        value: value as f64,
        range: range.clone(),
        limits: range,
        decimals: 0,
        logarithmic: false,
        word: None,
        locked: None,
    }
}

fn grow_ui(ui: &mut Ui, choice: Choice, branch: &mut Vec<BranchAction>) {
    let label = match choice {
        Choice::Beginning { .. } => words::GROW,
        Choice::Depths { .. } => words::RESAMPLE,
    };
    let size = Vec2::new(ui.available_width(), theme::ROW + 4.0);
    if primary_button(ui, true, label, size).clicked() {
        branch.push(BranchAction::Grow);
    }
}

fn hint(ui: &mut Ui, words: &str) {
    let palette = theme::palette(ui);
    let words = RichText::new(words).small().color(palette.weak);
    ui.add(Label::new(words).wrap());
}

/// Escape leaves the choice before it means anything else.
fn escape(ui: &Ui, branch: &mut Vec<BranchAction>) {
    let elsewhere = ui.ctx().text_edit_focused() || eframe::egui::Popup::is_any_open(ui.ctx());
    let pressed =
        |input: &mut eframe::egui::InputState| input.consume_key(Modifiers::NONE, Key::Escape);
    if !elsewhere && ui.ctx().input_mut(pressed) {
        branch.push(BranchAction::Close);
    }
}

/// The button that begins with a picture of one's own.
pub fn entry_ui(ui: &mut Ui, size: Vec2, actions: &mut Vec<Action>) {
    let button = ui
        .add(Button::new(words::PICTURE).min_size(size))
        .on_hover_text(words::PICTURE_TIP)
        .accessible_name(words::PICTURE_LABEL);
    if button.clicked() {
        actions.push(Action::Branch(BranchAction::PickPicture));
    }
}
