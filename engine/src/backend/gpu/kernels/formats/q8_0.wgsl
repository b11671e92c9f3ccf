// Weights in blocks of 32 signed bytes with one 16-bit scale: a chunk is half a block, one word.
// weights [outputs][CHUNKS], then from word SCALES on the scales, eight to a word
// [outputs][SCALES_A_ROW]

alias Word = vec4<u32>;

struct Chunk { word: vec4<u32> }

fn load_chunk(output: u32, chunk: u32) -> Chunk {
    return Chunk(weights[output * CHUNKS + chunk]);
}

fn part(chunk: Chunk, j: u32) -> vec4f {
    return vec4f(unpack4xI8(chunk.word[j]));
}

fn scale_of(output: u32, chunk: u32) -> f32 {
    let scale = output * SCALES_A_ROW + (chunk >> 1u);
    let pair = unpack2x16float(weights[SCALES + (scale >> 3u)][(scale >> 1u) & 3u]);
    return pair[scale & 1u];
}

// What the numbers of `word_of` stand too high by.
const OFFSET = 0u;

// Four of them as bytes, ordered as `rows/order_q8_0.wgsl` says.
fn word_of(chunk: Chunk, j: u32) -> u32 {
    return chunk.word[j];
}
