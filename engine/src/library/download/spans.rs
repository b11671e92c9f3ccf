//! Which bytes of a file are there: ranges that neither touch nor overlap. Knows no files.

use std::ops::Range;

/// Ranges of bytes, ascending, with gaps between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spans(Vec<Range<u64>>);

impl Spans {
    /// Adds a range, which may overlap others.
    pub fn add(&mut self, span: Range<u64>) {
        if span.is_empty() {
            return;
        }
        let first = self.0.partition_point(|other| other.end < span.start);
        let last = self.0.partition_point(|other| other.start <= span.end);
        let joined = match self.0.get(first..last) {
            Some([one, .., other]) => one.start.min(span.start)..other.end.max(span.end),
            Some([one]) => one.start.min(span.start)..one.end.max(span.end),
            _ => span,
        };
        self.0.splice(first..last, [joined]);
    }

    /// The ranges.
    pub fn iter(&self) -> impl Iterator<Item = &Range<u64>> {
        self.0.iter()
    }

    /// Bytes in all.
    pub fn len(&self) -> u64 {
        self.0.iter().map(|span| span.end - span.start).sum()
    }

    /// What is missing of a file of `size` bytes.
    pub fn gaps(&self, size: u64) -> Vec<Range<u64>> {
        let starts = std::iter::once(0).chain(self.0.iter().map(|span| span.end));
        let ends = self.0.iter().map(|span| span.start).chain([size]);
        let gaps = starts.zip(ends).map(|(start, end)| start..end);
        gaps.filter(|gap| !gap.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against one truth value a byte.
        #[test]
        fn spans_are_sets_of_bytes(added in proptest::collection::vec((0_u64..60, 0_u64..12), 0..20)) {
            let mut spans = Spans::default();
            let mut bytes = [false; 80];
            for (start, length) in added {
                spans.add(start..start + length);
                (start..start + length).for_each(|at| bytes[at as usize] = true);
            }
            let there = |at: u64| spans.iter().any(|span| span.contains(&at));
            let missing = |at: u64| spans.gaps(80).iter().any(|gap| gap.contains(&at));
            for at in 0..80 {
                prop_assert_eq!(there(at), bytes[at as usize]);
                prop_assert_eq!(missing(at), !bytes[at as usize]);
            }
            prop_assert_eq!(spans.len(), bytes.iter().filter(|there| **there).count() as u64);
            let ranges: Vec<_> = spans.iter().cloned().collect();
            prop_assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start));
        }
    }
}
