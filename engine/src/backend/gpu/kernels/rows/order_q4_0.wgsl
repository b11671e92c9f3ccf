// Which numbers of a row lie in a pair of words: those at even places of eight, then the others, as weights of four
// bits come out of their words.

fn first(a: vec4f, b: vec4f) -> vec4f {
    return vec4f(a.xz, b.xz);
}

fn second(a: vec4f, b: vec4f) -> vec4f {
    return vec4f(a.yw, b.yw);
}
