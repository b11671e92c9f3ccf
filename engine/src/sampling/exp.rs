//! Exponentials and sums over all codes of a head, the same bits on every platform.
//!
//! Own code, because a call into a library for every code costs more than the arithmetic. Only additions and multiplications, in an order that the source fixes.

/// Codes that are summed side by side.
const LANES: usize = 4;

/// `exp(x)` for `x <= 0`, to about one unit in the last place; 0 for minus infinity.
///
/// `x = n ln 2 + r` with whole `n` and `|r| <= ln 2 / 2`; `exp(r)` by its Taylor series, whose first
/// term left out, `r⁸ / 8!`, is below 6e-9.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    /// Adding it rounds to a whole number, which then stands in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    /// The first eleven bits of ln 2, so that its product with `n` is exact; and the rest.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -0.000_212_194_44;
    // exp(-104) is 0 in single precision. Computing it all the same would cost much: processors are slow
    // where results are subnormal, and with top-k most codes come here.
    let vanishes = x < -104.0;
    let x = if vanishes { 0.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * LN_2_HIGH - n * LN_2_LOW;
    let series = 1.0 / 5040.0;
    let series = series * r + 1.0 / 720.0;
    let series = series * r + 1.0 / 120.0;
    let series = series * r + 1.0 / 24.0;
    let series = series * r + 1.0 / 6.0;
    let series = series * r + 0.5;
    let series = series * r + 1.0;
    let series = series * r + 1.0;
    // 2ⁿ in two halves, because the result may be subnormal where 2ⁿ is not a normal number.
    let n = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    let half = n >> 1;
    let result = series * power_of_two(half) * power_of_two(n.wrapping_sub(half));
    if vanishes { 0.0 } else { result }
}

/// `2ⁿ` for `-126 <= n <= 127`. It wraps, because a check for overflow would keep compilers from wide instructions.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) as u32) << 23)
}

/// The sum of all numbers.
pub(super) fn sum(numbers: &[f32]) -> f64 {
    let (chunks, rest) = numbers.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for (lane, number) in lanes.iter_mut().zip(chunk) {
            *lane += f64::from(*number);
        }
    }
    let rest: f64 = rest.iter().map(|number| f64::from(*number)).sum();
    lanes.iter().sum::<f64>() + rest
}

/// `Σ w (x - largest)` over the codes whose weight is not 0.
pub(super) fn entropy_moment(weights: &[f32], scaled: &[f32], largest: f32) -> f64 {
    let term = |weight: f32, x: f32| {
        // A dropped code has weight 0 and an infinite logit, whose product is NaN.
        let x = if weight > 0.0 { x - largest } else { 0.0 };
        f64::from(weight) * f64::from(x)
    };
    let (weights, rest_weights) = weights.as_chunks::<LANES>();
    let (scaled, rest_scaled) = scaled.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for (weights, scaled) in weights.iter().zip(scaled) {
        for ((lane, weight), x) in lanes.iter_mut().zip(weights).zip(scaled) {
            *lane += term(*weight, *x);
        }
    }
    let rest = rest_weights.iter().zip(rest_scaled);
    lanes.iter().sum::<f64>() + rest.map(|(weight, x)| term(*weight, *x)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_are_those_of_double_precision() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-0.0), 1.0);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp(f32::MIN), 0.0);
        for n in 0..1_300_000 {
            let x = n as f32 * -1e-4;
            let exact = f64::from(x).exp();
            // Relative, and half the smallest number where relative precision ends.
            let bound = 1.5e-7 * exact + 0.8e-45;
            let found = f64::from(exp(x));
            assert!(
                (found - exact).abs() < bound,
                "exp({x}): {found}, expected {exact}"
            );
        }
    }

    #[test]
    fn sums_leave_nothing_out() {
        for length in 0..20 {
            let numbers: Vec<f32> = (1..=length).map(|n| n as f32).collect();
            assert_eq!(sum(&numbers), f64::from(length * (length + 1) / 2));
            let weights: Vec<f32> = numbers.iter().map(|n| n % 2.0).collect();
            let odd: f32 = numbers.iter().map(|n| n % 2.0 * (n - 30.0)).sum();
            assert_eq!(entropy_moment(&weights, &numbers, 30.0), f64::from(odd));
        }
        let dropped = [1.0, f32::NEG_INFINITY, f32::NEG_INFINITY];
        assert_eq!(entropy_moment(&[1.0, 0.0, 0.0], &dropped, 1.0), 0.0);
    }
}
