// Top-k and top-p without sorting: both find the lowest logit that stays by looking at its bits from the highest on,
// eight at a time, in a histogram of how many codes (or how much weight) each value of them has. Weights are whole
// numbers there, so that sums do not depend on the order of threads.

// The weights of all codes together are about this much as a whole number.
const WHOLE = 1073741824.0;

var<workgroup> bins: array<atomic<u32>, THREADS>;
var<workgroup> found: array<u32, 3>;

struct Kept {
    // Codes of a higher rank than this stay; of this rank, those below `below`.
    rank: u32,
    below: u32,
}

fn stays(kept: Kept, code: u32, rank: u32) -> bool {
    return rank > kept.rank || (rank == kept.rank && code < kept.below);
}

// What a code adds to its bin: 1, or its weight as a whole number.
fn share(scaled: f32, largest: f32, whole: f32) -> u32 {
    return select(u32(exp(scaled - largest) * whole), 1u, whole == 0.0);
}

// The rank at which what is above it first reaches past `limit`, going down from the highest; among equal ranks
// `below` tells which codes still stay. `whole` is 0 to count codes, else what a weight of 1 counts.
fn boundary(thread: u32, before: Kept, largest: f32, whole: f32, limit: u32) -> Kept {
    var prefix = 0u;
    var mask = 0u;
    var above = 0u;
    for (var shift = 24i; shift >= 0i; shift -= 8i) {
        workgroupBarrier();
        atomicStore(&bins[thread], 0u);
        workgroupBarrier();
        for (var n = 0u; n < PER_THREAD; n++) {
            let code = n * THREADS + thread;
            if code < CODEBOOK {
                let scaled = guided(code) / heat;
                let rank = ascending(scaled);
                if (rank & mask) == prefix && stays(before, code, rank) {
                    atomicAdd(&bins[(rank >> u32(shift)) & 255u], share(scaled, largest, whole));
                }
            }
        }
        workgroupBarrier();
        if thread == 0u {
            var bin = 255u;
            var sum = above;
            var last = 256u;
            loop {
                let mass = atomicLoad(&bins[bin]);
                if mass > 0u { last = bin; }
                if sum + mass > limit || bin == 0u { break; }
                sum += mass;
                bin -= 1u;
            }
            // Nothing reaches past the limit: all stay.
            if sum + atomicLoad(&bins[bin]) <= limit {
                found = array(0xffffffffu, 0u, 0u);
            } else {
                found = array(bin, sum, 1u);
            }
        }
        let at = workgroupUniformLoad(&found);
        if at[2] == 0u {
            return before;
        }
        prefix |= at[0] << u32(shift);
        mask |= 255u << u32(shift);
        above = at[1];
    }
    return ties(thread, before, prefix, above, largest, whole, limit);
}

// Which of the codes of one rank stay: all where codes are counted; else those that begin within the limit, the
// lowest first.
fn ties(thread: u32, before: Kept, rank: u32, above: u32, largest: f32, whole: f32, limit: u32) -> Kept {
    if whole == 0.0 {
        return Kept(rank, 0xffffffffu);
    }
    if thread == 0u {
        var sum = above;
        var below = 0u;
        for (var code = 0u; code < CODEBOOK && sum <= limit; code++) {
            let scaled = guided(code) / heat;
            if ascending(scaled) == rank && stays(before, code, rank) {
                sum += share(scaled, largest, whole);
                below = code + 1u;
            }
        }
        found = array(below, 0u, 0u);
    }
    return Kept(rank, workgroupUniformLoad(&found)[0]);
}

struct Sums { weight: f32, moment: f32 }

// The sum of the weights exp(x / temperature - largest) of the codes that stay, and of each times its logarithm.
fn sums_of(thread: u32, kept: Kept, temperature: f32, largest: f32) -> Sums {
    var weight = 0.0;
    var moment = 0.0;
    for (var n = 0u; n < PER_THREAD; n++) {
        let code = n * THREADS + thread;
        if code < CODEBOOK {
            let logit = guided(code);
            let above = logit / temperature - largest;
            if stays(kept, code, ascending(logit / heat)) && above > -104.0 {
                let own = exp(above);
                weight += own;
                moment = fma(own, above, moment);
            }
        }
    }
    return Sums(total(thread, weight), total(thread, moment));
}
