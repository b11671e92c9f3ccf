//! Draws the ranking.

use eframe::egui::{
    Align2, Button, CornerRadius, Label, Rect, RichText, ScrollArea, Sense, TextStyle,
    TextWrapMode, Ui, UiBuilder, Vec2, WidgetInfo, WidgetText, accesskit::Role, pos2, vec2,
};

use super::{DraftView, Ranking};
use crate::{
    actions::{Action, DraftsAction},
    theme,
    widgets::{Textures, heading, paint_picture},
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
    let palette = theme::palette(ui);
    let size = vec2(ui.available_width(), ROW);
    let (area, response) = ui.allocate_exact_size(size, Sense::click());
    let title = words::draft(rank, draft.number);
    response.widget_info(|| {
        let label = format!("{title}: {}", draft.words);
        WidgetInfo::selected(Role::Button, true, draft.selected, label)
    });
    let ground = match (draft.selected, response.hovered() || response.has_focus()) {
        (true, _) => Some(palette.accent_wash),
        (false, true) => Some(palette.button),
        (false, false) => None,
    };
    if let Some(ground) = ground {
        let round = CornerRadius::same(theme::ROUNDING);
        ui.painter().rect_filled(area, round, ground);
    }
    let frame = Rect::from_min_size(area.min + Vec2::splat(4.0), Vec2::splat(EDGE));
    if let Some((key, shown)) = &draft.shown {
        let shape = vec2(shown.0.width as f32, shown.0.height as f32);
        let small = shape * (EDGE / shape.max_elem().max(1.0));
        let small = Align2::CENTER_CENTER.align_size_within_rect(small, frame);
        let texture = textures.get(ui.ctx(), *key, shown);
        paint_picture(ui.painter(), texture, small);
    }
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
    let line = |text: &str, style: TextStyle| {
        let mode = Some(TextWrapMode::Truncate);
        WidgetText::from(text).into_galley(ui, mode, room.width(), style)
    };
    let title = line(&title, TextStyle::Body);
    let below = pos2(room.left(), room.top() + title.size().y + 1.0);
    ui.painter().galley(room.min, title, palette.text);
    let small = line(&draft.words, TextStyle::Small);
    ui.painter().galley(below, small, palette.weak);
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
