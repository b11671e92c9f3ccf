//! Guesses the codes of the next position, from what followed the same codes earlier: in this picture, in
//! the others of the batch, in those before it.
//!
//! A guess can be as wrong as it likes; it costs time, never a picture.

use std::collections::HashMap;

use super::look_ahead::Trust;

/// Ways of looking back; the last of them knows nothing but the subject and the place.
const CONTEXTS: usize = 7;
/// Beside them, what the last pass found at the position.
const SEEN: usize = CONTEXTS;
/// What followed is forgotten when it is this many contexts, some ten megabytes.
const MOST: usize = 200_000;

/// What codes followed which.
#[derive(Debug, Default)]
pub(super) struct Drafter {
    followed: HashMap<u64, Vec<u32>>,
    trust: [Trust; CONTEXTS + 1],
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
}

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
    /// The best guess: of all sources that have one, the one that was right most often lately. Without any,
    /// the codes of the position before.
    pub(super) fn guess(&self, around: &Around<'_>, seen: Option<&[u32]>) -> Vec<u32> {
        let contexts = around.contexts().into_iter().enumerate();
        let found = contexts.filter_map(|(way, key)| Some((way, self.followed.get(&key?)?)));
        let found = found.map(|(way, codes)| (way, codes.as_slice()));
        let found = found.chain(seen.map(|codes| (SEEN, codes)));
        let best = found.max_by(|(a, _), (b, _)| {
            let trust = |way: &usize| self.trust[*way].share();
            trust(a).total_cmp(&trust(b))
        });
        match (best, around.position.checked_sub(1)) {
            (Some((_, codes)), _) => codes.to_vec(),
            (None, Some(before)) => around.at(before).to_vec(),
            (None, None) => vec![0; around.depth],
        }
    }

    /// Learns what came at the position, and how good each source's guess would have been.
    pub(super) fn learn(&mut self, around: &Around<'_>, seen: Option<&[u32]>, codes: &[u32]) {
        if self.followed.len() > MOST {
            self.followed.clear();
        }
        if let Some(seen) = seen {
            self.trust[SEEN].note(seen == codes);
        }
        for (way, key) in around.contexts().into_iter().enumerate() {
            let Some(key) = key else {
                continue;
            };
            let known = self.followed.entry(key).or_default();
            if !known.is_empty() {
                self.trust[way].note(known == codes);
            }
            if known != codes {
                codes.clone_into(known);
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
        }
    }

    /// Learns a whole picture; how many of its positions were guessed right.
    fn grow(drafter: &mut Drafter, picture: &[u32], label: u32) -> usize {
        let mut right = 0;
        for (position, codes) in picture.chunks(2).enumerate() {
            let around = around(&picture[..2 * position], label);
            right += usize::from(drafter.guess(&around, None) == codes);
            drafter.learn(&around, None, codes);
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
            drafter.learn(&around(&codes, 0), Some(&[8, 9]), &[8, 9]);
            drafter.learn(&around(&codes, 0), Some(&[5, 5]), &[5, 5]);
        }
        assert_eq!(drafter.guess(&around(&codes, 0), Some(&[6, 7])), [6, 7]);
    }

    #[test]
    fn edges_have_guesses_too() {
        let drafter = Drafter::default();
        assert_eq!(drafter.guess(&around(&[], 5), None), [0, 0]);
        assert_eq!(drafter.guess(&around(&[3, 4], 5), None), [3, 4]);
    }
}
