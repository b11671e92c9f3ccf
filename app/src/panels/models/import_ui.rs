//! Draws the dialog about files from elsewhere.

use eframe::egui::{Align, ComboBox, Label, Layout, RichText, ScrollArea, TextEdit, Ui, vec2};

use super::import::{ImportView, QuestionView};
use crate::{
    actions::{ImportAction, ModelAction},
    theme,
    widgets::{DialogChoice, dialog_buttons, heading, row_name},
    wording::care as words,
};

/// Width of the dialog, in points.
pub const WIDTH: f32 = 560.0;
/// Width of the names at the left, in points.
const NAME: f32 = 150.0;
/// The most that the lists may take of the window's height, in points.
const LISTS: f32 = 220.0;

/// The dialog's contents.
pub fn import_ui(ui: &mut Ui, data: &ImportView<'_>, did: &mut Vec<ModelAction>) {
    heading(ui, words::IMPORT_HEADING, |_| {});
    ScrollArea::vertical()
        .id_salt("what was found")
        .max_height(LISTS)
        .auto_shrink([false, true])
        .show(ui, |ui| found_ui(ui, data, did));
    ui.add_space(theme::GAP);
    let mut asked = Vec::new();
    if data.models.len() > 1 {
        let models = data.models.iter().enumerate();
        let models = models.map(|(at, name)| (at, name.as_str()));
        let chosen = data.models.get(data.model).map_or("", String::as_str);
        let model = combo_ui(ui, words::WHICH_MODEL, "", chosen, models, data.model);
        asked.extend(model.map(ImportAction::ChooseModel));
    }
    if let Some(name) = data.name {
        name_ui(ui, name, &mut asked);
        for question in &data.questions {
            question_ui(ui, question, &mut asked);
        }
        precision_ui(ui, data, &mut asked);
    } else if data.folders.is_empty() {
        let warning = theme::palette(ui).warning;
        ui.label(RichText::new(words::NOT_A_MODEL).color(warning));
    }
    did.extend(asked.into_iter().map(ModelAction::Import));
    ui.add_space(theme::GAP);
    if data.name.is_none() {
        if ui.button(words::CLOSE).clicked() {
            did.push(ModelAction::CloseDialog);
        }
        return;
    }
    let choice = dialog_buttons(ui, data.ready, words::IMPORT, words::CLOSE);
    did.extend(choice.map(|choice| match choice {
        DialogChoice::Make => ModelAction::Import(ImportAction::Make),
        DialogChoice::Close => ModelAction::CloseDialog,
    }));
}

fn found_ui(ui: &mut Ui, data: &ImportView<'_>, did: &mut Vec<ModelAction>) {
    let palette = theme::palette(ui);
    for words in &data.found {
        ui.add(Label::new(words).wrap());
    }
    for (words, folder) in &data.folders {
        ui.add(Label::new(words).wrap());
        if ui.button(words::COPY_FOLDER).clicked() {
            let copy = ImportAction::CopyFolder(folder.clone());
            did.push(ModelAction::Import(copy));
        }
    }
    for words in data.refused.iter().chain(&data.missing) {
        let text = RichText::new(words).color(palette.warning);
        ui.add(Label::new(text).wrap());
    }
}

fn name_ui(ui: &mut Ui, name: &str, asked: &mut Vec<ImportAction>) {
    let mut text = name.to_owned();
    row_ui(ui, words::NAME, "", |ui, id| {
        let field = TextEdit::singleline(&mut text).desired_width(f32::INFINITY);
        ui.add(field).labelled_by(id);
    });
    if text != name {
        asked.push(ImportAction::Name(text));
    }
}

fn question_ui(ui: &mut Ui, data: &QuestionView<'_>, asked: &mut Vec<ImportAction>) {
    let (name, tip) = (words::question(data.about), words::question_tip(data.about));
    let chosen = data.answer.as_deref().unwrap_or(words::NO_ANSWER);
    let choices = data.choices.iter();
    let choices = choices.map(|(value, words)| (value.clone(), words.as_str()));
    if !data.choices.is_empty() {
        let marked = choices.clone().find(|(_, words)| *words == chosen);
        let marked = marked.map(|(value, _)| value);
        let answer = combo_ui(
            ui,
            name,
            tip,
            chosen,
            choices.map(|(v, w)| (Some(v), w)),
            marked,
        );
        asked.extend(
            answer
                .flatten()
                .map(|value| ImportAction::Answer(data.about, value)),
        );
    }
    if let Some(typed) = data.typed {
        let mut text = typed.to_owned();
        let name = words::typed(name);
        row_ui(ui, &name, tip, |ui, id| {
            let field = TextEdit::singleline(&mut text)
                .hint_text(words::TYPED_HINT)
                .desired_width(f32::INFINITY);
            ui.add(field).labelled_by(id);
        });
        if text != typed {
            asked.push(ImportAction::TypeAnswer(data.about, text));
        }
    }
}

fn precision_ui(ui: &mut Ui, data: &ImportView<'_>, asked: &mut Vec<ImportAction>) {
    let precisions = data.precisions.iter();
    let precisions = precisions.map(|(own, words)| (*own, words.as_str()));
    let chosen = precisions.clone().find(|(own, _)| *own == data.precision);
    let chosen = chosen.map_or("", |(_, words)| words);
    let tip = data.precision.map_or("", words::precision_tip);
    let precision = combo_ui(
        ui,
        words::PRECISION,
        tip,
        chosen,
        precisions,
        data.precision,
    );
    asked.extend(precision.map(ImportAction::Precision));
}

/// A row with a choice; what was chosen anew.
fn combo_ui<'a, T: PartialEq>(
    ui: &mut Ui,
    name: &str,
    tip: &str,
    chosen: &str,
    choices: impl Iterator<Item = (T, &'a str)>,
    present: T,
) -> Option<T> {
    row_ui(ui, name, tip, |ui, id| {
        let mut new = None;
        let combo = ComboBox::from_id_salt(name)
            .selected_text(chosen)
            .width(ui.available_width())
            .truncate()
            .show_ui(ui, |ui| {
                for (value, words) in choices {
                    if ui.selectable_label(value == present, words).clicked() && value != present {
                        new = Some(value);
                    }
                }
            });
        combo.response.labelled_by(id);
        new
    })
}

/// A row with a name at the left.
pub fn row_ui<R>(
    ui: &mut Ui,
    name: &str,
    tip: &str,
    control: impl FnOnce(&mut Ui, eframe::egui::Id) -> R,
) -> R {
    let size = vec2(ui.available_width(), theme::ROW);
    let row = ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        let label = row_name(ui, name, NAME);
        let id = label.id;
        if !tip.is_empty() {
            label.on_hover_text(tip);
        }
        control(ui, id)
    });
    row.inner
}
