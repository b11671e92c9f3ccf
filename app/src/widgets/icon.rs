//! Icons as strokes, so that they are crisp at every scale and need no font. Each is drawn in a square
//! of 16 units.

use eframe::egui::{Color32, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2};

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
    /// A magnifying glass.
    Search,
    /// A sun.
    Sun,
    /// A moon.
    Moon,
    /// Half sun, half moon.
    HalfMoon,
    /// A triangle with an exclamation mark.
    Warning,
    /// Layers: the mark of Strata.
    Layers,
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
        Icon::Search => {
            pen.circle((7.0, 7.0), 4.5);
            pen.line(&[(10.3, 10.3), (14.0, 14.0)]);
        }
        Icon::Sun => pen.sun(),
        Icon::Moon => pen.moon(),
        Icon::HalfMoon => pen.half_moon(),
        Icon::Warning => {
            pen.closed(&[(8.0, 2.0), (14.8, 14.0), (1.2, 14.0)]);
            pen.line(&[(8.0, 6.2), (8.0, 10.0)]);
            pen.dot((8.0, 12.0), 0.9);
        }
        Icon::Layers => {
            pen.closed(&[(8.0, 1.5), (15.0, 5.2), (8.0, 9.0), (1.0, 5.2)]);
            pen.line(&[(1.0, 8.4), (8.0, 12.0), (15.0, 8.4)]);
            pen.line(&[(1.0, 11.6), (8.0, 15.2), (15.0, 11.6)]);
        }
        tool => pen.tool(tool),
    }
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
