// What is done to a number on its way in: nothing, a group norm, or a group norm and the activation.

// NORM is one of these.
const NORMED = 1u;
const ACTIVATED = 2u;

fn normed(channel: u32, value: f32) -> f32 {
    if NORM != NORMED && NORM != ACTIVATED {
        return value;
    }
    let norm = norms[channel];
    // The mean is taken off first, so that equal numbers give the bias, however large they are.
    let x = fma(value - norm.x, norm.y, norm.z);
    if NORM == NORMED {
        return x;
    }
    // Past the bound the result is zero to the last digit, and the exponential would be infinite.
    return x / (1.0 + exp(min(-x, 80.0)));
}
