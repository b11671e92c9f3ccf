//! Dialogs over the page of models: which file is meant, converting, removing. That about files from elsewhere has
//! files of its own.

use std::path::Path;

use eframe::egui::{Checkbox, Label, RichText, Ui};
use strata_engine::library::Precision;

use super::{
    card_ui::trouble_ui,
    import::ImportView,
    import_ui::{self, import_ui},
};
use crate::{
    actions::{Action, ModelAction},
    explain::Explained,
    state::{ConvertForm, FileQuestion, ModelDialog, State},
    theme,
    widgets::{DialogChoice, dialog, dialog_buttons, heading},
    wording::{care, library as words},
};

/// Width of the small dialogs, in points.
const WIDTH: f32 = 460.0;

/// The dialog that is open.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog<'a> {
    /// Which file is meant.
    File(&'a FileQuestion),
    /// Files from elsewhere.
    Import(ImportView<'a>),
    /// In which precision.
    Convert(Convert<'a>),
    /// Whether something is to go: a heading, words, what the button says, and what speaks against it.
    Remove {
        /// The question.
        heading: String,
        /// What goes and what stays.
        words: String,
        /// The button.
        button: &'static str,
        /// Why it cannot be now.
        blocked: Option<String>,
    },
}

/// What is chosen for a conversion.
#[derive(Clone, Debug, PartialEq)]
pub struct Convert<'a> {
    /// The question.
    pub heading: String,
    /// What it takes and what it may free.
    pub words: String,
    /// The precisions, with the room that each takes.
    pub precisions: Vec<(Precision, String)>,
    /// The one that is chosen.
    pub precision: Precision,
    /// Whether the running average is taken; `None` where there is none.
    pub averaged: Option<bool>,
    /// What is wrong.
    pub trouble: Option<&'a Explained>,
}

impl<'a> Dialog<'a> {
    /// From the state.
    pub fn of(state: &'a State) -> Option<Self> {
        Some(match state.works.dialog.as_ref()? {
            ModelDialog::File { question, .. } => Self::File(question),
            ModelDialog::Import(form) => Self::Import(ImportView::of(state, form)),
            ModelDialog::Convert(form) => Self::Convert(convert(state, form)?),
            ModelDialog::DropOriginals(id) => {
                let card = state.card_of(id)?;
                Self::Remove {
                    heading: care::drop_heading(&card.name),
                    words: care::drop_text(card.originals),
                    button: care::DROP_DO,
                    blocked: None,
                }
            }
            ModelDialog::Remove(id) => {
                let card = state.card_of(id)?;
                let folder = card.folder.as_deref().unwrap_or(Path::new(""));
                let pictures = state.made_with(id);
                Self::Remove {
                    heading: care::remove_heading(&card.name),
                    words: care::remove_text(folder, card.bytes),
                    button: care::REMOVE_DO,
                    blocked: (pictures > 0).then(|| care::still_drawing(pictures)),
                }
            }
        })
    }
}

fn convert<'a>(state: &'a State, form: &'a ConvertForm) -> Option<Convert<'a>> {
    let card = state.card_of(&form.id)?;
    let in_use = card.bytes.saturating_sub(card.originals);
    let room = |target| care::room_after(card, target);
    let precisions = State::targets(card).map(|own| {
        let words = care::precision_words(own);
        (own, words::with_room(words, room(own)))
    });
    let has_average = form
        .copies
        .is_some_and(|copies| copies.transformer_averages);
    Some(Convert {
        heading: care::convert_heading(&card.name),
        words: care::convert_text(room(form.precision), in_use),
        precisions: precisions.collect(),
        precision: form.precision,
        averaged: has_average.then_some(form.averaged),
        trouble: form.trouble.as_ref(),
    })
}

/// The dialog over everything else.
pub fn dialog_ui(ui: &Ui, data: &Dialog<'_>, actions: &mut Vec<Action>) {
    let mut did = Vec::new();
    let width = match data {
        Dialog::Import(_) => import_ui::WIDTH,
        _ => WIDTH,
    };
    let closed = dialog(ui, "model dialog", width, |ui| match data {
        Dialog::File(question) => file_ui(ui, question, &mut did),
        Dialog::Import(data) => import_ui(ui, data, &mut did),
        Dialog::Convert(data) => convert_ui(ui, data, &mut did),
        Dialog::Remove {
            heading,
            words,
            button,
            blocked,
        } => remove_ui(ui, [heading, words], button, blocked.as_deref(), &mut did),
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

fn convert_ui(ui: &mut Ui, data: &Convert<'_>, did: &mut Vec<ModelAction>) {
    heading(ui, &data.heading, |_| {});
    for (precision, words) in &data.precisions {
        let chosen = *precision == data.precision;
        let radio = ui.radio(chosen, words);
        if radio
            .on_hover_text(care::precision_tip(*precision))
            .clicked()
        {
            did.push(ModelAction::SetPrecision(*precision));
        }
    }
    let weak = theme::palette(ui).weak;
    let tip = RichText::new(care::precision_tip(data.precision)).color(weak);
    ui.add(Label::new(tip).wrap());
    if let Some(mut averaged) = data.averaged
        && ui
            .add(Checkbox::new(&mut averaged, care::AVERAGED))
            .changed()
    {
        did.push(ModelAction::TakeAverage(averaged));
    }
    ui.add_space(theme::GAP);
    ui.add(Label::new(&data.words).wrap());
    if let Some(trouble) = data.trouble {
        trouble_ui(ui, trouble);
    }
    ui.add_space(theme::GAP);
    let ready = data.trouble.is_none();
    let choice = dialog_buttons(ui, ready, care::CONVERT_DO, words::CLOSE);
    did.extend(choice.map(agree));
}

fn remove_ui(
    ui: &mut Ui,
    [question, text]: [&String; 2],
    button: &str,
    blocked: Option<&str>,
    did: &mut Vec<ModelAction>,
) {
    heading(ui, question, |_| {});
    ui.add(Label::new(text).wrap());
    if let Some(blocked) = blocked {
        let warning = theme::palette(ui).warning;
        ui.add(Label::new(RichText::new(blocked).color(warning)).wrap());
    }
    ui.add_space(theme::GAP);
    let choice = dialog_buttons(ui, blocked.is_none(), button, words::CLOSE);
    did.extend(choice.map(agree));
}

fn agree(choice: DialogChoice) -> ModelAction {
    match choice {
        DialogChoice::Make => ModelAction::Agree,
        DialogChoice::Close => ModelAction::CloseDialog,
    }
}
