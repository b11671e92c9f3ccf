//! At most 256 colours for a picture that has more.
//!
//! Few colours are kept as they are. More are cut at the mean of the widest channel (weighted median cut,
//! Heckbert 1982, with the variance as the measure of Wu 1991), and every part gives its mean.

use std::collections::HashMap;

/// Colours that a palette has at most.
const MOST: usize = 256;
/// Thresholds of ordered dithering (Bayer 1973), 0 to 63.
const BAYER: [[u8; 8]; 8] = [
    [0, 32, 8, 40, 2, 34, 10, 42],
    [48, 16, 56, 24, 50, 18, 58, 26],
    [12, 44, 4, 36, 14, 46, 6, 38],
    [60, 28, 52, 20, 62, 30, 54, 22],
    [3, 35, 11, 43, 1, 33, 9, 41],
    [51, 19, 59, 27, 49, 17, 57, 25],
    [15, 47, 7, 39, 13, 45, 5, 37],
    [63, 31, 55, 23, 61, 29, 53, 21],
];

type Colour = [u8; 3];

/// Colours, and how well they stand for those they were made from.
pub(super) struct Palette {
    colours: Vec<Colour>,
    exact: bool,
    /// How far a colour is off in a channel, root mean square.
    error: f32,
}

/// Colours with how often they occur, and their spread.
struct Part {
    colours: Vec<(Colour, u32)>,
    /// The channel to cut, and the squared distances from its mean, summed.
    widest: (usize, f64),
}

impl Palette {
    /// Of pixels `[n, 3]`.
    pub(super) fn of(rgb: &[u8]) -> Self {
        let mut counts: HashMap<Colour, u32> = HashMap::new();
        for colour in colours(rgb) {
            *counts.entry(colour).or_default() += 1;
        }
        let mut counted: Vec<(Colour, u32)> = counts.into_iter().collect();
        // A hash map has no order, and the same frame must give the same bytes.
        counted.sort_unstable();
        if counted.len() <= MOST {
            return Self {
                colours: counted.iter().map(|(colour, _)| *colour).collect(),
                exact: true,
                error: 0.0,
            };
        }
        let mut parts = vec![Part::new(counted)];
        while parts.len() < MOST {
            let widest = (0..parts.len()).max_by(|a, b| {
                let spread = |at: &usize| parts.get(*at).map_or(0.0, |part| part.widest.1);
                spread(a).total_cmp(&spread(b))
            });
            let Some((one, other)) = widest.and_then(|at| parts.swap_remove(at).cut()) else {
                break;
            };
            parts.extend([one, other]);
        }
        let spread: f64 = parts.iter().map(|part| part.widest.1).sum();
        let pixels = (rgb.len() / 3).max(1) as f64;
        Self {
            colours: parts.iter().map(Part::mean).collect(),
            exact: false,
            error: (spread / pixels).sqrt() as f32,
        }
    }

    /// Whether it has every colour it was made from.
    pub(super) fn is_exact(&self) -> bool {
        self.exact
    }

    /// The colours, three bytes each.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.colours.as_flattened().to_vec()
    }

    /// The nearest colour's number for every pixel.
    pub(super) fn nearest(&self, rgb: &[u8]) -> Vec<u8> {
        let mut known = HashMap::new();
        colours(rgb)
            .map(|colour| self.find(colour, &mut known))
            .collect()
    }

    /// As [`Self::nearest`], with shades between two colours as patterns of both. The pattern stays where
    /// it is on the canvas, so that nothing flickers; `at` is the left and top of the pixels there.
    pub(super) fn dither(&self, rgb: &[u8], width: usize, at: [usize; 2]) -> Vec<u8> {
        let mut known = HashMap::new();
        let [left, top] = at;
        colours(rgb)
            .enumerate()
            .map(|(n, colour)| {
                let row = BAYER[(top + n / width.max(1)) % 8];
                let threshold = f32::from(row[(left + n % width.max(1)) % 8]);
                let shift = (threshold / 63.0 - 0.5) * 2.0 * self.error;
                // Four levels are less than the pattern itself, and fewer colours are searched for.
                let moved = colour.map(|v| (f32::from(v) + shift).clamp(0.0, 255.0) as u8 & !3 | 1);
                self.find(moved, &mut known)
            })
            .collect()
    }

    /// How far the furthest pixel is from its nearest colour, in its worst channel.
    pub(super) fn furthest(&self, rgb: &[u8]) -> u8 {
        let mut known = HashMap::new();
        colours(rgb)
            .map(|colour| {
                let nearest = usize::from(self.find(colour, &mut known));
                let found = self.colours.get(nearest).copied().unwrap_or_default();
                let channels = found.iter().zip(colour);
                channels.map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0)
            })
            .max()
            .unwrap_or(0)
    }

    fn find(&self, colour: Colour, known: &mut HashMap<Colour, u8>) -> u8 {
        *known.entry(colour).or_insert_with(|| {
            let distance = |other: &Colour| -> u32 {
                let channels = other.iter().zip(colour);
                channels.map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
            };
            let numbered = self.colours.iter().enumerate();
            let nearest = numbered.min_by_key(|(_, other)| distance(other));
            // There are at most 256.
            nearest.map_or(0, |(number, _)| number as u8)
        })
    }
}

fn colours(rgb: &[u8]) -> impl Iterator<Item = Colour> {
    rgb.as_chunks::<3>().0.iter().copied()
}

impl Part {
    fn new(colours: Vec<(Colour, u32)>) -> Self {
        let widest = (0..3)
            .map(|channel| {
                let mean = mean(&colours, channel);
                let spread = colours.iter().map(|(colour, count)| {
                    (f64::from(colour[channel]) - mean).powi(2) * f64::from(*count)
                });
                (channel, spread.sum::<f64>())
            })
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or((0, 0.0));
        Self { colours, widest }
    }

    /// Both sides of the mean; `None` when there is but one colour.
    fn cut(self) -> Option<(Self, Self)> {
        let channel = self.widest.0;
        let mean = mean(&self.colours, channel);
        let (low, high): (Vec<_>, Vec<_>) = self
            .colours
            .into_iter()
            .partition(|(colour, _)| f64::from(colour[channel]) <= mean);
        (!low.is_empty() && !high.is_empty()).then(|| (Self::new(low), Self::new(high)))
    }

    fn mean(&self) -> Colour {
        [0, 1, 2].map(|channel| mean(&self.colours, channel).round() as u8)
    }
}

/// The mean of a channel.
fn mean(colours: &[(Colour, u32)], channel: usize) -> f64 {
    let sum = |of: &dyn Fn(&(Colour, u32)) -> f64| colours.iter().map(of).sum::<f64>();
    let count = sum(&|(_, count)| f64::from(*count));
    sum(&|(colour, count)| f64::from(colour[channel]) * f64::from(*count)) / count.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every shade of a soft gradient, `side` x `side`.
    fn gradient(side: usize) -> Vec<u8> {
        (0..side * side)
            .flat_map(|n| [(n % side) as u8, (n / side) as u8, (n % side / 2) as u8])
            .collect()
    }

    #[test]
    fn few_colours_stay_as_they_are() {
        let rgb: Vec<u8> = (0..=255).flat_map(|v| [v, 255 - v, 7]).collect();
        let palette = Palette::of(&rgb);
        assert!(palette.is_exact());
        assert_eq!(palette.furthest(&rgb), 0);
        assert_eq!(palette.bytes().len(), 768);
        assert_eq!(Palette::of(&[1, 2, 3, 1, 2, 3]).bytes(), [1, 2, 3]);
    }

    #[test]
    fn many_colours_become_near_ones() {
        let rgb = gradient(128);
        let palette = Palette::of(&rgb);
        assert!(!palette.is_exact());
        assert_eq!(palette.bytes().len(), 768);
        let furthest = palette.furthest(&rgb);
        assert!((1..=12).contains(&furthest), "{furthest}");
        assert_eq!(Palette::of(&rgb).bytes(), palette.bytes());
    }

    /// Over eight by eight pixels, patterns are nearer to the shade than the nearest colour.
    #[test]
    fn patterns_keep_the_mean() {
        let mut rgb = gradient(200);
        rgb.extend([90, 90, 45].repeat(64));
        let palette = Palette::of(&rgb);
        let patch = [91, 93, 46].repeat(64);
        let mean = |indices: Vec<u8>| -> f64 {
            let greens = indices
                .iter()
                .map(|i| f64::from(palette.colours[usize::from(*i)][1]));
            greens.sum::<f64>() / 64.0
        };
        let plain = (mean(palette.nearest(&patch)) - 93.0).abs();
        let dithered = (mean(palette.dither(&patch, 8, [0, 0])) - 93.0).abs();
        assert!(dithered <= plain.max(4.0), "{dithered} {plain}");
    }
}
