// A chunk of a row in whole numbers up to 127 that share a scale.

// [rows, CHUNKS * 4] vectors; columns past the end are zero.
@group(0) @binding(2) var<storage, read> source: array<vec4f>;
// [CHUNKS * 4] vectors; unused without NORM.
@group(0) @binding(3) var<storage, read> norm: array<vec4f>;

// Below, 127 over the number overflows.
const LEAST = 1e-30;
const INFINITE = 0x7f800000u;

struct Whole {
    // Four numbers each, in the order of `first` and `second`.
    words: vec4<u32>,
    scale: f32,
    // Of the numbers as they were.
    squares: f32,
}

fn to_word(numbers: vec4f, inverse: f32) -> u32 {
    return pack4xI8(vec4<i32>(round(numbers * inverse)));
}

fn rounded(row: u32, chunk: u32) -> Whole {
    var numbers: array<vec4f, 4>;
    var squares = 0.0;
    // Without their signs, floats are in the order of their bits; NaN comes last.
    var most = vec4<u32>();
    for (var j = 0u; j < 4u; j++) {
        var x = source[(row * CHUNKS + chunk) * 4u + j];
        if NORM == 1u {
            squares = multiply_add(x, x, squares);
            x *= norm[chunk * 4u + j];
        }
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
    return Whole(words, scale, squares);
}
