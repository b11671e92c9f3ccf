// The sums are queries, then keys, then values. Queries and keys turn by their position; keys and values go to
// the cache.
// [rows, STRIDE]
@group(0) @binding(4) var<storage, read_write> queries: array<f32>;
// [slots, heads, POSITIONS, HEAD / 2] each
@group(0) @binding(5) var<storage, read_write> keys: array<Pair>;
@group(0) @binding(6) var<storage, read_write> values: array<Pair>;
// Cosine and sine. [POSITIONS + 1, HEAD / 2]
@group(0) @binding(7) var<storage, read> rotary: array<vec2f>;

fn end(row: u32, output: u32, found: vec2f) {
    let token = call.tokens[row];
    let which = output / COLUMNS;
    let column = output % COLUMNS;
    let head = column / HEAD;
    let pair = (column % HEAD) / 2u;
    let turn = rotary[token.position * (HEAD / 2u) + pair];
    let turned = vec2f(found.x * turn.x - found.y * turn.y, found.y * turn.x + found.x * turn.y);
    let at = ((token.slot * (COLUMNS / HEAD) + head) * POSITIONS + token.position) * (HEAD / 2u) + pair;
    switch which {
        case 0u: {
            queries[row * STRIDE + column] = turned.x;
            queries[row * STRIDE + column + 1u] = turned.y;
        }
        case 1u: { keys[at] = to_pair(turned); }
        default: { values[at] = to_pair(found); }
    }
}
