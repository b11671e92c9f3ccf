// The guided logits of one pick, and what a workgroup finds out over all of them.

const THREADS = 256u;
const PER_THREAD = (CODEBOOK + THREADS - 1u) / THREADS;
const LOWEST = -3.4028235e38;

// [rows, LOGITS]
@group(0) @binding(1) var<storage, read> logits: array<f32>;
// [DEPTHS, MOST_ROWS]
@group(0) @binding(2) var<storage, read> picks: array<Pick>;
// [DEPTHS, MOST_ROWS]
@group(0) @binding(3) var<storage, read_write> draws: array<Draw>;
// [slots, DEPTHS]
@group(0) @binding(4) var<storage, read_write> drawn: array<u32>;

var<workgroup> numbers: array<f32, THREADS>;
var<workgroup> codes_of: array<u32, THREADS>;

var<private> pick: Pick;
var<private> heat: f32;

// The guided logit of a code.
fn guided(code: u32) -> f32 {
    let c = logits[pick.row * LOGITS + code];
    if pick.scale > 1.0 && pick.unconditional != NONE {
        let u = logits[pick.unconditional * LOGITS + code];
        return u + (c - u) * pick.scale;
    }
    return c;
}

// A whole number of the same order; equal for 0 and -0.
fn ascending(x: f32) -> u32 {
    let bits = select(bitcast<u32>(x), 0u, x == 0.0);
    return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

// The largest number of the workgroup, and among those that are equal the lowest code.
fn winner(thread: u32, number: f32, code: u32) -> vec2<u32> {
    workgroupBarrier();
    numbers[thread] = number;
    codes_of[thread] = code;
    workgroupBarrier();
    for (var apart = THREADS / 2u; apart > 0u; apart >>= 1u) {
        if thread < apart {
            let other = numbers[thread + apart];
            let code = codes_of[thread + apart];
            if other > numbers[thread] || (other == numbers[thread] && code < codes_of[thread]) {
                numbers[thread] = other;
                codes_of[thread] = code;
            }
        }
        workgroupBarrier();
    }
    return vec2<u32>(bitcast<u32>(numbers[0]), codes_of[0]);
}

fn total(thread: u32, number: f32) -> f32 {
    workgroupBarrier();
    numbers[thread] = number;
    workgroupBarrier();
    for (var apart = THREADS / 2u; apart > 0u; apart >>= 1u) {
        if thread < apart {
            numbers[thread] += numbers[thread + apart];
        }
        workgroupBarrier();
    }
    return numbers[0];
}
