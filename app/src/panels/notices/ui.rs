//! Draws notices. Their view data is [`Notice`] itself: it is plain already.

use eframe::egui::{
    Align, CornerRadius, Frame, Label, Layout, Margin, RichText, Sense, Stroke, Ui, Vec2,
};

use crate::{
    actions::Action,
    state::{Notice, Tone},
    theme,
    widgets::{Icon, icon_button, paint_icon},
    wording,
};

/// Most notices shown at once, newest first.
const MOST: usize = 3;

/// The newest notices.
pub fn notices_ui(ui: &mut Ui, notices: &[Notice], actions: &mut Vec<Action>) {
    for notice in notices.iter().rev().take(MOST) {
        ui.push_id(notice.id, |ui| notice_ui(ui, notice, actions));
    }
}

fn notice_ui(ui: &mut Ui, notice: &Notice, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    let (fill, icon, colour) = match notice.tone {
        Tone::Trouble => (palette.notice, Icon::Warning, palette.warning),
        Tone::Done => (palette.panel, Icon::Check, palette.accent),
    };
    let frame = Frame::new()
        .fill(fill)
        .stroke(Stroke::new(1.0, colour.gamma_multiply(0.5)))
        .corner_radius(CornerRadius::same(6))
        .inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        let row = Vec2::new(ui.available_width(), theme::ROW);
        ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
            let tip = wording::DISMISS;
            if icon_button(ui, Icon::Close, tip, tip).clicked() {
                actions.push(Action::DismissNotice(notice.id));
            }
            for remedy in notice.remedies.iter().rev() {
                if ui.button(wording::remedy(remedy)).clicked() {
                    actions.push(remedy.clone());
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let (mark, _) = ui.allocate_exact_size(Vec2::splat(18.0), Sense::hover());
                paint_icon(ui.painter(), mark, icon, 17.0, colour);
                ui.vertical(|ui| words_ui(ui, notice));
            });
        });
    });
}

fn words_ui(ui: &mut Ui, notice: &Notice) {
    let palette = theme::palette(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    let mut sentence = notice.sentence.clone();
    if let Some(times) = wording::times(notice.times) {
        sentence = format!("{sentence} ({times})");
    }
    ui.add(Label::new(RichText::new(sentence).color(palette.strong)).wrap());
    ui.add(Label::new(RichText::new(&notice.next_step).color(palette.text)).wrap());
}
