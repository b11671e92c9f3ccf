//! The two-dimensional rotary table (as published: the class token's row is all zeros, cosines too).

/// Base of the rotary frequencies.
const BASE: f32 = 10_000.0;

/// Cosines and sines `[1 + grid * grid, head_width / 2]` each. Row 0 belongs to the class token and
/// is zero, which turns its query and key into zero vectors. The first half of the pairs turns with a
/// cell's row, the second with its column.
pub fn rotary_table(grid: usize, head_width: usize) -> (Vec<f32>, Vec<f32>) {
    let quarter = head_width / 4;
    let frequency = |m: usize| 1.0 / BASE.powf((2 * m) as f32 / (head_width / 2) as f32);
    let mut cosines = vec![0.0; head_width / 2];
    let mut sines = vec![0.0; head_width / 2];
    for cell in 0..grid * grid {
        for axis in [cell / grid, cell % grid] {
            for m in 0..quarter {
                let angle = axis as f32 * frequency(m);
                cosines.push(angle.cos());
                sines.push(angle.sin());
            }
        }
    }
    (cosines, sines)
}
