//! The two minimal-filtering forms: four outputs of three taps, and four outputs of two taps.
//!
//! Only the one-dimensional transforms are here; two dimensions are the same along rows, then columns.
//! Method: Lavin and Gray, arXiv 1509.09308; matrices: Toom-Cook at the points given below.

use crate::backend::cpu::tokenizer::simd::Simd;

/// Outputs along a side of a tile.
pub const OUT: usize = 4;
/// Inputs along a side of the largest tile.
pub const MOST: usize = 6;

/// One form. Arrays are of the largest size; only the first `SIZE` (or `TAPS`) count.
pub trait Form {
    /// Inputs along a side, and products.
    const SIZE: usize;
    /// Taps along a side.
    const TAPS: usize;
    /// `B^T d`.
    fn input<S: Simd>(s: S, d: [S::V; MOST]) -> [S::V; MOST];
    /// `G g`.
    fn filter<S: Simd>(s: S, g: [S::V; 3]) -> [S::V; MOST];
    /// `A^T m`.
    fn output<S: Simd>(s: S, m: [S::V; MOST]) -> [S::V; OUT];
}

/// F(4, 3) at 0, +-1/sqrt 2, +-sqrt 2 and infinity. Its rounding error is half that of the usual
/// points 0, +-1, +-2, and about that of a direct sum.
pub struct ThreeTaps;

const A: f32 = std::f32::consts::FRAC_1_SQRT_2;
const B: f32 = std::f32::consts::SQRT_2;

impl Form for ThreeTaps {
    const SIZE: usize = 6;
    const TAPS: usize = 3;

    #[inline(always)]
    fn input<S: Simd>(s: S, d: [S::V; MOST]) -> [S::V; MOST] {
        // (x^2 - 1/2)(x^2 - 2) = x^4 - 5/2 x^2 + 1.
        let five_halves = s.splat(2.5);
        let (even_a, odd_a) = (
            s.mul_sub(d[2], s.splat(2.0), d[4]),
            s.mul_sub(d[1], s.splat(2.0), d[3]),
        );
        let (even_b, odd_b) = (
            s.mul_sub(d[2], s.splat(0.5), d[4]),
            s.mul_sub(d[1], s.splat(0.5), d[3]),
        );
        [
            s.mul_sub(d[2], five_halves, s.add(d[0], d[4])),
            s.mul_add(odd_a, s.splat(A), even_a),
            s.mul_sub(odd_a, s.splat(A), even_a),
            s.mul_add(odd_b, s.splat(B), even_b),
            s.mul_sub(odd_b, s.splat(B), even_b),
            s.mul_sub(d[3], five_halves, s.add(d[1], d[5])),
        ]
    }

    #[inline(always)]
    fn filter<S: Simd>(s: S, g: [S::V; 3]) -> [S::V; MOST] {
        let (a, b) = (s.splat(-2.0 / 3.0), s.splat(1.0 / 6.0));
        let even_a = s.mul_add(g[2], s.splat(0.5), g[0]);
        let even_b = s.mul_add(g[2], s.splat(2.0), g[0]);
        [
            g[0],
            s.mul(a, s.mul_add(g[1], s.splat(A), even_a)),
            s.mul(a, s.mul_sub(g[1], s.splat(A), even_a)),
            s.mul(b, s.mul_add(g[1], s.splat(B), even_b)),
            s.mul(b, s.mul_sub(g[1], s.splat(B), even_b)),
            g[2],
        ]
    }

    #[inline(always)]
    fn output<S: Simd>(s: S, m: [S::V; MOST]) -> [S::V; OUT] {
        let (sum_a, sum_b) = (s.add(m[1], m[2]), s.add(m[3], m[4]));
        let (apart_a, apart_b) = (s.sub(m[1], m[2]), s.sub(m[3], m[4]));
        let odd_a = s.mul(apart_a, s.splat(A));
        let odd_b = s.mul(apart_b, s.splat(B));
        [
            s.add(m[0], s.add(sum_a, sum_b)),
            s.add(odd_a, odd_b),
            s.mul_add(sum_b, s.splat(2.0), s.mul(sum_a, s.splat(0.5))),
            s.mul_add(odd_b, s.splat(2.0), s.mul_add(odd_a, s.splat(0.5), m[5])),
        ]
    }
}

/// F(4, 2) at 0, +-1, 2 and infinity.
pub struct TwoTaps;

impl Form for TwoTaps {
    const SIZE: usize = 5;
    const TAPS: usize = 2;

    #[inline(always)]
    fn input<S: Simd>(s: S, d: [S::V; MOST]) -> [S::V; MOST] {
        let two = s.splat(2.0);
        let even = s.sub(d[3], d[1]);
        let minus = s.sub(d[3], d[2]);
        // x (x + 1)(x - 2) = x^3 - x^2 - 2x; x (x - 1)(x - 2) = x^3 - 3x^2 + 2x.
        [
            s.mul_sub(s.sub(d[2], d[0]), two, even),
            s.mul_sub(d[1], two, minus),
            s.mul_sub(s.sub(d[2], d[1]), two, minus),
            even,
            s.mul_sub(even, two, s.sub(d[4], d[2])),
            s.splat(0.0),
        ]
    }

    #[inline(always)]
    fn filter<S: Simd>(s: S, g: [S::V; 3]) -> [S::V; MOST] {
        [
            s.mul(s.splat(0.5), g[0]),
            s.mul(s.splat(-0.5), s.add(g[0], g[1])),
            s.mul(s.splat(-1.0 / 6.0), s.sub(g[0], g[1])),
            s.mul(s.splat(1.0 / 6.0), s.mul_add(g[1], s.splat(2.0), g[0])),
            g[1],
            s.splat(0.0),
        ]
    }

    #[inline(always)]
    fn output<S: Simd>(s: S, m: [S::V; MOST]) -> [S::V; OUT] {
        let (sum, apart) = (s.add(m[1], m[2]), s.sub(m[1], m[2]));
        [
            s.add(m[0], s.add(sum, m[3])),
            s.mul_add(m[3], s.splat(2.0), apart),
            s.mul_add(m[3], s.splat(4.0), sum),
            s.mul_add(m[3], s.splat(8.0), s.add(apart, m[4])),
        ]
    }
}
