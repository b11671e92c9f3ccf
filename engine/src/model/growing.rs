//! A picture in the making: which codes it has, which it knows beforehand, and how the next are found.
//!
//! Pure bookkeeping; passes through the transformer and pixels are the model's business.

use std::sync::Arc;

use super::{
    drafter::{Around, Drafter, Seen},
    look_ahead::Candidate,
    sharpen::Sharpening,
};
use crate::{
    backend::{Input, Slot, Token},
    error::{Error, Result},
    family::dnd::{Choice, Config, Pick, Row},
    picture::{Codes, Pixels},
    recipe::{Recipe, Start},
    sampling::{Draw, Place},
};

/// A picture in the making.
pub struct Growing {
    pub(super) recipe: Recipe,
    /// Tells it from every other picture of its model.
    pub(super) number: u64,
    pub(super) conditional: Slot,
    pub(super) unconditional: Option<Slot>,
    pub(super) codes: Codes,
    /// Whole positions that are known beforehand, from the first on: kept by the recipe's start, or
    /// drawn before an interruption. `[positions, depth]`
    pub(super) known: Vec<u32>,
    /// Guesses for the next positions but the last of the pass, `[positions, depth]`.
    pub(super) draft: Vec<u32>,
    /// What the last pass found beyond the positions that it kept, in the order of `draft`.
    pub(super) seen: Vec<u32>,
    /// Positions beyond those that have their codes whose passes are on their way.
    pub(super) on_the_way: usize,
    /// Passes in which codes were drawn.
    pub(super) passes: usize,
    /// Of the codes that were drawn, in nats.
    pub(super) log_likelihood: f64,
    /// The picture so far, one per depth: depths up to it summed.
    pub(super) lanes: Vec<Pixels>,
    /// The latents of `lanes` at sampled positions, `[positions, dim]` of the last lane.
    pub(super) latents: Vec<f32>,
    /// The picture so far, while it is being decoded.
    pub(super) sharpening: Option<Sharpening>,
}

/// What a step found for one picture at one position.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The position, in raster order.
    pub position: usize,
    /// One code per depth.
    pub codes: Vec<u32>,
    /// Entropy of each code's distribution after the filters, in nats; 0 for kept codes.
    pub entropy: Vec<f32>,
    /// Logarithm of each code's probability in nats, as [`Draw::log_probability`] has it; 0 for kept codes.
    pub log_probability: Vec<f32>,
    /// How many of the codes, the first ones, were kept and not drawn.
    pub kept: usize,
}

impl Growing {
    /// The codes so far.
    pub fn codes(&self) -> &Codes {
        &self.codes
    }

    /// Whether every position has its codes.
    pub fn is_complete(&self) -> bool {
        self.codes.is_complete()
    }

    /// Positions that have their codes.
    pub fn positions(&self) -> usize {
        self.codes.positions()
    }

    /// Positions of the whole picture.
    pub(super) fn total(&self) -> usize {
        self.codes.rows * self.codes.columns
    }

    /// Positions that have their codes, or whose passes are on their way.
    pub(super) fn sent(&self) -> usize {
        self.positions() + self.on_the_way
    }

    /// So many more positions are on their way.
    pub(super) fn note_sent(&mut self, count: usize) {
        self.on_the_way += count;
    }

    /// Takes the codes of the next position, which were on their way.
    pub(super) fn take_one(&mut self, draws: &[Draw]) -> Found {
        self.on_the_way = self.on_the_way.saturating_sub(1);
        self.passes += usize::from(self.positions() >= self.given());
        self.take(draws)
    }

    /// Positions that were known beforehand, whether they have been gone through yet or not.
    pub fn given(&self) -> usize {
        self.known.len() / self.codes.depth
    }

    /// What is drawn, with the weights that draw it.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Positions that each pass of drawing kept, in the mean; 1 without look-ahead. `None` before the first.
    pub fn kept_a_pass(&self) -> Option<f32> {
        let drawn = self.positions().saturating_sub(self.given());
        (self.passes > 0).then(|| drawn as f32 / self.passes as f32)
    }

    /// Rows of each position in a pass: two when guided.
    pub(super) fn rows(&self) -> usize {
        1 + usize::from(self.unconditional.is_some())
    }

    fn around<'a>(&self, codes: &'a [u32], seen: Option<Seen<'a>>) -> Around<'a> {
        Around {
            label: self.recipe.subject.label(),
            position: codes.len() / self.codes.depth,
            columns: self.codes.columns,
            depth: self.codes.depth,
            codes,
            seen,
        }
    }

    /// Guesses the codes of the next positions: of at most `most`, and of none that is right with a chance below
    /// `least`, those before it included. What the next pass can be.
    pub(super) fn guess(&mut self, drafter: &Drafter, most: usize, least: f64) -> Candidate {
        let depth = self.codes.depth;
        let left = self.total() - self.positions();
        let mut codes = self.codes.values.clone();
        let mut chances = Vec::new();
        let mut chance = 1.0;
        for ahead in 0..most.min(left.saturating_sub(1)) {
            let seen = self.seen.get(ahead * depth..(ahead + 1) * depth);
            let seen = seen.map(|codes| Seen { codes, ahead });
            let mut guess = drafter.guess(&self.around(&codes, seen));
            chance *= guess.chance;
            if chance < least {
                break;
            }
            let kept = self.recipe.start.as_ref();
            for (at, code) in guess.codes.iter_mut().enumerate() {
                let kept = kept.and_then(|start| start.kept(self.positions() + ahead, at));
                *code = kept.unwrap_or(*code);
            }
            codes.extend(guess.codes);
            chances.push(chance);
        }
        self.draft = codes.split_off(self.codes.values.len());
        Candidate {
            rows: self.rows(),
            chances,
        }
    }

    /// The next pass tries `count` positions; guesses beyond it are dropped.
    pub(super) fn narrow(&mut self, count: usize) {
        self.draft.truncate((count - 1) * self.codes.depth);
    }

    /// Takes the positions of a pass up to the first that was guessed wrong; `draws` are those of the whole
    /// pass. What the guesses were worth goes to `drafter`.
    pub(super) fn keep(&mut self, draws: &[Vec<Draw>], drafter: &mut Drafter) -> Vec<Found> {
        let depth = self.codes.depth;
        let mut found = Vec::new();
        let draft = std::mem::take(&mut self.draft);
        let seen = std::mem::take(&mut self.seen);
        for (ahead, draws) in draws.iter().enumerate() {
            let new = self.take(draws);
            let place = ahead * depth..(ahead + 1) * depth;
            let before = self.codes.values.len() - depth;
            let seen = seen.get(place.clone());
            let seen = seen.map(|codes| Seen { codes, ahead });
            let around = self.around(&self.codes.values[..before], seen);
            drafter.learn(&around, &new.codes);
            let right = draft.get(place).is_some_and(|guess| guess == new.codes);
            found.push(new);
            if !right {
                break;
            }
        }
        let rest = draws.iter().skip(found.len()).flatten();
        self.seen = rest.map(|draw| draw.code).collect();
        self.passes += 1;
        found
    }

    /// Known positions that have not been gone through yet.
    pub(super) fn known_ahead(&self) -> usize {
        self.given().saturating_sub(self.positions())
    }

    /// The picture so far, one per depth.
    pub fn lanes(&self) -> Vec<Arc<Pixels>> {
        self.lanes.iter().cloned().map(Arc::new).collect()
    }

    /// Appends the rows of `count` positions from `first` on, and says how their codes are found. All but the
    /// last of them must be known, or guessed; the codes before `first` may still be on the device.
    pub(super) fn plan(
        &self,
        first: usize,
        count: usize,
        config: &Config,
        rows: &mut Vec<Row>,
        picks: &mut Vec<Pick>,
    ) {
        let null = config.null_label().unwrap_or_default();
        for position in first..first + count {
            let mut row = |slot: Slot, label: u32| {
                rows.push(Row {
                    token: Token { slot, position },
                    input: self.input(position, label),
                });
                rows.len() - 1
            };
            let conditional = row(self.conditional, self.recipe.subject.label());
            picks.push(Pick {
                row: conditional,
                unconditional: self.unconditional.map(|slot| row(slot, null)),
                depths: (0..self.codes.depth)
                    .map(|depth| self.choice(position, depth, config))
                    .collect(),
            });
        }
    }

    /// What enters the transformer to find the codes of `position`: the label, or the codes before it.
    fn input(&self, position: usize, label: u32) -> Input {
        let Some(before) = position.checked_sub(1) else {
            return Input::Label(label);
        };
        let depth = self.codes.depth;
        let place = before * depth..position * depth;
        // Within a window the codes before are known but not gone through, or guessed.
        let ahead = || {
            let from = place.start.checked_sub(self.codes.values.len())?;
            self.draft.get(from..from + depth)
        };
        let sources = [&self.codes.values, &self.known];
        let taken = sources
            .into_iter()
            .find_map(|codes| codes.get(place.clone()));
        match taken.or_else(ahead) {
            Some(codes) => Input::Codes(codes.to_vec()),
            None => Input::Drawn,
        }
    }

    fn choice(&self, position: usize, depth: usize, config: &Config) -> Choice {
        let recipe = &self.recipe;
        let kept = recipe.start.as_ref();
        if let Some(code) = kept.and_then(|start| start.kept(position, depth)) {
            return Choice::Known(code);
        }
        let scale = recipe.guidance.at(position, config.positions(), depth);
        let filter = recipe.sampling.filter(depth);
        match self.known.get(position * self.codes.depth + depth) {
            Some(&code) => Choice::Recall {
                code,
                scale,
                filter,
            },
            None => Choice::Sample {
                scale,
                filter,
                place: Place {
                    seed: recipe.seed,
                    index: recipe.index,
                    position: position as u32,
                    depth: depth as u32,
                },
            },
        }
    }

    /// Takes the codes of the next position.
    pub(super) fn take(&mut self, draws: &[Draw]) -> Found {
        let position = self.positions();
        let start = self.recipe.start.as_ref();
        let kept = start.map_or(0, |start| start.kept_depths(position));
        let log_probability = |(depth, draw): (usize, &Draw)| match depth < kept {
            true => 0.0,
            false => draw.log_probability,
        };
        let log_probability: Vec<f32> = draws.iter().enumerate().map(log_probability).collect();
        self.log_likelihood += log_probability.iter().copied().map(f64::from).sum::<f64>();
        let codes: Vec<u32> = draws.iter().map(|draw| draw.code).collect();
        self.codes.values.extend(&codes);
        Found {
            position,
            codes,
            entropy: draws.iter().map(|draw| draw.entropy).collect(),
            log_probability,
            kept,
        }
    }
}

/// The codes that are known before the first step: those kept whole by `start`, or those that are `done`,
/// whichever goes further.
///
/// # Errors
/// When either is not of this model's grid, or they contradict each other.
pub fn known(
    model: &str,
    grid: &Codes,
    start: Option<&Start>,
    done: Option<&Codes>,
) -> Result<Vec<u32>> {
    if let Some(start) = start {
        check_grid("start", model, grid, &start.codes)?;
    }
    let kept = start.map_or(&[][..], |start| {
        &start.codes.values[..start.positions * grid.depth]
    });
    let Some(done) = done else {
        return Ok(kept.to_vec());
    };
    check_grid("codes so far", model, grid, done)?;
    let code = |at: usize| start.and_then(|start| start.kept(at / grid.depth, at % grid.depth));
    let differs = |(at, value): (usize, &u32)| code(at).is_some_and(|code| code != *value);
    if let Some(at) = done.values.iter().enumerate().position(differs) {
        return Err(Error::Recipe {
            field: "codes so far",
            found: format!("a picture that differs at position {}", at / grid.depth),
            expected: "one with the codes that its recipe keeps".into(),
        });
    }
    let longer = match done.values.len() > kept.len() {
        true => &done.values,
        false => kept,
    };
    Ok(longer.to_vec())
}

fn check_grid(field: &'static str, model: &str, grid: &Codes, codes: &Codes) -> Result<()> {
    let words = |codes: &Codes| {
        format!(
            "{}x{}x{} codes of {}",
            codes.rows, codes.columns, codes.depth, codes.codebook
        )
    };
    let refuse = |found, expected| {
        Err(Error::Recipe {
            field,
            found,
            expected,
        })
    };
    let (found, expected) = (words(codes), words(grid));
    if found != expected {
        return refuse(found, format!("{expected}, which model {model} has"));
    }
    match codes.check() {
        Err(reason) => refuse(reason, "the codes of a picture".into()),
        Ok(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::recipe::Lineage;

    fn codes(values: &[u32]) -> Codes {
        Codes {
            rows: 2,
            columns: 2,
            depth: 2,
            codebook: 16,
            values: values.to_vec(),
        }
    }

    fn start(positions: usize, depths: usize) -> Start {
        let file = String::new();
        let from = Lineage::Photograph { file };
        Start::new(codes(&[1, 2, 3, 4, 5, 6, 7, 8]), positions, depths, from).unwrap()
    }

    fn of(start: Option<&Start>, done: Option<&Codes>) -> Result<Vec<u32>> {
        known("m", &codes(&[]), start, done)
    }

    #[test]
    fn the_longer_of_kept_and_done_is_known() {
        let start = start(2, 1);
        assert_eq!(of(None, None), Ok(vec![]));
        assert_eq!(of(Some(&start), None), Ok(vec![1, 2, 3, 4]));
        let done = codes(&[1, 2]);
        assert_eq!(of(Some(&start), Some(&done)), Ok(vec![1, 2, 3, 4]));
        let done = codes(&[1, 2, 3, 4, 5, 9]);
        assert_eq!(of(Some(&start), Some(&done)), Ok(done.values.clone()));
        assert_eq!(of(None, Some(&codes(&[9, 9]))), Ok(vec![9, 9]));
    }

    #[test]
    fn contradictions_are_named() {
        let start = start(2, 1);
        let message = |start, done: &Codes| of(start, Some(done)).unwrap_err().to_string();
        for values in [&[1, 3][..], &[1, 2, 3, 4, 6, 9]] {
            let message = message(Some(&start), &codes(values));
            assert!(message.contains("differs at position"), "{message}");
        }
        let other = Codes {
            codebook: 17,
            ..codes(&[])
        };
        assert!(message(None, &other).contains("2x2x2 codes of 16"));
        assert!(message(None, &codes(&[16, 0])).contains("code 0 is 16"));
        assert!(message(None, &codes(&[1])).contains("1 codes in a grid"));
    }
}
