//! Scrolled pictures that are magnified: what is under the pointer stays there, and a drag moves them.

use eframe::egui::{
    Id, InputState, Key, Rect, ScrollArea, Ui, Vec2, scroll_area::ScrollSource, vec2,
};

use crate::shortcuts::space_dragged;

/// An area that takes all the room it is given.
#[derive(Clone, Copy, Debug)]
pub struct ZoomArea {
    /// Its name; what it showed last is kept under it.
    pub id: &'static str,
    /// The magnification, in screen pixels for a pixel of a picture.
    pub scale: f32,
    /// Whether that is the magnification at which everything fits; otherwise a drag moves the pictures.
    pub fits: bool,
    /// Whether it scrolls across and down while everything fits.
    pub scrolls: [bool; 2],
}

/// What was shown in the last frame.
#[derive(Clone, Copy)]
struct Seen {
    scale: f32,
    offset: Vec2,
}

impl ZoomArea {
    /// Draws the pictures; `add` is told what part of them is visible. Says by what factor they are to be
    /// magnified, if the wheel or two fingers ask for it.
    pub fn show(self, ui: &mut Ui, add: impl FnOnce(&mut Ui, Rect)) -> Option<f32> {
        let outer = ui.available_rect_before_wrap();
        let scrolls = match self.fits {
            true => self.scrolls,
            false => [true, true],
        };
        let mut scroll = ScrollArea::new(scrolls)
            .id_salt(self.id)
            .auto_shrink([false, false]);
        if !self.fits {
            scroll = scroll.scroll_source(ScrollSource::ALL);
        }
        if let Some(offset) = self.kept_place(ui, outer) {
            let across = if scrolls[0] { offset.x } else { 0.0 };
            scroll = scroll.scroll_offset(vec2(across, offset.y));
        }
        let drags = |input: &InputState| {
            input.key_down(Key::Space) && input.pointer.is_decidedly_dragging()
        };
        if !self.fits && ui.input(drags) {
            space_dragged(ui.ctx());
        }
        let scrolled = scroll.show_viewport(ui, add);
        let seen = Seen {
            scale: self.scale,
            offset: scrolled.state.clamped_offset(),
        };
        ui.data_mut(|memory| memory.insert_temp(self.seen(), seen));
        let factor = ui.input(|input| input.zoom_delta());
        let asked = ui.rect_contains_pointer(outer) && (factor - 1.0).abs() > 1e-4;
        asked.then_some(factor)
    }

    fn seen(&self) -> Id {
        Id::unique(("shown by a zoom area", self.id))
    }

    /// Where to scroll to when the magnification has changed, so that what is under the pointer (or else in
    /// the middle) stays there.
    fn kept_place(&self, ui: &Ui, outer: Rect) -> Option<Vec2> {
        let seen: Seen = ui.data(|memory| memory.get_temp(self.seen()))?;
        if (seen.scale - self.scale).abs() < 1e-4 {
            return None;
        }
        let pointer = ui.input(|input| input.pointer.hover_pos());
        let pointer = pointer.filter(|pointer| outer.contains(*pointer));
        let anchor = pointer.unwrap_or(outer.center()) - outer.min;
        let offset = (seen.offset + anchor) * (self.scale / seen.scale) - anchor;
        Some(offset.max(Vec2::ZERO))
    }
}
