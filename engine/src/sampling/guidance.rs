//! Classifier-free guidance and what each depth's settings are.
//!
//! Only arithmetic on numbers; which rows of a batch are unconditional is the family's business.

use super::filter::Filter;
use crate::recipe::{Guidance, Sampling, Schedule};

/// Guides the logits of one head in place: `conditional = u + (c - u) * scale`.
///
/// # Panics
/// When they have not one entry per code each.
pub fn guide(conditional: &mut [f32], unconditional: &[f32], scale: f32) {
    assert_eq!(conditional.len(), unconditional.len());
    for (c, u) in conditional.iter_mut().zip(unconditional) {
        *c = u + (*c - u) * scale;
    }
}

impl Guidance {
    /// The guidance scale at `position` of `positions` and at `depth` (both 0-based); 1 where there is
    /// no guidance.
    pub fn at(&self, position: usize, positions: usize, depth: usize) -> f32 {
        let scale = self.scale.at(depth);
        let scale = match self.schedule {
            Schedule::Constant => scale,
            Schedule::Interval { first, last } => {
                if (first as usize..last as usize).contains(&position) {
                    scale
                } else {
                    1.0
                }
            }
            Schedule::Ramp { from } => ramp(from, scale, position, positions),
        };
        // Written so that NaN, too, means none.
        if scale > 1.0 { scale } else { 1.0 }
    }

    /// Whether any of `positions` is guided at any of `depths`; if not, the unconditional half of the
    /// batch need not be computed.
    pub fn is_on(&self, positions: usize, depths: usize) -> bool {
        self.end(positions, depths) > 0
    }

    /// One past the last of `positions` that is guided at any of `depths`: from there on the unconditional half
    /// affects nothing.
    pub fn end(&self, positions: usize, depths: usize) -> usize {
        let guided =
            |position: &usize| (0..depths).any(|depth| self.at(*position, positions, depth) > 1.0);
        (0..positions).rfind(guided).map_or(0, |last| last + 1)
    }
}

/// From `from` at the first position to `to` at the last, exactly at both ends.
fn ramp(from: f32, to: f32, position: usize, positions: usize) -> f32 {
    if position + 1 >= positions {
        return to;
    }
    from + (to - from) * (position as f32 / (positions - 1) as f32)
}

impl Sampling {
    /// The settings at `depth` (0-based).
    pub fn filter(&self, depth: usize) -> Filter {
        Filter {
            temperature: self.temperature.at(depth),
            top_k: self.top_k.at(depth),
            top_p: self.top_p.at(depth),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::PerDepth;

    fn guidance(scale: PerDepth<f32>, schedule: Schedule) -> Guidance {
        Guidance { scale, schedule }
    }

    #[test]
    fn guides_away_from_the_unconditional() {
        let mut logits = [1.0, -2.0, 0.5];
        guide(&mut logits, &[0.0, -1.0, 0.5], 3.0);
        assert_eq!(logits, [3.0, -4.0, 0.5]);
    }

    #[test]
    fn scale_one_and_below_mean_none() {
        for scale in [-2.0, 0.0, 0.5, 1.0, f32::NAN] {
            let guidance = Guidance::constant(scale);
            assert_eq!(guidance.at(0, 4, 0), 1.0);
            assert!(!guidance.is_on(4, 2));
        }
        assert!(Guidance::constant(1.01).is_on(1, 1));
        assert!(!Guidance::constant(2.0).is_on(0, 1));
    }

    #[test]
    fn guidance_ends_after_its_last_position() {
        let end = |schedule| guidance(PerDepth::Each(vec![1.0, 2.0]), schedule).end(10, 2);
        assert_eq!(end(Schedule::Constant), 10);
        assert_eq!(end(Schedule::Interval { first: 2, last: 5 }), 5);
        assert_eq!(
            end(Schedule::Interval {
                first: 12,
                last: 15
            }),
            0
        );
        // A ramp to 2 from below 1 is on at its end, one to no guidance never.
        assert_eq!(end(Schedule::Ramp { from: 0.0 }), 10);
        assert_eq!(Guidance::NONE.end(10, 2), 0);
        let falling = guidance(PerDepth::Same(0.0), Schedule::Ramp { from: 9.0 });
        assert_eq!(falling.end(10, 1), 8);
    }

    #[test]
    fn depths_have_their_own_scale() {
        let guidance = guidance(PerDepth::Each(vec![1.0, 2.0]), Schedule::Constant);
        assert_eq!(
            [0, 1, 2].map(|depth| guidance.at(0, 4, depth)),
            [1.0, 2.0, 2.0]
        );
        assert!(!guidance.is_on(4, 1));
        assert!(guidance.is_on(4, 2));
    }

    #[test]
    fn interval_ends_before_its_last() {
        let interval =
            |first, last| guidance(PerDepth::Same(2.0), Schedule::Interval { first, last });
        let scales = [0, 1, 2, 3].map(|position| interval(1, 3).at(position, 4, 0));
        assert_eq!(scales, [1.0, 2.0, 2.0, 1.0]);
        assert!(!interval(2, 2).is_on(4, 1));
        assert!(!interval(4, 9).is_on(4, 1));
        assert!(interval(3, 9).is_on(4, 1));
    }

    #[test]
    fn llamagens_interval_guides_two_positions_more_than_it_says() {
        let guided = |interval: f32| -> Vec<usize> {
            let guidance = guidance(PerDepth::Same(2.0), Schedule::cfg_interval(interval));
            (0..8).filter(|at| guidance.at(*at, 8, 0) > 1.0).collect()
        };
        assert_eq!(guided(0.0), [0, 1]);
        assert_eq!(guided(3.0), [0, 1, 2, 3, 4]);
        assert_eq!(guided(3.9), guided(3.0));
        let all: Vec<usize> = (0..8).collect();
        for enough in [6.0, 7.0, f32::INFINITY] {
            assert_eq!(guided(enough), all);
        }
        for everywhere in [-1.0, -0.5, -7.0, f32::NEG_INFINITY] {
            assert_eq!(Schedule::cfg_interval(everywhere), Schedule::Constant);
        }
    }

    #[test]
    fn ramp_is_linear_and_exact_at_its_ends() {
        let ramp = |from, to| guidance(PerDepth::Same(to), Schedule::Ramp { from });
        let scales = [0, 1, 2, 3, 4].map(|position| ramp(1.0, 3.0).at(position, 5, 0));
        assert_eq!(scales, [1.0, 1.5, 2.0, 2.5, 3.0]);
        assert_eq!(ramp(1.0, 3.3).at(255, 256, 0), 3.3);
        assert_eq!(ramp(1.5, 3.3).at(0, 256, 0), 1.5);
        // A ramp downwards, and one below 1 at its start.
        assert_eq!(ramp(3.0, 1.0).at(0, 5, 0), 3.0);
        assert!(ramp(3.0, 1.0).is_on(5, 1));
        assert_eq!(ramp(0.0, 2.0).at(1, 5, 0), 1.0);
        // One position is the last one.
        assert_eq!(ramp(1.0, 3.0).at(0, 1, 0), 3.0);
        assert!(!ramp(1.0, 1.0).is_on(333, 1));
    }

    #[test]
    fn filter_is_that_of_the_depth() {
        let sampling = Sampling {
            temperature: PerDepth::Each(vec![1.0, 0.7]),
            top_k: PerDepth::Same(5),
            top_p: PerDepth::Each(vec![0.9, 1.0, 0.5]),
        };
        let at = |temperature, top_p| Filter {
            temperature,
            top_k: 5,
            top_p,
        };
        assert_eq!(sampling.filter(0), at(1.0, 0.9));
        assert_eq!(sampling.filter(1), at(0.7, 1.0));
        assert_eq!(sampling.filter(7), at(0.7, 0.5));
    }
}
