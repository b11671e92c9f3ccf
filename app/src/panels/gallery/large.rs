//! One picture of the gallery, as large as there is room.

use eframe::egui::{
    Align, Layout, Rect, RichText, Sense, Ui, Vec2, WidgetInfo, accesskit::Role, vec2,
};

use super::Gallery;
use crate::{
    actions::Browse,
    gallery::thumbnails::Key,
    panels::canvas::{centred, shown_size},
    theme,
    widgets::{Icon, Thumbs, icon_button, paint_picture},
    wording::{self, gallery as words},
};

/// The picture at the cursor.
pub fn large_ui(
    ui: &mut Ui,
    data: &Gallery<'_>,
    thumbs: &mut Thumbs,
    browse: &mut dyn FnMut(Browse),
) {
    let Some(at) = data.cursor else { return };
    let Some(tile) = data.tile(at) else { return };
    let palette = theme::palette(ui);
    let size = vec2(ui.available_width(), theme::ROW);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        if icon_button(ui, Icon::Grid, words::BACK, words::BACK).clicked() {
            browse(Browse::Large(false));
        }
        ui.label(RichText::new(&tile.title).color(palette.strong));
        let place = wording::place(at + 1, data.entries.len());
        ui.label(RichText::new(place).small().color(palette.weak));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            step_ui(ui, Icon::Right, wording::NEXT_PICTURE, 1, browse);
            step_ui(ui, Icon::Left, wording::PREVIOUS_PICTURE, -1, browse);
        });
    });
    let area = ui.available_rect_before_wrap();
    let ppp = ui.pixels_per_point();
    let Some(facts) = data.entries.get(at).and_then(|entry| entry.row.facts()) else {
        return;
    };
    let pixels = Vec2::new(facts.width as f32, facts.height as f32);
    let picture = centred(area, shown_size(pixels, area.size(), ppp), ppp);
    ui.advance_cursor_after_rect(area);
    let response = ui.interact(picture, ui.scope_id().with("large"), Sense::click());
    response.widget_info(|| {
        let label = words::tile(
            &tile.title,
            tile.file,
            tile.mark.favourite,
            tile.mark.rating,
        );
        WidgetInfo::labeled(Role::Image, true, label)
    });
    draw(ui, data, facts.identity, picture, thumbs);
    if response.double_clicked() {
        browse(Browse::Large(false));
    }
    // The neighbours are ready when a key asks for them.
    for near in [at.wrapping_sub(1), at + 1] {
        if let Some(tile) = data.tile(near)
            && let Some(identity) = tile.identity
        {
            thumbs.get(Key::whole(identity), || data.file(&tile));
        }
    }
}

fn step_ui(ui: &mut Ui, icon: Icon, name: &str, by: isize, browse: &mut dyn FnMut(Browse)) {
    if icon_button(ui, icon, name, name).clicked() {
        browse(Browse::Step { by, extend: false });
    }
}

fn draw(
    ui: &Ui,
    data: &Gallery<'_>,
    identity: crate::gallery::index::Identity,
    area: Rect,
    thumbs: &mut Thumbs,
) {
    let file = || {
        let tile = data.cursor.and_then(|at| data.tile(at));
        tile.map(|tile| data.file(&tile)).unwrap_or_default()
    };
    let whole = thumbs.get(Key::whole(identity), file);
    // Until the whole picture is there, whatever copy is.
    let copy = whole.or_else(|| thumbs.any(identity));
    match copy {
        Some(texture) => paint_picture(ui.painter(), texture, area),
        None => {
            let palette = theme::palette(ui);
            ui.painter().rect_filled(area, 2.0, palette.placeholder);
        }
    }
}
