// What a worker of a convolution or a product keeps: the sums of 8 outputs, each for 4 pixels or columns.

var<private> sums: array<vec4f, 8>;

// Adds the products of 8 weights and 4 numbers. Written out, because what a loop indexes does not stay in registers
// everywhere.
fn add_products(a: vec4f, b: vec4f, four: vec4f) {
    sums[0] = fma(vec4f(a.x), four, sums[0]);
    sums[1] = fma(vec4f(a.y), four, sums[1]);
    sums[2] = fma(vec4f(a.z), four, sums[2]);
    sums[3] = fma(vec4f(a.w), four, sums[3]);
    sums[4] = fma(vec4f(b.x), four, sums[4]);
    sums[5] = fma(vec4f(b.y), four, sums[5]);
    sums[6] = fma(vec4f(b.z), four, sums[6]);
    sums[7] = fma(vec4f(b.w), four, sums[7]);
}
