// A chunk of a row in whole numbers up to 127 that share a scale.

struct Rounded {
    // Four numbers each, in the order of `first` and `second`.
    words: vec4<u32>,
    scale: f32,
    // Of the numbers as they were, where they are not known for the whole row.
    squares: f32,
}
