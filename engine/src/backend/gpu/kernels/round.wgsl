// Rounds rows for products of many of them, as `rows/round.wgsl` does it. A workgroup is a row, and finds its squares
// in the order in which a product of few rows finds them.

const SUMS = 1u;

// [rows, CHUNKS]
@group(0) @binding(1) var<storage, read_write> ready: array<vec4<u32>>;
// The scale of each chunk, and the sum of the squares of all. [rows, CHUNKS + 1]
@group(0) @binding(4) var<storage, read_write> scales: array<f32>;

@compute @workgroup_size(TEAM)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let row = group.x;
    var values: array<f32, SUMS>;
    for (var chunk = lane; chunk < CHUNKS; chunk += TEAM) {
        let found = rounded(row, chunk);
        ready[row * CHUNKS + chunk] = found.words;
        scales[row * (CHUNKS + 1u) + chunk] = found.scale;
        values[0] += found.squares;
    }
    team_sums(&values, 0u, lane);
    if lane == 0u {
        scales[row * (CHUNKS + 1u) + CHUNKS] = sums[0];
    }
}
