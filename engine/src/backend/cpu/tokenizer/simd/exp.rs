//! The exponential and the activation, over any instruction set.
//!
//! Reduction and polynomial are those of Cephes' `expf` (Moshier): 2 ulp over the whole range.

use super::Simd;

/// Beyond this the exponential of f32 is infinite or zero.
const MOST: f32 = 87.3;
/// Adding this leaves the nearest whole number in the low bits.
const SHIFT: f32 = 12_582_912.0;
/// `ln 2` in two parts, the first short enough for exact multiples.
const LN2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
/// `(e^r - 1 - r) / r^2`, highest power first.
const POLYNOMIAL: [f32; 6] = [
    1.987_569_1e-4,
    1.398_199_9e-3,
    8.333_452e-3,
    4.166_579_6e-2,
    1.666_666_5e-1,
    0.5,
];

/// `e^x`, saturating beyond +-87.3.
#[inline(always)]
pub fn exp<S: Simd>(s: S, x: S::V) -> S::V {
    let x = s.min(s.max(x, s.splat(-MOST)), s.splat(MOST));
    let shift = s.splat(SHIFT);
    let shifted = s.mul_add(x, s.splat(std::f32::consts::LOG2_E), shift);
    let n = s.sub(shifted, shift);
    let r = s.mul_sub(n, s.splat(LN2[0]), x);
    let r = s.mul_sub(n, s.splat(LN2[1]), r);
    let mut p = s.splat(POLYNOMIAL[0]);
    for &c in &POLYNOMIAL[1..] {
        p = s.mul_add(p, r, s.splat(c));
    }
    let one_and_r = s.add(r, s.splat(1.0));
    let e = s.mul_add(p, s.mul(r, r), one_and_r);
    s.mul(e, s.power_of_two(shifted))
}

/// `x / (1 + e^-x)`.
#[inline(always)]
pub fn silu<S: Simd>(s: S, x: S::V) -> S::V {
    let e = exp(s, s.sub(s.splat(0.0), x));
    s.div(x, s.add(s.splat(1.0), e))
}
