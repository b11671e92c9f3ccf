//! Each operation on odd sizes and many widths, against the plain loops.
//!
//! Bounds are absolute, for inputs between -1 and 1 and outputs of about that size.

use super::{
    Random,
    compare::assert_close,
    plain::{Plain, attend},
};
use crate::backend::cpu::{
    threads::Threads,
    tokenizer::{
        arena::Arena,
        attention,
        direct::{self, Walk},
        filter::Filter,
        norm::{Affine, Norm},
        planes::Planes,
        simd::Level,
        stage::Source,
        winograd::{self, Scale},
    },
};

/// A direct sum of 4,608 products, and the same through Winograd's transforms.
const CONVOLUTION: f64 = 2e-5;

/// One convolution in all its ways of being computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Point,
    Direct,
    Halving,
    Winograd,
    Doubling,
}

struct Case {
    shape: [usize; 3],
    values: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
    norm: Option<[Vec<f32>; 2]>,
    way: Way,
}

impl Case {
    fn new(way: Way, from: usize, to: usize, [height, width]: [usize; 2], seed: u64) -> Self {
        let mut random = Random::new(seed);
        let side = if way == Way::Point { 1 } else { 3 };
        let fan = from * side * side;
        let normed = matches!(way, Way::Direct | Way::Winograd) && from.is_multiple_of(32);
        Self {
            shape: [from, height, width],
            values: random.many(from * height * width),
            weight: random.weights(to * fan, fan),
            bias: random.many(to),
            norm: normed.then(|| {
                let gain = random.many(from).iter().map(|v| 1.0 + 0.3 * v).collect();
                [gain, random.many(from)]
            }),
            way,
        }
    }

    fn shape_after(&self) -> [usize; 3] {
        let [_, height, width] = self.shape;
        let to = self.bias.len();
        match self.way {
            Way::Halving => [to, height / 2, width / 2],
            Way::Doubling => [to, 2 * height, 2 * width],
            _ => [to, height, width],
        }
    }

    fn expected(&self) -> Plain {
        let mut picture = Plain::new(self.shape, &self.values);
        if let Some([gain, bias]) = &self.norm {
            picture = picture.group_norm(gain, bias).silu();
        }
        let weights = (self.weight.as_slice(), self.bias.as_slice());
        let [_, height, width] = self.shape_after();
        match self.way {
            Way::Point => picture.conv(weights, 1, (1, 0), [height, width]),
            Way::Direct | Way::Winograd => picture.conv3(weights),
            Way::Halving => picture.conv(weights, 3, (2, 0), [height, width]),
            Way::Doubling => picture.doubled().conv3(weights),
        }
    }

    fn found(&self, level: Level, threads: &Threads, before: Option<&[f32]>) -> Vec<f32> {
        let arena = Arena::default();
        let side = if self.way == Way::Point { 1 } else { 3 };
        let sizes = [self.bias.len(), self.shape[0], side];
        let filter = Filter::new(&self.weight, &self.bias, sizes, level);
        let picture = Planes::from_channels_first(&arena, &self.values, self.shape);
        let norm = self.norm.as_ref().map(|[gain, bias]| {
            let affine = Affine {
                gain: gain.clone(),
                bias: bias.clone(),
            };
            Norm::of(&picture, &affine, true, level, threads)
        });
        let source = Source {
            picture: &picture,
            norm: norm.as_ref(),
        };
        let adds = before.is_some();
        let mut out = match before {
            Some(before) => Planes::from_channels_first(&arena, before, self.shape_after()),
            None => Planes::take(&arena, self.shape_after()),
        };
        let on = (level, threads, &arena);
        match self.way {
            Way::Point | Way::Direct => {
                direct::convolve(&filter, source, &mut out, (Walk::Same, adds), on)
            }
            Way::Halving => direct::convolve(&filter, source, &mut out, (Walk::Halving, adds), on),
            Way::Winograd => winograd::convolve(&filter, source, &mut out, (Scale::Same, adds), on),
            Way::Doubling => {
                winograd::convolve(&filter, source, &mut out, (Scale::Doubled, adds), on)
            }
        }
        assert!(out.values.is_intact() && picture.values.is_intact());
        out.to_channels_first(|_, v| v)
    }

    fn check(&self) -> f64 {
        let expected = self.expected();
        let before = Random::new(9).many(expected.values.len());
        let sum = expected
            .clone()
            .plus(&Plain::new(self.shape_after(), &before));
        let threads = Threads::new(2).unwrap();
        let mut most = 0f64;
        for level in Level::available() {
            let what = format!(
                "{:?} {:?} to {}, {level:?}",
                self.way,
                self.shape,
                self.bias.len()
            );
            let found = self.found(level, &threads, None);
            most = most.max(assert_close(&what, &expected.values, &found, CONVOLUTION));
            let found = self.found(level, &threads, Some(&before));
            most = most.max(assert_close(&what, &sum.values, &found, CONVOLUTION));
            let alone = self.found(level, &Threads::new(1).unwrap(), Some(&before));
            assert!(found == alone, "{what}: depends on the number of threads");
        }
        most
    }
}

fn check_all(way: Way, cases: &[(usize, usize, [usize; 2])]) {
    let most = cases
        .iter()
        .enumerate()
        .map(|(seed, &(from, to, size))| Case::new(way, from, to, size, seed as u64).check())
        .fold(0f64, f64::max);
    println!("{way:?}: largest error {most:.1e}");
}

#[test]
fn points() {
    let cases = [
        (3, 5, [1, 1]),
        (8, 32, [4, 6]),
        (32, 96, [33, 17]),
        (128, 16, [7, 9]),
        (512, 512, [5, 3]),
        (48, 40, [20, 31]),
    ];
    check_all(Way::Point, &cases);
}

#[test]
fn direct_convolutions() {
    let cases = [
        (3, 32, [33, 17]),
        (3, 128, [1, 1]),
        (32, 3, [5, 4]),
        (32, 32, [1, 1]),
        (96, 128, [2, 3]),
        (512, 48, [3, 3]),
        (128, 96, [13, 29]),
        (32, 32, [3, 250]),
    ];
    check_all(Way::Direct, &cases);
}

#[test]
fn halving_convolutions() {
    let cases = [
        (32, 32, [2, 2]),
        (32, 96, [33, 17]),
        (128, 128, [16, 18]),
        (512, 512, [5, 4]),
        (3, 5, [7, 31]),
    ];
    check_all(Way::Halving, &cases);
}

#[test]
fn winograd_convolutions_of_few_tiles() {
    let cases = [
        (32, 32, [1, 1]),
        (32, 3, [2, 5]),
        (96, 128, [33, 17]),
        (128, 96, [4, 4]),
        (512, 512, [6, 7]),
        (160, 48, [9, 16]),
    ];
    check_all(Way::Winograd, &cases);
}

#[test]
fn winograd_convolutions_of_many_tiles() {
    let cases = [
        (32, 32, [33, 41]),
        (96, 3, [37, 30]),
        (32, 48, [1, 300]),
        (64, 32, [261, 2]),
        (128, 128, [31, 45]),
    ];
    check_all(Way::Winograd, &cases);
}

#[test]
fn doubling_convolutions() {
    let cases = [
        (32, 32, [1, 1]),
        (32, 96, [3, 2]),
        (96, 48, [7, 9]),
        (128, 128, [9, 6]),
        (512, 64, [4, 3]),
        (32, 32, [33, 35]),
        (48, 32, [1, 270]),
    ];
    check_all(Way::Doubling, &cases);
}

#[test]
fn group_norm_with_one_channel_a_hundred_times_larger() {
    let threads = Threads::new(2).unwrap();
    for (channels, size, seed) in [
        (32, [1, 1], 1),
        (96, [33, 17], 2),
        (128, [64, 65], 3),
        (512, [3, 2], 4),
        (64, [1, 513], 5),
    ] {
        let mut random = Random::new(seed);
        let shape = [channels, size[0], size[1]];
        let cells = size[0] * size[1];
        let mut values = random.many(channels * cells);
        // The first channel of every other group, as the shipped encoders have it.
        for (channel, plane) in values.chunks_exact_mut(cells).enumerate() {
            if channel % (channels / 32 * 2) == 0 {
                plane.fill(100.0);
            }
        }
        let gain: Vec<f32> = random
            .many(channels)
            .iter()
            .map(|v| 30.0 + 30.0 * v)
            .collect();
        let bias = random.many(channels);
        let picture = Plain::new(shape, &values).group_norm(&gain, &bias);
        let activated = picture.clone().silu();
        for level in Level::available() {
            let arena = Arena::default();
            let affine = Affine {
                gain: gain.clone(),
                bias: bias.clone(),
            };
            let planes = Planes::from_channels_first(&arena, &values, shape);
            for (activates, expected) in [(false, &picture), (true, &activated)] {
                let norm = Norm::of(&planes, &affine, activates, level, &threads);
                let mut out = Planes::take(&arena, shape);
                norm.copy(&planes, &mut out, level, &threads);
                let found = out.to_channels_first(|_, v| v);
                // Gains of up to 60: 60 times an ulp of a number near one, a few times over.
                let what = format!("{channels} channels, {level:?}");
                assert_close(&what, &expected.values, &found, 4e-5);
                let lazily = planes.to_channels_first(|c, v| norm.apply(c, v));
                assert_close(&what, &expected.values, &lazily, 4e-5);
            }
        }
    }
}

#[test]
fn attention_over_odd_grids() {
    let threads = Threads::new(2).unwrap();
    for (channels, size) in [
        (32, [1, 1]),
        (32, [3, 5]),
        (96, [7, 7]),
        (128, [11, 10]),
        (512, [4, 4]),
        (48, [33, 17]),
    ] {
        let mut random = Random::new(7);
        let shape = [channels, size[0], size[1]];
        let mut many = |reach: f32| -> Vec<f32> {
            let values = random.many(channels * size[0] * size[1]);
            values.into_iter().map(|v| reach * v).collect()
        };
        let inputs = [many(3.0), many(3.0), many(1.0)];
        let [q, k, v] = inputs.each_ref().map(|values| Plain::new(shape, values));
        let expected = attend(&q, &k, &v);
        for level in Level::available() {
            let arena = Arena::default();
            let planes = inputs
                .each_ref()
                .map(|values| Planes::from_channels_first(&arena, values, shape));
            let run = |threads: &Threads| {
                let mut out = Planes::take(&arena, shape);
                attention::attend(
                    [&planes[0], &planes[1], &planes[2]],
                    &mut out,
                    (level, threads, &arena),
                );
                assert!(out.values.is_intact());
                out.to_channels_first(|_, v| v)
            };
            let found = run(&threads);
            assert_close(
                &format!("{shape:?} {level:?}"),
                &expected.values,
                &found,
                5e-6,
            );
            assert!(found == run(&Threads::new(1).unwrap()));
        }
    }
}
