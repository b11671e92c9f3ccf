// Sums over the lanes of a team, on adapters that have no subgroups.

// Sums that are shared at a time: the memory of a workgroup holds no more.
const AT_ONCE = min(SUMS, 40u);

var<workgroup> lanes: array<f32, TEAMS * TEAM * AT_ONCE>;
var<workgroup> sums: array<f32, TEAMS * SUMS>;

// Afterwards `sums` holds the sums of each team, for all its lanes.
fn team_sums(values: ptr<function, array<f32, SUMS>>, team: u32, lane: u32) {
    for (var first = 0u; first < SUMS; first += AT_ONCE) {
        let count = min(AT_ONCE, SUMS - first);
        for (var v = 0u; v < count; v++) {
            lanes[(team * AT_ONCE + v) * TEAM + lane] = (*values)[first + v];
        }
        workgroupBarrier();
        for (var v = team * TEAM + lane; v < TEAMS * count; v += TEAMS * TEAM) {
            let at = (v / count * AT_ONCE + v % count) * TEAM;
            var sum = 0.0;
            for (var other = 0u; other < TEAM; other++) {
                sum += lanes[at + other];
            }
            sums[v / count * SUMS + first + v % count] = sum;
        }
        workgroupBarrier();
    }
}
