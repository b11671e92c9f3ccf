// Reads a buffer from one end to the other: the bound that products are measured against.

@group(0) @binding(0) var<storage, read> words: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> result: array<atomic<u32>>;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let step = groups.x * 256u;
    var sum = vec4<u32>();
    for (var word = at.x; word < arrayLength(&words); word += step) {
        sum += words[word];
    }
    // Nobody needs the sum, but the compiler must not know.
    let all = sum.x ^ sum.y ^ sum.z ^ sum.w;
    if all == 0x5eed5eedu {
        atomicAdd(&result[0], 1u);
    }
}
