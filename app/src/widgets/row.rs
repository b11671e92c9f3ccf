//! Rows of a panel: a heading, and a name with a slider and a number.

use std::ops::RangeInclusive;

use eframe::egui::{
    Align, DragValue, Layout, Response, RichText, Slider, SliderClamping, Ui, Vec2,
};

use crate::{theme, wording};

/// Width of the names at the left, in points.
pub const NAME_WIDTH: f32 = 86.0;
/// Width of the numbers at the right, in points.
const NUMBER_WIDTH: f32 = 54.0;

/// The heading of a panel; `trailing` draws what stands at its right end.
pub fn heading(ui: &mut Ui, text: &str, trailing: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui);
    let size = Vec2::new(ui.available_width(), theme::ROW);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.label(RichText::new(text).heading().color(palette.strong));
        ui.with_layout(Layout::right_to_left(Align::Center), trailing);
    });
}

/// The name of a row in a column of such names, at the column's left edge.
pub fn row_name(ui: &mut Ui, name: &str, width: f32) -> Response {
    let size = Vec2::new(width, theme::ROW);
    let layout = Layout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.set_min_width(width);
        ui.label(name)
    })
    .inner
}

/// Scrolls a control into view when the keyboard reaches it.
pub fn in_view(response: Response) -> Response {
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    response
}

/// A number that a slider and a field set.
pub struct NumberRow<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it does.
    pub tip: &'a str,
    /// The value.
    pub value: f64,
    /// What the slider reaches.
    pub range: RangeInclusive<f64>,
    /// What may be typed.
    pub limits: RangeInclusive<f64>,
    /// Digits after the point; 0 for whole numbers.
    pub decimals: usize,
    /// Whether the slider grows by factors (0 stays reachable).
    pub logarithmic: bool,
    /// A value shown as a word.
    pub word: Option<(f64, &'a str)>,
    /// Why it cannot be set.
    pub locked: Option<&'a str>,
}

/// Draws the row; the new value when a person set one.
pub fn number_row(ui: &mut Ui, row: &NumberRow<'_>) -> Option<f64> {
    let size = Vec2::new(ui.available_width(), theme::ROW);
    let layout = Layout::left_to_right(Align::Center);
    let new = ui.allocate_ui_with_layout(size, layout, |ui| {
        if row.locked.is_some() {
            ui.disable();
        }
        let name = row_name(ui, row.name, NAME_WIDTH);
        let (mut slid, mut typed) = (row.value, row.value);
        let slider = slider(ui, row, &mut slid).labelled_by(name.id);
        let number = number_field(ui, row, &mut typed, NUMBER_WIDTH)
            .accessible_name(wording::value_of(row.name));
        for response in [name, slider.clone(), number.clone()] {
            in_view(response)
                .on_hover_text(row.tip)
                .on_disabled_hover_text(row.locked.unwrap_or(row.tip));
        }
        match (slider.changed(), number.changed()) {
            (true, _) => Some(slid),
            (_, true) => Some(typed),
            _ => None,
        }
    });
    new.inner.filter(|new| *new != row.value)
}

fn slider(ui: &mut Ui, row: &NumberRow<'_>, value: &mut f64) -> Response {
    let gap = ui.spacing().item_spacing.x;
    ui.spacing_mut().slider_width = (ui.available_width() - NUMBER_WIDTH - gap).max(40.0);
    let mut slider = Slider::new(value, row.range.clone())
        .show_value(false)
        // A typed value past the end of the slider stays.
        .clamping(SliderClamping::Edits)
        .logarithmic(row.logarithmic)
        .smallest_positive(1.0);
    if row.decimals == 0 {
        slider = slider.integer();
    } else {
        slider = slider.step_by(10_f64.powi(-(row.decimals as i32)));
    }
    ui.add(slider)
}

/// The field of a row alone, so many points wide; the caller names it.
pub fn number_field(ui: &mut Ui, row: &NumberRow<'_>, value: &mut f64, width: f32) -> Response {
    let span = row.range.end() - row.range.start();
    let word = row.word;
    let decimals = row.decimals;
    let field = DragValue::new(value)
        .range(row.limits.clone())
        .speed(span / 200.0)
        .max_decimals(decimals)
        .update_while_editing(false)
        .custom_formatter(move |value, _| match word {
            Some((special, word)) if value == special => word.to_owned(),
            _ => format!("{value:.decimals$}"),
        })
        .custom_parser(move |text| match word {
            Some((special, word)) if text.trim() == word => Some(special),
            _ => text.trim().replace(',', ".").parse().ok(),
        });
    ui.add_sized([width, theme::ROW - 2.0], field)
}
