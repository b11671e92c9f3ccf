// Rows as they are.

// [rows, CHUNKS * 4] vectors; columns past the end are zero.
@group(0) @binding(2) var<storage, read> source: array<vec4f>;
// [CHUNKS * 4] vectors; unused without NORM.
@group(0) @binding(3) var<storage, read> norm: array<vec4f>;

// In the same order whatever shares the pass.
fn multiply_add(a: vec4f, b: vec4f, sum: f32) -> f32 {
    return fma(a.w, b.w, fma(a.z, b.z, fma(a.y, b.y, fma(a.x, b.x, sum))));
}

// Four numbers of a chunk of a row, with NORM times the norm's weights, and their squares added to the others.
fn four_of(row: u32, chunk: u32, j: u32, squares: ptr<function, f32>) -> vec4f {
    var x = source[(row * CHUNKS + chunk) * 4u + j];
    if NORM == 1u {
        *squares = multiply_add(x, x, *squares);
        x *= norm[chunk * 4u + j];
    }
    return x;
}

// The sum of the squares of a row, of which the lanes have found this.
fn squares_of(row: u32, found: f32) -> f32 {
    return found;
}
