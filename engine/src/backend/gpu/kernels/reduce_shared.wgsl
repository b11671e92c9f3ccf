// Sums over the lanes of a team, on adapters whose subgroups are narrower than a team or not known.

var<workgroup> lanes: array<f32, TEAMS * TEAM * SUMS>;
var<workgroup> sums: array<f32, TEAMS * SUMS>;

// Afterwards `sums` holds the sums of each team, for all its lanes.
fn team_sums(values: ptr<function, array<f32, SUMS>>, team: u32, lane: u32) {
    for (var v = 0u; v < SUMS; v++) {
        lanes[(team * SUMS + v) * TEAM + lane] = (*values)[v];
    }
    workgroupBarrier();
    for (var v = team * TEAM + lane; v < TEAMS * SUMS; v += TEAMS * TEAM) {
        var sum = 0.0;
        for (var other = 0u; other < TEAM; other++) {
            sum += lanes[v * TEAM + other];
        }
        sums[v] = sum;
    }
    workgroupBarrier();
}
