//! Draws the fields of server and token. A token is hidden while it is typed, and never shown again.

use eframe::egui::{Align, Key, Label, Layout, RichText, TextEdit, Ui, vec2};

use super::{card_ui::trouble_ui, offers::Server};
use crate::{
    actions::{Action, ModelAction},
    settings::Secret,
    theme,
    widgets::row_name,
    wording::library as words,
};

/// Width of the names of the fields, in points.
const NAME: f32 = 110.0;

/// The fields.
pub fn server_ui(ui: &mut Ui, server: &Server<'_>, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    let text = RichText::new(words::SERVER_TEXT).color(palette.text);
    ui.add(Label::new(text).wrap());
    ui.add_space(4.0);
    let mut did = Vec::new();
    let mut endpoint = server.form.endpoint.clone();
    let field = TextEdit::singleline(&mut endpoint).hint_text(&server.usual);
    let entered = field_ui(ui, words::ENDPOINT, field);
    if endpoint != server.form.endpoint {
        did.push(ModelAction::TypeEndpoint(endpoint));
    }
    let mut token = server.form.token.text().to_owned();
    let hint = match server.has_token {
        true => words::TOKEN_KEPT,
        false => words::TOKEN_NONE,
    };
    let field = TextEdit::singleline(&mut token)
        .password(true)
        .hint_text(hint);
    let entered = field_ui(ui, words::TOKEN, field) || entered;
    if token != server.form.token.text() {
        did.push(ModelAction::TypeToken(Secret::typed(token)));
    }
    if let Some(trouble) = &server.form.trouble {
        trouble_ui(ui, trouble);
    }
    ui.horizontal(|ui| {
        if ui.button(words::KEEP).clicked() || entered {
            did.push(ModelAction::KeepServer);
        }
        if server.has_token && ui.button(words::FORGET_TOKEN).clicked() {
            did.push(ModelAction::ForgetToken);
        }
        if ui.button(words::CLOSE).clicked() {
            did.push(ModelAction::ShowServer(false));
        }
    });
    actions.extend(did.into_iter().map(Action::Model));
}

/// A field with its name; whether Enter ended it.
fn field_ui(ui: &mut Ui, name: &str, field: TextEdit<'_>) -> bool {
    let size = vec2(ui.available_width(), theme::ROW);
    let row = ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        let label = row_name(ui, name, NAME);
        let response = ui.add(field.desired_width(f32::INFINITY));
        let response = response.labelled_by(label.id);
        response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
    });
    row.inner
}
