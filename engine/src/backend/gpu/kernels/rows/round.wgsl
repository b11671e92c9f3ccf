// Rounds a chunk of a row.

// Below, 127 over the number overflows.
const LEAST = 1e-30;
const INFINITE = 0x7f800000u;

fn to_word(numbers: vec4f, inverse: f32) -> u32 {
    return pack4xI8(vec4<i32>(round(numbers * inverse)));
}

fn rounded(row: u32, chunk: u32) -> Rounded {
    var numbers: array<vec4f, 4>;
    var squares = 0.0;
    // Without their signs, floats are in the order of their bits; NaN comes last.
    var most = vec4<u32>();
    for (var j = 0u; j < 4u; j++) {
        let x = four_of(row, chunk, j, &squares);
        most = max(most, bitcast<vec4<u32>>(x) & vec4<u32>(0x7fffffffu));
        numbers[j] = x;
    }
    let bits = max(max(most.x, most.y), max(most.z, most.w));
    let largest = bitcast<f32>(bits);
    var scale = largest * (1.0 / 127.0);
    var inverse = 127.0 / largest;
    if bits >= INFINITE {
        // What is no number stays none.
        scale = largest;
        inverse = 0.0;
    } else if largest < LEAST {
        scale = 0.0;
        inverse = 0.0;
    }
    var words: vec4<u32>;
    for (var j = 0u; j < 4u; j += 2u) {
        words[j] = to_word(first(numbers[j], numbers[j + 1u]), inverse);
        words[j + 1u] = to_word(second(numbers[j], numbers[j + 1u]), inverse);
    }
    return Rounded(words, scale, squares);
}
