// A matrix [outputs, columns] times up to ROWS rows at a time, every weight read once for all of them.
//
// A team of lanes computes a tile of ROWS rows and TILE outputs: each lane takes every TEAM-th chunk of 16 columns,
// and the lanes' sums are added up in a fixed order, whatever the tile is. With NORM the row is RMS-normed on the way: the
// sum of its squares is found beside the products, and divided out at the end.
// Before this text come a format, how rows are multiplied (`rows/`), a reduction, and an end: what becomes of the sums.

const PRODUCTS = TILE * ROWS;
// The products, and the squares of each row.
const SUMS = PRODUCTS + ROWS;
const NORM_EPSILON = 1e-5;

@group(0) @binding(1) var<storage, read> weights: array<Word>;

@compute @workgroup_size(TEAMS * TEAM)
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
            let squares = multiply(&matrix, &products, first_row + r, chunk);
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
            let squares = squares_of(first_row + r, sums[team * SUMS + PRODUCTS + r]);
            found *= inverseSqrt(squares / f32(COLUMNS) + NORM_EPSILON);
        }
        if first_row + r < call.rows && first_output + o < OUTPUTS {
            end(first_row + r, first_output + o, found);
        }
    }
}
