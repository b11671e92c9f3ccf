// Rows as they are.

// [rows, CHUNKS * 4] vectors; columns past the end are zero.
@group(0) @binding(2) var<storage, read> source: array<vec4f>;
// [CHUNKS * 4] vectors; unused without NORM.
@group(0) @binding(3) var<storage, read> norm: array<vec4f>;

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
        var x = source[(row * CHUNKS + chunk) * 4u + j];
        if NORM == 1u {
            squares = multiply_add(x, x, squares);
            x *= norm[chunk * 4u + j];
        }
        for (var o = 0u; o < TILE; o++) {
            (*products)[o] = multiply_add(part((*matrix)[o], j), x, (*products)[o]);
        }
    }
    return squares;
}

// The sum of the squares of a row, of which the lanes have found this.
fn squares_of(row: u32, found: f32) -> f32 {
    return found;
}
