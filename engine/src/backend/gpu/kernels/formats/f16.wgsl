// Weights as 16-bit floats: a chunk is two words of eight numbers, in two planes of a row.
// weights [outputs][2 planes][CHUNKS]

alias Word = vec4<u32>;

struct Chunk { first: vec4<u32>, second: vec4<u32> }

fn load_chunk(output: u32, chunk: u32) -> Chunk {
    let at = output * 2u * CHUNKS + chunk;
    return Chunk(weights[at], weights[at + CHUNKS]);
}

fn part(chunk: Chunk, j: u32) -> vec4f {
    let eight = select(chunk.first, chunk.second, j >= 2u);
    let four = select(eight.xy, eight.zw, (j & 1u) == 1u);
    return vec4f(unpack2x16float(four.x), unpack2x16float(four.y));
}

fn scale_of(output: u32, chunk: u32) -> f32 {
    return 1.0;
}
