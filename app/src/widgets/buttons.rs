//! Buttons of three ranks: the one that calls, those in a row of alternatives, and small icons.

use eframe::egui::{
    self, Button, CornerRadius, Response, RichText, Sense, Stroke, Ui, Vec2, WidgetInfo,
    accesskit::Role,
};

use super::icon::{self, Icon};
use crate::theme::{self, ROUNDING};

/// A small square button that shows an icon; `label` is its accessible name, `tip` its tooltip.
pub fn icon_button(ui: &mut Ui, icon: Icon, label: &str, tip: &str) -> Response {
    small_button(ui, icon, None, label, tip)
}

/// The same for something that is on or off.
pub fn icon_toggle(ui: &mut Ui, icon: Icon, on: bool, label: &str, tip: &str) -> Response {
    small_button(ui, icon, Some(on), label, tip)
}

fn small_button(ui: &mut Ui, icon: Icon, on: Option<bool>, label: &str, tip: &str) -> Response {
    let size = Vec2::splat(theme::ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| match on {
        Some(on) => WidgetInfo::selected(Role::Button, enabled, on, label),
        None => WidgetInfo::labeled(Role::Button, enabled, label),
    });
    if ui.is_rect_visible(rect) {
        let palette = theme::palette(ui);
        let is_on = on == Some(true);
        let lit = response.hovered() || response.has_focus();
        if is_on {
            ui.painter()
                .rect_filled(rect, CornerRadius::same(ROUNDING), palette.accent_wash);
        } else if enabled && lit {
            let fill = match response.is_pointer_button_down_on() {
                true => palette.button_pressed,
                false => palette.button_hovered,
            };
            ui.painter()
                .rect_filled(rect, CornerRadius::same(ROUNDING), fill);
        }
        if response.has_focus() {
            ui.painter().rect_stroke(
                rect,
                CornerRadius::same(ROUNDING),
                Stroke::new(1.0, palette.accent),
                egui::StrokeKind::Inside,
            );
        }
        let color = match (enabled, lit || is_on) {
            (false, _) => palette.weak.gamma_multiply(0.5),
            (true, true) => palette.strong,
            (true, false) => palette.weak,
        };
        icon::paint(ui.painter(), rect, icon, 15.0, color);
    }
    response.on_hover_text(tip).on_disabled_hover_text(tip)
}

/// The button that calls.
pub fn primary_button(ui: &mut Ui, enabled: bool, label: &str, size: Vec2) -> Response {
    let palette = theme::palette(ui);
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        for (state, fill) in [
            (&mut widgets.inactive, palette.accent),
            (&mut widgets.hovered, palette.accent_hovered),
            (&mut widgets.active, palette.accent_hovered),
        ] {
            state.weak_bg_fill = fill;
            state.fg_stroke.color = palette.on_accent;
        }
        widgets.active.bg_stroke = Stroke::new(2.0, palette.strong);
        let text = RichText::new(label).size(14.5);
        ui.add_enabled(enabled, Button::new(text).min_size(size))
    })
    .inner
}

/// One of several alternatives in a row, of which one is chosen.
pub fn segment(ui: &mut Ui, chosen: bool, label: &str) -> Response {
    let palette = theme::palette(ui);
    let text = RichText::new(label).color(match chosen {
        true => palette.strong,
        false => palette.weak,
    });
    let fill = match chosen {
        true => palette.button_hovered,
        false => egui::Color32::TRANSPARENT,
    };
    let button = Button::new(text).fill(fill).selected(chosen);
    ui.scope(|ui| {
        ui.visuals_mut().selection.bg_fill = palette.button_hovered;
        ui.visuals_mut().selection.stroke = Stroke::new(1.0, palette.strong);
        ui.add(button)
    })
    .inner
}
