//! Draws cards: of installed models, of published ones, and the pieces that they share.

use eframe::egui::{
    self, Align, CornerRadius, Frame, Hyperlink, Label, Layout, Margin, ProgressBar, RichText,
    Sense, Ui, Vec2, vec2,
};
use strata_engine::library::verify::Verdict;

use super::{
    PaintPicture, Status,
    data::{Card, PICTURE},
    offers::OfferCard,
    report::ReportView,
    work::{Button, WorkView},
};
use crate::{
    actions::{Action, ModelAction},
    explain::Explained,
    theme,
    widgets::{Icon, icon_button, in_view, paint_icon},
    wording::{self, care, library, models as words},
};

/// Width of the names of facts, in points.
const NAMES: f32 = 110.0;
/// Height of such a name, in points.
const LINE: f32 = 18.0;

/// The frame of a card.
pub fn box_of(ui: &Ui) -> Frame {
    Frame::new()
        .fill(theme::palette(ui).panel)
        .corner_radius(CornerRadius::same(6))
        .inner_margin(Margin::same(14))
}

/// What went wrong, and what to do.
pub fn trouble_ui(ui: &mut Ui, trouble: &Explained) {
    let palette = theme::palette(ui);
    let sentence = wording::sentence(&trouble.sentence);
    let sentence = RichText::new(sentence).color(palette.warning);
    ui.add(Label::new(sentence).wrap());
    ui.add(Label::new(&trouble.next_step).wrap());
}

/// An installed model.
pub fn card_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    small: &mut PaintPicture<'_>,
    actions: &mut Vec<Action>,
) {
    let palette = theme::palette(ui);
    box_of(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.label(RichText::new(card.name).size(15.0).color(palette.strong));
            let status = words::status(card.status);
            ui.label(RichText::new(status).small().color(palette.weak));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                draw_ui(ui, card, actions);
            });
        });
        if let Status::Loading(fraction) = card.status {
            bar_ui(ui, fraction);
        }
        if !card.summary.is_empty() {
            ui.label(&card.summary);
        }
        work_ui(ui, card.work.as_ref(), actions);
        ui.add_space(theme::GAP);
        facts_ui(ui, &card.facts);
        warning_ui(ui, card.warning);
        report_ui(ui, card, actions);
        pictures_ui(ui, card, small, actions);
        buttons_ui(ui, &card.deeds, actions);
    });
}

/// From right to left.
fn draw_ui(ui: &mut Ui, card: &Card<'_>, actions: &mut Vec<Action>) {
    let named = |ui: &mut Ui, text: &str, name: String, enabled: bool| {
        let button = ui.add_enabled(enabled, egui::Button::new(text));
        in_view(button)
            .on_hover_text(&name)
            .accessible_name(name)
            .clicked()
    };
    match card.status {
        Status::Broken => {
            if named(ui, words::AGAIN, words::again(card.name), true) {
                actions.push(Action::ReloadModel(card.id.to_owned()));
            }
        }
        _ => {
            if named(ui, words::DRAW, words::draw(card.name), true) {
                actions.push(Action::DrawWith(card.id.to_owned()));
            }
        }
    }
    let made = words::made(card.made);
    if named(ui, &made, words::pictures_of(card.name), card.made > 0) {
        actions.push(Action::ShowPicturesOf(card.id.to_owned()));
    }
    if let Some(folder) = card.folder {
        let tip = words::folder_of(card.name);
        if icon_button(ui, Icon::Folder, &tip, &tip).clicked() {
            actions.push(Action::Reveal(folder.to_owned()));
        }
    }
}

/// What a check has found.
fn report_ui(ui: &mut Ui, card: &Card<'_>, actions: &mut Vec<Action>) {
    let Some(ReportView { sound, lines }) = &card.report else {
        return;
    };
    let palette = theme::palette(ui);
    ui.add_space(theme::GAP);
    ui.horizontal(|ui| {
        let (words, color) = match sound {
            true => (care::SOUND, palette.accent),
            false => (care::UNSOUND, palette.warning),
        };
        ui.label(RichText::new(words).color(color));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let action = ModelAction::PutReportAway(card.id.to_owned());
            let button = Button::new(library::PUT_AWAY, card.name, action);
            button_ui(ui, &button, actions);
        });
    });
    for line in lines {
        let (icon, color) = match line.verdict {
            Verdict::Good => (Icon::Check, palette.accent),
            Verdict::Unknown => (Icon::Minus, palette.weak),
            Verdict::Bad => (Icon::Warning, palette.warning),
        };
        ui.horizontal_top(|ui| {
            let (mark, _) = ui.allocate_exact_size(Vec2::splat(LINE), Sense::hover());
            paint_icon(ui.painter(), mark, icon, 13.0, color);
            ui.add(Label::new(&line.words).wrap());
        });
    }
}

/// A model that is being made of files from elsewhere.
pub fn arriving_ui(ui: &mut Ui, name: &str, work: &WorkView<'_>, actions: &mut Vec<Action>) {
    box_of(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let strong = theme::palette(ui).strong;
        ui.label(RichText::new(name).size(15.0).color(strong));
        work_ui(ui, Some(work), actions);
    });
}

/// The newest pictures that it made; a click leads to all of them.
fn pictures_ui(
    ui: &mut Ui,
    card: &Card<'_>,
    small: &mut PaintPicture<'_>,
    actions: &mut Vec<Action>,
) {
    if card.pictures.is_empty() {
        return;
    }
    ui.add_space(theme::GAP);
    let strip = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for picture in &card.pictures {
            let (area, _) = ui.allocate_exact_size(Vec2::splat(PICTURE), Sense::hover());
            if ui.is_rect_visible(area) {
                let ground = theme::palette(ui).placeholder;
                ui.painter()
                    .rect_filled(area, CornerRadius::same(3), ground);
                small(ui, picture, area);
            }
        }
    });
    let strip = ui.interact(
        strip.response.rect,
        ui.scope_id().with("strip"),
        Sense::CLICK,
    );
    if strip.on_hover_text(words::pictures_of(card.name)).clicked() {
        actions.push(Action::ShowPicturesOf(card.id.to_owned()));
    }
}

/// A published model.
pub fn offer_ui(ui: &mut Ui, offer: &OfferCard<'_>, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    box_of(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.label(RichText::new(offer.name).size(15.0).color(palette.strong));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                for button in offer.button.iter().chain(&offer.discard) {
                    button_ui(ui, button, actions);
                }
            });
        });
        ui.label(&offer.summary);
        work_ui(ui, offer.work.as_ref(), actions);
        ui.add_space(theme::GAP);
        facts_ui(ui, &offer.facts);
        if let Some((name, address)) = offer.paper {
            fact_ui(ui, library::PAPER, |ui| {
                ui.add(Hyperlink::from_label_and_url(name, address));
            });
        }
        fact_ui(ui, library::PAGE, |ui| {
            ui.add(Hyperlink::new(offer.page));
        });
        warning_ui(ui, offer.warning);
    });
}

/// Long work: a bar, how it stands, what went wrong, and what may be done about it.
fn work_ui(ui: &mut Ui, work: Option<&WorkView<'_>>, actions: &mut Vec<Action>) {
    let Some(work) = work else {
        return;
    };
    let palette = theme::palette(ui);
    ui.add_space(4.0);
    if let Some(fraction) = work.bar {
        bar_ui(ui, fraction);
    }
    if let Some(trouble) = work.trouble {
        trouble_ui(ui, trouble);
    }
    let row = vec2(ui.available_width(), theme::ROW);
    ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
        for button in work.buttons.iter().rev() {
            button_ui(ui, button, actions);
        }
        if work.trouble.is_none() {
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let words = RichText::new(&work.words).small().color(palette.weak);
                ui.add(Label::new(words).truncate());
            });
        }
    });
}

fn bar_ui(ui: &mut Ui, fraction: f32) {
    let bar = ProgressBar::new(fraction)
        .desired_height(4.0)
        .fill(theme::palette(ui).accent);
    ui.add(bar).accessible_name(wording::PROGRESS);
}

/// A row of buttons, if there are any.
fn buttons_ui(ui: &mut Ui, buttons: &[Button], actions: &mut Vec<Action>) {
    if buttons.is_empty() {
        return;
    }
    ui.add_space(theme::GAP);
    ui.horizontal_wrapped(|ui| {
        for button in buttons {
            button_ui(ui, button, actions);
        }
    });
}

fn button_ui(ui: &mut Ui, button: &Button, actions: &mut Vec<Action>) {
    let response = ui.add(egui::Button::new(&button.text));
    if in_view(response).accessible_name(&button.name).clicked() {
        actions.push(button.action.clone());
    }
}

fn warning_ui(ui: &mut Ui, warning: Option<&str>) {
    if let Some(warning) = warning {
        let text = RichText::new(warning).color(theme::palette(ui).warning);
        ui.add(Label::new(text).wrap());
    }
}

fn facts_ui(ui: &mut Ui, facts: &[(&str, String)]) {
    ui.spacing_mut().item_spacing.y = 4.0;
    for (name, value) in facts {
        fact_ui(ui, name, |ui| {
            ui.add(Label::new(value).wrap());
        });
    }
}

fn fact_ui(ui: &mut Ui, name: &str, value: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui);
    ui.horizontal_top(|ui| {
        let column = Layout::left_to_right(Align::Min);
        ui.allocate_ui_with_layout(vec2(NAMES, LINE), column, |ui| {
            ui.set_min_width(NAMES);
            ui.label(RichText::new(name).color(palette.weak));
        });
        value(ui);
    });
}
