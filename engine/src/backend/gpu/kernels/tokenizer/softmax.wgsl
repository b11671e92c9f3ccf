// Softmax over the keys of every query, in place.
//
// A workgroup is LANES queries; each has SHARES threads, which take its keys in turn.

const SHARES = 8u;

struct Sizes {
    keys: u32,
    queries: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
// [keys, queries]
@group(0) @binding(1) var<storage, read_write> scores: array<f32>;

var<workgroup> found: array<f32, LANES * SHARES>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) worker: u32) {
    let lane = worker % LANES;
    let query = group.x * LANES + lane;
    // Lanes past the last query go through no keys, but through every barrier.
    let keys = select(0u, sizes.keys, query < sizes.queries);
    let first = worker / LANES;
    var most = -3.0e38;
    for (var key = first; key < keys; key += SHARES) {
        most = max(most, scores[key * sizes.queries + query]);
    }
    found[worker] = most;
    workgroupBarrier();
    for (var share = 0u; share < SHARES; share++) {
        most = max(most, found[share * LANES + lane]);
    }
    workgroupBarrier();
    var sum = 0.0;
    for (var key = first; key < keys; key += SHARES) {
        let at = key * sizes.queries + query;
        let weight = exp(scores[at] - most);
        scores[at] = weight;
        sum += weight;
    }
    found[worker] = sum;
    workgroupBarrier();
    sum = 0.0;
    for (var share = 0u; share < SHARES; share++) {
        sum += found[share * LANES + lane];
    }
    for (var key = first; key < keys; key += SHARES) {
        scores[key * sizes.queries + query] /= sum;
    }
}
