//! Small copies of pictures for lists. Each pixel of the copy is the mean of those it covers, in the
//! picture's own encoding: at these sizes the difference to linear light is not seen.

use strata_engine::Pixels;

/// A copy whose longer edge is at most `edge` pixels; a smaller picture stays as it is.
pub fn shrink(picture: &Pixels, edge: usize) -> Pixels {
    let longer = picture.width.max(picture.height);
    if longer <= edge || edge == 0 {
        return picture.clone();
    }
    let size = |length: usize| (length * edge).div_ceil(longer).max(1);
    let (width, height) = (size(picture.width), size(picture.height));
    let mut rgb = Vec::with_capacity(width * height * 3);
    for row in 0..height {
        let rows = span(row, height, picture.height);
        for column in 0..width {
            let columns = span(column, width, picture.width);
            rgb.extend(mean(picture, rows.clone(), columns));
        }
    }
    Pixels { width, height, rgb }
}

/// The source pixels that pixel `at` of `small` covers.
fn span(at: usize, small: usize, large: usize) -> std::ops::Range<usize> {
    let start = at * large / small;
    start..((at + 1) * large / small).max(start + 1)
}

fn mean(
    picture: &Pixels,
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
) -> [u8; 3] {
    let mut sum = [0_usize; 3];
    let count = rows.len() * columns.len();
    for row in rows {
        let line = row * picture.width;
        let pixels = picture
            .rgb
            .get((line + columns.start) * 3..(line + columns.end) * 3);
        for pixel in pixels.unwrap_or_default().chunks_exact(3) {
            for (sum, value) in sum.iter_mut().zip(pixel) {
                *sum += usize::from(*value);
            }
        }
    }
    sum.map(|sum| ((sum + count / 2) / count.max(1)) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_keeps_shape_and_mean() {
        let picture = Pixels {
            width: 8,
            height: 4,
            rgb: (0..8 * 4 * 3).map(|i| (i % 2 * 200) as u8).collect(),
        };
        let small = shrink(&picture, 4);
        assert_eq!((small.width, small.height), (4, 2));
        assert!(small.rgb.iter().all(|value| *value == 100), "{small:?}");
    }

    #[test]
    fn odd_sizes_cover_every_pixel_and_small_pictures_stay() {
        let picture = Pixels {
            width: 7,
            height: 3,
            rgb: vec![9; 7 * 3 * 3],
        };
        let small = shrink(&picture, 5);
        assert_eq!((small.width, small.height), (5, 3));
        assert_eq!(small.rgb, vec![9; 5 * 3 * 3]);
        assert_eq!(shrink(&picture, 7), picture);
    }
}
