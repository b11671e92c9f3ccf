// Weights as 32-bit floats: a chunk is four vectors, in four planes of a row.
// weights [outputs][4 planes][CHUNKS]

alias Word = vec4f;

struct Chunk { a: vec4f, b: vec4f, c: vec4f, d: vec4f }

fn load_chunk(output: u32, chunk: u32) -> Chunk {
    let at = output * 4u * CHUNKS + chunk;
    return Chunk(weights[at], weights[at + CHUNKS], weights[at + 2u * CHUNKS], weights[at + 3u * CHUNKS]);
}

fn part(chunk: Chunk, j: u32) -> vec4f {
    let first = select(chunk.a, chunk.b, j == 1u);
    let second = select(chunk.c, chunk.d, j == 3u);
    return select(first, second, j >= 2u);
}

fn scale_of(output: u32, chunk: u32) -> f32 {
    return 1.0;
}
