//! Which of several drafts are best, by what the model itself thinks of them, and which of those that
//! still grow are too weak to be finished. Pure: numbers in, decisions out.
//!
//! The headless `--best-of` and the window's "Best of several" rank with this.

use std::cmp::Ordering;

/// The likelier first; of equals the one with the lower number, whatever the order of finishing. Each is
/// its log-likelihood in nats, if known, and its number.
pub fn likelier(a: (Option<f32>, u32), b: (Option<f32>, u32)) -> Ordering {
    let sum = |draft: (Option<f32>, u32)| draft.0.unwrap_or(f32::NEG_INFINITY);
    sum(b).total_cmp(&sum(a)).then(a.1.cmp(&b.1))
}

/// How many rungs there are at which drafts are compared.
pub const RUNGS: usize = 2;

/// Successive halving: at a quarter of the way the better half of the drafts goes on, at half of the way
/// the better half of those (Jamieson and Talwalkar 2016). Nobody waits at a rung: a draft is weak as soon
/// as enough others were likelier there, as in the asynchronous form (Li et al. 2020), so the batch stays
/// full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halving {
    /// Drafts in all.
    pub drafts: usize,
    /// How many are wanted in the end.
    pub keep: usize,
    /// Positions of a picture.
    pub positions: usize,
}

impl Halving {
    /// The rung that a draft reaches with its position number `position` (0-based).
    pub fn rung(&self, position: usize) -> Option<usize> {
        (0..RUNGS).find(|rung| position + 1 == self.height(*rung))
    }

    /// Positions that a draft has when it reaches a rung.
    fn height(&self, rung: usize) -> usize {
        let part = RUNGS - rung;
        (self.positions >> part).max(1)
    }

    /// How many drafts go on past a rung.
    pub fn survivors(&self, rung: usize) -> usize {
        (self.drafts >> (rung + 1)).max(self.keep).max(1)
    }

    /// Whether a draft with this log-likelihood at a rung is too weak, given those of all the others that
    /// have reached it. An equal one counts for the draft.
    pub fn is_weak(&self, rung: usize, own: f64, others: impl Iterator<Item = f64>) -> bool {
        others.filter(|other| *other > own).count() >= self.survivors(rung)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EIGHT: Halving = Halving {
        drafts: 8,
        keep: 1,
        positions: 256,
    };

    #[test]
    fn the_unknown_come_last_and_equals_by_number() {
        let mut drafts = [(None, 0), (Some(-3.0), 2), (Some(-1.0), 3), (Some(-3.0), 1)];
        drafts.sort_by(|a, b| likelier(*a, *b));
        assert_eq!(drafts.map(|draft| draft.1), [3, 1, 2, 0]);
    }

    #[test]
    fn halves_go_on_and_never_fewer_than_are_wanted() {
        assert_eq!([0, 1].map(|rung| EIGHT.survivors(rung)), [4, 2]);
        let many = Halving { keep: 5, ..EIGHT };
        assert_eq!([0, 1].map(|rung| many.survivors(rung)), [5, 5]);
        let rungs: Vec<usize> = (0..256).filter(|at| EIGHT.rung(*at).is_some()).collect();
        assert_eq!(rungs, [63, 127]);
    }

    #[test]
    fn a_draft_is_weak_once_enough_others_were_likelier() {
        let others = [-1.0, -2.0, -3.0, -4.0];
        let weak = |own, count| EIGHT.is_weak(0, own, others.iter().copied().take(count));
        assert!(!weak(-9.0, 3), "others may still turn out worse");
        assert!(weak(-9.0, 4));
        assert!(!weak(-4.0, 4), "equals go on");
    }
}
