// Products of rows as they are.

// The products of a chunk of a row, without the scales; returns the sum of its squares.
fn multiply(
    matrix: ptr<function, array<Chunk, TILE>>,
    products: ptr<function, array<f32, TILE>>,
    row: u32,
    chunk: u32,
) -> f32 {
    var squares = 0.0;
    for (var o = 0u; o < TILE; o++) {
        (*products)[o] = 0.0;
    }
    for (var j = 0u; j < 4u; j++) {
        let x = four_of(row, chunk, j, &squares);
        for (var o = 0u; o < TILE; o++) {
            (*products)[o] = multiply_add(part((*matrix)[o], j), x, (*products)[o]);
        }
    }
    return squares;
}
