// Sums over the lanes of a team, on adapters whose subgroups have WIDTH lanes or more: first over each WIDTH of them,
// which need no memory for it, then over those.

const PARTS = TEAM / WIDTH;

var<workgroup> parts: array<f32, TEAMS * PARTS * SUMS>;
var<workgroup> sums: array<f32, TEAMS * SUMS>;

// Afterwards `sums` holds the sums of each team, for all its lanes.
fn team_sums(values: ptr<function, array<f32, SUMS>>, team: u32, lane: u32) {
    for (var v = 0u; v < SUMS; v++) {
        var sum = (*values)[v];
        for (var apart = WIDTH / 2u; apart > 0u; apart >>= 1u) {
            sum += subgroupShuffleXor(sum, apart);
        }
        if lane % WIDTH == v % WIDTH {
            parts[(team * PARTS + lane / WIDTH) * SUMS + v] = sum;
        }
    }
    workgroupBarrier();
    for (var v = lane; v < SUMS; v += TEAM) {
        var sum = 0.0;
        for (var part = 0u; part < PARTS; part++) {
            sum += parts[(team * PARTS + part) * SUMS + v];
        }
        sums[team * SUMS + v] = sum;
    }
    workgroupBarrier();
}
