// What enters the transformer: a class's row, or the sum of the rows of a position's codes. The codes come from
// the host, or are those that the pass before drew for this sequence and that have never left the device.

const LABEL = 0xffffffffu;
const DRAWN = 0xfffffffeu;

// [classes, QUADS]
@group(0) @binding(1) var<storage, read> classes: array<Cell>;
// [codebook, QUADS]
@group(0) @binding(2) var<storage, read> codes: array<Cell>;
// The label or the codes of each row. [rows, DEPTH]
@group(0) @binding(3) var<storage, read> given: array<u32>;
// The codes of each sequence's newest position. [slots, DEPTH]
@group(0) @binding(4) var<storage, read> drawn: array<u32>;
// [rows, STRIDE / 4]
@group(0) @binding(5) var<storage, read_write> hidden: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let row = group.x;
    let token = call.tokens[row];
    for (var quad = thread; quad < QUADS; quad += 64u) {
        var sum = vec4f();
        if token.input == LABEL {
            sum = from_cell(classes[given[row * DEPTH] * QUADS + quad]);
        } else {
            let from_device = token.input == DRAWN;
            let count = select(token.input, DEPTH, from_device);
            for (var depth = 0u; depth < count; depth++) {
                var code = given[row * DEPTH + depth];
                if from_device {
                    code = drawn[token.slot * DEPTH + depth];
                }
                sum += from_cell(codes[code * QUADS + quad]);
            }
        }
        hidden[row * (STRIDE / 4u) + quad] = sum;
    }
}
