// Mean and squared deviations of a part of a channel, in two passes around its own mean.
//
// A workgroup is CHUNK cells of one channel. Sums are taken in a fixed order.

const WORKERS = 256u;

struct Sizes {
    cells: u32,
    // Parts of a channel.
    chunks: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
// [channels, cells]
@group(0) @binding(1) var<storage, read> source: array<f32>;
// Mean and squared deviations. [channels, chunks]
@group(0) @binding(2) var<storage, read_write> moments: array<vec2f>;

var<workgroup> shares: array<f32, WORKERS>;

// The sum over all workers, for each of them.
fn total(worker: u32, share: f32) -> f32 {
    shares[worker] = share;
    workgroupBarrier();
    for (var apart = WORKERS / 2u; apart > 0u; apart >>= 1u) {
        if worker < apart {
            shares[worker] += shares[worker + apart];
        }
        workgroupBarrier();
    }
    let sum = shares[0];
    // The next sum writes what this one reads.
    workgroupBarrier();
    return sum;
}

@compute @workgroup_size(WORKERS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) worker: u32) {
    let channel = group.y * sizes.cells;
    let start = channel + group.x * CHUNK;
    let end = min(start + CHUNK, channel + sizes.cells);
    // The first cell is near enough to the mean to keep the digits of the deviations.
    let origin = source[start];
    var share = 0.0;
    for (var at = start + worker; at < end; at += WORKERS) {
        share += source[at] - origin;
    }
    let mean = origin + total(worker, share) / f32(end - start);
    share = 0.0;
    for (var at = start + worker; at < end; at += WORKERS) {
        let apart = source[at] - mean;
        share = fma(apart, apart, share);
    }
    let squares = total(worker, share);
    if worker == 0u {
        moments[group.y * sizes.chunks + group.x] = vec2f(mean, squares);
    }
}
