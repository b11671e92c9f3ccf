// The sums are added to what is there. [rows, STRIDE]
@group(0) @binding(4) var<storage, read_write> result: array<f32>;

fn end(row: u32, output: u32, found: vec2f) {
    result[row * STRIDE + output] += found.x;
    if output + 1u < OUTPUTS {
        result[row * STRIDE + output + 1u] += found.y;
    }
}
