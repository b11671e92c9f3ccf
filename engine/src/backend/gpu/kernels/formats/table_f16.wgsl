// Rows of a table as 16-bit floats.
alias Cell = vec2<u32>;

fn from_cell(numbers: Cell) -> vec4f {
    return vec4f(unpack2x16float(numbers.x), unpack2x16float(numbers.y));
}
