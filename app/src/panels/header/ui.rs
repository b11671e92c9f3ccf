//! Draws the top bar.

use eframe::egui::{Align, Layout, RichText, Sense, Ui, Vec2};
use strata_engine::Mode;

use super::Header;
use crate::{
    actions::Action,
    state::{Page, ThemeChoice},
    theme,
    widgets::{Icon, icon_button, paint_icon, segment},
    wording,
};

/// The top bar; `corner_ui` draws what else is in its corner.
pub fn header_ui(
    ui: &mut Ui,
    data: Header,
    actions: &mut Vec<Action>,
    corner_ui: impl FnOnce(&mut Ui, &mut Vec<Action>),
) {
    let palette = theme::palette(ui);
    ui.horizontal_centered(|ui| {
        let (mark, _) = ui.allocate_exact_size(Vec2::splat(20.0), Sense::hover());
        paint_icon(ui.painter(), mark, Icon::Layers, 18.0, palette.accent);
        ui.label(
            RichText::new(wording::TITLE)
                .size(16.0)
                .color(palette.strong),
        );
        ui.add_space(theme::GROUP_GAP);
        for mode in [Mode::Classes, Mode::Documents] {
            if segment(ui, data.mode == Some(mode), wording::mode(mode)).clicked() {
                actions.push(Action::SetMode(mode));
            }
        }
        ui.separator();
        let gallery = data.page == Page::Gallery;
        if segment(ui, gallery, wording::gallery::GALLERY).clicked() {
            actions.push(Action::ShowGallery);
        }
        let models = data.page == Page::Models;
        if segment(ui, models, wording::models::MODELS).clicked() {
            actions.push(Action::ShowModels);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let icon = match data.theme {
                ThemeChoice::System => Icon::HalfMoon,
                ThemeChoice::Light => Icon::Sun,
                ThemeChoice::Dark => Icon::Moon,
            };
            let tip = wording::theme(data.theme);
            if icon_button(ui, icon, wording::THEME, tip).clicked() {
                actions.push(Action::SetTheme(data.next_theme()));
            }
            corner_ui(ui, actions);
        });
    });
}
