//! Guesses the codes of the next position, from what followed the same codes earlier: in this picture, in
//! the others of the batch, in those before it.
//!
//! Every guess comes with the chance that it is right, by how guesses of its kind did lately. A guess can be as
//! wrong as it likes; it costs time, never a picture.

use std::collections::HashMap;

/// Ways of looking back; the last of them knows nothing but the subject and the place.
const CONTEXTS: usize = 7;
/// Beside them, what the last pass found at the position.
const SEEN: usize = CONTEXTS;
/// The codes of the position before.
const BEFORE: usize = SEEN + 1;
const WAYS: usize = BEFORE + 1;
/// What followed several times in succession is surer; counted up to here.
const TIMES: usize = 4;
/// What followed is forgotten when it is this many contexts, some ten megabytes.
const MOST: usize = 200_000;
/// What an earlier guess counts for beside the next.
const FORGET: f64 = 0.98;

/// What codes followed which.
#[derive(Debug, Default)]
pub(super) struct Drafter {
    followed: HashMap<u64, Follower>,
    trust: [[Trust; TIMES]; WAYS],
}

#[derive(Debug, Default)]
struct Follower {
    codes: Vec<u32>,
    /// How often they followed since other codes did, at most [`TIMES`]; 0 before anything did.
    times: usize,
}

/// The share of guesses of a kind that were right, lately.
#[derive(Clone, Copy, Debug)]
struct Trust {
    right: f64,
    of: f64,
}

impl Default for Trust {
    /// Before anything is known: one guess in two.
    fn default() -> Self {
        Self {
            right: 0.5,
            of: 1.0,
        }
    }
}

impl Trust {
    fn note(&mut self, right: bool) {
        self.right = self.right * FORGET + f64::from(u8::from(right));
        self.of = self.of * FORGET + 1.0;
    }

    /// From 0 to 1.
    fn share(self) -> f64 {
        self.right / self.of
    }
}

/// The neighbourhood of a position: the codes of those before it.
pub(super) struct Around<'a> {
    /// The subject's row of the class table.
    pub label: u32,
    /// The position.
    pub position: usize,
    /// Positions in a row.
    pub columns: usize,
    /// Codes of a position.
    pub depth: usize,
    /// All codes before the position, `[position, depth]`.
    pub codes: &'a [u32],
    /// What the last pass found at the position.
    pub seen: Option<Seen<'a>>,
}

/// What a pass found at a position beyond those that it kept.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub codes: &'a [u32],
    /// Positions beyond the first that was not kept.
    pub ahead: usize,
}

/// A guess for a position.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Guess {
    /// One code per depth.
    pub codes: Vec<u32>,
    /// The chance that all of them are right, where those before the position are.
    pub chance: f64,
}

/// A source of guesses: the way, and how sure it is of its own.
type Kind = (usize, usize);

impl Around<'_> {
    fn at(&self, position: usize) -> &[u32] {
        &self.codes[position * self.depth..(position + 1) * self.depth]
    }

    /// What each way of looking back sees; `None` beyond an edge.
    fn contexts(&self) -> [Option<u64>; CONTEXTS] {
        let here = self.position;
        let before = |steps: usize| here.checked_sub(steps);
        let above = before(self.columns);
        let beside = above.filter(|above| (above + 1) % self.columns != 0);
        let key = |kind: u64, places: &[Option<usize>]| {
            let mut key = mix(kind, places.len() as u64);
            for place in places {
                for code in self.at((*place)?) {
                    key = mix(key, u64::from(*code));
                }
            }
            Some(key)
        };
        let [one, two, three, four] = [1, 2, 3, 4].map(before);
        [
            key(0, &[one, above, beside.map(|above| above + 1)]),
            key(1, &[one, above]),
            key(2, &[one, two, three, four]),
            key(3, &[one, two, three]),
            key(4, &[one, two]),
            key(5, &[one]),
            Some(mix(mix(6, u64::from(self.label)), here as u64)),
        ]
    }
}

/// Another number for every pair, as far as 64 bits go.
fn mix(a: u64, b: u64) -> u64 {
    let mixed = (a.rotate_left(23) ^ b).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

impl Drafter {
    /// Every source's guess.
    fn guesses<'a>(&'a self, around: &'a Around<'_>) -> impl Iterator<Item = (Kind, &'a [u32])> {
        let followers = around
            .contexts()
            .into_iter()
            .enumerate()
            .filter_map(|(way, key)| {
                let follower = self.followed.get(&key?)?;
                Some(((way, follower.times - 1), follower.codes.as_slice()))
            });
        let seen = around.seen.map(|seen| {
            let near = seen.ahead.min(TIMES - 1);
            ((SEEN, near), seen.codes)
        });
        let before = around.position.checked_sub(1);
        let before = before.map(|before| ((BEFORE, 0), around.at(before)));
        followers.chain(seen).chain(before)
    }

    /// The best guess: that of the source that was right most often lately.
    pub(super) fn guess(&self, around: &Around<'_>) -> Guess {
        let chance = |(way, sure): Kind| self.trust[way][sure].share();
        let best = self
            .guesses(around)
            .map(|(kind, codes)| (chance(kind), codes))
            .max_by(|(a, _), (b, _)| a.total_cmp(b));
        match best {
            Some((chance, codes)) => Guess {
                codes: codes.to_vec(),
                chance,
            },
            None => Guess {
                codes: vec![0; around.depth],
                chance: 0.0,
            },
        }
    }

    /// Learns what came at the position, and how good each source's guess would have been.
    pub(super) fn learn(&mut self, around: &Around<'_>, codes: &[u32]) {
        let right = self
            .guesses(around)
            .map(|(kind, guess)| (kind, guess == codes));
        let right: Vec<(Kind, bool)> = right.collect();
        for ((way, sure), right) in right {
            self.trust[way][sure].note(right);
        }
        if self.followed.len() > MOST {
            self.followed.clear();
        }
        for key in around.contexts().into_iter().flatten() {
            let follower = self.followed.entry(key).or_default();
            if follower.codes == codes {
                follower.times = TIMES.min(follower.times + 1);
            } else {
                codes.clone_into(&mut follower.codes);
                follower.times = 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(codes: &[u32], label: u32) -> Around<'_> {
        Around {
            label,
            position: codes.len() / 2,
            columns: 4,
            depth: 2,
            codes,
            seen: None,
        }
    }

    fn seeing<'a>(codes: &'a [u32], seen: &'a [u32]) -> Around<'a> {
        let seen = Some(Seen {
            codes: seen,
            ahead: 0,
        });
        Around {
            seen,
            ..around(codes, 0)
        }
    }

    /// Learns a whole picture; how many of its positions were guessed right.
    fn grow(drafter: &mut Drafter, picture: &[u32], label: u32) -> usize {
        let mut right = 0;
        for (position, codes) in picture.chunks(2).enumerate() {
            let around = around(&picture[..2 * position], label);
            right += usize::from(drafter.guess(&around).codes == codes);
            drafter.learn(&around, codes);
        }
        right
    }

    #[test]
    fn a_picture_seen_before_is_guessed() {
        let mut drafter = Drafter::default();
        let picture: Vec<u32> = (0..32).map(|n| n * 7 % 31).collect();
        assert!(grow(&mut drafter, &picture, 3) < 4);
        assert_eq!(grow(&mut drafter, &picture, 3), 16);
    }

    #[test]
    fn what_repeats_is_guessed_within_one_picture() {
        let mut drafter = Drafter::default();
        let picture: Vec<u32> = (0..64).map(|n| n % 4).collect();
        let right = grow(&mut drafter, &picture, 0);
        assert!(right >= 28, "{right} of 32");
    }

    #[test]
    fn the_last_pass_is_believed_when_it_was_right() {
        let mut drafter = Drafter::default();
        let codes = [1, 2];
        for _ in 0..20 {
            drafter.learn(&seeing(&codes, &[8, 9]), &[8, 9]);
            drafter.learn(&seeing(&codes, &[5, 5]), &[5, 5]);
        }
        let guess = drafter.guess(&seeing(&codes, &[6, 7]));
        assert_eq!(guess.codes, [6, 7]);
        assert!(guess.chance > 0.9, "{guess:?}");
    }

    #[test]
    fn what_came_again_and_again_is_surer() {
        let mut drafter = Drafter::default();
        // After 1 always 2; after 3 something else every time.
        for other in 10..60 {
            drafter.learn(&around(&[0, 1], 0), &[0, 2]);
            drafter.learn(&around(&[0, 3], 0), &[0, other]);
        }
        let steady = drafter.guess(&around(&[0, 1], 1));
        let unsteady = drafter.guess(&around(&[0, 3], 1));
        assert!(steady.chance > 0.9, "{steady:?}");
        assert!(unsteady.chance < 0.3, "{unsteady:?}");
    }

    #[test]
    fn edges_have_guesses_too() {
        let drafter = Drafter::default();
        let nothing = drafter.guess(&around(&[], 5));
        assert_eq!((nothing.codes, nothing.chance), (vec![0, 0], 0.0));
        assert_eq!(drafter.guess(&around(&[3, 4], 5)).codes, [3, 4]);
    }
}
