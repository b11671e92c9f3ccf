//! What the dialog and the ranking show.

use crate::{
    state::{Draft, PieceId, Saving, Stage, State},
    widgets::{Shown, TextureKey},
    wording,
};

/// The dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialog {
    /// What the drafts will show; `None` when no model is ready.
    pub title: Option<String>,
    /// How many are made.
    pub count: u32,
    /// How many are saved.
    pub keep: u32,
    /// Whether weak ones are stopped early.
    pub early: bool,
}

/// The ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// The likeliest first.
    pub drafts: Vec<DraftView>,
    /// Whether all have ended.
    pub over: bool,
}

/// A draft.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftView {
    /// Which picture.
    pub piece: PieceId,
    /// Its number among the drafts, from 1.
    pub number: usize,
    /// How likely, how far, what became of it.
    pub words: String,
    /// A small copy, or the picture itself.
    pub shown: Option<(TextureKey, Shown)>,
    /// Whether it can be saved by a click.
    pub can_keep: bool,
    /// Whether it is looked at.
    pub selected: bool,
}

impl Dialog {
    /// From the state; `None` when it is closed.
    pub fn of(state: &State) -> Option<Self> {
        let drafts = &state.drafts;
        drafts.open.then(|| Self {
            title: state.draft_title().map(|title| wording::drafts::of(&title)),
            count: drafts.count,
            keep: drafts.keep,
            early: drafts.early,
        })
    }
}

impl Ranking {
    /// From the state; `None` when the canvas shows no drafts.
    pub fn of(state: &State) -> Option<Self> {
        let race = state.race_on_canvas()?;
        let views = race
            .drafts
            .iter()
            .filter_map(|draft| view(state, draft, race.over));
        Some(Self {
            drafts: views.collect(),
            over: race.over,
        })
    }
}

fn view(state: &State, draft: &Draft, over: bool) -> Option<DraftView> {
    let piece = state.pieces.get(&draft.piece)?;
    let stage = match piece.stage {
        Stage::Cancelled if draft.stopped => Some(wording::drafts::STOPPED.to_owned()),
        stage => wording::stage(stage, piece.fraction()),
    };
    let likelihood = draft.nats_per_code().map(wording::drafts::likelihood);
    let saved = match piece.saving {
        Saving::Saved(_) => Some(wording::drafts::SAVED.to_owned()),
        Saving::Running => Some(wording::SAVING.to_lowercase()),
        _ => None,
    };
    let words = [likelihood, stage, saved].into_iter().flatten();
    let small = piece
        .thumbnail
        .as_ref()
        .map(|small| (TextureKey::Thumbnail(piece.id), small));
    let shown = small.or_else(|| Some((TextureKey::Picture(piece.id), piece.pixels.as_ref()?)));
    Some(DraftView {
        piece: piece.id,
        number: draft.index as usize + 1,
        words: words.collect::<Vec<String>>().join(", "),
        shown: shown.map(|(key, pixels)| (key, Shown(pixels.clone()))),
        can_keep: over && piece.saving == Saving::Not && piece.picture.is_some(),
        selected: state.desk().selected == Some(piece.id),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        actions::{Action, DraftsAction},
        panels::fixture::{self, act, hear, jobs},
    };

    #[test]
    fn the_dialog_tells_what_is_drafted() {
        let mut state = fixture::state();
        assert_eq!(Dialog::of(&state), None);
        act(&mut state, [Action::Drafts(DraftsAction::Open)]);
        let dialog = Dialog::of(&state).unwrap();
        assert_eq!(dialog.title.as_deref(), Some("Drafts of Golden Retriever"));
        assert_eq!((dialog.count, dialog.keep, dialog.early), (8, 1, true));
    }

    #[test]
    fn the_ranking_follows_the_likelihood() {
        let mut state = fixture::state();
        let make = [
            DraftsAction::SetCount(2),
            DraftsAction::SetEarly(false),
            DraftsAction::Make,
        ];
        let effects = act(&mut state, make.map(Action::Drafts));
        let jobs = jobs(&effects);
        assert_eq!(jobs.len(), 2);
        for (job, nats) in [(jobs[0], -2.0), (jobs[1], -1.0)] {
            hear(&mut state, fixture::started(job));
            for position in 0..16 {
                hear(&mut state, fixture::likely(job, position, nats));
            }
            fixture::finish(&mut state, job);
        }
        let ranking = Ranking::of(&state).unwrap();
        assert!(ranking.over);
        let rows: Vec<(usize, &str, bool)> = ranking
            .drafts
            .iter()
            .map(|draft| (draft.number, draft.words.as_str(), draft.can_keep))
            .collect();
        assert_eq!(
            rows,
            [
                (2, "-1.00 nats per code, saving", false),
                (1, "-2.00 nats per code", true)
            ]
        );
    }
}
