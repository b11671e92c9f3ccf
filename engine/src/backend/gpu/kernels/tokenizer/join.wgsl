// Joins the moments of the channels of a group into the norm of each: mean, scale and bias.
//
// A workgroup is one group. Moments are joined in a fixed order, after Chan, Golub and LeVeque (1983), so that a
// channel whose numbers are all alike and large loses none of the others' digits.

const WORKERS = 256u;
const EPSILON = 1e-6;

struct Sizes {
    cells: u32,
    // Parts of a channel.
    chunks: u32,
    // Channels of a group.
    members: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
// Mean and squared deviations. [channels, chunks]
@group(0) @binding(1) var<storage, read> moments: array<vec2f>;
// [channels]
@group(0) @binding(2) var<storage, read> gain: array<f32>;
// [channels]
@group(0) @binding(3) var<storage, read> bias: array<f32>;
// Mean, scale and bias. [channels]
@group(0) @binding(4) var<storage, read_write> norms: array<vec4f>;

// Count, mean and squared deviations.
var<workgroup> joined: array<vec3f, WORKERS>;

fn join(a: vec3f, b: vec3f) -> vec3f {
    let count = a.x + b.x;
    if count == 0.0 {
        return a;
    }
    let apart = b.y - a.y;
    let share = b.x / count;
    return vec3f(count, fma(apart, share, a.y), a.z + b.z + apart * apart * a.x * share);
}

@compute @workgroup_size(WORKERS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) worker: u32) {
    let parts = sizes.members * sizes.chunks;
    var own = vec3f();
    for (var part = worker; part < parts; part += WORKERS) {
        let start = part % sizes.chunks * CHUNK;
        let found = moments[group.x * parts + part];
        own = join(own, vec3f(f32(min(CHUNK, sizes.cells - start)), found));
    }
    joined[worker] = own;
    workgroupBarrier();
    for (var apart = WORKERS / 2u; apart > 0u; apart >>= 1u) {
        if worker < apart {
            joined[worker] = join(joined[worker], joined[worker + apart]);
        }
        workgroupBarrier();
    }
    let all = joined[0];
    let inverse = 1.0 / sqrt(all.z / all.x + EPSILON);
    for (var member = worker; member < sizes.members; member += WORKERS) {
        let channel = group.x * sizes.members + member;
        norms[channel] = vec4f(all.y, gain[channel] * inverse, bias[channel], 0.0);
    }
}
