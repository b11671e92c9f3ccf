// Rows that were rounded before, once for all outputs, to the bits that `round.wgsl` gives.

// [rows, CHUNKS]
@group(0) @binding(2) var<storage, read> ready: array<vec4<u32>>;
// The scale of each chunk, and the sum of the squares of all. [rows, CHUNKS + 1]
@group(0) @binding(3) var<storage, read> scales: array<f32>;

fn rounded(row: u32, chunk: u32) -> Rounded {
    return Rounded(ready[row * CHUNKS + chunk], scales[row * (CHUNKS + 1u) + chunk], 0.0);
}

// The sum of the squares of a row.
fn squares_of(row: u32, found: f32) -> f32 {
    return scales[row * (CHUNKS + 1u) + CHUNKS];
}
