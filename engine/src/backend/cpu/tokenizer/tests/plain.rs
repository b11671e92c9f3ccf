//! The operations as plain f64 loops on `[channels, height, width]`: the oracle of the tests.
//!
//! Never optimised, and nothing here is shared with what is tested.

/// A picture.
#[derive(Clone)]
pub struct Plain {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    pub values: Vec<f64>,
}

impl Plain {
    pub fn new([channels, height, width]: [usize; 3], values: &[f32]) -> Self {
        assert_eq!(values.len(), channels * height * width);
        let values = values.iter().map(|&v| f64::from(v)).collect();
        Self {
            channels,
            height,
            width,
            values,
        }
    }

    /// A pixel; zero outside.
    pub fn at(&self, channel: usize, y: isize, x: isize) -> f64 {
        let inside = y >= 0 && x >= 0 && y < self.height as isize && x < self.width as isize;
        if !inside {
            return 0.0;
        }
        self.values[(channel * self.height + y as usize) * self.width + x as usize]
    }

    fn of(shape: [usize; 3], mut value: impl FnMut(usize, usize, usize) -> f64) -> Self {
        let [channels, height, width] = shape;
        let mut values = Vec::new();
        for c in 0..channels {
            for y in 0..height {
                for x in 0..width {
                    values.push(value(c, y, x));
                }
            }
        }
        Self {
            channels,
            height,
            width,
            values,
        }
    }

    /// `side` by `side` taps around `step` times the place, less `before`.
    pub fn conv(
        &self,
        (weight, bias): (&[f32], &[f32]),
        side: usize,
        (step, before): (usize, isize),
        [height, width]: [usize; 2],
    ) -> Self {
        let per_output = self.channels * side * side;
        Self::of([bias.len(), height, width], |to, y, x| {
            let mut sum = f64::from(bias[to]);
            for from in 0..self.channels {
                for i in 0..side {
                    for j in 0..side {
                        let w = weight[to * per_output + (from * side + i) * side + j];
                        let y = (y * step + i) as isize - before;
                        let x = (x * step + j) as isize - before;
                        sum += f64::from(w) * self.at(from, y, x);
                    }
                }
            }
            sum
        })
    }

    /// 3x3 with a border of one zero.
    pub fn conv3(&self, weights: (&[f32], &[f32])) -> Self {
        self.conv(weights, 3, (1, 1), [self.height, self.width])
    }

    pub fn doubled(&self) -> Self {
        let shape = [self.channels, 2 * self.height, 2 * self.width];
        Self::of(shape, |c, y, x| {
            self.at(c, (y / 2) as isize, (x / 2) as isize)
        })
    }

    pub fn group_norm(&self, gain: &[f32], bias: &[f32]) -> Self {
        let per_group = self.channels / 32;
        let cells = self.height * self.width;
        let mut out = self.clone();
        for (group, values) in out.values.chunks_exact_mut(per_group * cells).enumerate() {
            let count = values.len() as f64;
            let mean = values.iter().sum::<f64>() / count;
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
            for (index, v) in values.iter_mut().enumerate() {
                let channel = group * per_group + index / cells;
                *v = (*v - mean) / (variance + 1e-6).sqrt() * f64::from(gain[channel])
                    + f64::from(bias[channel]);
            }
        }
        out
    }

    pub fn silu(mut self) -> Self {
        for v in &mut self.values {
            *v /= 1.0 + (-*v).exp();
        }
        self
    }

    pub fn plus(mut self, other: &Self) -> Self {
        for (a, b) in self.values.iter_mut().zip(&other.values) {
            *a += b;
        }
        self
    }
}

/// One head over all cells.
pub fn attend(queries: &Plain, keys: &Plain, values: &Plain) -> Plain {
    let (channels, cells) = (queries.channels, queries.height * queries.width);
    let mut out = queries.clone();
    for i in 0..cells {
        let scores: Vec<f64> = (0..cells)
            .map(|j| {
                let products = (0..channels)
                    .map(|c| queries.values[c * cells + i] * keys.values[c * cells + j]);
                products.sum::<f64>() / (channels as f64).sqrt()
            })
            .collect();
        let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = scores.iter().map(|s| (s - most).exp()).collect();
        let total: f64 = weights.iter().sum();
        for c in 0..channels {
            let sum: f64 = (0..cells)
                .map(|j| weights[j] * values.values[c * cells + j])
                .sum();
            out.values[c * cells + i] = sum / total;
        }
    }
    out
}
