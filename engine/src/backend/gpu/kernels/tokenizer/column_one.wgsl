// One column of taps where every pixel has a result: neighbours share what they look at.

fn add_column(at: u32, tap: u32) {
    let a = pixels[at];
    let b = pixels[at + PITCH];
    let c = pixels[at + 2u * PITCH];
    let d = pixels[at + 3u * PITCH];
    let e = pixels[at + 4u * PITCH];
    let f = pixels[at + 5u * PITCH];
    multiply_add(tap, vec4f(a, b, c, d));
    multiply_add(tap + 3u * TAP, vec4f(b, c, d, e));
    multiply_add(tap + 6u * TAP, vec4f(c, d, e, f));
}
