// Adds the embedding of each picked code to the rows of its pick.

// [codebook, QUADS]
@group(0) @binding(1) var<storage, read> codes: array<Cell>;
@group(0) @binding(2) var<storage, read> picks: array<Pick>;
@group(0) @binding(3) var<storage, read> draws: array<Draw>;
// [rows, STRIDE / 4]
@group(0) @binding(4) var<storage, read_write> hidden: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let at = AT_DEPTH * MOST_ROWS + group.x;
    let pick = picks[at];
    let code = draws[at].code;
    for (var quad = thread; quad < QUADS; quad += 64u) {
        let embedding = from_cell(codes[code * QUADS + quad]);
        hidden[pick.row * (STRIDE / 4u) + quad] += embedding;
        if pick.unconditional != NONE {
            hidden[pick.unconditional * (STRIDE / 4u) + quad] += embedding;
        }
    }
}
