// Weights as 16-bit floats, on adapters that have them as a type: a chunk is two words of eight numbers, in two
// planes of a row.
// weights [outputs][2 planes][CHUNKS]

struct Word { low: vec4<f16>, high: vec4<f16> }

struct Chunk { first: Word, second: Word }

fn load_chunk(output: u32, chunk: u32) -> Chunk {
    let at = output * 2u * CHUNKS + chunk;
    return Chunk(weights[at], weights[at + CHUNKS]);
}

fn part(chunk: Chunk, j: u32) -> vec4f {
    let first = select(chunk.first.low, chunk.first.high, j == 1u);
    let second = select(chunk.second.low, chunk.second.high, j == 3u);
    return vec4f(select(first, second, j >= 2u));
}

fn scale_of(output: u32, chunk: u32) -> f32 {
    return 1.0;
}
