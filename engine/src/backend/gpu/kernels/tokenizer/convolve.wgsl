// A 3x3 convolution as a matrix product: outputs times pixels, over channels and taps.
//
// A workgroup computes OUTPUTS outputs of a tile of ROWS x COLUMNS pixels, DEPTH channels at a time: what the
// tile looks at and the weights are brought near, normed on the way, and every lane keeps 8 outputs of 4 pixels
// that lie below each other. Source pixels are looked up at STRIDE times the place less PADDING, each counted
// ZOOM times in both directions; outside there are zeros.
// Before this text come the type of the weights, the norm, what a lane keeps, and `add_column`, the sums for one column
// of taps.

const TEAMS = WORKERS / LANES;
const OUTPUTS = TEAMS * 8u;
const ROWS = LANES / COLUMNS * 4u;
// The pixels that a tile looks at.
const NEAR_ROWS = (ROWS - 1u) * STRIDE + 3u;
const NEAR_COLUMNS = (COLUMNS - 1u) * STRIDE + 3u;
const NEAR = NEAR_ROWS * NEAR_COLUMNS;
// From one row of them to the next: lanes of a team that read at once read from different banks.
const PITCH = NEAR_COLUMNS + APART;
const PLANE = NEAR_ROWS * PITCH;
// The weights of a channel, in quads of outputs.
const TAP = OUTPUTS / 4u;
const PANEL = 9u * TAP;

struct Sizes {
    channels: u32,
    outputs: u32,
    height: u32,
    width: u32,
    source_height: u32,
    source_width: u32,
    // The row of tiles to begin with.
    first: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
// [channels, 9, outputs filled up to a multiple of 8], in quads.
@group(0) @binding(1) var<storage, read> weights: array<Cell>;
// [outputs]
@group(0) @binding(2) var<storage, read> bias: array<f32>;
// [channels, source_height, source_width]
@group(0) @binding(3) var<storage, read> source: array<f32>;
// Mean, scale and bias of each channel; unused without NORM.
@group(0) @binding(4) var<storage, read> norms: array<vec4f>;
// [outputs, height, width]
@group(0) @binding(5) var<storage, read_write> result: array<f32>;

var<workgroup> pixels: array<f32, DEPTH * PLANE>;
var<workgroup> panel: array<vec4f, DEPTH * PANEL>;

fn multiply_add(tap: u32, four: vec4f) {
    add_products(panel[tap], panel[tap + 1u], four);
}

fn pixel(channel: u32, y: i32, x: i32) -> f32 {
    let height = i32(sizes.source_height * ZOOM);
    let width = i32(sizes.source_width * ZOOM);
    if channel >= sizes.channels || y < 0 || x < 0 || y >= height || x >= width {
        return 0.0;
    }
    let row = channel * sizes.source_height + u32(y) / ZOOM;
    return normed(channel, source[row * sizes.source_width + u32(x) / ZOOM]);
}

fn bring_pixels(worker: u32, channel: u32, top: i32, left: i32) {
    for (var i = worker; i < DEPTH * NEAR; i += WORKERS) {
        let y = i % NEAR / NEAR_COLUMNS;
        let x = i % NEAR_COLUMNS;
        let c = i / NEAR;
        pixels[c * PLANE + y * PITCH + x] = pixel(channel + c, top + i32(y), left + i32(x));
    }
}

fn bring_weights(worker: u32, channel: u32, first: u32) {
    let quads = (sizes.outputs + 7u) / 8u * 2u;
    for (var i = worker; i < DEPTH * PANEL; i += WORKERS) {
        let row = channel * 9u + i / TAP;
        let quad = first / 4u + i % TAP;
        var four = vec4f();
        if row < sizes.channels * 9u && quad < quads {
            four = from_cell(weights[row * quads + quad]);
        }
        panel[i] = four;
    }
}

fn keep_one(output: u32, y: u32, x: u32, sum: f32) {
    if y >= sizes.height {
        return;
    }
    let at = (output * sizes.height + y) * sizes.width + x;
    var value = sum + bias[output];
    if ADDS == 1u {
        value += result[at];
    }
    result[at] = value;
}

fn keep(output: u32, y: u32, x: u32, four: vec4f) {
    if output >= sizes.outputs || x >= sizes.width {
        return;
    }
    keep_one(output, y, x, four.x);
    keep_one(output, y + 1u, x, four.y);
    keep_one(output, y + 2u, x, four.z);
    keep_one(output, y + 3u, x, four.w);
}

@compute @workgroup_size(WORKERS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) worker: u32) {
    let lane = worker % LANES;
    let team = worker / LANES;
    let row = lane / COLUMNS * 4u;
    let column = lane % COLUMNS;
    let tile_row = (group.y + sizes.first) * ROWS;
    let tile_column = group.x * COLUMNS;
    let top = i32(tile_row * STRIDE) - i32(PADDING);
    let left = i32(tile_column * STRIDE) - i32(PADDING);
    let first = group.z * OUTPUTS;
    for (var channel = 0u; channel < sizes.channels; channel += DEPTH) {
        bring_pixels(worker, channel, top, left);
        bring_weights(worker, channel, first);
        workgroupBarrier();
        for (var c = 0u; c < DEPTH; c++) {
            let at = c * PLANE + row * STRIDE * PITCH + column * STRIDE;
            let tap = c * PANEL + team * 2u;
            add_column(at, tap);
            add_column(at + 1u, tap + TAP);
            add_column(at + 2u, tap + 2u * TAP);
        }
        workgroupBarrier();
    }
    let output = first + team * 8u;
    let y = tile_row + row;
    let x = tile_column + column;
    keep(output, y, x, sums[0]);
    keep(output + 1u, y, x, sums[1]);
    keep(output + 2u, y, x, sums[2]);
    keep(output + 3u, y, x, sums[3]);
    keep(output + 4u, y, x, sums[4]);
    keep(output + 5u, y, x, sums[5]);
    keep(output + 6u, y, x, sums[6]);
    keep(output + 7u, y, x, sums[7]);
}
