//! Files that are dropped on the window, whichever page it shows.

use eframe::egui::{Align2, Context, CornerRadius, FontId, Id, LayerId, Order, Ui};

use crate::{actions::Action, theme, wording};

/// Says what dropping does, while a file is held over the window.
pub fn hovering_ui(ui: &Ui) {
    let ctx = ui.ctx();
    let hovering = ctx.input(|input| !input.raw.hovered_files.is_empty());
    if !hovering {
        return;
    }
    let palette = theme::palette(ui);
    let layer = LayerId::new(Order::Foreground, Id::unique("drop hint"));
    let painter = ctx.layer_painter(layer);
    let screen = ctx.content_rect();
    let ground = palette.canvas.gamma_multiply(0.85);
    painter.rect_filled(screen, CornerRadius::ZERO, ground);
    let font = FontId::proportional(20.0);
    let (at, align) = (screen.center(), Align2::CENTER_CENTER);
    painter.text(at, align, wording::DROP, font, palette.strong);
}

/// What was dropped, if anything was.
pub fn dropped(ctx: &Context) -> Option<Action> {
    let files = ctx.input(|input| {
        let files = input.raw.dropped_files.iter();
        files.map(|file| file.path().to_owned()).collect::<Vec<_>>()
    });
    (!files.is_empty()).then_some(Action::Drop(files))
}
