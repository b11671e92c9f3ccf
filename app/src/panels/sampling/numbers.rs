//! Draws the numbers: a row with a slider for each, or a table with a row for each depth; and below them
//! what they would do to pictures.

use eframe::egui::{Align, Label, Layout, RichText, Sense, Ui, Vec2};

use super::{Sampling, Warning};
use crate::{
    actions::Action,
    state::{Knob, Tune},
    theme,
    widgets::{Icon, NumberRow, in_view, number_field, number_row, paint_icon, segment},
    wording,
};

/// Largest number that a recipe takes for guidance and temperature.
const LIMIT: f64 = 100.0;
/// Width of the depths' names in the table, in points.
const DEPTH_WIDTH: f32 = 40.0;
/// Distance between the columns of the table, in points.
const COLUMN_GAP: f32 = 4.0;

/// The numbers of all depths or of each.
pub fn numbers_ui(ui: &mut Ui, data: &Sampling, actions: &mut Vec<Action>) {
    let per_depth = !data.table.is_empty();
    if data.depths > 1 {
        depths_ui(ui, per_depth, actions);
    }
    if per_depth {
        table_ui(ui, data, actions);
        data.warnings.iter().for_each(|one| warning_ui(ui, one));
        return;
    }
    for knob in Knob::ALL {
        let row = row(knob, data, data.value(knob));
        if let Some(value) = number_row(ui, &row) {
            actions.push(set(knob, value));
        }
        let of_knob = data.warnings.iter().filter(|one| one.knob == knob);
        of_knob.for_each(|one| warning_ui(ui, one));
    }
}

/// One value for all depths, or one for each.
fn depths_ui(ui: &mut Ui, per_depth: bool, actions: &mut Vec<Action>) {
    use wording::sampling as words;

    let choices = [
        (false, words::ALL_DEPTHS, words::ALL_DEPTHS_TIP),
        (true, words::PER_DEPTH, words::PER_DEPTH_TIP),
    ];
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (each, name, tip) in choices {
            let button = in_view(segment(ui, each == per_depth, name));
            if button.on_hover_text(tip).clicked() && each != per_depth {
                actions.push(Action::Tune(Tune::SetPerDepth(each)));
            }
        }
    });
}

fn table_ui(ui: &mut Ui, data: &Sampling, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    let columns = Knob::ALL.len() as f32;
    let width = (ui.available_width() - DEPTH_WIDTH) / columns - COLUMN_GAP;
    let head = |ui: &mut Ui, words: &str, width: f32| {
        let size = Vec2::new(width, 18.0);
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(width);
            ui.label(RichText::new(words).small().color(palette.weak))
        })
        .inner
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = COLUMN_GAP;
        head(ui, wording::sampling::DEPTH, DEPTH_WIDTH);
        for knob in Knob::ALL {
            head(ui, wording::sampling::short_knob(knob), width)
                .on_hover_text(wording::sampling::knob(knob));
        }
    });
    for (depth, values) in data.table.iter().enumerate() {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = COLUMN_GAP;
            head(ui, &(depth + 1).to_string(), DEPTH_WIDTH);
            for (knob, value) in Knob::ALL.into_iter().zip(values) {
                let row = row(knob, data, *value);
                cell_ui(ui, &row, knob, depth, width, actions);
            }
        });
    }
}

fn cell_ui(
    ui: &mut Ui,
    row: &NumberRow<'_>,
    knob: Knob,
    depth: usize,
    width: f32,
    actions: &mut Vec<Action>,
) {
    let mut typed = row.value;
    ui.add_enabled_ui(row.locked.is_none(), |ui| {
        let field = number_field(ui, row, &mut typed, width)
            .accessible_name(wording::sampling::knob_at(knob, depth))
            .on_hover_text(row.tip)
            .on_disabled_hover_text(row.locked.unwrap_or(row.tip));
        if in_view(field).changed() && typed != row.value {
            let value = typed as f32;
            actions.push(Action::Tune(Tune::SetAt { knob, depth, value }));
        }
    });
}

/// One sentence, beside what it is about.
fn warning_ui(ui: &mut Ui, warning: &Warning) {
    let palette = theme::palette(ui);
    ui.horizontal_top(|ui| {
        let (mark, _) = ui.allocate_exact_size(Vec2::splat(14.0), Sense::hover());
        paint_icon(ui.painter(), mark, Icon::Warning, 13.0, palette.warning);
        let words = RichText::new(&warning.words).small().color(palette.warning);
        ui.add(Label::new(words).wrap());
    });
}

fn set(knob: Knob, value: f64) -> Action {
    match knob {
        Knob::Guidance => Action::SetGuidance(value as f32),
        Knob::Temperature => Action::SetTemperature(value as f32),
        Knob::TopP => Action::SetTopP(value as f32),
        Knob::TopK => Action::SetTopK(value as u32),
    }
}

/// A number as it was meant: 0.9 stored in 32 bits is not 0.8999999761.
fn exact(value: f32) -> f64 {
    (f64::from(value) * 1e4).round() / 1e4
}

fn row(knob: Knob, data: &Sampling, value: f32) -> NumberRow<'static> {
    let most = f64::from(data.codebook.max(1));
    let name = wording::sampling::knob(knob);
    let (tip, range, limits, decimals, word) = match knob {
        Knob::Guidance => (
            wording::GUIDANCE_TIP,
            1.0..=10.0,
            0.0..=LIMIT,
            2,
            Some((1.0, wording::OFF)),
        ),
        Knob::Temperature => (wording::TEMPERATURE_TIP, 0.0..=2.0, 0.0..=LIMIT, 2, None),
        Knob::TopP => (
            wording::TOP_P_TIP,
            0.0..=1.0,
            0.0..=1.0,
            2,
            Some((1.0, wording::OFF)),
        ),
        Knob::TopK => (
            wording::TOP_K_TIP,
            0.0..=most,
            0.0..=most,
            0,
            Some((0.0, wording::OFF)),
        ),
    };
    let unguidable = knob == Knob::Guidance && !data.guidable;
    NumberRow {
        name,
        tip,
        value: exact(value),
        range,
        limits,
        decimals,
        logarithmic: knob == Knob::TopK,
        word,
        locked: unguidable.then_some(wording::GUIDANCE_NONE),
    }
}
