//! The bar above the grid: search and filters; below them how many pictures pass, their order, and the
//! size of the tiles.

use eframe::egui::{Align, ComboBox, Label, Layout, RichText, Slider, TextEdit, Ui, vec2};
use strata_engine::Mode;

use super::{Gallery, Period};
use crate::{
    actions::{Action, Browse},
    gallery::index::{Filter, MOST_STARS, SortBy},
    state::TILE_POINTS,
    theme,
    widgets::{Icon, icon_button},
    wording::gallery as words,
};

/// The bar.
pub fn bar_ui(ui: &mut Ui, data: &Gallery<'_>, now_secs: i64, actions: &mut Vec<Action>) {
    let mut filter = data.query.filter.clone();
    let mut browse = None;
    ui.horizontal_wrapped(|ui| {
        search_ui(ui, &mut filter);
        mode_ui(ui, &mut filter);
        class_ui(ui, data, &mut filter);
        model_ui(ui, data, &mut filter);
        period_ui(ui, now_secs, &mut filter);
        favourites_ui(ui, &mut filter);
        stars_ui(ui, &mut filter);
    });
    let size = vec2(ui.available_width(), theme::ROW);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        browse = tile_size_ui(ui, data).or(order_ui(ui, data));
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            if data.is_visit() {
                browse = visit_ui(ui, data).or(browse.take());
            }
            let status = RichText::new(&data.status).small();
            ui.add(Label::new(status.color(theme::palette(ui).weak)).truncate());
        });
    });
    if filter != data.query.filter {
        let filter = Browse::Filter(Box::new(filter));
        actions.push(Action::Browse(filter));
    }
    actions.extend(browse.map(Action::Browse));
}

/// Whose pictures these are, when they are not one's own, and the way back.
fn visit_ui(ui: &mut Ui, data: &Gallery<'_>) -> Option<Browse> {
    let back = ui.button(words::GO_HOME).clicked();
    let folder = data.folder().display().to_string();
    let name = RichText::new(folder)
        .small()
        .color(theme::palette(ui).strong);
    ui.add(Label::new(name).truncate());
    back.then_some(Browse::GoHome)
}

fn search_ui(ui: &mut Ui, filter: &mut Filter) {
    let field = TextEdit::singleline(&mut filter.text)
        .desired_width(210.0)
        .hint_text(words::SEARCH_HINT);
    ui.add(field).accessible_name(words::SEARCH);
    if !filter.text.is_empty() {
        let clear = words::CLEAR_SEARCH;
        if icon_button(ui, Icon::Close, clear, clear).clicked() {
            filter.text.clear();
        }
    }
}

/// A drop-down list; `name` is its accessible name and tooltip.
fn chooser(ui: &mut Ui, name: &str, shown: &str, width: f32, list: impl FnOnce(&mut Ui)) {
    let response = ComboBox::from_id_salt(name)
        .selected_text(shown)
        .width(width)
        .show_ui(ui, |ui| list(ui))
        .response;
    response.accessible_name(name).on_hover_text(name);
}

fn mode_ui(ui: &mut Ui, filter: &mut Filter) {
    chooser(ui, words::MODE, words::mode(filter.mode), 132.0, |ui| {
        for mode in [None, Some(Mode::Classes), Some(Mode::Documents)] {
            ui.selectable_value(&mut filter.mode, mode, words::mode(mode));
        }
    });
}

fn class_ui(ui: &mut Ui, data: &Gallery<'_>, filter: &mut Filter) {
    let here = |class: &&(u32, String, usize)| filter.classes == [class.0];
    let chosen = data.classes.iter().find(here);
    let shown = chosen.map_or(words::ALL_CLASSES, |(_, name, _)| name);
    chooser(ui, words::CLASS, shown, 120.0, |ui| {
        let all = &mut filter.classes;
        ui.selectable_value(all, Vec::new(), words::ALL_CLASSES);
        for (class, name, pictures) in &data.classes {
            ui.selectable_value(all, vec![*class], words::counted(name, *pictures));
        }
    });
}

fn model_ui(ui: &mut Ui, data: &Gallery<'_>, filter: &mut Filter) {
    let here = |model: &&(String, String, usize)| filter.model.as_ref() == Some(&model.0);
    let chosen = data.models.iter().find(here);
    let shown = chosen.map_or(words::ALL_MODELS, |(_, name, _)| name);
    chooser(ui, words::MODEL, shown, 120.0, |ui| {
        ui.selectable_value(&mut filter.model, None, words::ALL_MODELS);
        for (id, name, pictures) in &data.models {
            let name = words::counted(name, *pictures);
            ui.selectable_value(&mut filter.model, Some(id.clone()), name);
        }
    });
}

fn period_ui(ui: &mut Ui, now_secs: i64, filter: &mut Filter) {
    let now = Period::of(filter.since_secs, now_secs);
    let mut period = now;
    chooser(ui, words::PERIOD, words::period(now), 104.0, |ui| {
        for other in Period::ALL {
            ui.selectable_value(&mut period, other, words::period(other));
        }
    });
    if period != now {
        filter.since_secs = period.since(now_secs);
    }
}

fn favourites_ui(ui: &mut Ui, filter: &mut Filter) {
    let icon = match filter.favourites {
        true => Icon::HeartFilled,
        false => Icon::Heart,
    };
    let name = words::ONLY_FAVOURITES;
    if icon_button(ui, icon, name, name).clicked() {
        filter.favourites ^= true;
    }
}

fn stars_ui(ui: &mut Ui, filter: &mut Filter) {
    let shown = |stars: u8| match stars {
        0 => words::ANY_STARS.to_owned(),
        _ => words::stars(stars),
    };
    chooser(ui, words::LEAST_STARS, &shown(filter.rating), 84.0, |ui| {
        for stars in 0..=MOST_STARS {
            ui.selectable_value(&mut filter.rating, stars, shown(stars));
        }
    });
}

fn order_ui(ui: &mut Ui, data: &Gallery<'_>) -> Option<Browse> {
    let mut sort = data.query.sort;
    chooser(ui, words::SORT, words::sort(sort), 86.0, |ui| {
        use SortBy::{Class, Date, Name, Rating, Seed};
        for other in [Date, Name, Class, Rating, Seed] {
            ui.selectable_value(&mut sort, other, words::sort(other));
        }
    });
    let (icon, name) = match data.query.descending {
        true => (Icon::SortDown, words::DESCENDING),
        false => (Icon::SortUp, words::ASCENDING),
    };
    let turned = icon_button(ui, icon, name, name).clicked();
    let turn = turned.then_some(Browse::TurnOrder);
    turn.or((sort != data.query.sort).then_some(Browse::Sort(sort)))
}

fn tile_size_ui(ui: &mut Ui, data: &Gallery<'_>) -> Option<Browse> {
    let mut points = data.tile_points;
    ui.spacing_mut().slider_width = 90.0;
    let slider = Slider::new(&mut points, TILE_POINTS)
        .show_value(false)
        .step_by(10.0);
    let response = ui.add(slider).accessible_name(words::TILE_SIZE);
    response.on_hover_text(words::TILE_SIZE);
    (points != data.tile_points).then_some(Browse::TileSize(points))
}
