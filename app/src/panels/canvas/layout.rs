//! Where pictures go: the grid that makes tiles largest, and sizes at which pixels stay squares.

use eframe::egui::{Rect, Vec2};

/// Distance between tiles, in points.
pub const SPACE: f32 = 12.0;
/// Height of the words under a tile, in points.
pub const WORDS: f32 = 20.0;
/// Shortest edge of a tile's picture before the canvas scrolls, in points.
const SMALLEST: f32 = 104.0;

/// A grid of equal tiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Tiles side by side.
    pub columns: usize,
    /// Rows of tiles.
    pub rows: usize,
    /// The picture of a tile, without its words, in points.
    pub picture: Vec2,
}

impl Grid {
    /// The grid in which `count` pictures of `size` (pixels) are largest within `area` (points). Past the
    /// smallest size it is as wide as `area` and higher.
    pub fn fit(count: usize, size: Vec2, area: Vec2, pixels_per_point: f32) -> Self {
        let count = count.max(1);
        let rows = |columns: usize| count.div_ceil(columns);
        let picture = |columns: usize| {
            let cells = Vec2::new(columns as f32, rows(columns) as f32);
            let room = (area - (cells - Vec2::splat(1.0)) * SPACE) / cells - Vec2::new(0.0, WORDS);
            shown_size(size, room, pixels_per_point)
        };
        let best = (1..=count).map(|columns| (columns, picture(columns))).fold(
            None,
            |best: Option<(usize, Vec2)>, (columns, picture)| match best {
                Some((_, largest)) if largest.x >= picture.x => best,
                _ => Some((columns, picture)),
            },
        );
        match best {
            Some((columns, picture)) if picture.min_elem() >= SMALLEST.min(size.min_elem()) => {
                Self {
                    columns,
                    rows: rows(columns),
                    picture,
                }
            }
            _ => Self::scrolling(count, size, area.x, pixels_per_point),
        }
    }

    fn scrolling(count: usize, size: Vec2, width: f32, pixels_per_point: f32) -> Self {
        let columns = ((width + SPACE) / (SMALLEST + SPACE)).floor().max(1.0);
        let room = (width - (columns - 1.0) * SPACE) / columns;
        let columns = columns as usize;
        Self {
            columns,
            rows: count.div_ceil(columns),
            picture: shown_size(size, Vec2::new(room, f32::INFINITY), pixels_per_point),
        }
    }

    /// Height of a row with its words and the distance to the next, in points.
    pub fn row_height(&self) -> f32 {
        self.picture.y + WORDS + SPACE
    }

    /// The whole grid, in points.
    pub fn size(&self) -> Vec2 {
        Vec2::new(
            self.columns as f32 * (self.picture.x + SPACE) - SPACE,
            self.rows as f32 * self.row_height() - SPACE,
        )
    }
}

/// The size, in points, at which a picture of `size` pixels is shown in `room`: the largest whole
/// multiple on the screen's own pixels, or smaller than life to fit.
pub fn shown_size(size: Vec2, room: Vec2, pixels_per_point: f32) -> Vec2 {
    let room = room.max(Vec2::splat(8.0)) * pixels_per_point;
    let fit = (room / size.max(Vec2::splat(1.0))).min_elem();
    let scale = if fit >= 1.0 { fit.floor() } else { fit };
    size * scale / pixels_per_point
}

/// `size` in the middle of `area`, on whole pixels of the screen.
pub fn centred(area: Rect, size: Vec2, pixels_per_point: f32) -> Rect {
    let corner = (area.center() - size / 2.0).to_vec2() * pixels_per_point;
    Rect::from_min_size((corner.round() / pixels_per_point).to_pos2(), size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_whole_multiples_where_there_is_room() {
        let size = Vec2::splat(256.0);
        let cases = [
            (Vec2::new(700.0, 600.0), 1.0, 512.0),
            (Vec2::new(300.0, 900.0), 1.0, 256.0),
            (Vec2::new(128.0, 900.0), 1.0, 128.0),
            // 400 points at two pixels a point are 800 pixels: three times 256.
            (Vec2::new(400.0, 400.0), 2.0, 384.0),
        ];
        for (room, pixels_per_point, edge) in cases {
            let shown = shown_size(size, room, pixels_per_point);
            assert_eq!(shown, Vec2::splat(edge), "{room:?}");
        }
    }

    #[test]
    fn the_grid_takes_the_shape_of_the_canvas() {
        let size = Vec2::splat(256.0);
        let shape = |count, area| {
            let grid = Grid::fit(count, size, area, 1.0);
            (grid.columns, grid.rows)
        };
        assert_eq!(shape(4, Vec2::new(600.0, 600.0)), (2, 2));
        assert_eq!(shape(4, Vec2::new(1200.0, 300.0)), (4, 1));
        assert_eq!(shape(3, Vec2::new(200.0, 900.0)), (1, 3));
    }

    #[test]
    fn everything_fits_until_tiles_would_be_too_small() {
        let area = Vec2::new(800.0, 600.0);
        for count in 1..=200 {
            let grid = Grid::fit(count, Vec2::splat(256.0), area, 1.0);
            assert!(grid.columns * grid.rows >= count);
            assert!(grid.size().x <= area.x + 0.5, "{count}: {grid:?}");
            let fits = grid.size().y <= area.y + 0.5;
            assert!(fits || grid.picture.x < 140.0, "{count}: {grid:?}");
            assert!(grid.picture.x >= SMALLEST, "{count}: {grid:?}");
        }
    }
}
