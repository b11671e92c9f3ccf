// A matrix [outputs, columns] times up to ROWS rows at a time, every weight read once for all of them.
//
// A team of lanes computes a tile of ROWS rows and TILE outputs: each lane takes every TEAM-th chunk of 16 columns,
// and the lanes' sums are added up in a fixed order, whatever the tile is. With NORM the row is RMS-normed on the way: the
// sum of its squares is found beside the products, and divided out at the end.
// Before this text come a format, a reduction, and an end: what becomes of the sums.

const TEAM = 32u;
const PRODUCTS = TILE * ROWS;
// The products, and the squares of each row.
const SUMS = PRODUCTS + ROWS;
const NORM_EPSILON = 1e-5;

@group(0) @binding(1) var<storage, read> weights: array<Word>;
// [rows, CHUNKS * 4] vectors; columns past the end are zero.
@group(0) @binding(2) var<storage, read> source: array<vec4f>;
// [CHUNKS * 4] vectors; unused without NORM.
@group(0) @binding(3) var<storage, read> norm: array<vec4f>;

// In the same order whatever shares the pass.
fn multiply_add(a: vec4f, b: vec4f, sum: f32) -> f32 {
    return fma(a.w, b.w, fma(a.z, b.z, fma(a.y, b.y, fma(a.x, b.x, sum))));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let team = thread / TEAM;
    let lane = thread % TEAM;
    // Groups of rows go first, so that those of the same outputs run side by side and read the weights once.
    let first_output = (group.y * TEAMS + team) * TILE;
    let first_row = group.x * ROWS;
    var values: array<f32, SUMS>;
    for (var v = 0u; v < SUMS; v++) {
        values[v] = 0.0;
    }
    for (var chunk = lane; chunk < CHUNKS; chunk += TEAM) {
        var matrix: array<Chunk, TILE>;
        var scale: array<f32, TILE>;
        for (var o = 0u; o < TILE; o++) {
            matrix[o] = load_chunk(first_output + o, chunk);
            scale[o] = scale_of(first_output + o, chunk);
        }
        for (var r = 0u; r < ROWS; r++) {
            var products: array<f32, TILE>;
            var squares = 0.0;
            for (var o = 0u; o < TILE; o++) {
                products[o] = 0.0;
            }
            for (var j = 0u; j < 4u; j++) {
                var x = source[((first_row + r) * CHUNKS + chunk) * 4u + j];
                if NORM == 1u {
                    squares = multiply_add(x, x, squares);
                    x *= norm[chunk * 4u + j];
                }
                for (var o = 0u; o < TILE; o++) {
                    products[o] = multiply_add(part(matrix[o], j), x, products[o]);
                }
            }
            for (var o = 0u; o < TILE; o++) {
                let v = r * TILE + o;
                values[v] = fma(scale[o], products[o], values[v]);
            }
            values[PRODUCTS + r] += squares;
        }
    }
    team_sums(&values, team, lane);
    // One lane for each pair of outputs of a row.
    for (var pair = lane; pair < PRODUCTS / 2u; pair += TEAM) {
        let r = pair / (TILE / 2u);
        let o = 2u * (pair % (TILE / 2u));
        let at = team * SUMS + r * TILE + o;
        var found = vec2f(sums[at], sums[at + 1u]);
        if NORM == 1u {
            found *= inverseSqrt(sums[team * SUMS + PRODUCTS + r] / f32(COLUMNS) + NORM_EPSILON);
        }
        if first_row + r < call.rows && first_output + o < OUTPUTS {
            end(first_row + r, first_output + o, found);
        }
    }
}
