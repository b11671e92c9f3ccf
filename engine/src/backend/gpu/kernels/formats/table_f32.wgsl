// Rows of a table as 32-bit floats.
alias Cell = vec4f;

fn from_cell(numbers: Cell) -> vec4f {
    return numbers;
}
