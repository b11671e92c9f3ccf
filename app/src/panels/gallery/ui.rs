//! Puts the page together.

use std::time::{SystemTime, UNIX_EPOCH};

use eframe::egui::{CentralPanel, Frame, Margin, Panel, Ui};

use super::{Gallery, bar::bar_ui, data::Empty, details::details_ui, grid::grid_ui, keys, large};
use crate::{
    actions::{Action, Browse},
    theme,
    widgets::{Thumbs, empty_page},
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
    let (words, remedy) = match empty {
        Empty::Folder => (words::EMPTY.to_owned(), None),
        Empty::Query => {
            let all = Action::Browse(Browse::Filter(Box::default()));
            let remedy = Some((words::CLEAR_FILTERS, all));
            (words::NOTHING_FITS.to_owned(), remedy)
        }
        Empty::Unreachable(reason) => {
            let text = format!("{} ({reason})", words::UNREACHABLE);
            let choose = Action::ChooseFolder;
            let remedy = Some((wording::remedy(&choose), choose));
            (wording::sentence(&text), remedy)
        }
    };
    empty_page(ui, &words, |ui| {
        if let Some((words, action)) = remedy
            && ui.button(words).clicked()
        {
            actions.push(action);
        }
    });
}
