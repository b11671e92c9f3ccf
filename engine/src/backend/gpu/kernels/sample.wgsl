// Draws the code of one pick a workgroup, as `sampling::draw` does. Before this text come `guided`, `filter` and `noise`.

const LEAST_TEMPERATURE = 1e-5;

// The code whose scaled logit and noise together are the largest, of those that stay.
fn draw(thread: u32, kept: Kept, depth: u32) -> u32 {
    var best = LOWEST;
    var code_of_best = 0xffffffffu;
    for (var block = thread; block * 4u < CODEBOOK; block += THREADS) {
        let words = philox(vec4<u32>(block, pick.position, depth, pick.index), pick.seed);
        for (var lane = 0u; lane < 4u; lane++) {
            let code = block * 4u + lane;
            if code < CODEBOOK {
                let scaled = guided(code) / heat;
                if scaled > LOWEST && stays(kept, code, ascending(scaled)) {
                    let sum = scaled + gumbel(words[lane]);
                    if sum > best {
                        best = sum;
                        code_of_best = code;
                    }
                }
            }
        }
    }
    return winner(thread, best, code_of_best).y;
}

// One more than the first code whose logit is NaN or plus infinity; 0 where none is, 0xffffffff where all are
// minus infinity.
fn bad_logit(thread: u32) -> u32 {
    var first = 0xffffffffu;
    var finite = 0.0;
    for (var n = 0u; n < PER_THREAD; n++) {
        let code = n * THREADS + thread;
        if code < CODEBOOK {
            // By the bits, since compilers may assume that there is no NaN. Minus infinity is allowed.
            let bits = bitcast<u32>(guided(code) / heat);
            let infinite = (bits & 0x7f800000u) == 0x7f800000u;
            if infinite && bits != 0xff800000u { first = min(first, code); }
            if !infinite { finite = 1.0; }
        }
    }
    let worst = winner(thread, select(0.0, 1.0, first != 0xffffffffu), first);
    if worst.x != 0u {
        return worst.y + 1u;
    }
    return select(0xffffffffu, 0u, total(thread, finite) > 0.0);
}

fn tell(thread: u32, at: u32, draw: Draw) {
    if thread == 0u {
        draws[at] = draw;
        drawn[call.tokens[pick.row].slot * DEPTHS + AT_DEPTH] = draw.code;
        if pick.unconditional != NONE {
            drawn[call.tokens[pick.unconditional].slot * DEPTHS + AT_DEPTH] = draw.code;
        }
    }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let at = AT_DEPTH * MOST_ROWS + group.x;
    pick = picks[at];
    if pick.way == KNOWN {
        tell(thread, at, Draw(pick.code, 0.0, 0.0, 0u));
        return;
    }
    let greedy = pick.temperature == 0.0;
    heat = select(max(pick.temperature, LEAST_TEMPERATURE), 1.0, greedy);
    let bad = bad_logit(thread);
    if bad != 0u {
        tell(thread, at, Draw(0u, 0.0, 0.0, bad));
        return;
    }
    var best = LOWEST;
    var first = 0xffffffffu;
    for (var n = 0u; n < PER_THREAD; n++) {
        let code = n * THREADS + thread;
        if code < CODEBOOK {
            let scaled = guided(code) / heat;
            if scaled > best { best = scaled; first = code; }
        }
    }
    let highest = winner(thread, best, first);
    let largest = bitcast<f32>(highest.x);
    let all = Kept(0u, 0xffffffffu);
    var kept = all;
    var code = highest.y;
    var entropy = 0.0;
    if !greedy {
        if pick.top_k > 0u && pick.top_k < CODEBOOK {
            kept = boundary(thread, kept, largest, 0.0, pick.top_k - 1u);
        }
        if pick.top_p < 1.0 {
            let weight = sums_of(thread, kept, heat, largest).weight;
            let limit = u32(max(pick.top_p, 0.0) * WHOLE);
            kept = boundary(thread, kept, largest, WHOLE / weight, limit);
        }
        let sums = sums_of(thread, kept, heat, largest);
        entropy = max(log(sums.weight) - sums.moment / sums.weight, 0.0);
        if pick.way == SAMPLE {
            code = draw(thread, kept, AT_DEPTH);
        }
    }
    if pick.way == RECALL {
        code = pick.code;
    }
    // The division by the temperature keeps the order, so the largest at temperature 1 is the same code's.
    let plain = guided(highest.y);
    let normaliser = log(sums_of(thread, all, 1.0, plain).weight);
    tell(thread, at, Draw(code, entropy, guided(code) - plain - normaliser, 0u));
}
