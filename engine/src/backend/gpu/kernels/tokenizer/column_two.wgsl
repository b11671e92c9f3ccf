// One column of taps where every second pixel has a result.

fn add_column(at: u32, tap: u32) {
    let a = pixels[at];
    let b = pixels[at + PITCH];
    let c = pixels[at + 2u * PITCH];
    let d = pixels[at + 3u * PITCH];
    let e = pixels[at + 4u * PITCH];
    let f = pixels[at + 5u * PITCH];
    let g = pixels[at + 6u * PITCH];
    let h = pixels[at + 7u * PITCH];
    let i = pixels[at + 8u * PITCH];
    multiply_add(tap, vec4f(a, c, e, g));
    multiply_add(tap + 3u * TAP, vec4f(b, d, f, h));
    multiply_add(tap + 6u * TAP, vec4f(c, e, g, i));
}
