//! What the buttons and the progress bar show.

use crate::{
    shortcuts::{self, Deed},
    state::{Readiness, State},
    wording,
};

/// From so many positions a pass on, looking ahead is told of.
const WORTH_TELLING: f32 = 1.05;

/// The buttons and the progress bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Whether Generate would do something.
    pub can_generate: bool,
    /// What Generate does, or why it cannot.
    pub generate_tip: String,
    /// Whether there is something to cancel.
    pub can_cancel: bool,
    /// What is going on, a few words.
    pub words: String,
    /// From 0 to 1; `None` when nothing is going on.
    pub fraction: Option<f32>,
    /// Speed and time left.
    pub figures: Vec<String>,
}

impl Progress {
    /// From the state.
    pub fn of(state: &State) -> Self {
        let (words, fraction) = going_on(state);
        Self {
            can_generate: state.can_generate(),
            generate_tip: generate_tip(state),
            can_cancel: state.live() > 0,
            words,
            fraction,
            figures: figures(state),
        }
    }

    /// The window's title.
    pub fn title(&self, state: &State) -> String {
        match self.fraction.filter(|_| state.live() > 0) {
            Some(fraction) => {
                wording::queue::window_title(fraction, state.queue.paused, left_secs(state))
            }
            None => wording::TITLE.into(),
        }
    }
}

fn generate_tip(state: &State) -> String {
    match state.model_readiness() {
        _ if !state.engine_runs => wording::ENGINE_DOWN.into(),
        _ if state.card().is_none() => wording::MODEL_MISSING.into(),
        Some(Readiness::Failed) => wording::MODEL_BROKEN.into(),
        _ if state.batch_size() == 0 => wording::classes::NONE_TO_DRAW.into(),
        _ => {
            let words = wording::generate_tip(state.batch_size(), state.mode);
            shortcuts::tip(&words, Deed::Generate)
        }
    }
}

fn going_on(state: &State) -> (String, Option<f32>) {
    if !state.engine_runs {
        return (wording::ENGINE_STOPPED.into(), None);
    }
    let model = state.card().map(|card| card.name.as_str());
    if state.live() > 0 {
        let (pieces, all) = state.run_pieces();
        let (done, total) = state.run_positions();
        let fraction = done as f32 / total.max(1) as f32;
        if let (0, Some(Readiness::Loading { .. }), Some(model)) =
            (done, state.model_readiness(), model)
        {
            return (wording::loading(model), Some(0.0));
        }
        let mode = state.run_mode().unwrap_or(strata_engine::Mode::Classes);
        let words = wording::working(pieces, all, mode);
        return match state.queue.paused {
            true => (wording::queue::resting(&words), Some(fraction)),
            false => (words, Some(fraction)),
        };
    }
    if let Some(made) = state.queue.made {
        let mode = made.mode.unwrap_or(strata_engine::Mode::Classes);
        return (wording::done(made.count, mode), None);
    }
    match (state.model_readiness(), model) {
        (Some(Readiness::Loading { fraction }), Some(model)) => {
            (wording::loading(model), Some(fraction))
        }
        (Some(Readiness::Failed), Some(_)) => (wording::MODEL_BROKEN.into(), None),
        (Some(Readiness::Ready), Some(model)) => (wording::ready(model), None),
        // Its loading was called off.
        (None, Some(model)) => (wording::models::not_loaded(model), None),
        (_, None) => (wording::NO_MODEL.into(), None),
    }
}

fn figures(state: &State) -> Vec<String> {
    if state.live() == 0 || state.queue.paused {
        return Vec::new();
    }
    let (left, speed) = (left_secs(state), state.pace.positions_per_sec());
    let ahead = state.kept_a_pass().filter(|kept| *kept >= WORTH_TELLING);
    let figures = [
        speed.map(wording::speed),
        ahead.map(wording::queue::kept_a_pass),
        left.map(wording::time_left),
    ];
    figures.into_iter().flatten().collect()
}

fn left_secs(state: &State) -> Option<f64> {
    let (done, total) = state.run_positions();
    state.pace.remaining_secs(total.saturating_sub(done))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        actions::Action,
        panels::fixture::{self, act, hear, hear_at, jobs},
        state::{Message, PieceId},
    };

    #[test]
    fn loading_then_ready() {
        let mut state = fixture::state();
        let progress = Progress::of(&state);
        assert_eq!(progress.words, "Loading Sticker book");
        assert!(progress.can_generate, "a wish may be made while it loads");
        hear(&mut state, fixture::model_ready("pictures"));
        let progress = Progress::of(&state);
        assert_eq!(progress.words, "Sticker book is ready.");
        assert_eq!((progress.fraction, progress.can_cancel), (None, false));
        assert_eq!(progress.generate_tip, "Make 4 pictures (Ctrl+Enter)");
        assert_eq!(progress.title(&state), "Strata");
    }

    #[test]
    fn work_shows_fraction_speed_and_time_left() {
        let mut state = fixture::state();
        hear(&mut state, fixture::model_ready("pictures"));
        let effects = act(&mut state, [Action::SetCount(2), Action::Generate]);
        let jobs = jobs(&effects);
        hear(&mut state, fixture::started(jobs[0]));
        for step in 0..8 {
            let codes = fixture::codes(jobs[0], step);
            hear_at(&mut state, 1.0 + step as f64 * 0.5, codes);
        }
        let progress = Progress::of(&state);
        assert_eq!(progress.words, "0 of 2 pictures done");
        assert_eq!(progress.fraction, Some(0.25));
        assert!(progress.can_cancel);
        assert_eq!(progress.figures, ["2.0 positions/s", "12 seconds left"]);
        assert_eq!(
            progress.title(&state),
            "25 %, 12 seconds left \u{2013} Strata"
        );
        act(&mut state, [Action::SetPaused(true)]);
        let progress = Progress::of(&state);
        assert_eq!(progress.words, "Paused, 0 of 2 pictures done");
        assert_eq!(progress.figures, Vec::<String>::new());
        assert_eq!(progress.title(&state), "25 %, paused \u{2013} Strata");
    }

    #[test]
    fn what_was_made_is_told_until_there_is_more() {
        let mut state = fixture::state();
        hear(&mut state, fixture::model_ready("pictures"));
        let effects = act(&mut state, [Action::SetCount(2), Action::Generate]);
        for job in jobs(&effects) {
            hear(&mut state, fixture::started(job));
            fixture::finish(&mut state, job);
        }
        assert_eq!(Progress::of(&state).words, "2 pictures made.");
        act(&mut state, [Action::Generate]);
        assert_eq!(Progress::of(&state).words, "0 of 2 pictures done");
    }

    #[test]
    fn a_dead_engine_cannot_generate() {
        let mut state = fixture::state();
        hear(&mut state, fixture::died());
        let progress = Progress::of(&state);
        assert!(!progress.can_generate);
        assert_eq!(progress.generate_tip, wording::ENGINE_DOWN);
        act(&mut state, [Action::RestartEngine]);
        assert!(Progress::of(&state).can_generate);
    }

    #[test]
    fn looking_at_nothing_changes_nothing() {
        let mut state = fixture::state();
        let before = Progress::of(&state);
        state.update(0.0, Message::Action(Action::SelectPicture(PieceId(99))));
        assert_eq!(Progress::of(&state), before);
    }
}
