//! Letters on a picture: the window's own font, without a window.

use std::sync::Arc;

use egui::{
    Color32, FontDefinitions, FontId,
    epaint::{
        ColorImage,
        text::{Fonts, Galley, LayoutJob, TextOptions},
    },
};
use strata_engine::{Pixels, picture::sheet::Area};

/// Of a caption's height, the letters' own.
const LETTERS: f32 = 0.62;

/// Draws captions.
pub(super) struct Captions {
    fonts: Fonts,
    colour: [u8; 3],
}

impl Captions {
    /// In the colour that can be read on this background.
    pub(super) fn on(background: [u8; 3]) -> Self {
        // Relative luminance as in Rec. 709, near enough without undoing the transfer function.
        let [r, g, b] = background.map(f32::from);
        let light = 0.2126 * r + 0.7152 * g + 0.0722 * b > 110.0;
        Self {
            fonts: Fonts::new(TextOptions::default(), FontDefinitions::default()),
            colour: if light { [32; 3] } else { [224; 3] },
        }
    }

    /// Draws one line into the middle of an area; what does not fit is cut off with an ellipsis.
    pub(super) fn draw(&mut self, on: &mut Pixels, area: Area, text: &str) {
        let font = FontId::proportional((area.height as f32 * LETTERS).round());
        let width = area.width as f32;
        let mut job = LayoutJob::simple(text.to_owned(), font, Color32::WHITE, width);
        job.wrap.max_rows = 1;
        job.wrap.break_anywhere = true;
        let galley = self.fonts.layout_uncached(1.0, Arc::new(job));
        let size = galley.rect.size();
        let left = area.left as f32 + ((width - size.x) / 2.0).max(0.0).round();
        let top = area.top as f32 + ((area.height as f32 - size.y) / 2.0).round();
        let atlas = self.fonts.texture_atlas().image();
        ink(on, &galley, [left, top], atlas, self.colour);
    }
}

/// Copies every glyph of a line from the atlas, as far as it lies on the picture.
fn ink(on: &mut Pixels, galley: &Galley, at: [f32; 2], atlas: &ColorImage, colour: [u8; 3]) {
    for row in &galley.rows {
        for glyph in &row.glyphs {
            let uv = glyph.uv_rect;
            let corner = row.pos + glyph.pos.to_vec2() + uv.offset;
            let (left, top) = ((at[0] + corner.x).round(), (at[1] + corner.y).round());
            for (v, y) in (uv.min[1]..uv.max[1]).zip(top as i64..) {
                for (u, x) in (uv.min[0]..uv.max[0]).zip(left as i64..) {
                    let texel = usize::from(v) * atlas.width() + usize::from(u);
                    let coverage = atlas.pixels.get(texel).map_or(0, Color32::a);
                    blend(on, x, y, colour, coverage);
                }
            }
        }
    }
}

fn blend(on: &mut Pixels, x: i64, y: i64, colour: [u8; 3], coverage: u8) {
    let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else {
        return;
    };
    if x >= on.width {
        return;
    }
    let start = (y * on.width + x) * 3;
    for (under, over) in on.rgb.iter_mut().skip(start).take(3).zip(colour) {
        let part = u32::from(coverage);
        let mixed = u32::from(over) * part + u32::from(*under) * (255 - part);
        *under = ((mixed + 127) / 255) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Area = Area {
        left: 20,
        top: 10,
        width: 120,
        height: 20,
    };

    /// The box around the ink, and how dark the darkest of it is.
    fn drawn(text: &str) -> ([usize; 4], u8) {
        let mut pixels = Pixels {
            width: 160,
            height: 40,
            rgb: vec![255; 160 * 40 * 3],
        };
        Captions::on([255; 3]).draw(&mut pixels, AREA, text);
        let mut found = [usize::MAX, usize::MAX, 0, 0];
        let mut darkest = 255;
        for (n, pixel) in pixels.rgb.chunks(3).enumerate() {
            let (x, y) = (n % 160, n / 160);
            if pixel[0] < 200 {
                let [left, top, right, bottom] = found;
                found = [left.min(x), top.min(y), right.max(x), bottom.max(y)];
            }
            darkest = darkest.min(pixel[0]);
        }
        (found, darkest)
    }

    #[test]
    fn letters_are_in_the_middle_of_their_area() {
        let ([left, top, right, bottom], darkest) = drawn("snail");
        assert!(darkest < 120, "{darkest}");
        assert!(top >= 10 && bottom < 30, "{top} to {bottom}");
        let (before, after) = (left - 20, 140 - right);
        assert!(
            before.abs_diff(after) <= 4 && before > 20,
            "{before} and {after}"
        );
    }

    #[test]
    fn long_captions_end_at_the_edge() {
        let ([left, _, right, _], _) = drawn(&"golden retriever ".repeat(9));
        assert!(left >= 19 && right <= 141, "{left} to {right}");
        assert_eq!(drawn("").1, 255);
    }
}
