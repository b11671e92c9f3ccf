//! How a finished picture is shown to grow: depth by depth, or position by position.
//!
//! A sequence is scenes, each decoded once, and the frames drawn from it. Nothing here decodes: whoever
//! plays it asks the engine for every scene's codes and draws the answer.

use std::sync::Arc;

use super::{Codes, Pixels};

/// The colour of positions that are not there yet.
pub const EMPTY: [u8; 3] = [128; 3];
/// Seconds that a depth is held, unless asked otherwise.
pub const DEPTH_SECONDS: f32 = 0.8;
/// Seconds that the growth of a whole picture takes, unless asked otherwise.
pub const GROWTH_SECONDS: f32 = 6.0;
/// Seconds that the last frame is held in addition.
pub const HELD_SECONDS: f32 = 2.0;
/// Frames a second while something moves: the most that a GIF shows everywhere at an even pace.
const RATE: f32 = 20.0;

/// One decode, and what is shown of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Codes summed at every position.
    pub depths: usize,
    /// Positions whose codes are decoded.
    pub positions: usize,
    /// What is shown, in order.
    pub frames: Vec<Frame>,
}

/// One frame of a scene.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Positions shown; the others are [`EMPTY`].
    pub shown: usize,
    /// The scene's share, 0 to 1; the rest is the scene before.
    pub share: f32,
    /// How long.
    pub seconds: f32,
}

/// Depth 1, depths 1 and 2, and so on to all, each held for `seconds`, with cross-fades of `fade` seconds
/// between them. Empty when the picture has no codes.
pub fn depths(codes: &Codes, seconds: f32, fade: f32) -> Vec<Scene> {
    let there = codes.positions();
    if there == 0 {
        return Vec::new();
    }
    let whole = |share, seconds| Frame {
        shown: there,
        share,
        seconds,
    };
    let steps = (fade * RATE).round() as usize;
    let scenes = (1..=codes.depth).map(|depths| {
        let steps = if depths == 1 { 0 } else { steps };
        let fading = (1..=steps).map(|n| whole(n as f32 / (steps + 1) as f32, 1.0 / RATE));
        Scene {
            depths,
            positions: there,
            frames: fading.chain([whole(1.0, seconds)]).collect(),
        }
    });
    held(scenes.collect())
}

/// Position by position in the order of sampling, within `seconds`: every row is decoded once with what
/// came before it, and its positions appear one after the other. Empty when the picture has no codes.
pub fn growth(codes: &Codes, seconds: f32) -> Vec<Scene> {
    let there = codes.positions();
    let frames = ((seconds * RATE).round() as usize).clamp(1, there.max(1));
    let each = seconds / frames as f32;
    let mut scenes: Vec<Scene> = Vec::new();
    for number in 1..=frames.min(there) {
        let shown = (there * number).div_ceil(frames);
        let frame = Frame {
            shown,
            share: 1.0,
            seconds: each,
        };
        let row_end = shown.next_multiple_of(codes.columns).min(there);
        match scenes.last_mut().filter(|scene| scene.positions == row_end) {
            Some(scene) => scene.frames.push(frame),
            None => scenes.push(Scene {
                depths: codes.depth,
                positions: row_end,
                frames: vec![frame],
            }),
        }
    }
    held(scenes)
}

fn held(mut scenes: Vec<Scene>) -> Vec<Scene> {
    let last = scenes.last_mut().and_then(|scene| scene.frames.last_mut());
    if let Some(last) = last {
        last.seconds += HELD_SECONDS;
    }
    scenes
}

impl Scene {
    /// The codes to decode, a complete grid.
    pub fn codes(&self, codes: &Codes) -> Codes {
        codes.filled(self.positions)
    }

    /// The frames, from the scene decoded and the one before it.
    pub fn draw<'a>(
        &'a self,
        codes: &'a Codes,
        decoded: &'a Arc<Pixels>,
        before: Option<&'a Arc<Pixels>>,
    ) -> impl Iterator<Item = (Pixels, f32)> + 'a {
        self.frames.iter().map(move |frame| {
            let mixed = match before {
                Some(before) if frame.share < 1.0 => mix(before, decoded, frame.share),
                _ => Pixels::clone(decoded),
            };
            (mixed.emptied(codes, frame.shown), frame.seconds)
        })
    }
}

impl Codes {
    /// A complete grid from the first `there` positions (at least one), as decoders need it. The rest
    /// repeats what is above, or else the last position: nothing from later codes, and no hard edge in the
    /// decoder's view.
    pub fn filled(&self, there: usize) -> Self {
        let all = self.rows * self.columns;
        let depth = self.depth;
        let mut values: Vec<u32> = self.values.iter().copied().take(there * depth).collect();
        for position in there..all {
            let from = position
                .checked_sub(self.columns)
                .unwrap_or(there.saturating_sub(1));
            let copied: Vec<u32> = values
                .iter()
                .copied()
                .skip(from * depth)
                .take(depth)
                .collect();
            values.extend(copied);
        }
        Self { values, ..*self }
    }
}

impl Pixels {
    /// The picture of `codes` with every cell from `there` on in [`EMPTY`].
    pub fn emptied(mut self, codes: &Codes, there: usize) -> Self {
        if there >= codes.rows * codes.columns {
            return self;
        }
        let (width, height) = (self.width.max(1), self.height.max(1));
        for (at, pixel) in self.rgb.chunks_exact_mut(3).enumerate() {
            let row = (at / width) * codes.rows / height;
            let column = (at % width) * codes.columns / width;
            if row * codes.columns + column >= there {
                pixel.copy_from_slice(&EMPTY);
            }
        }
        self
    }
}

/// `share` of `to`, the rest of `from`; both are of one size.
fn mix(from: &Pixels, to: &Pixels, share: f32) -> Pixels {
    let both = from.rgb.iter().zip(&to.rgb);
    let blended = |(from, to): (&u8, &u8)| {
        (f32::from(*from) + (f32::from(*to) - f32::from(*from)) * share).round() as u8
    };
    Pixels {
        rgb: both.map(blended).collect(),
        ..*to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(rows: usize, columns: usize, there: usize) -> Codes {
        Codes {
            rows,
            columns,
            depth: 2,
            codebook: 16,
            values: (0..there as u32 * 2).map(|n| n % 16 + 1).collect(),
        }
    }

    fn seconds(scenes: &[Scene]) -> f32 {
        let frames = scenes.iter().flat_map(|scene| &scene.frames);
        frames.map(|frame| frame.seconds).sum()
    }

    #[test]
    fn depths_are_held_and_fade() {
        let codes = codes(2, 2, 4);
        let plain = depths(&codes, 0.8, 0.0);
        let shares = |scene: &Scene| scene.frames.iter().map(|f| f.share).collect::<Vec<_>>();
        assert_eq!(plain.len(), 2);
        assert_eq!((plain[0].depths, plain[1].depths), (1, 2));
        assert_eq!(shares(&plain[1]), [1.0]);
        assert!((plain[0].frames[0].seconds - 0.8).abs() < 1e-6);
        assert!((plain[1].frames[0].seconds - 2.8).abs() < 1e-6);
        let faded = depths(&codes, 0.8, 0.15);
        assert_eq!(shares(&faded[0]), [1.0]);
        assert_eq!(shares(&faded[1]), [0.25, 0.5, 0.75, 1.0]);
    }

    #[test]
    fn growth_shows_every_position_once_and_decodes_a_row_once() {
        let codes = codes(3, 4, 12);
        let scenes = growth(&codes, 6.0);
        let ends: Vec<usize> = scenes.iter().map(|scene| scene.positions).collect();
        assert_eq!(ends, [4, 8, 12]);
        let shown: Vec<usize> = scenes
            .iter()
            .flat_map(|scene| scene.frames.iter().map(|frame| frame.shown))
            .collect();
        assert_eq!(shown, (1..=12).collect::<Vec<_>>());
        assert!((seconds(&scenes) - 8.0).abs() < 1e-3);
        // Fewer frames than positions still end with the whole picture, in the time asked for.
        let short = growth(&codes, 0.25);
        assert_eq!(short.iter().map(|s| s.frames.len()).sum::<usize>(), 5);
        assert_eq!(
            short.last().and_then(|s| s.frames.last()).map(|f| f.shown),
            Some(12)
        );
        assert!((seconds(&short) - 2.25).abs() < 1e-3);
    }

    #[test]
    fn an_unfinished_picture_stops_where_it_was_stopped() {
        let codes = codes(3, 4, 6);
        let last = growth(&codes, 1.0).pop();
        assert_eq!(last.map(|scene| scene.positions), Some(6));
        assert!(
            depths(&codes, 1.0, 0.0)
                .iter()
                .all(|scene| scene.positions == 6)
        );
        let none = Codes {
            values: Vec::new(),
            ..codes
        };
        assert!(growth(&none, 1.0).is_empty() && depths(&none, 1.0, 0.0).is_empty());
    }

    #[test]
    fn filling_uses_only_what_was_there() {
        let full = Codes {
            values: vec![1, 2, 3, 4, 5, 6, 7, 8],
            ..codes(2, 2, 0)
        };
        assert_eq!(full.filled(4), full);
        assert_eq!(full.filled(1).values, [1, 2, 1, 2, 1, 2, 1, 2]);
        assert_eq!(full.filled(2).values, [1, 2, 3, 4, 1, 2, 3, 4]);
        assert_eq!(full.filled(3).values, [1, 2, 3, 4, 5, 6, 3, 4]);
    }

    #[test]
    fn what_is_not_there_is_grey_and_scenes_mix() {
        let of = |value| {
            Arc::new(Pixels {
                width: 4,
                height: 4,
                rgb: vec![value; 48],
            })
        };
        let codes = codes(2, 2, 4);
        let scene = Scene {
            depths: 1,
            positions: 4,
            frames: vec![
                Frame {
                    shown: 3,
                    share: 1.0,
                    seconds: 1.0,
                },
                Frame {
                    shown: 4,
                    share: 0.5,
                    seconds: 1.0,
                },
            ],
        };
        let (before, now) = (of(10), of(20));
        let frames: Vec<_> = scene.draw(&codes, &now, Some(&before)).collect();
        let grey = frames[0]
            .0
            .rgb
            .chunks(3)
            .filter(|pixel| *pixel == EMPTY)
            .count();
        assert_eq!(grey, 4);
        assert_eq!(&frames[0].0.rgb[45..], EMPTY);
        assert_eq!(&frames[0].0.rgb[..3], [20; 3]);
        assert_eq!(frames[1].0, *of(15));
    }
}
