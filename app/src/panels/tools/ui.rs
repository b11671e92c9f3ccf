//! Draws the row.

use eframe::egui::{
    Align, Button, CornerRadius, Label, Layout, Mesh, Rect, RichText, Sense, Ui, WidgetInfo,
    accesskit::Role, pos2, vec2,
};

use super::{super::canvas::Legend, Tools};
use crate::{
    actions::Action,
    shortcuts::{self, Deed},
    state::{Look, Overlay, Zoom},
    theme,
    widgets::{Icon, icon_button, icon_toggle, scale_colour},
    wording::{self, looking as words},
};

/// Width of the scale, in points.
const SCALE: f32 = 120.0;

/// The row, and the legend below it while there is one.
pub fn tools_ui(ui: &mut Ui, data: &Tools, actions: &mut Vec<Action>) {
    if let Some(legend) = &data.legend {
        legend_ui(ui, legend);
    }
    let size = vec2(ui.available_width(), theme::ROW);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        overlays_ui(ui, data, actions);
        ui.add_space(theme::GAP);
        zoom_ui(ui, data, actions);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let tip = shortcuts::tip(words::FULL_SCREEN, Deed::FullScreen);
            if icon_button(ui, Icon::Expand, words::FULL_SCREEN, &tip).clicked() {
                actions.push(Action::Look(Look::FullScreen(true)));
            }
            let (label, look) = match data.comparing {
                true => (words::STOP_COMPARING, Look::StopComparing),
                false => (words::COMPARE, Look::Pick(!data.picking)),
            };
            let tip = match data.comparing {
                true => shortcuts::tip(label, Deed::Compare),
                false => shortcuts::tip(words::COMPARE_TIP, Deed::Compare),
            };
            let on = data.comparing || data.picking;
            // While comparing, the line above has a button of the same name.
            let label = if data.comparing {
                words::COMPARE_KEY
            } else {
                label
            };
            if icon_toggle(ui, Icon::Halves, on, label, &tip).clicked() {
                actions.push(Action::Look(look));
            }
        });
    });
}

fn overlays_ui(ui: &mut Ui, data: &Tools, actions: &mut Vec<Action>) {
    for (overlay, deed) in Tools::OVERLAYS {
        let icon = match overlay {
            Overlay::Grid => Icon::Lines,
            Overlay::Position => Icon::Cell,
            Overlay::Uncertainty => Icon::Bars,
        };
        let label = words::overlay(overlay);
        let tip = shortcuts::tip(label, deed);
        if icon_toggle(ui, icon, data.overlays.has(overlay), label, &tip).clicked() {
            actions.push(Action::Look(Look::Toggle(overlay)));
        }
    }
}

fn zoom_ui(ui: &mut Ui, data: &Tools, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    let mut button = |ui: &mut Ui, icon, label, deed, look| {
        let tip = shortcuts::tip(label, deed);
        if icon_button(ui, icon, label, &tip).clicked() {
            actions.push(Action::Look(look));
        }
    };
    let out = Look::StepZoom(-1);
    button(ui, Icon::Minus, words::ZOOM_OUT, Deed::ZoomOut, out);
    ui.allocate_ui_with_layout(
        vec2(52.0, theme::ROW),
        Layout::centered_and_justified(eframe::egui::Direction::LeftToRight),
        |ui| {
            let scale = RichText::new(wording::scale(data.scale)).color(palette.text);
            ui.add(Label::new(scale).extend());
        },
    );
    let up = Look::StepZoom(1);
    button(ui, Icon::Plus, words::ZOOM_IN, Deed::ZoomIn, up);
    let fit = Look::Zoom(Zoom::Fit);
    button(ui, Icon::Fit, words::FIT, Deed::Fit, fit);
    let text = RichText::new(words::ONE_TO_ONE).color(palette.weak);
    let actual = ui
        .add(Button::new(text).frame(false))
        .on_hover_text(shortcuts::tip(words::ACTUAL, Deed::Actual));
    if actual.clicked() {
        actions.push(Action::Look(Look::Zoom(Zoom::Times(1.0))));
    }
}

/// What is shown at the left, the scale with its ends at the right.
fn legend_ui(ui: &mut Ui, legend: &Legend) {
    let palette = theme::palette(ui);
    let weak = |words: &str| RichText::new(words).small().color(palette.weak);
    let Some(top) = legend.top else {
        ui.add(Label::new(weak(words::NO_UNCERTAINTY)).truncate());
        return;
    };
    let what = words::uncertainty_of(legend.sight, legend.depths);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.label(RichText::new(&what).small().color(palette.text));
        ui.label(weak(words::CERTAIN));
        let (bar, response) = ui.allocate_exact_size(vec2(SCALE, 10.0), Sense::hover());
        let told = words::scale(&what, top);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &told));
        let mut mesh = Mesh::default();
        let steps = SCALE as usize / 2;
        for step in 0..steps {
            let x = |step: usize| bar.left() + bar.width() * step as f32 / steps as f32;
            let part =
                Rect::from_min_max(pos2(x(step), bar.top()), pos2(x(step + 1), bar.bottom()));
            mesh.add_colored_rect(part, scale_colour(step as f32 / (steps - 1) as f32));
        }
        ui.painter().add(mesh);
        ui.painter().rect_stroke(
            bar,
            CornerRadius::ZERO,
            (1.0, palette.line),
            eframe::egui::StrokeKind::Outside,
        );
        response.on_hover_text(told);
        ui.label(weak(&words::bits(top)));
    });
}
