// Which numbers of a row lie in a pair of words: the first four of eight, then the others.

fn first(a: vec4f, b: vec4f) -> vec4f {
    return a;
}

fn second(a: vec4f, b: vec4f) -> vec4f {
    return b;
}
