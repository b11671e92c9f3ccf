//! A page with nothing on it yet.

use eframe::egui::{Align, Layout, Rect, RichText, Ui, UiBuilder, Vec2, vec2};

use super::{Icon, paint_icon};
use crate::theme;

/// A mark in the middle of what room there is, words below it, and what can be done about it.
pub fn empty_page(ui: &mut Ui, words: &str, remedy: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui);
    let area = ui.available_rect_before_wrap();
    let mark = Rect::from_center_size(area.center() - vec2(0.0, 40.0), Vec2::splat(56.0));
    paint_icon(ui.painter(), mark, Icon::Layers, 56.0, palette.line);
    let size = vec2(area.width().min(440.0), 120.0);
    let below = Rect::from_center_size(area.center() + vec2(0.0, 58.0), size);
    let build = UiBuilder::new()
        .max_rect(below)
        .layout(Layout::top_down(Align::Center));
    ui.scope_builder(build, |ui| {
        ui.label(RichText::new(words).size(15.0).color(palette.weak));
        remedy(ui);
    });
}
