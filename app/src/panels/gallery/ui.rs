//! Puts the page together.

use std::time::{SystemTime, UNIX_EPOCH};

use eframe::egui::{
    Align, Button, CentralPanel, Frame, Layout, Margin, Panel, Rect, RichText, Ui, UiBuilder, Vec2,
    vec2,
};

use super::{Gallery, bar::bar_ui, data::Empty, details::details_ui, grid::grid_ui, keys, large};
use crate::{
    actions::{Action, Browse},
    theme,
    widgets::{Icon, Thumbs, paint_icon},
    wording::{self, gallery as words},
};

/// The gallery page; takes all the room it is given.
pub fn gallery_ui(ui: &mut Ui, data: &Gallery<'_>, thumbs: &mut Thumbs, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    let panel = Frame::new().fill(palette.panel);
    let canvas = Frame::new().fill(palette.canvas);
    Panel::top("gallery bar")
        .frame(panel.inner_margin(Margin::symmetric(14, 8)))
        .show(ui, |ui| bar_ui(ui, data, now_secs(), actions));
    Panel::right("gallery details")
        .default_size(250.0)
        .size_range(220.0..=420.0)
        .frame(panel.inner_margin(Margin::symmetric(14, 10)))
        .show(ui, |ui| details_ui(ui, data, actions));
    CentralPanel::default()
        .frame(canvas.inner_margin(Margin::symmetric(12, 8)))
        .show(ui, |ui| {
            let browse = &mut |browse| actions.push(Action::Browse(browse));
            match &data.empty {
                Some(empty) => empty_ui(ui, empty, actions),
                None if data.large => large::large_ui(ui, data, thumbs, browse),
                None => grid_ui(ui, data, thumbs, browse),
            }
        });
    keys::keys(ui, data, actions);
}

/// The moment, in seconds since 1970.
fn now_secs() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs() as i64)
}

fn empty_ui(ui: &mut Ui, empty: &Empty, actions: &mut Vec<Action>) {
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
        let say = |ui: &mut Ui, text: &str| {
            ui.label(RichText::new(text).size(15.0).color(palette.weak));
        };
        match empty {
            Empty::Folder => say(ui, words::EMPTY),
            Empty::Query => {
                say(ui, words::NOTHING_FITS);
                if ui.add(Button::new(words::CLEAR_FILTERS)).clicked() {
                    let all = Browse::Filter(Box::default());
                    actions.push(Action::Browse(all));
                }
            }
            Empty::Unreachable(reason) => {
                let text = format!("{} ({reason})", words::UNREACHABLE);
                say(ui, &wording::sentence(&text));
                let choose = wording::remedy(&Action::ChooseFolder);
                if ui.add(Button::new(choose)).clicked() {
                    actions.push(Action::ChooseFolder);
                }
            }
        }
    });
}
