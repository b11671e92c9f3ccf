// Products in whole numbers, four at a time: a sum of sixteen is exact.

// The products of a chunk of a row, without the weights' scales; returns the sum of its squares.
fn multiply(
    matrix: ptr<function, array<Chunk, TILE>>,
    products: ptr<function, array<f32, TILE>>,
    row: u32,
    chunk: u32,
) -> f32 {
    let x = rounded(row, chunk);
    // What the weights stand too high by.
    var above = 0;
    if OFFSET != 0u {
        for (var j = 0u; j < 4u; j++) {
            above += dot4I8Packed(OFFSET, x.words[j]);
        }
    }
    for (var o = 0u; o < TILE; o++) {
        var sum = -above;
        for (var j = 0u; j < 4u; j++) {
            sum += dot4I8Packed(word_of((*matrix)[o], j), x.words[j]);
        }
        (*products)[o] = f32(sum) * x.scale;
    }
    return x.squares;
}
