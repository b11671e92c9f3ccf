// Keys and values as 16-bit floats.

alias Pair = u32;
alias Quad = vec2<u32>;

fn to_pair(numbers: vec2f) -> Pair {
    return pack2x16float(numbers);
}

fn from_quad(numbers: Quad) -> vec4f {
    return vec4f(unpack2x16float(numbers.x), unpack2x16float(numbers.y));
}
