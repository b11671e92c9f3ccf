//! Draws the ranking.

use eframe::egui::{
    Align2, Button, Label, Rect, RichText, ScrollArea, Ui, UiBuilder, Vec2, pos2, vec2,
};

use super::{DraftView, Ranking};
use crate::{
    actions::{Action, DraftsAction},
    theme,
    widgets::{Textures, heading, picture_row, small_picture, two_lines},
    wording::drafts as words,
};

/// Height of a row, in points.
const ROW: f32 = 42.0;
/// Edge of a small picture, in points.
const EDGE: f32 = 34.0;
/// Width of the button of a row, in points.
const BUTTON: f32 = 48.0;
/// Greatest height of the list, as a share of the window's.
const SHARE: f32 = 0.2;

/// The ranking; as high as it needs, scrolling where it is long.
pub fn ranking_ui(ui: &mut Ui, data: &Ranking, textures: &mut Textures, actions: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    heading(ui, words::RANKING, |_| {});
    if data.over && data.drafts.iter().any(|draft| draft.can_keep) {
        let hint = RichText::new(words::LOOSE_HINT).small().color(palette.weak);
        ui.add(Label::new(hint).wrap());
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let most = ui.ctx().content_rect().height() * SHARE;
    ScrollArea::vertical()
        .id_salt("drafts")
        .max_height(most)
        .min_scrolled_height(most.min(data.drafts.len() as f32 * ROW))
        .auto_shrink([false, true])
        .show_rows(ui, ROW, data.drafts.len(), |ui, visible| {
            for at in visible {
                if let Some(draft) = data.drafts.get(at) {
                    draft_ui(ui, at + 1, draft, textures, actions);
                }
            }
        });
}

fn draft_ui(
    ui: &mut Ui,
    rank: usize,
    draft: &DraftView,
    textures: &mut Textures,
    actions: &mut Vec<Action>,
) {
    let title = words::draft(rank, draft.number);
    let label = format!("{title}: {}", draft.words);
    let (area, response) = picture_row(ui, ROW, draft.selected, &label);
    let frame = Rect::from_min_size(area.min + Vec2::splat(4.0), Vec2::splat(EDGE));
    small_picture(ui, textures, frame, draft.shown.as_ref());
    let mut right = area.right() - 4.0;
    if draft.can_keep {
        right -= BUTTON;
        keep_ui(
            ui,
            draft,
            Rect::from_min_max(pos2(right, area.top()), area.max),
            actions,
        );
    }
    let room = Rect::from_min_max(
        pos2(frame.right() + 8.0, area.top() + 5.0),
        pos2(right - 4.0, area.bottom()),
    );
    two_lines(ui, room, 1.0, &title, &draft.words);
    if response.on_hover_text(&draft.words).clicked() {
        actions.push(Action::SelectPicture(draft.piece));
    }
}

fn keep_ui(ui: &mut Ui, draft: &DraftView, area: Rect, actions: &mut Vec<Action>) {
    let size = vec2(BUTTON - 4.0, theme::ROW);
    let area = Align2::CENTER_CENTER.align_size_within_rect(size, area);
    // A child and not a scope: a scope would move the next row.
    let mut corner = ui.new_child(UiBuilder::new().id_salt(draft.piece).max_rect(area));
    let button = Button::new(RichText::new(words::KEEP_ONE).small()).min_size(size);
    let button = corner
        .add(button)
        .accessible_name(words::keep(draft.number));
    if button.clicked() {
        actions.push(Action::Drafts(DraftsAction::Keep(draft.piece)));
    }
}
