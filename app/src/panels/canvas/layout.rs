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

    /// The same rows and columns with pictures of another size, in points.
    pub fn with_picture(self, picture: Vec2) -> Self {
        Self { picture, ..self }
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
    size * shown_scale(size, room, pixels_per_point) / pixels_per_point
}

/// The same as a magnification: screen pixels for a pixel of the picture.
pub fn shown_scale(size: Vec2, room: Vec2, pixels_per_point: f32) -> f32 {
    let room = room.max(Vec2::splat(8.0)) * pixels_per_point;
    let fit = (room / size.max(Vec2::splat(1.0))).min_elem();
    // A room that was computed from the picture itself must not lose a multiple to rounding.
    if fit >= 1.0 {
        (fit + 1e-3).floor()
    } else {
        fit
    }
}

/// Where a picture of `size` points lies when `centre` of it (in shares of its size) is to stand in the
/// middle of `area`: what fits is centred, what does not leaves no room empty. On whole pixels of the
/// screen, so that every pixel of the picture is as large as the others.
pub fn placed(area: Rect, size: Vec2, centre: Vec2, pixels_per_point: f32) -> Rect {
    let along = |middle: f32, min: f32, max: f32, size: f32, share: f32| {
        if size <= max - min {
            middle - size / 2.0
        } else {
            (middle - share * size).clamp(max - size, min)
        }
    };
    let middle = area.center();
    let corner = Vec2::new(
        along(middle.x, area.left(), area.right(), size.x, centre.x),
        along(middle.y, area.top(), area.bottom(), size.y, centre.y),
    );
    let corner = (corner * pixels_per_point).round() / pixels_per_point;
    Rect::from_min_size(corner.to_pos2(), size)
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
    fn what_fits_is_centred_and_what_does_not_leaves_no_room_empty() {
        let area = Rect::from_min_size(eframe::egui::pos2(10.0, 0.0), Vec2::new(100.0, 100.0));
        let small = placed(area, Vec2::splat(40.0), Vec2::splat(0.9), 1.0);
        assert_eq!(small.center(), area.center());
        let corner = placed(area, Vec2::splat(300.0), Vec2::ZERO, 1.0);
        assert_eq!(corner.min, area.min);
        let middle = placed(area, Vec2::splat(300.0), Vec2::splat(0.5), 1.0);
        assert_eq!(middle.center(), area.center());
        let far = placed(area, Vec2::splat(300.0), Vec2::splat(7.0), 1.0);
        assert_eq!(far.max, area.max);
    }

    #[test]
    fn pictures_lie_on_whole_pixels_at_any_scale_factor() {
        let area = Rect::from_min_size(eframe::egui::pos2(3.3, 1.7), Vec2::new(97.1, 53.9));
        for ppp in [1.0, 1.25, 1.5, 2.0, 3.0] {
            let at = placed(area, Vec2::splat(40.0), Vec2::splat(0.5), ppp).min * ppp;
            let off = (at.to_vec2() - at.to_vec2().round()).length();
            assert!(off < 1e-3, "{ppp}: {at:?}");
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
