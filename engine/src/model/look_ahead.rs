//! Seed-exact look-ahead: how many positions a pass tries.
//!
//! The noise of a place is fixed by the recipe, so a position's codes follow from the codes before it alone.
//! A pass therefore takes guesses for the next positions, computes all of them side by side, and keeps the
//! positions up to the first whose codes differ from the guess: up to there every position saw what it would
//! have seen one by one. The picture is the same, bit for bit; only the number of passes changes. What the
//! rest of the pass found is the guess of the next one (Jacobi iteration; arXiv 2410.01699, with the noise
//! held fixed arXiv 2510.24211).
//!
//! A wider pass costs more, and keeps more only where guesses are good. What passes cost is measured here as
//! pictures grow, every guess has its chance to be right, and the width is the one that makes most positions a
//! second.

use std::{collections::BTreeMap, time::Duration};

/// How many positions of a picture a pass tries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LookAhead {
    /// One: no guesses.
    Off,
    /// As many as make it fastest, by what was measured.
    #[default]
    Auto,
    /// So many, where the picture has as many left.
    Window(usize),
}

/// As a command line says it: `auto`, `off`, or a number from 1 to 16.
impl std::str::FromStr for LookAhead {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.parse()) {
            ("auto", _) => Ok(Self::Auto),
            ("off", _) => Ok(Self::Off),
            (_, Ok(width)) if (1..=WIDEST).contains(&width) => Ok(Self::Window(width)),
            _ => Err(format!("choose auto, off or a number from 1 to {WIDEST}")),
        }
    }
}

/// Most positions of a picture in a pass.
pub const WIDEST: usize = 16;
/// Most rows of a pass that looks ahead; it bounds the time until a cancellation is heard.
const MOST_ROWS: usize = 64;
/// What the newest pass counts for at least beside the earlier ones of as many rows.
const NEWEST: f64 = 0.05;
/// Most by which a pass may differ from the earlier ones: an interrupted pass says little.
const APART: f64 = 0.25;
/// What an earlier pass counts for beside the next, where promises are compared with what came.
const FORGET: f64 = 0.98;
/// Guesses that are right with a smaller chance, with all before them, are left alone.
const LEAST: f64 = 0.05;
/// The first passes try widths in turn, to have anything to go by.
const FIRST: u64 = 6;
/// After them, one of so many passes does, so that what was measured stays true.
const TRY_EVERY: u64 = 64;
/// Looking ahead has to promise so many times the positions a second, since what is promised was measured earlier.
const WORTH: f64 = 1.1;
/// What was measured is forgotten after so many passes.
const FORGET_AFTER: u64 = 1000;

/// What a pass costs by its rows, as measured.
#[derive(Debug, Default)]
struct Cost {
    measured: BTreeMap<usize, Point>,
    passes: u64,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    secs: f64,
    /// Passes that told it.
    times: u32,
    /// The last of them.
    at: u64,
}

impl Cost {
    fn note(&mut self, rows: usize, time: Duration) {
        let (secs, at) = (time.as_secs_f64(), self.passes);
        let new = Point { secs, times: 0, at };
        let point = self.measured.entry(rows).or_insert(new);
        point.times += 1;
        let most = APART * point.secs;
        let newest = NEWEST.max(f64::from(point.times).recip());
        point.secs += newest * (secs - point.secs).clamp(-most, most);
        point.at = at;
        self.passes += 1;
        self.measured
            .retain(|_, point| point.at + FORGET_AFTER > at);
    }

    /// Seconds of a pass: on the line between the nearest that were measured. Below all of them it costs what
    /// the narrowest does, and with one alone in proportion to the rows.
    fn of(&self, rows: usize) -> f64 {
        let point = |(rows, point): (&usize, &Point)| (*rows as f64, point.secs);
        let mut below = self.measured.range(..=rows).rev().map(point);
        let above = self.measured.range(rows + 1..).next().map(point);
        let (last, before) = (below.next(), below.next());
        let on_line = |(x0, y0): (f64, f64), (x1, y1): (f64, f64)| {
            y0 + (y1 - y0) * (rows as f64 - x0) / (x1 - x0)
        };
        match (before, last, above) {
            (_, Some(last), Some(above)) => on_line(last, above),
            (Some(before), Some(last), None) => on_line(before, last).max(last.1),
            (None, Some((x, y)), None) => y * rows as f64 / x,
            (_, None, Some((_, y))) => y,
            (_, None, None) => rows as f64,
        }
    }
}

/// A picture that goes on by drawing.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Rows of each of its positions: two when guided.
    pub rows: usize,
    /// The chance that a guess is right and all before it are, of each of its guesses.
    pub chances: Vec<f64>,
}

/// Chooses the width of passes.
#[derive(Debug, Default)]
pub(super) struct Planner {
    /// What is asked for.
    pub setting: LookAhead,
    cost: Cost,
    faith: Faith,
    /// The widest part of the last pass that was not there to be measured.
    widest: usize,
}

/// How many positions came of those that guesses promised: the best of several chances is more often too high
/// than too low.
#[derive(Clone, Copy, Debug)]
struct Faith {
    promised: f64,
    came: f64,
}

impl Default for Faith {
    /// As if all that was promised by a few guesses had come.
    fn default() -> Self {
        Self {
            promised: 4.0,
            came: 4.0,
        }
    }
}

impl Faith {
    fn note(&mut self, promised: f64, came: f64) {
        self.promised = self.promised * FORGET + promised;
        self.came = self.came * FORGET + came;
    }

    fn share(self) -> f64 {
        self.came / self.promised
    }
}

impl Planner {
    /// How many guesses a pass may need, and the chance that they are right at least.
    pub(super) fn reach(&self) -> (usize, f64) {
        match self.setting {
            LookAhead::Off => (0, 1.0),
            LookAhead::Window(width) => (width.min(WIDEST) - 1, 0.0),
            LookAhead::Auto if self.tries() => (WIDEST - 1, 0.0),
            // Guessing takes time too, so it goes a little further than the last pass did.
            LookAhead::Auto => ((2 * self.widest).clamp(2, WIDEST - 1), LEAST),
        }
    }

    /// Whether the next pass is there to be measured.
    fn tries(&self) -> bool {
        let pass = self.cost.passes;
        pass < FIRST || pass.is_multiple_of(TRY_EVERY)
    }

    /// A pass of so many rows took `time`.
    pub(super) fn took(&mut self, rows: usize, time: Duration) {
        self.cost.note(rows, time);
    }

    /// A pass of these widths kept so many positions.
    pub(super) fn kept(&mut self, pictures: &[Candidate], widths: &[usize], positions: usize) {
        let guessed = |(picture, width): (&Candidate, &usize)| {
            picture.chances.iter().take(width - 1).sum::<f64>()
        };
        let promised: f64 = pictures.iter().zip(widths).map(guessed).sum();
        if promised > 0.0 {
            self.faith
                .note(promised, positions.saturating_sub(pictures.len()) as f64);
        }
    }

    /// Positions that the next pass tries, for each picture at least one.
    pub(super) fn widths(&mut self, pictures: &[Candidate]) -> Vec<usize> {
        let all: usize = pictures.iter().map(|picture| picture.rows).sum();
        let fits = (MOST_ROWS / all.max(1)).clamp(1, WIDEST);
        let even = |width: usize| {
            let cut = |picture: &Candidate| width.min(fits).min(1 + picture.chances.len());
            pictures.iter().map(cut).collect()
        };
        let pass = self.cost.passes;
        let turn = |every: u64| (pass / every).is_multiple_of(2);
        match self.setting {
            LookAhead::Off => even(1),
            LookAhead::Window(width) => even(width),
            LookAhead::Auto if pass < FIRST => even(if turn(1) { 4 } else { 1 }),
            LookAhead::Auto if self.tries() => even(if turn(TRY_EVERY) { 4 } else { 1 }),
            LookAhead::Auto => {
                let best = best(pictures, self.faith.share(), &self.cost);
                self.widest = best.iter().copied().max().unwrap_or_default();
                best
            }
        }
    }
}

/// The widths with most positions a second.
///
/// The next position of a picture is kept with the chance that all guesses before it are right, so each further
/// one brings less. They are added in the order of what they bring a row, and the best number of them is kept.
fn best(pictures: &[Candidate], faith: f64, cost: &Cost) -> Vec<usize> {
    let mut widths = vec![1; pictures.len()];
    let mut rows: usize = pictures.iter().map(|picture| picture.rows).sum();
    let mut kept = pictures.len() as f64;
    let mut best = (WORTH * kept / cost.of(rows), widths.clone());
    loop {
        let gain = |at: usize| {
            let picture = &pictures[at];
            let chance = *picture.chances.get(widths[at] - 1)?;
            (rows + picture.rows <= MOST_ROWS).then_some((at, chance))
        };
        let a_row = |(at, chance): &(usize, f64)| chance / pictures[*at].rows as f64;
        let next = (0..pictures.len()).filter_map(gain);
        let Some((next, chance)) = next.max_by(|a, b| a_row(a).total_cmp(&a_row(b))) else {
            return best.1;
        };
        kept += faith * chance;
        rows += pictures[next].rows;
        widths[next] += 1;
        let rate = kept / cost.of(rows);
        if rate > best.0 {
            best = (rate, widths.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Each of its guesses is right with the same chance.
    fn guided(chance: f64) -> Candidate {
        Candidate {
            rows: 2,
            chances: (1..WIDEST as i32).map(|guess| chance.powi(guess)).collect(),
        }
    }

    /// After passes that cost `base` and `each` milliseconds.
    fn measured(base: u64, each: u64) -> Planner {
        let mut planner = Planner::default();
        for pass in 0..41 {
            let rows = if pass % 2 == 0 { 2 } else { 8 };
            planner.took(rows, Duration::from_millis(base + each * rows as u64));
        }
        planner
    }

    #[test]
    fn costs_lie_on_lines_between_what_was_measured() {
        let cost = measured(30, 5).cost;
        for (rows, millis) in [(2, 40.0), (4, 50.0), (8, 70.0), (16, 110.0), (1, 40.0)] {
            let of = 1e3 * cost.of(rows);
            assert!((of - millis).abs() < 1e-3, "{rows} rows: {of}");
        }
        let mut one = Cost::default();
        one.note(2, Duration::from_millis(4));
        assert!((one.of(6) - 0.012).abs() < 1e-9, "one width has no slope");
    }

    #[test]
    fn guesses_go_little_further_than_passes() {
        let mut dear = measured(0, 10);
        dear.widths(&[guided(0.9)]);
        assert_eq!(dear.reach(), (2, LEAST));
        let mut cheap = measured(100, 0);
        for _ in 0..4 {
            let (most, _) = cheap.reach();
            let mut picture = guided(0.9);
            picture.chances.truncate(most);
            cheap.widths(&[picture]);
        }
        assert_eq!(cheap.reach(), (WIDEST - 1, LEAST), "it doubles");
    }

    #[test]
    fn promises_that_do_not_come_are_believed_less() {
        let mut planner = measured(20, 2);
        let pictures = [guided(0.8)];
        let before = planner.widths(&pictures)[0];
        assert!(before > 2, "{before}");
        (0..100).for_each(|_| planner.kept(&pictures, &[4], 1));
        assert_eq!(planner.widths(&pictures), [1]);
        (0..200).for_each(|_| planner.kept(&pictures, &[4], 3));
        assert!(planner.widths(&pictures)[0] >= before);
    }

    #[test]
    fn an_interrupted_pass_says_little_and_old_ones_nothing() {
        let mut cost = Cost::default();
        cost.note(8, Duration::from_millis(20));
        (0..9).for_each(|_| cost.note(2, Duration::from_millis(10)));
        cost.note(2, Duration::from_secs(3));
        assert!(cost.of(2) < 0.0121, "{}", cost.of(2));
        (0..FORGET_AFTER).for_each(|_| cost.note(2, Duration::from_millis(10)));
        assert!(!cost.measured.contains_key(&8));
    }

    #[test]
    fn now_and_then_another_width_is_tried() {
        let mut planner = measured(20, 2);
        let mut widths = Vec::new();
        for _ in 0..4 * TRY_EVERY {
            let width = planner.widths(&[guided(0.3)])[0];
            widths.push(width);
            planner.took(2 * width, Duration::from_millis(20 + 4 * width as u64));
        }
        assert_eq!(widths[0], 2);
        let tried = |tried| widths.iter().filter(|width| **width == tried).count();
        assert_eq!((tried(1), tried(4)), (2, 2), "{widths:?}");
        assert_eq!(tried(2), widths.len() - 4);
    }

    #[test]
    fn rows_that_cost_nothing_are_all_taken_and_dear_ones_are_not() {
        let of = |base, each, trust| measured(base, each).widths(&[guided(trust)])[0];
        assert_eq!(of(100, 0, 0.9), WIDEST);
        assert_eq!(of(0, 10, 0.99), 1, "a row costs what it brings at most");
        assert!((3..=6).contains(&of(20, 2, 0.8)), "{}", of(20, 2, 0.8));
        assert_eq!(of(20, 2, 0.05), 1);
    }

    #[test]
    fn the_better_guesser_gets_more() {
        let widths = measured(20, 1).widths(&[guided(0.9), guided(0.3)]);
        assert!(widths[0] > widths[1], "{widths:?}");
    }

    #[test]
    fn widths_stay_within_the_guesses_and_the_pass() {
        let mut planner = measured(100, 0);
        let ending = Candidate {
            rows: 2,
            chances: vec![0.9, 0.8],
        };
        assert_eq!(planner.widths(std::slice::from_ref(&ending)), [3]);
        planner.setting = LookAhead::Window(100);
        assert_eq!(planner.widths(std::slice::from_ref(&ending)), [3]);
        let many = vec![guided(0.9); 8];
        for setting in [LookAhead::Auto, LookAhead::Window(16)] {
            planner.setting = setting;
            let rows: usize = planner.widths(&many).iter().map(|width| 2 * width).sum();
            assert!(rows <= MOST_ROWS, "{rows}");
        }
        planner.setting = LookAhead::Window(16);
        assert_eq!(planner.widths(&vec![guided(0.9); 40]), [1; 40]);
        planner.setting = LookAhead::Off;
        assert_eq!(planner.widths(&many), [1; 8]);
    }

    #[test]
    fn words_are_read() {
        assert_eq!("auto".parse(), Ok(LookAhead::Auto));
        assert_eq!("off".parse(), Ok(LookAhead::Off));
        assert_eq!("8".parse(), Ok(LookAhead::Window(8)));
        for wrong in ["0", "17", "on", ""] {
            let refused = wrong.parse::<LookAhead>().unwrap_err();
            assert!(refused.contains("auto"), "{refused}");
        }
    }
}
