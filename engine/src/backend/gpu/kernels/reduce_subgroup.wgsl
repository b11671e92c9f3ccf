// Sums over the lanes of a team, on adapters whose subgroups hold a whole team.

var<workgroup> sums: array<f32, TEAMS * SUMS>;

// Afterwards `sums` holds the sums of each team, for all its lanes.
fn team_sums(values: ptr<function, array<f32, SUMS>>, team: u32, lane: u32) {
    for (var v = 0u; v < SUMS; v++) {
        var sum = (*values)[v];
        for (var apart = TEAM / 2u; apart > 0u; apart >>= 1u) {
            sum += subgroupShuffleXor(sum, apart);
        }
        if lane == v % TEAM {
            sums[team * SUMS + v] = sum;
        }
    }
    workgroupBarrier();
}
