//! What the next batch will take: seconds, from how fast the model was on this machine, and memory, from
//! its card. The speed is measured over a whole run, decoding included, because that is what one waits for.

use strata_engine::{Event, Guidance, JobEvent, ModelCard};

use super::{Effect, Piece, Settings, State};

/// Most pictures that the engine grows together.
pub const MOST_AT_ONCE: usize = 8;
/// Fewest rows that a speed is measured over.
const FEWEST_ROWS: u64 = 32;
/// Shortest work that a speed is measured over.
const SHORTEST_SECS: f64 = 0.05;
/// A longer silence is no work: the machine slept, or the work was held.
const LONGEST_SILENCE_SECS: f64 = 20.0;

/// What a batch will take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Seconds; `None` when the model has not been measured yet.
    pub secs: Option<f64>,
    /// Bytes of memory for the model and the pictures that grow together.
    pub bytes: u64,
}

/// Measures the run in hand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meter {
    run: Option<Run>,
}

#[derive(Clone, Debug, PartialEq)]
struct Run {
    model: String,
    /// Rows of one position: two when guided.
    rows_each: u64,
    /// Whether pictures of another kind joined, so that the figures mean nothing.
    mixed: bool,
    rows: u64,
    busy_secs: f64,
    last_secs: f64,
}

impl Meter {
    fn start(&mut self, now_secs: f64, piece: &Piece) {
        let rows_each = rows_each(&piece.card, &piece.recipe.guidance);
        let model = &piece.recipe.model;
        match &mut self.run {
            Some(run) => run.mixed |= run.model != *model || run.rows_each != rows_each,
            None => {
                self.run = Some(Run {
                    model: model.clone(),
                    rows_each,
                    mixed: false,
                    rows: 0,
                    busy_secs: 0.0,
                    last_secs: now_secs,
                });
            }
        }
    }

    /// `positions` of one picture are done.
    fn note(&mut self, now_secs: f64, positions: u64) {
        if let Some(run) = &mut self.run {
            let silence = (now_secs - run.last_secs).max(0.0);
            run.busy_secs += silence.min(LONGEST_SILENCE_SECS);
            run.last_secs = now_secs;
            run.rows += positions * run.rows_each;
        }
    }

    /// Ends the run: its model, the rows of one position, and rows a second, if it was worth measuring.
    fn finish(&mut self) -> Option<(String, u64, f64)> {
        let run = self.run.take()?;
        let rows_per_sec = run.rows_per_sec()?;
        Some((run.model, run.rows_each, rows_per_sec))
    }

    /// Rows a second of a model so far, while its pictures grow.
    fn so_far(&self, model: &str) -> Option<f64> {
        let run = self.run.as_ref().filter(|run| run.model == model)?;
        run.rows_per_sec()
    }
}

impl Run {
    /// `None` while it is not worth measuring.
    fn rows_per_sec(&self) -> Option<f64> {
        let counts = !self.mixed && self.rows >= FEWEST_ROWS && self.busy_secs >= SHORTEST_SECS;
        counts.then(|| self.rows as f64 / self.busy_secs)
    }
}

/// Rows that one position of a picture takes.
pub(super) fn rows_each(card: &ModelCard, guidance: &Guidance) -> u64 {
    let guided = card.guidable && guidance.is_on(card.positions(), card.depth);
    1 + u64::from(guided)
}

/// What pictures with these settings take. `speed` gives rows a second for a number of rows at once.
fn predict(
    card: &ModelCard,
    settings: &Settings,
    pictures: usize,
    speed: impl Fn(u32) -> Option<f64>,
) -> Forecast {
    let rows_each = rows_each(card, &settings.guidance);
    let at_once = pictures.min(MOST_AT_ONCE) as u64 * rows_each;
    let all = pictures as u64 * card.positions() as u64 * rows_each;
    Forecast {
        secs: speed(at_once as u32).map(|rows_per_sec| all as f64 / rows_per_sec),
        bytes: bytes(card, settings, pictures),
    }
}

/// Bytes of the processor's memory for the model and the pictures that grow together.
pub(super) fn bytes(card: &ModelCard, settings: &Settings, pictures: usize) -> u64 {
    let at_once = pictures.min(MOST_AT_ONCE) as u64 * rows_each(card, &settings.guidance);
    let need = &card.footprint;
    need.weights + at_once * need.sequence + need.decoding
}

/// What one picture at the recommended settings takes.
pub(super) fn of_one(card: &ModelCard, speed: impl Fn(u32) -> Option<f64>) -> Forecast {
    predict(card, &Settings::recommended(card), 1, speed)
}

impl State {
    /// What Generate would take now; `None` when it would do nothing.
    pub fn forecast(&self) -> Option<Forecast> {
        let card = self.card().filter(|_| self.can_generate())?;
        let kept = |rows| self.preferences.rows_per_sec(&card.id, rows);
        let speed = |rows| kept(rows).or_else(|| self.tuning.meter.so_far(&card.id));
        let pictures = self.batch_size();
        Some(predict(card, &self.desk().settings, pictures, speed))
    }

    /// Takes the time of what the engine tells, before it is heard.
    pub(super) fn measure(&mut self, event: &Event) {
        let (job, event) = match event {
            Event::Job { job, event } => (job, event),
            Event::Died { .. } => {
                self.tuning.meter = Meter::default();
                return;
            }
            _ => return,
        };
        let piece = self.jobs.get(job).and_then(|id| self.pieces.get(id));
        let Some(piece) = piece else { return };
        let meter = &mut self.tuning.meter;
        match event {
            JobEvent::Started { .. } => meter.start(self.now_secs, piece),
            // What was known beforehand costs less.
            JobEvent::Codes { position, .. } => {
                let drawn = *position >= piece.given;
                meter.note(self.now_secs, u64::from(drawn));
            }
            JobEvent::Finished(_) => meter.note(self.now_secs, 0),
            _ => {}
        }
    }

    /// Keeps the speed of a run that has just ended.
    pub(super) fn note_speed(&mut self) -> Option<Effect> {
        if !self.jobs.is_empty() {
            return None;
        }
        let (model, rows_each, rows_per_sec) = self.tuning.meter.finish()?;
        let at_once = self.run.len().clamp(1, MOST_AT_ONCE) as u64 * rows_each;
        self.prefer(|preferences| preferences.note_speed(&model, at_once as u32, rows_per_sec))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use strata_engine::Mode;

    use super::*;
    use crate::{
        actions::Action,
        panels::fixture::{self, act, hear_at, jobs, restarted},
    };

    /// A whole run of `count` pictures, a step of all of them each tenth of a second.
    fn run(state: &mut State, count: u32) -> Vec<Effect> {
        let jobs = jobs(&act(state, [Action::SetCount(count), Action::Generate]));
        for job in &jobs {
            hear_at(state, 1.0, fixture::started(*job));
        }
        for step in 0..16 {
            let now_secs = 1.1 + step as f64 * 0.1;
            for job in &jobs {
                hear_at(state, now_secs, fixture::codes(*job, step));
            }
        }
        let mut effects = Vec::new();
        for job in &jobs {
            let event = fixture::finished(*job, state);
            effects = hear_at(state, 2.6, event);
        }
        effects
    }

    #[test]
    fn memory_is_weights_and_the_sequences_that_grow_together() {
        let card = fixture::card("m", "M", Mode::Classes);
        let mut settings = Settings::recommended(&card);
        let bytes = |settings: &Settings, pictures| {
            predict(&card, settings, pictures, |_| None).bytes / 1_000_000
        };
        assert_eq!(bytes(&settings, 1), 30 + 2 + 2, "guided: two sequences");
        assert_eq!(bytes(&settings, 100), 30 + 16 + 2, "eight at once");
        settings.guidance = Guidance::NONE;
        assert_eq!(bytes(&settings, 1), 30 + 1 + 2);
    }

    #[test]
    fn guided_pictures_take_twice_as_long() {
        let card = fixture::card("m", "M", Mode::Classes);
        let mut settings = Settings::recommended(&card);
        let secs = |settings: &Settings| {
            let speed = |rows| (rows > 0).then_some(32.0);
            predict(&card, settings, 4, speed).secs.unwrap()
        };
        assert_eq!(secs(&settings), 4.0);
        settings.guidance = Guidance::NONE;
        assert_eq!(secs(&settings), 2.0);
    }

    #[test]
    fn a_run_is_measured_and_the_next_session_predicts_at_once() {
        let mut state = fixture::state();
        assert_eq!(state.forecast().unwrap().secs, None);
        let effects = run(&mut state, 4);
        let is_kept = |effect: &Effect| matches!(effect, Effect::Remember(_));
        assert!(effects.iter().any(is_kept));
        let secs = state.forecast().unwrap().secs.unwrap();
        assert!((secs - 1.6).abs() < 0.01, "{secs}");
        let speed = state.preferences.speeds[0].clone();
        assert_eq!((speed.model.as_str(), speed.rows), ("pictures", 8));

        let mut after = restarted(state.preferences.clone());
        act(&mut after, [Action::SetCount(8)]);
        let secs = after.forecast().unwrap().secs.unwrap();
        assert!((secs - 3.2).abs() < 0.01, "{secs}");
    }

    #[test]
    fn the_first_run_predicts_while_it_goes_on() {
        let mut state = fixture::state();
        let jobs = jobs(&act(&mut state, [Action::SetCount(2), Action::Generate]));
        for job in &jobs {
            hear_at(&mut state, 0.0, fixture::started(*job));
        }
        for step in 0..8 {
            assert_eq!(state.forecast().unwrap().secs, None, "too early to say");
            for job in &jobs {
                let now_secs = 0.5 + step as f64 * 0.5;
                hear_at(&mut state, now_secs, fixture::codes(*job, step));
            }
        }
        let secs = state.forecast().unwrap().secs.unwrap();
        assert!((secs - 8.0).abs() < 0.01, "{secs}");
    }

    #[test]
    fn silence_is_no_work() {
        let mut state = fixture::state();
        let jobs = jobs(&act(&mut state, [Action::SetCount(1), Action::Generate]));
        hear_at(&mut state, 0.0, fixture::started(jobs[0]));
        for step in 0..16 {
            let night = if step < 8 { 0.0 } else { 30_000.0 };
            let now_secs = night + f64::from(step) * 1.0;
            hear_at(&mut state, now_secs, fixture::codes(jobs[0], step as usize));
        }
        let event = fixture::finished(jobs[0], &state);
        hear_at(&mut state, 30_015.0, event);
        let secs = state.forecast().unwrap().secs.unwrap();
        assert!(secs < 40.0, "{secs}");
    }

    #[test]
    fn a_dead_engine_measures_nothing() {
        let mut state = fixture::state();
        let jobs = jobs(&act(&mut state, [Action::Generate]));
        hear_at(&mut state, 0.0, fixture::started(jobs[0]));
        for step in 0..16 {
            hear_at(&mut state, 1.0, fixture::codes(jobs[0], step));
        }
        hear_at(&mut state, 2.0, fixture::died());
        assert_eq!(state.preferences.speeds, []);
    }
}
