//! Dialogs over the page of models: which file is meant.

use eframe::egui::{Label, Ui};

use crate::{
    actions::{Action, ModelAction},
    state::{FileQuestion, ModelDialog, State},
    theme,
    widgets::{dialog, heading},
    wording::library as words,
};

/// Width of the dialogs, in points.
const WIDTH: f32 = 460.0;

/// The dialog that is open.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog<'a> {
    /// Which file is meant.
    File(&'a FileQuestion),
}

impl<'a> Dialog<'a> {
    /// From the state.
    pub fn of(state: &'a State) -> Option<Self> {
        match state.works.dialog.as_ref()? {
            ModelDialog::File { question, .. } => Some(Self::File(question)),
        }
    }
}

/// The dialog over everything else.
pub fn dialog_ui(ui: &Ui, data: &Dialog<'_>, actions: &mut Vec<Action>) {
    let mut did = Vec::new();
    let closed = dialog(ui, "model dialog", WIDTH, |ui| match data {
        Dialog::File(question) => file_ui(ui, question, &mut did),
    });
    if closed {
        did.push(ModelAction::CloseDialog);
    }
    actions.extend(did.into_iter().map(Action::Model));
}

fn file_ui(ui: &mut Ui, question: &FileQuestion, did: &mut Vec<ModelAction>) {
    heading(ui, words::FILE_HEADING, |_| {});
    let text = words::file_text(question.part, &question.folder);
    ui.add(Label::new(text).wrap());
    ui.add_space(theme::GAP);
    for name in &question.candidates {
        if ui.button(name).clicked() {
            did.push(ModelAction::ChooseFile(name.clone()));
        }
    }
    ui.add_space(theme::GAP);
    if ui.button(words::CLOSE).clicked() {
        did.push(ModelAction::CloseDialog);
    }
}
