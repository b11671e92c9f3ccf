// A matrix product, outputs times columns: 1x1 convolutions, and the two products of attention.
//
// A workgroup computes OUTPUTS x SPAN of it, DEPTH terms at a time: both sides are brought near, the right one
// normed on the way, and every lane keeps 8 outputs of 4 columns.
// Before this text come the norm and what a lane keeps.

const TEAMS = WORKERS / LANES;
const OUTPUTS = TEAMS * 8u;
const SPAN = LANES * 4u;
const QUADS = OUTPUTS / 4u;

struct Sizes {
    outputs: u32,
    columns: u32,
    terms: u32,
    // From one output, and from one term, to the next on the left.
    left_output: u32,
    left_term: u32,
    // Where the right begins, and from one term to the next.
    right_start: u32,
    right_term: u32,
    // Where the result begins, and from one output to the next.
    result_start: u32,
    result_output: u32,
    scale: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> left: array<f32>;
// [outputs]; unused without BIAS.
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> right: array<f32>;
// Mean, scale and bias of each term; unused without NORM.
@group(0) @binding(4) var<storage, read> norms: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> result: array<f32>;

var<workgroup> near_left: array<vec4f, DEPTH * QUADS>;
var<workgroup> near_right: array<f32, DEPTH * SPAN>;

fn left_at(output: u32, term: u32) -> f32 {
    if output >= sizes.outputs || term >= sizes.terms {
        return 0.0;
    }
    return left[output * sizes.left_output + term * sizes.left_term];
}

fn right_at(term: u32, column: u32) -> f32 {
    if term >= sizes.terms || column >= sizes.columns {
        return 0.0;
    }
    return normed(term, right[sizes.right_start + term * sizes.right_term + column]);
}

fn bring(worker: u32, term: u32, output: u32, column: u32) {
    for (var i = worker; i < DEPTH * QUADS; i += WORKERS) {
        let t = term + i / QUADS;
        let o = output + i % QUADS * 4u;
        near_left[i] = vec4f(
            left_at(o, t),
            left_at(o + 1u, t),
            left_at(o + 2u, t),
            left_at(o + 3u, t),
        );
    }
    for (var i = worker; i < DEPTH * SPAN; i += WORKERS) {
        near_right[i] = right_at(term + i / SPAN, column + i % SPAN);
    }
}

fn keep_one(output: u32, column: u32, sum: f32) {
    if output >= sizes.outputs || column >= sizes.columns {
        return;
    }
    let at = sizes.result_start + output * sizes.result_output + column;
    var value = sum * sizes.scale;
    if BIAS == 1u {
        value += bias[output];
    }
    if ADDS == 1u {
        value += result[at];
    }
    result[at] = value;
}

fn keep(output: u32, column: u32, four: vec4f) {
    keep_one(output, column, four.x);
    keep_one(output, column + LANES, four.y);
    keep_one(output, column + 2u * LANES, four.z);
    keep_one(output, column + 3u * LANES, four.w);
}

@compute @workgroup_size(WORKERS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) worker: u32) {
    let lane = worker % LANES;
    let team = worker / LANES;
    let first_output = group.y * OUTPUTS;
    let first_column = group.x * SPAN;
    for (var term = 0u; term < sizes.terms; term += DEPTH) {
        bring(worker, term, first_output, first_column);
        workgroupBarrier();
        for (var t = 0u; t < DEPTH; t++) {
            let at = t * SPAN + lane;
            let four = vec4f(
                near_right[at],
                near_right[at + LANES],
                near_right[at + 2u * LANES],
                near_right[at + 3u * LANES],
            );
            let first = t * QUADS + team * 2u;
            add_products(near_left[first], near_left[first + 1u], four);
        }
        workgroupBarrier();
    }
    let output = first_output + team * 8u;
    let column = first_column + lane;
    keep(output, column, sums[0]);
    keep(output + 1u, column, sums[1]);
    keep(output + 2u, column, sums[2]);
    keep(output + 3u, column, sums[3]);
    keep(output + 4u, column, sums[4]);
    keep(output + 5u, column, sums[5]);
    keep(output + 6u, column, sums[6]);
    keep(output + 7u, column, sums[7]);
}
