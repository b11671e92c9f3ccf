// Keys and values as 32-bit floats.

alias Pair = vec2f;
alias Quad = vec4f;

fn to_pair(numbers: vec2f) -> Pair {
    return numbers;
}

fn from_quad(numbers: Quad) -> vec4f {
    return numbers;
}
