// Weights in blocks of 32 numbers of four bits with one 16-bit scale: a chunk is half a block, half a word.
// Each number stands as itself plus 8, the first in the lowest bits.
// weights [outputs][CHUNKS / 2], then from word SCALES on the scales, eight to a word
// [outputs][SCALES_A_ROW]

alias Word = vec4<u32>;

struct Chunk { pair: vec2<u32> }

fn load_chunk(output: u32, chunk: u32) -> Chunk {
    let at = output * CHUNKS + chunk;
    let word = weights[at >> 1u];
    return Chunk(select(word.xy, word.zw, (at & 1u) == 1u));
}

fn part(chunk: Chunk, j: u32) -> vec4f {
    let four = chunk.pair[j >> 1u] >> ((j & 1u) * 16u);
    let numbers = vec4<u32>(four, four >> 4u, four >> 8u, four >> 12u) & vec4<u32>(15u);
    return vec4f(numbers) - 8.0;
}

fn scale_of(output: u32, chunk: u32) -> f32 {
    let scale = output * SCALES_A_ROW + (chunk >> 1u);
    let pair = unpack2x16float(weights[SCALES + (scale >> 3u)][(scale >> 1u) & 3u]);
    return pair[scale & 1u];
}

// What the numbers of `word_of` stand too high by.
const OFFSET = 0x08080808u;

// Four of them as bytes, ordered as `rows/order_q4_0.wgsl` says.
fn word_of(chunk: Chunk, j: u32) -> u32 {
    return (chunk.pair[j >> 1u] >> ((j & 1u) * 4u)) & 0x0f0f0f0fu;
}
