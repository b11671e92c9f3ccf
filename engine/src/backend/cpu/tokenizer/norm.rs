//! Group norm, as three numbers a channel.
//!
//! Statistics are taken channel by channel around each channel's own mean and joined in f64, so a group
//! in which one channel is a constant a hundred times larger than the others loses nothing. Applying the
//! norm is `stage`'s.

use crate::backend::cpu::Threads;

use super::{
    arena::Buffer,
    planes::Planes,
    shared::Shared,
    simd::{BLOCK, Kernel, Level, Simd},
    stage::copy,
};

/// Groups of every group norm.
const GROUPS: usize = 32;
/// Epsilon of every group norm.
const EPSILON: f64 = 1e-6;
/// Pixels whose statistics are taken together: their lines stay in the cache between the two passes.
const CHUNK: usize = 512;

/// The weights of a group norm.
pub struct Affine {
    /// `[channels]`.
    pub gain: Vec<f32>,
    /// `[channels]`.
    pub bias: Vec<f32>,
}

/// A norm on one picture: `scale * (x - mean) + bias`, then perhaps the activation. The mean is taken off
/// first, so that a group of equal numbers gives the bias, however large they are.
pub struct Norm {
    /// `[blocks][16]`; zero beyond the last channel, like the others.
    pub mean: Buffer,
    /// `[blocks][16]`.
    pub scale: Buffer,
    /// `[blocks][16]`.
    pub bias: Buffer,
    /// Whether `x * sigmoid(x)` follows.
    pub activates: bool,
}

/// Count, mean and squared deviations of one channel so far (Chan, Golub and LeVeque 1983).
#[derive(Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn join(self, other: Self) -> Self {
        let count = self.count + other.count;
        if count == 0.0 {
            return self;
        }
        let apart = other.mean - self.mean;
        Self {
            count,
            mean: self.mean + apart * (other.count / count),
            squares: self.squares
                + other.squares
                + apart * apart * (self.count * other.count / count),
        }
    }
}

impl Norm {
    /// The norm of `picture`.
    pub fn of(
        picture: &Planes,
        affine: &Affine,
        activates: bool,
        level: Level,
        threads: &Threads,
    ) -> Self {
        let channels = moments(picture, level, threads);
        let per_group = (picture.channels / GROUPS).max(1);
        let [mut mean, mut scale, mut bias] =
            [(); 3].map(|()| Buffer::zeros(picture.blocks() * BLOCK));
        for group in 0..picture.channels / per_group {
            let members = group * per_group..(group + 1) * per_group;
            let all = channels[members.clone()]
                .iter()
                .fold(Moments::default(), |sum, &channel| sum.join(channel));
            let inverse = (all.squares / all.count + EPSILON).sqrt().recip();
            for channel in members {
                mean[channel] = all.mean as f32;
                scale[channel] = (f64::from(affine.gain[channel]) * inverse) as f32;
                bias[channel] = affine.bias[channel];
            }
        }
        Self {
            mean,
            scale,
            bias,
            activates,
        }
    }

    /// The same on one number.
    pub fn apply(&self, channel: usize, value: f32) -> f32 {
        let value = (value - self.mean[channel]).mul_add(self.scale[channel], self.bias[channel]);
        if self.activates {
            value / (1.0 + (-value).exp())
        } else {
            value
        }
    }
}

/// The moments of every channel.
fn moments(picture: &Planes, level: Level, threads: &Threads) -> Vec<Moments> {
    let plane = picture.cells() * BLOCK;
    let chunks = picture.cells().div_ceil(CHUNK);
    let parts = picture.blocks() * chunks;
    // Mean and squares of 16 channels for each part.
    let mut partial = Buffer::zeros(parts * 2 * BLOCK);
    let shared = Shared::new(&mut partial);
    threads.run(parts, &|part| {
        let (block, chunk) = (part / chunks, part % chunks);
        let plane = &picture.values[block * plane..][..plane];
        let start = chunk * CHUNK * BLOCK;
        let end = plane.len().min(start + CHUNK * BLOCK);
        // SAFETY: each part writes its own place.
        let out = unsafe { shared.slice(part * 2 * BLOCK, 2 * BLOCK) };
        level.run(TwoPass {
            pixels: &plane[start..end],
            out,
        });
    });
    (0..picture.channels)
        .map(|channel| {
            let (block, lane) = (channel / BLOCK, channel % BLOCK);
            (0..chunks).fold(Moments::default(), |sum, chunk| {
                let at = (block * chunks + chunk) * 2 * BLOCK + lane;
                sum.join(Moments {
                    count: (picture.cells() - chunk * CHUNK).min(CHUNK) as f64,
                    mean: f64::from(partial[at]),
                    squares: f64::from(partial[at + BLOCK]),
                })
            })
        })
        .collect()
}

/// Mean and squared deviations of each of 16 channels, over a few pixels.
struct TwoPass<'a> {
    pixels: &'a [f32],
    /// `[2][16]`.
    out: &'a mut [f32],
}

/// Sums kept apart, to hide the latency of an addition.
const LANES_APART: usize = 4;

impl Kernel for TwoPass<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let pixels = self.pixels.len() / BLOCK;
        assert!(pixels > 0 && self.out.len() == 2 * BLOCK);
        let share = s.splat(1.0 / pixels as f32);
        for lane in (0..BLOCK).step_by(S::LANES) {
            // SAFETY: every load is of a whole line of `pixels`, every store within `out`.
            unsafe {
                let from = self.pixels.as_ptr().add(lane);
                // The first pixel is near enough to the mean to keep the digits of the deviations.
                let origin = s.load(from);
                let sum = total(s, pixels, |i| s.sub(s.load(from.add(i * BLOCK)), origin));
                let mean = s.mul_add(sum, share, origin);
                let squares = total(s, pixels, |i| {
                    let apart = s.sub(s.load(from.add(i * BLOCK)), mean);
                    s.mul(apart, apart)
                });
                s.store(self.out.as_mut_ptr().add(lane), mean);
                s.store(self.out.as_mut_ptr().add(BLOCK + lane), squares);
            }
        }
    }
}

/// The sum of `of` over `count`.
#[inline(always)]
fn total<S: Simd>(s: S, count: usize, of: impl Fn(usize) -> S::V) -> S::V {
    let mut sums = [s.splat(0.0); LANES_APART];
    let whole = count / LANES_APART * LANES_APART;
    for i in (0..whole).step_by(LANES_APART) {
        for (apart, sum) in sums.iter_mut().enumerate() {
            *sum = s.add(*sum, of(i + apart));
        }
    }
    for i in whole..count {
        sums[0] = s.add(sums[0], of(i));
    }
    s.add(s.add(sums[0], sums[1]), s.add(sums[2], sums[3]))
}

impl Norm {
    /// Writes the normalised picture to `out`.
    pub fn copy(&self, picture: &Planes, out: &mut Planes, level: Level, threads: &Threads) {
        let plane = picture.cells() * BLOCK;
        let shared = Shared::new(&mut out.values);
        threads.run(picture.blocks(), &|block| {
            level.run(Copy {
                norm: self,
                block,
                from: &picture.values[block * plane..][..plane],
                // SAFETY: each part writes its own plane.
                to: unsafe { shared.slice(block * plane, plane) },
            });
        });
    }
}

/// One block of channels, normalised.
struct Copy<'a> {
    norm: &'a Norm,
    block: usize,
    from: &'a [f32],
    to: &'a mut [f32],
}

impl Kernel for Copy<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        copy(s, Some(self.norm), self.block, self.from, self.to);
    }
}
