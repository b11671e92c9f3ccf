//! The guidance curve as plain data: the lines over the rows of the picture, the handles on them, and what
//! moving a handle does.

use strata_engine::{ModelCard, Schedule};

use crate::{
    actions::Action,
    state::{Knob, Settings, Tune},
};

/// Points of a line that is not straight.
const POINTS: usize = 64;
/// Ends of the scale's axis; the smallest that leaves room above the curve is taken.
const TOPS: [f32; 7] = [3.0, 5.0, 10.0, 20.0, 40.0, 80.0, 110.0];
/// Largest scale that a recipe takes.
pub const MOST_SCALE: f32 = 100.0;

/// The curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Rows of the grid.
    pub rows: u32,
    /// Columns of the grid.
    columns: u32,
    /// A line for each depth, without repetitions: places from 0 (first position) to 1 (past the last),
    /// and scales from 1.
    pub lines: Vec<Vec<[f32; 2]>>,
    /// How the scale varies.
    pub schedule: Schedule,
    /// The scale of all depths; `None` when they differ.
    pub scale: Option<f32>,
    /// The upper end of the scale's axis.
    pub top: f32,
}

/// What can be dragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Handle {
    /// The scale, up and down.
    Scale,
    /// The scale at the start of a ramp, up and down.
    From,
    /// The first guided row, counted from 1, to the left and right.
    First,
    /// The last guided row, counted from 1, to the left and right.
    Last,
}

impl Handle {
    /// Whether it is dragged to the left and right.
    pub fn is_horizontal(self) -> bool {
        matches!(self, Self::First | Self::Last)
    }
}

impl Curve {
    /// Of the present settings.
    pub fn of(card: &ModelCard, settings: &Settings) -> Self {
        let [rows, columns] = card.grid.map(|edge| edge.max(1) as u32);
        let mut lines: Vec<Vec<[f32; 2]>> = Vec::new();
        for depth in 0..card.depth {
            let line = line(card, settings, depth);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let scales: Vec<f32> = (0..card.depth)
            .map(|depth| settings.at(Knob::Guidance, depth))
            .collect();
        let first = scales.first().copied().unwrap_or(1.0);
        let from = match settings.guidance.schedule {
            Schedule::Ramp { from } => from,
            _ => 1.0,
        };
        let highest = scales.iter().copied().fold(from, f32::max);
        let top = TOPS.into_iter().find(|top| *top >= highest * 1.15);
        Self {
            rows,
            columns,
            lines,
            schedule: settings.guidance.schedule,
            scale: scales.iter().all(|scale| *scale == first).then_some(first),
            top: top.unwrap_or(MOST_SCALE),
        }
    }

    /// The guided rows, counted from 1, both included.
    pub fn guided_rows(&self) -> Option<(u32, u32)> {
        let Schedule::Interval { first, last } = self.schedule else {
            return None;
        };
        let begin = (first / self.columns + 1).min(self.rows);
        let end = last.div_ceil(self.columns).clamp(begin, self.rows);
        Some((begin, end))
    }

    /// The handles, in the order of the tab key.
    pub fn handles(&self) -> Vec<Handle> {
        let mut handles = match self.schedule {
            Schedule::Constant => Vec::new(),
            Schedule::Interval { .. } => vec![Handle::First, Handle::Last],
            Schedule::Ramp { .. } => vec![Handle::From],
        };
        if self.scale.is_some() {
            handles.push(Handle::Scale);
        }
        handles
    }

    /// What a handle stands for now: a scale or a row.
    pub fn value(&self, handle: Handle) -> f32 {
        let (begin, end) = self.guided_rows().unwrap_or((1, self.rows));
        match (handle, self.schedule) {
            (Handle::From, Schedule::Ramp { from }) => from,
            (Handle::Scale | Handle::From, _) => self.scale.unwrap_or(1.0),
            (Handle::First, _) => begin as f32,
            (Handle::Last, _) => end as f32,
        }
    }

    /// Where a handle sits: the place from 0 to 1, and the scale.
    pub fn place(&self, handle: Handle) -> [f32; 2] {
        let rows = self.rows as f32;
        let scale = self.scale.or_else(|| self.lines_top()).unwrap_or(1.0);
        let (begin, end) = self.guided_rows().unwrap_or((1, self.rows));
        let (left, right) = ((begin - 1) as f32 / rows, end as f32 / rows);
        let halfway = (1.0 + scale.max(1.0)) / 2.0;
        match handle {
            Handle::First => [left, halfway],
            Handle::Last => [right, halfway],
            Handle::From => [0.0, self.value(handle)],
            Handle::Scale => match self.schedule {
                Schedule::Ramp { .. } => [1.0, scale],
                _ => [(left + right) / 2.0, scale],
            },
        }
    }

    fn lines_top(&self) -> Option<f32> {
        let scales = self.lines.iter().flatten().map(|[_, scale]| *scale);
        scales.max_by(f32::total_cmp)
    }

    /// What a handle reaches: `(least, most, step)`.
    pub fn range(&self, handle: Handle) -> (f32, f32, f32) {
        let (begin, end) = self.guided_rows().unwrap_or((1, self.rows));
        match handle {
            Handle::Scale | Handle::From => (1.0, MOST_SCALE, 0.1),
            Handle::First => (1.0, end as f32, 1.0),
            Handle::Last => (begin as f32, self.rows as f32, 1.0),
        }
    }

    /// What moving a handle to a value does; nothing when it does not change.
    pub fn moved(&self, handle: Handle, value: f32) -> Option<Action> {
        let (least, most, step) = self.range(handle);
        if !value.is_finite() {
            return None;
        }
        let value = match step < 1.0 {
            true => (value * 100.0).round() / 100.0,
            false => value.round(),
        };
        let value = value.clamp(least, most);
        if value == self.value(handle) {
            return None;
        }
        let tune = |schedule| Some(Action::Tune(Tune::SetSchedule(schedule)));
        match (handle, self.schedule) {
            (Handle::Scale, _) => Some(Action::SetGuidance(value)),
            (Handle::From, Schedule::Ramp { .. }) => tune(Schedule::Ramp { from: value }),
            (Handle::First, Schedule::Interval { last, .. }) => tune(Schedule::Interval {
                first: (value as u32 - 1) * self.columns,
                last,
            }),
            (Handle::Last, Schedule::Interval { first, .. }) => tune(Schedule::Interval {
                first,
                last: value as u32 * self.columns,
            }),
            _ => None,
        }
    }

    /// The interval that is offered first: the rows in the middle.
    pub fn first_interval(&self) -> Schedule {
        let quarter = self.rows / 4;
        Schedule::Interval {
            first: quarter * self.columns,
            last: (self.rows - quarter) * self.columns,
        }
    }
}

/// The line of one depth: corners where the curve has corners, points along a ramp.
fn line(card: &ModelCard, settings: &Settings, depth: usize) -> Vec<[f32; 2]> {
    let positions = card.positions().max(1);
    let scale = settings.at(Knob::Guidance, depth).max(1.0);
    match settings.guidance.schedule {
        Schedule::Constant => vec![[0.0, scale], [1.0, scale]],
        Schedule::Interval { first, last } => {
            let place = |position: u32| (position as f32 / positions as f32).min(1.0);
            let (left, right) = (place(first), place(last));
            vec![
                [0.0, 1.0],
                [left, 1.0],
                [left, scale],
                [right, scale],
                [right, 1.0],
                [1.0, 1.0],
            ]
        }
        Schedule::Ramp { .. } => (0..=POINTS)
            .map(|point| {
                let position = point * (positions - 1) / POINTS;
                let scale = settings.guidance.at(position, positions, depth);
                [point as f32 / POINTS as f32, scale]
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use strata_engine::{Guidance, Mode, PerDepth};

    use super::*;
    use crate::panels::fixture;

    fn curve(scale: PerDepth<f32>, schedule: Schedule) -> Curve {
        let card = fixture::card("m", "M", Mode::Classes);
        let mut settings = Settings::recommended(&card);
        settings.guidance = Guidance { scale, schedule };
        Curve::of(&card, &settings)
    }

    fn set(schedule: Schedule) -> Option<Action> {
        Some(Action::Tune(Tune::SetSchedule(schedule)))
    }

    #[test]
    fn an_even_curve_is_dragged_by_its_scale() {
        let even = curve(PerDepth::Same(2.0), Schedule::Constant);
        assert_eq!(even.lines, [vec![[0.0, 2.0], [1.0, 2.0]]]);
        assert_eq!(even.handles(), [Handle::Scale]);
        assert_eq!(even.place(Handle::Scale), [0.5, 2.0]);
        assert_eq!(even.top, 3.0);
        let moved = even.moved(Handle::Scale, 2.544);
        assert_eq!(moved, Some(Action::SetGuidance(2.54)));
        let down = even.moved(Handle::Scale, -8.0);
        assert_eq!(down, Some(Action::SetGuidance(1.0)));
        assert_eq!(even.moved(Handle::Scale, 2.001), None);
        assert_eq!(even.moved(Handle::Scale, f32::NAN), None);
    }

    #[test]
    fn an_interval_is_dragged_by_whole_rows() {
        let interval = curve(
            PerDepth::Same(3.0),
            Schedule::Interval { first: 4, last: 12 },
        );
        assert_eq!(interval.guided_rows(), Some((2, 3)));
        assert_eq!(interval.place(Handle::First), [0.25, 2.0]);
        assert_eq!(interval.place(Handle::Last), [0.75, 2.0]);
        let handles = [Handle::First, Handle::Last, Handle::Scale];
        assert_eq!(interval.handles(), handles);
        assert_eq!(
            interval.moved(Handle::First, 1.2),
            set(Schedule::Interval { first: 0, last: 12 })
        );
        assert_eq!(
            interval.moved(Handle::Last, 9.0),
            set(Schedule::Interval { first: 4, last: 16 })
        );
        // At least one row stays.
        assert_eq!(
            interval.moved(Handle::First, 4.0),
            set(Schedule::Interval { first: 8, last: 12 })
        );
        assert_eq!(interval.moved(Handle::From, 4.0), None);
    }

    #[test]
    fn an_interval_that_ends_within_a_row_shows_whole_rows() {
        let odd = |first, last| curve(PerDepth::Same(3.0), Schedule::Interval { first, last });
        assert_eq!(odd(5, 11).guided_rows(), Some((2, 3)));
        assert_eq!(odd(0, 0).guided_rows(), Some((1, 1)));
        assert_eq!(odd(900, 1000).guided_rows(), Some((4, 4)));
    }

    #[test]
    fn a_ramp_is_dragged_at_both_ends() {
        let ramp = curve(PerDepth::Same(4.0), Schedule::Ramp { from: 1.0 });
        assert_eq!(ramp.handles(), [Handle::From, Handle::Scale]);
        assert_eq!(ramp.place(Handle::From), [0.0, 1.0]);
        assert_eq!(ramp.place(Handle::Scale), [1.0, 4.0]);
        let ends = (ramp.lines[0][0], ramp.lines[0][POINTS]);
        assert_eq!(ends, ([0.0, 1.0], [1.0, 4.0]));
        assert_eq!(
            ramp.moved(Handle::From, 2.0),
            set(Schedule::Ramp { from: 2.0 })
        );
    }

    #[test]
    fn depths_that_differ_have_lines_of_their_own_and_no_common_handle() {
        let each = curve(PerDepth::Each(vec![2.0, 6.0]), Schedule::Constant);
        assert_eq!(each.lines.len(), 2);
        assert_eq!(each.handles(), []);
        assert_eq!(each.top, 10.0);
        let equal = curve(PerDepth::Each(vec![2.0, 2.0]), Schedule::Constant);
        assert_eq!((equal.lines.len(), equal.scale), (1, Some(2.0)));
    }

    #[test]
    fn the_first_interval_is_the_middle() {
        let even = curve(PerDepth::Same(2.0), Schedule::Constant);
        let middle = Schedule::Interval { first: 4, last: 12 };
        assert_eq!(even.first_interval(), middle);
    }
}
