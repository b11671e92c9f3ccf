//! How Strata looks: two calm neutral palettes, one accent, one set of distances. What is drawn with them
//! is up to the panels.

use eframe::egui::{
    self, Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Theme,
    Vec2, Visuals,
    style::{HandleShape, Selection, WidgetVisuals},
};

/// Distance between things that belong together, in points.
pub const GAP: f32 = 8.0;
/// Distance between groups, in points.
pub const GROUP_GAP: f32 = 16.0;
/// Height of a row with a control, in points.
pub const ROW: f32 = 26.0;
/// Rounding of controls.
pub const ROUNDING: u8 = 5;

/// The colours of one theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Header and panels.
    pub panel: Color32,
    /// Behind pictures: a grey without hue, so that it does not colour what the eye sees.
    pub canvas: Color32,
    /// Frame of a picture that has no pixels yet.
    pub placeholder: Color32,
    /// Fields and slider rails.
    pub field: Color32,
    /// Buttons at rest.
    pub button: Color32,
    /// Buttons under the pointer.
    pub button_hovered: Color32,
    /// Buttons pressed.
    pub button_pressed: Color32,
    /// Thin lines between regions.
    pub line: Color32,
    /// Text.
    pub text: Color32,
    /// Headings and what is chosen.
    pub strong: Color32,
    /// Captions and units.
    pub weak: Color32,
    /// The one colour that calls.
    pub accent: Color32,
    /// The accent under the pointer.
    pub accent_hovered: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// The accent as a wash behind what is chosen.
    pub accent_wash: Color32,
    /// Behind a notice.
    pub notice: Color32,
    /// The edge of a notice and words about failures.
    pub warning: Color32,
}

/// Dark: greys around 18 %.
pub const DARK: Palette = Palette {
    panel: Color32::from_rgb(36, 36, 38),
    canvas: Color32::from_rgb(26, 26, 27),
    placeholder: Color32::from_rgb(40, 40, 42),
    field: Color32::from_rgb(24, 24, 26),
    button: Color32::from_rgb(56, 56, 59),
    button_hovered: Color32::from_rgb(68, 68, 72),
    button_pressed: Color32::from_rgb(80, 80, 84),
    line: Color32::from_rgb(54, 54, 57),
    text: Color32::from_rgb(210, 210, 212),
    strong: Color32::from_rgb(242, 242, 244),
    weak: Color32::from_rgb(152, 152, 157),
    accent: Color32::from_rgb(61, 181, 166),
    accent_hovered: Color32::from_rgb(82, 200, 185),
    on_accent: Color32::from_rgb(8, 28, 25),
    accent_wash: Color32::from_rgb(36, 66, 63),
    notice: Color32::from_rgb(58, 48, 36),
    warning: Color32::from_rgb(230, 168, 88),
};

/// Light: paper and greys, the same accent, darker.
pub const LIGHT: Palette = Palette {
    panel: Color32::from_rgb(247, 247, 248),
    canvas: Color32::from_rgb(226, 226, 227),
    placeholder: Color32::from_rgb(212, 212, 214),
    field: Color32::from_rgb(255, 255, 255),
    button: Color32::from_rgb(232, 232, 234),
    button_hovered: Color32::from_rgb(221, 221, 224),
    button_pressed: Color32::from_rgb(208, 208, 212),
    line: Color32::from_rgb(213, 213, 216),
    text: Color32::from_rgb(52, 52, 56),
    strong: Color32::from_rgb(18, 18, 22),
    weak: Color32::from_rgb(104, 104, 110),
    accent: Color32::from_rgb(13, 118, 108),
    accent_hovered: Color32::from_rgb(17, 136, 125),
    on_accent: Color32::from_rgb(255, 255, 255),
    accent_wash: Color32::from_rgb(205, 231, 227),
    notice: Color32::from_rgb(255, 243, 224),
    warning: Color32::from_rgb(158, 90, 8),
};

/// The palette that `ui` is drawn with.
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    match ui.visuals().dark_mode {
        true => &DARK,
        false => &LIGHT,
    }
}

/// Gives both themes of a context Strata's look.
pub fn install(ctx: &egui::Context) {
    for (theme, palette) in [(Theme::Dark, &DARK), (Theme::Light, &LIGHT)] {
        ctx.style_mut_of(theme, |style| {
            style.visuals = visuals(theme, palette);
            set_text(style);
            set_spacing(style);
        });
    }
}

fn set_text(style: &mut egui::Style) {
    let sizes = [
        (TextStyle::Small, 11.5),
        (TextStyle::Body, 13.5),
        (TextStyle::Button, 13.5),
        (TextStyle::Heading, 15.0),
    ];
    for (text_style, size) in sizes {
        let font = FontId::new(size, FontFamily::Proportional);
        style.text_styles.insert(text_style, font);
    }
    let mono = FontId::new(12.5, FontFamily::Monospace);
    style.text_styles.insert(TextStyle::Monospace, mono);
    // Numbers beside sliders look like the words around them.
    style.drag_value_text_style = TextStyle::Body;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
}

fn set_spacing(style: &mut egui::Style) {
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(GAP, 6.0);
    spacing.button_padding = Vec2::new(10.0, 4.0);
    spacing.interact_size = Vec2::new(36.0, ROW);
    spacing.slider_rail_height = 4.0;
    spacing.window_margin = Margin::same(12);
    spacing.menu_margin = Margin::same(6);
    spacing.combo_height = 320.0;
    spacing.tooltip_width = 320.0;
    spacing.icon_width = 16.0;
    spacing.scroll = egui::style::ScrollStyle::thin();
}

fn visuals(theme: Theme, palette: &Palette) -> Visuals {
    let mut visuals = match theme {
        Theme::Dark => Visuals::dark(),
        Theme::Light => Visuals::light(),
    };
    let rounding = CornerRadius::same(ROUNDING);
    let state = |fill: Color32, text: Color32, edge: Stroke| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: edge,
        corner_radius: rounding,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let focus = Stroke::new(1.0, palette.accent);
    let widgets = &mut visuals.widgets;
    widgets.noninteractive = state(palette.panel, palette.text, Stroke::new(1.0, palette.line));
    widgets.inactive = state(palette.button, palette.text, Stroke::NONE);
    widgets.hovered = state(palette.button_hovered, palette.strong, Stroke::NONE);
    widgets.active = state(palette.button_pressed, palette.strong, focus);
    widgets.open = state(palette.button_hovered, palette.strong, Stroke::NONE);
    visuals.selection = Selection {
        bg_fill: palette.accent_wash,
        stroke: Stroke::new(1.0, palette.accent),
    };
    visuals.hyperlink_color = palette.accent;
    visuals.faint_bg_color = palette.placeholder;
    visuals.extreme_bg_color = palette.field;
    visuals.panel_fill = palette.panel;
    visuals.window_fill = palette.panel;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(8);
    visuals.menu_corner_radius = CornerRadius::same(8);
    visuals.weak_text_color = Some(palette.weak);
    visuals.warn_fg_color = palette.warning;
    visuals.error_fg_color = palette.warning;
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = HandleShape::Circle;
    visuals.popup_shadow = Shadow {
        offset: [0, 4],
        blur: 14,
        spread: 0,
        color: Color32::from_black_alpha(if theme == Theme::Dark { 90 } else { 36 }),
    };
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast of WCAG 2.1.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let luminance = |colour: Color32| {
            let part = |value: u8| {
                let value = f32::from(value) / 255.0;
                match value <= 0.04045 {
                    true => value / 12.92,
                    false => ((value + 0.055) / 1.055).powf(2.4),
                }
            };
            0.2126 * part(colour.r()) + 0.7152 * part(colour.g()) + 0.0722 * part(colour.b())
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_in_both_themes() {
        for palette in [DARK, LIGHT] {
            for ground in [palette.panel, palette.canvas, palette.button] {
                assert!(contrast(palette.text, ground) >= 7.0, "{palette:?}");
            }
            assert!(contrast(palette.weak, palette.panel) >= 4.5, "{palette:?}");
            assert!(contrast(palette.weak, palette.canvas) >= 4.0, "{palette:?}");
            assert!(
                contrast(palette.on_accent, palette.accent) >= 4.5,
                "{palette:?}"
            );
            assert!(
                contrast(palette.warning, palette.notice) >= 4.5,
                "{palette:?}"
            );
        }
    }

    #[test]
    fn the_canvas_has_no_hue_worth_seeing() {
        for palette in [DARK, LIGHT] {
            let [r, g, b, _] = palette.canvas.to_array();
            assert!(r.abs_diff(g) <= 1 && g.abs_diff(b) <= 1, "{palette:?}");
        }
    }
}
