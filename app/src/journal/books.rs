//! From entries to unfinished pictures. Pure; entries that do not fit what came before are passed over,
//! so that a picture's codes are always the first ones of its sampling, without a gap.

use std::collections::BTreeMap;

use super::{Entry, Unfinished};

/// The pictures that were asked for and have not ended.
#[derive(Debug, Default)]
pub struct Books {
    pictures: BTreeMap<u64, Unfinished>,
    /// Every picture in the order it is to be made; ended ones may still be in it.
    order: Vec<u64>,
}

impl Books {
    /// Takes one entry.
    pub fn note(&mut self, entry: Entry) {
        match entry {
            Entry::Asked {
                piece,
                group,
                recipe,
                done,
            } => {
                let picture = Unfinished {
                    group,
                    recipe: *recipe,
                    done,
                    place: None,
                };
                self.pictures.insert(piece, picture);
                // One that is asked for again waits at the end again.
                self.order.retain(|other| *other != piece);
                self.order.push(piece);
            }
            Entry::Started { piece, weights } => {
                if let Some(picture) = self.pictures.get_mut(&piece) {
                    picture.recipe.weights = Some(weights);
                }
            }
            Entry::Saving { piece, path } => {
                if let Some(picture) = self.pictures.get_mut(&piece) {
                    picture.place = Some(path);
                }
            }
            Entry::Codes {
                piece,
                position,
                codes,
            } => {
                if let Some(picture) = self.pictures.get_mut(&piece) {
                    picture.grow(position, &codes);
                }
            }
            Entry::Order(first) => {
                let place = |piece: &u64| first.iter().position(|other| other == piece);
                self.order
                    .sort_by_key(|piece| place(piece).unwrap_or(first.len()));
            }
            Entry::TakenOver(_) => {}
            Entry::Ended { piece } => {
                self.pictures.remove(&piece);
            }
        }
    }

    /// What is unfinished, in the order it is to be made.
    pub fn unfinished(mut self) -> Vec<Unfinished> {
        let order = self.order.iter();
        order
            .filter_map(|piece| self.pictures.remove(piece))
            .collect()
    }
}

impl Unfinished {
    fn grow(&mut self, position: usize, codes: &[u32]) {
        let done = &mut self.done;
        let is_next = position == done.positions() && !done.is_complete();
        let fits =
            codes.len() == done.depth && codes.iter().all(|code| (*code as usize) < done.codebook);
        if is_next && fits {
            done.values.extend(codes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::worker_tests::{asked, codes, positions};

    fn unfinished(entries: Vec<Entry>) -> Vec<Unfinished> {
        let mut books = Books::default();
        entries.into_iter().for_each(|entry| books.note(entry));
        books.unfinished()
    }

    /// The pictures by number, with the positions they have.
    fn told(entries: Vec<Entry>) -> Vec<(u32, usize)> {
        positions(&unfinished(entries))
    }

    #[test]
    fn codes_are_taken_in_order_and_without_gaps() {
        let entries = vec![
            codes(1, 0),
            asked(1, 1),
            codes(1, 0),
            codes(1, 0),
            codes(1, 1),
            codes(1, 3),
            codes(2, 2),
        ];
        assert_eq!(told(entries), [(1, 2)]);
        let wrong = |codes: &[u32]| Entry::Codes {
            piece: 1,
            position: 0,
            codes: codes.to_vec(),
        };
        let entries = vec![asked(1, 1), wrong(&[1]), wrong(&[1, 64]), codes(1, 1)];
        assert_eq!(told(entries), [(1, 0)]);
    }

    #[test]
    fn a_full_grid_takes_no_more() {
        let entries = std::iter::once(asked(1, 1)).chain((0..40).map(|at| codes(1, at)));
        assert_eq!(told(entries.collect()), [(1, 6)]);
    }

    #[test]
    fn what_ended_is_gone_and_what_is_asked_again_begins_again() {
        let entries = vec![
            asked(1, 1),
            asked(2, 1),
            codes(1, 0),
            Entry::Ended { piece: 2 },
            Entry::Ended { piece: 9 },
            codes(2, 0),
            asked(1, 3),
            asked(2, 3),
            codes(2, 0),
        ];
        assert_eq!(told(entries), [(1, 0), (2, 1)]);
    }

    #[test]
    fn the_order_is_the_one_asked_for() {
        let mut entries: Vec<Entry> = (1..=4).map(|piece| asked(piece, 1)).collect();
        entries.push(Entry::Order(vec![3, 9, 2]));
        assert_eq!(told(entries), [(3, 0), (2, 0), (1, 0), (4, 0)]);
    }
}
