// Softmax attention of each row over its sequence's cache up to and including its own position.
//
// A workgroup is one head of one row. Positions are gone through in blocks of THREADS: each thread scores one,
// then quads of columns are shared out over the threads, and several threads take the positions of a quad in
// turn. The largest score so far is carried along, so that any number of positions fits.

const THREADS = 256u;
const QUADS = HEAD / 4u;
// Threads that share the positions of a quad.
const PARTS = THREADS / QUADS;

// [rows, STRIDE / 4]
@group(0) @binding(1) var<storage, read> queries: array<vec4f>;
// [slots, heads, POSITIONS, QUADS] each
@group(0) @binding(2) var<storage, read> keys: array<Quad>;
@group(0) @binding(3) var<storage, read> values: array<Quad>;
// [rows, STRIDE / 4]
@group(0) @binding(4) var<storage, read_write> result: array<vec4f>;

var<workgroup> scores: array<f32, THREADS>;
var<workgroup> largest: array<f32, THREADS>;
var<workgroup> gathered: array<vec4f, THREADS>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let head = group.x;
    let row = group.y;
    let token = call.tokens[row];
    let seen = token.position + 1u;
    let query = row * (STRIDE / 4u) + head * QUADS;
    let cache = (token.slot * HEADS + head) * POSITIONS * QUADS;
    let quad = thread % QUADS;
    let share = thread / QUADS;

    var best = -3.0e38;
    var sum = vec4f();
    var total = 0.0;
    for (var start = 0u; start < seen; start += THREADS) {
        var score = -3.0e38;
        if start + thread < seen {
            let key = cache + (start + thread) * QUADS;
            var product = 0.0;
            for (var q = 0u; q < QUADS; q++) {
                product += dot(queries[query + q], from_quad(keys[key + q]));
            }
            score = product * inverseSqrt(f32(HEAD));
        }
        largest[thread] = score;
        workgroupBarrier();
        for (var apart = THREADS / 2u; apart > 0u; apart >>= 1u) {
            if thread < apart {
                largest[thread] = max(largest[thread], largest[thread + apart]);
            }
            workgroupBarrier();
        }
        let now = max(best, largest[0]);
        scores[thread] = select(0.0, exp(score - now), start + thread < seen);
        workgroupBarrier();
        let before = exp(best - now);
        sum *= before;
        total *= before;
        best = now;
        if share < PARTS {
            let count = min(THREADS, seen - start);
            for (var p = share; p < count; p += PARTS) {
                sum += scores[p] * from_quad(values[cache + (start + p) * QUADS + quad]);
                total += scores[p];
            }
        }
        // The next block writes what this one reads.
        workgroupBarrier();
    }
    gathered[thread] = sum;
    scores[thread] = total;
    workgroupBarrier();
    if thread < QUADS {
        for (var p = 1u; p < PARTS; p++) {
            sum += gathered[p * QUADS + quad];
            total += scores[p * QUADS + quad];
        }
        result[query + quad] = sum / total;
    }
}
