// Few rows: whoever multiplies them rounds them.

fn whole(row: u32, chunk: u32) -> Whole {
    return rounded(row, chunk);
}

// The sum of the squares of a row, of which the lanes have found this.
fn squares_of(row: u32, found: f32) -> f32 {
    return found;
}
