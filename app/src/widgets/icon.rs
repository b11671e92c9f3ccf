//! Icons as strokes, so that they are crisp at every scale and need no font. Each is drawn in a square
//! of 16 units.

use eframe::egui::{
    Color32, CornerRadius, Mesh, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2,
};

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A cross.
    Close,
    /// A plus.
    Plus,
    /// A tick.
    Check,
    /// A die showing five.
    Dice,
    /// A closed padlock.
    Locked,
    /// An open padlock.
    Unlocked,
    /// A folder.
    Folder,
    /// An arrow that turns back.
    Reset,
    /// Four squares.
    Grid,
    /// One large square.
    Large,
    /// An arrowhead to the left.
    Left,
    /// An arrowhead to the right.
    Right,
    /// An arrowhead upwards.
    Up,
    /// An arrowhead downwards.
    Down,
    /// A magnifying glass.
    Search,
    /// Three lines, one below the other.
    List,
    /// A branch with two lines below it.
    Tree,
    /// A clock.
    Clock,
    /// A star.
    Star,
    /// A filled star.
    FullStar,
    /// A sun.
    Sun,
    /// A moon.
    Moon,
    /// Half sun, half moon.
    HalfMoon,
    /// A triangle with an exclamation mark.
    Warning,
    /// Three dots.
    More,
    /// Layers: the mark of Strata.
    Layers,
    /// A heart.
    Heart,
    /// The same, filled.
    HeartFilled,
    /// A bin.
    Bin,
    /// Two sheets.
    Copy,
    /// An arrow up.
    SortUp,
    /// An arrow down.
    SortDown,
    /// Crossing lines.
    Lines,
    /// One cell of a grid.
    Cell,
    /// Bars of growing height.
    Bars,
    /// A minus.
    Minus,
    /// Corners that point outwards.
    Expand,
    /// A frame within corners.
    Fit,
    /// Two halves.
    Halves,
    /// A triangle that points to the right.
    Play,
    /// Two bars.
    Pause,
}

/// Draws `icon` in the middle of `area`, `size` points wide.
pub fn paint(painter: &Painter, area: Rect, icon: Icon, size: f32, color: Color32) {
    let pen = Pen {
        painter,
        square: Rect::from_center_size(area.center(), Vec2::splat(size)),
        stroke: Stroke::new((size / 16.0 * 1.5).max(1.2), color),
    };
    match icon {
        Icon::Close => {
            pen.line(&[(4.0, 4.0), (12.0, 12.0)]);
            pen.line(&[(12.0, 4.0), (4.0, 12.0)]);
        }
        Icon::Plus => {
            pen.line(&[(8.0, 3.0), (8.0, 13.0)]);
            pen.line(&[(3.0, 8.0), (13.0, 8.0)]);
        }
        Icon::Check => pen.line(&[(3.0, 8.5), (6.5, 12.0), (13.0, 4.5)]),
        Icon::Dice => pen.dice(),
        Icon::Locked => pen.padlock(true),
        Icon::Unlocked => pen.padlock(false),
        Icon::Folder => pen.closed(&[
            (1.5, 13.0),
            (1.5, 3.5),
            (6.0, 3.5),
            (7.5, 5.5),
            (14.5, 5.5),
            (14.5, 13.0),
        ]),
        Icon::Reset => pen.reset(),
        Icon::Grid => {
            for (x, y) in [(2.5, 2.5), (9.0, 2.5), (2.5, 9.0), (9.0, 9.0)] {
                pen.frame((x, y), (x + 4.5, y + 4.5), 1);
            }
        }
        Icon::Large => pen.frame((2.5, 2.5), (13.5, 13.5), 1),
        Icon::Left => pen.line(&[(10.0, 3.0), (5.0, 8.0), (10.0, 13.0)]),
        Icon::Right => pen.line(&[(6.0, 3.0), (11.0, 8.0), (6.0, 13.0)]),
        Icon::Up => pen.line(&[(3.0, 10.0), (8.0, 5.0), (13.0, 10.0)]),
        Icon::Down => pen.line(&[(3.0, 6.0), (8.0, 11.0), (13.0, 6.0)]),
        Icon::Search => {
            pen.circle((7.0, 7.0), 4.5);
            pen.line(&[(10.3, 10.3), (14.0, 14.0)]);
        }
        Icon::List => {
            for y in [4.0, 8.0, 12.0] {
                pen.line(&[(2.5, y), (13.5, y)]);
            }
        }
        Icon::Tree => {
            pen.line(&[(2.0, 3.5), (9.0, 3.5)]);
            pen.line(&[(4.5, 3.5), (4.5, 12.5), (8.0, 12.5)]);
            pen.line(&[(4.5, 8.0), (8.0, 8.0)]);
            pen.line(&[(10.0, 8.0), (14.0, 8.0)]);
            pen.line(&[(10.0, 12.5), (14.0, 12.5)]);
        }
        Icon::Clock => {
            pen.circle((8.0, 8.0), 5.8);
            pen.line(&[(8.0, 4.6), (8.0, 8.2), (10.6, 9.8)]);
        }
        Icon::Star => pen.closed(&star()),
        Icon::FullStar => pen.full_star(),
        Icon::Sun => pen.sun(),
        Icon::Moon => pen.moon(),
        Icon::HalfMoon => pen.half_moon(),
        Icon::Warning => {
            pen.closed(&[(8.0, 2.0), (14.8, 14.0), (1.2, 14.0)]);
            pen.line(&[(8.0, 6.2), (8.0, 10.0)]);
            pen.dot((8.0, 12.0), 0.9);
        }
        Icon::More => {
            for x in [3.0, 8.0, 13.0] {
                pen.dot((x, 8.0), 1.4);
            }
        }
        Icon::Layers => {
            pen.closed(&[(8.0, 1.5), (15.0, 5.2), (8.0, 9.0), (1.0, 5.2)]);
            pen.line(&[(1.0, 8.4), (8.0, 12.0), (15.0, 8.4)]);
            pen.line(&[(1.0, 11.6), (8.0, 15.2), (15.0, 11.6)]);
        }
        Icon::Heart => pen.closed(&heart()),
        Icon::HeartFilled => pen.filled_heart(),
        Icon::Bin => pen.bin(),
        Icon::Copy => {
            pen.frame((5.5, 5.5), (13.5, 14.0), 1);
            pen.line(&[
                (3.0, 11.0),
                (2.5, 11.0),
                (2.5, 2.5),
                (10.5, 2.5),
                (10.5, 3.0),
            ]);
        }
        Icon::SortUp => {
            pen.line(&[(8.0, 13.5), (8.0, 3.0)]);
            pen.line(&[(3.8, 7.2), (8.0, 3.0), (12.2, 7.2)]);
        }
        Icon::SortDown => {
            pen.line(&[(8.0, 2.5), (8.0, 13.0)]);
            pen.line(&[(3.8, 8.8), (8.0, 13.0), (12.2, 8.8)]);
        }
        tool => pen.tool(tool),
    }
}

/// The outline of a heart: one half by the curve x = 16 sin^3 t, the other its mirror.
fn heart() -> Vec<(f32, f32)> {
    let point = |at: usize| {
        let t = (at as f32 * 15.0).to_radians();
        let y = 13.0 * t.cos() - 5.0 * (2.0 * t).cos() - 2.0 * (3.0 * t).cos() - (4.0 * t).cos();
        (8.0 + 6.4 * t.sin().powi(3), 7.4 - y * 0.4)
    };
    (0..24).map(point).collect()
}

struct Pen<'a> {
    painter: &'a Painter,
    square: Rect,
    stroke: Stroke,
}

impl Pen<'_> {
    fn unit(&self) -> f32 {
        self.square.width() / 16.0
    }

    fn at(&self, (x, y): (f32, f32)) -> Pos2 {
        self.square.min + Vec2::new(x, y) * self.unit()
    }

    fn line(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|point| self.at(*point)).collect();
        self.painter.add(Shape::line(points, self.stroke));
    }

    fn closed(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|point| self.at(*point)).collect();
        self.painter.add(Shape::closed_line(points, self.stroke));
    }

    fn circle(&self, centre: (f32, f32), radius: f32) {
        let radius = radius * self.unit();
        self.painter
            .circle_stroke(self.at(centre), radius, self.stroke);
    }

    fn dot(&self, centre: (f32, f32), radius: f32) {
        let radius = radius * self.unit();
        self.painter
            .circle_filled(self.at(centre), radius, self.stroke.color);
    }

    fn frame(&self, min: (f32, f32), max: (f32, f32), rounding: u8) {
        self.painter.rect_stroke(
            Rect::from_min_max(self.at(min), self.at(max)),
            CornerRadius::same(rounding),
            self.stroke,
            StrokeKind::Middle,
        );
    }

    fn fan(&self, centre: (f32, f32), points: &[(f32, f32)]) {
        let next = points.iter().cycle().skip(1);
        for (one, other) in points.iter().zip(next) {
            let triangle = [centre, *one, *other].map(|point| self.at(point)).to_vec();
            let color = self.stroke.color;
            self.painter.add(Shape::convex_polygon(
                triangle,
                color,
                Stroke::new(0.5, color),
            ));
        }
    }

    fn filled_heart(&self) {
        self.fan((8.0, 8.0), &heart());
    }

    fn bin(&self) {
        self.line(&[(2.5, 4.5), (13.5, 4.5)]);
        self.line(&[(6.0, 4.5), (6.0, 2.5), (10.0, 2.5), (10.0, 4.5)]);
        self.line(&[(4.0, 4.5), (4.6, 14.0), (11.4, 14.0), (12.0, 4.5)]);
        self.line(&[(6.8, 7.0), (6.9, 11.6)]);
        self.line(&[(9.2, 7.0), (9.1, 11.6)]);
    }

    /// A piece of a circle; angles in degrees, clockwise from three o'clock.
    fn arc(&self, centre: (f32, f32), radius: f32, degrees: std::ops::RangeInclusive<i32>) {
        let points: Vec<(f32, f32)> = degrees
            .step_by(10)
            .map(|degrees| {
                let (sin, cos) = (degrees as f32).to_radians().sin_cos();
                (centre.0 + radius * cos, centre.1 + radius * sin)
            })
            .collect();
        self.line(&points);
    }

    /// What stands on the tools under the canvas.
    fn tool(&self, icon: Icon) {
        match icon {
            Icon::Lines => {
                for at in [6.0, 10.0] {
                    self.line(&[(at, 2.0), (at, 14.0)]);
                    self.line(&[(2.0, at), (14.0, at)]);
                }
            }
            Icon::Cell => {
                self.frame((2.0, 2.0), (14.0, 14.0), 1);
                self.frame((5.5, 5.5), (10.5, 10.5), 0);
            }
            Icon::Bars => {
                for (x, top) in [(3.5, 10.5), (8.0, 6.5), (12.5, 2.5)] {
                    self.line(&[(x, 14.0), (x, top)]);
                }
            }
            Icon::Minus => self.line(&[(3.0, 8.0), (13.0, 8.0)]),
            Icon::Expand => self.corners(2.0, 6.0),
            Icon::Fit => {
                self.corners(1.5, 4.5);
                self.frame((5.0, 5.0), (11.0, 11.0), 1);
            }
            Icon::Halves => {
                self.frame((2.0, 3.0), (14.0, 13.0), 1);
                self.line(&[(8.0, 1.0), (8.0, 15.0)]);
            }
            Icon::Play => self.closed(&[(4.5, 2.5), (13.0, 8.0), (4.5, 13.5)]),
            Icon::Pause => {
                self.line(&[(5.5, 3.0), (5.5, 13.0)]);
                self.line(&[(10.5, 3.0), (10.5, 13.0)]);
            }
            _ => {}
        }
    }

    /// The four corners of a square `inset` from the edge, with arms up to `end`.
    fn corners(&self, inset: f32, end: f32) {
        let (far, far_end) = (16.0 - inset, 16.0 - end);
        for (x, to_x) in [(inset, end), (far, far_end)] {
            for (y, to_y) in [(inset, end), (far, far_end)] {
                self.line(&[(to_x, y), (x, y), (x, to_y)]);
            }
        }
    }

    fn dice(&self) {
        self.frame((2.0, 2.0), (14.0, 14.0), 3);
        for spot in [
            (5.2, 5.2),
            (10.8, 5.2),
            (8.0, 8.0),
            (5.2, 10.8),
            (10.8, 10.8),
        ] {
            self.dot(spot, 1.1);
        }
    }

    fn padlock(&self, closed: bool) {
        self.frame((3.0, 7.5), (13.0, 14.0), 2);
        self.arc((8.0, 5.5), 3.2, 180..=360);
        self.line(&[(4.8, 5.5), (4.8, 7.5)]);
        if closed {
            self.line(&[(11.2, 5.5), (11.2, 7.5)]);
        }
        self.dot((8.0, 10.7), 1.1);
    }

    fn reset(&self) {
        self.arc((8.0, 8.5), 5.2, -150..=130);
        self.line(&[(3.2, 2.2), (3.5, 6.0), (7.2, 5.4)]);
    }

    fn sun(&self) {
        self.circle((8.0, 8.0), 3.0);
        for degrees in (0..360).step_by(45) {
            let (sin, cos) = (degrees as f32).to_radians().sin_cos();
            let ray = |radius: f32| (8.0 + radius * cos, 8.0 + radius * sin);
            self.line(&[ray(5.2), ray(7.2)]);
        }
    }

    fn moon(&self) {
        // Two arcs that meet in the horns: the outer circle, and one moved to the upper right.
        self.arc((8.0, 8.0), 6.0, -10..=280);
        self.arc((11.2, 4.8), 4.6, 50..=220);
    }

    /// A star is not convex, so it is filled as triangles around its middle.
    fn full_star(&self) {
        let corners = star();
        let mut mesh = Mesh::default();
        mesh.colored_vertex(self.at((8.0, 8.2)), self.stroke.color);
        for corner in corners {
            mesh.colored_vertex(self.at(corner), self.stroke.color);
        }
        let count = corners.len() as u32;
        for at in 0..count {
            mesh.add_triangle(0, 1 + at, 1 + (at + 1) % count);
        }
        self.painter.add(Shape::mesh(mesh));
        self.closed(&corners);
    }

    fn half_moon(&self) {
        self.circle((8.0, 8.0), 5.8);
        let half: Vec<Pos2> = (90..=270)
            .step_by(10)
            .map(|degrees| {
                let (sin, cos) = (degrees as f32).to_radians().sin_cos();
                self.at((8.0 + 5.8 * cos, 8.0 + 5.8 * sin))
            })
            .collect();
        self.painter
            .add(Shape::convex_polygon(half, self.stroke.color, Stroke::NONE));
    }
}

/// The corners of a star with five points, outer and inner ones in turn, from the top.
fn star() -> [(f32, f32); 10] {
    std::array::from_fn(|at| {
        let radius = if at % 2 == 0 { 6.6 } else { 2.9 };
        let (sin, cos) = (at as f32 * 36.0).to_radians().sin_cos();
        (8.0 + radius * sin, 8.2 - radius * cos)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_map_to_the_square() {
        let ctx = eframe::egui::Context::default();
        let painter = Painter::new(ctx, eframe::egui::LayerId::background(), Rect::EVERYTHING);
        let pen = Pen {
            painter: &painter,
            square: Rect::from_min_size(Pos2::ZERO, Vec2::splat(16.0)),
            stroke: Stroke::NONE,
        };
        assert_eq!(pen.at((8.0, 8.0)), Pos2::new(8.0, 8.0));
        assert_eq!(pen.at((16.0, 0.0)), Pos2::new(16.0, 0.0));
    }
}
