// How the codes of one position are found, and what came of it, as the host writes and reads them.

// No unconditional row.
const NONE = 0xffffffffu;
// Ways to find a code.
const SAMPLE = 0u;
const RECALL = 1u;
const KNOWN = 2u;

struct Pick {
    row: u32,
    unconditional: u32,
    way: u32,
    // Of RECALL and KNOWN.
    code: u32,
    // Guidance scale; at most 1 means none.
    scale: f32,
    temperature: f32,
    // 0 keeps all.
    top_k: u32,
    top_p: f32,
    // Where the noise comes from.
    seed: vec2<u32>,
    index: u32,
    position: u32,
}

struct Draw {
    code: u32,
    // In nats, after the filters.
    entropy: f32,
    // In nats, at temperature 1 without filters.
    log_probability: f32,
    // 0, or one more than the first code whose logit no code can be drawn from.
    bad: u32,
}
