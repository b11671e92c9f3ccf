// What every kernel of a pass knows: how many rows and picks there are, and where each row sits.

const MOST_ROWS = 256u;

struct Token {
    // Whose cache it reads and writes.
    slot: u32,
    // 0 is the class token.
    position: u32,
    // LABEL, DRAWN, or how many codes enter.
    input: u32,
    unused: u32,
}

struct Pass {
    rows: u32,
    picks: u32,
    unused_0: u32,
    unused_1: u32,
    tokens: array<Token, MOST_ROWS>,
}

@group(0) @binding(0) var<uniform> call: Pass;
