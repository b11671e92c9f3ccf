// Outputs are pairs of gate and value: silu(gate) * value. [rows, STRIDE]
@group(0) @binding(4) var<storage, read_write> result: array<f32>;

fn end(row: u32, output: u32, found: vec2f) {
    result[row * STRIDE + output / 2u] = found.x / (1.0 + exp(-found.x)) * found.y;
}
