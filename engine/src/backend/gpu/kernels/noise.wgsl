// Philox4x32-10 and Gumbel noise, as in `sampling::philox` and `sampling::noise`.

// The high word of a product, by products of half words.
fn high_word(a: u32, b: u32) -> u32 {
    let al = a & 0xffffu;
    let ah = a >> 16u;
    let bl = b & 0xffffu;
    let bh = b >> 16u;
    let low = al * bl;
    let middle = ah * bl + (low >> 16u);
    let other = al * bh + (middle & 0xffffu);
    return ah * bh + (middle >> 16u) + (other >> 16u);
}

fn philox(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
    var c = counter;
    var k = key;
    for (var round = 0u; round < 10u; round++) {
        let first = high_word(0xD2511F53u, c.x);
        let second = high_word(0xCD9E8D57u, c.z);
        c = vec4<u32>(second ^ c.y ^ k.x, 0xCD9E8D57u * c.z, first ^ c.w ^ k.y, 0xD2511F53u * c.x);
        k += vec2<u32>(0x9E3779B9u, 0xBB67AE85u);
    }
    return c;
}

// 2 atanh(s) = s (2 + 2/3 s^2 + 2/5 s^4 + ...), for |s| up to 0.1716; the first term left out is below 4e-10.
fn twice_atanh(s: f32) -> f32 {
    let q = s * s;
    return s * fma(q, fma(q, fma(q, fma(q, 0.22222222, 0.2857143), 0.4), 0.6666667), 2.0);
}

// The natural logarithm of a normal positive number, to about one unit in the last place: built-in ones may be
// wrong by 2^-21 near 1. x = m 2^e with m from sqrt(1/2) to sqrt(2), and ln m = 2 atanh((m - 1) / (m + 1)).
fn natural_log(x: f32) -> f32 {
    let bits = bitcast<u32>(x);
    var exponent = i32(bits >> 23u) - 127;
    var m = bitcast<f32>((bits & 0x007fffffu) | 0x3f800000u);
    if m > 1.4142135 {
        m *= 0.5;
        exponent += 1;
    }
    let e = f32(exponent);
    // ln 2 in two parts, of which the product of the first is exact.
    return fma(e, 0.693359375, fma(e, -0.00021219444, twice_atanh((m - 1.0) / (m + 1.0))));
}

// -ln(-ln u) for u = (n + 1/2) / 2^24, where n is the word's top 24 bits.
fn gumbel(word: u32) -> f32 {
    let n = word >> 8u;
    var exponential: f32;
    if n < 0x800000u {
        exponential = -natural_log((f32(n) + 0.5) * 5.9604645e-8);
    } else {
        // 1 - u, which fits 24 bits where u does not.
        let w = (f32(~word >> 8u) + 0.5) * 5.9604645e-8;
        if w < 0.25 {
            exponential = twice_atanh(w / (2.0 - w));
        } else {
            exponential = -natural_log(1.0 - w);
        }
    }
    return -natural_log(exponential);
}
