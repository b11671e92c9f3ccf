//! Pixels from picture files, to plain PNGs, and fitted to a model's size.
//!
//! Everything that comes from outside is bounded before memory is taken for it.

use std::{
    borrow::Cow,
    fs::File,
    io::{BufRead, BufReader, Seek},
    path::Path,
};

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, RgbImage,
    imageops::{self, FilterType},
};

use super::{MAX_SIDE, Pixels, atomic, encode};
use crate::error::{Error, Result};

/// Memory that reading one picture may take: the largest one with an alpha channel.
const MAX_BYTES: u64 = (MAX_SIDE * MAX_SIDE * 4) as u64;

impl Pixels {
    /// Reads a PNG, JPEG or WebP file, whatever its name ends in. The orientation that a camera noted
    /// is applied; what is transparent is shown on white.
    ///
    /// # Errors
    /// [`Error::File`] when it cannot be opened, [`Error::Malformed`] when it is none of these or
    /// damaged, [`Error::Refused`] when a side has more than [`MAX_SIDE`] pixels.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|error| Error::file("open", path, &error))?;
        let reader = ImageReader::new(BufReader::new(file))
            .with_guessed_format()
            .map_err(|error| Error::file("read", path, &error))?;
        Self::decode(reader, path)
    }

    /// Decodes the pixels of what is known to be a PNG.
    pub(super) fn decode_png(reader: impl BufRead + Seek, path: &Path) -> Result<Self> {
        Self::decode(ImageReader::with_format(reader, ImageFormat::Png), path)
    }

    fn decode<R: BufRead + Seek>(mut reader: ImageReader<R>, path: &Path) -> Result<Self> {
        let mut limits = image::Limits::default();
        limits.max_image_width = Some(MAX_SIDE as u32);
        limits.max_image_height = Some(MAX_SIDE as u32);
        limits.max_alloc = Some(MAX_BYTES);
        reader.limits(limits);
        let format = match reader.format() {
            Some(ImageFormat::Png) => "PNG",
            Some(ImageFormat::Jpeg) => "JPEG",
            Some(ImageFormat::WebP) => "WebP",
            _ => {
                return Err(Error::malformed(
                    "PNG, JPEG or WebP",
                    path,
                    "it begins like none of them",
                ));
            }
        };
        let decoded = || {
            let mut decoder = reader.into_decoder()?;
            let orientation = decoder.orientation()?;
            let mut image = DynamicImage::from_decoder(decoder)?;
            image.apply_orientation(orientation);
            Ok(image)
        };
        let image = decoded().map_err(|error| refusal(error, format, path))?;
        Ok(Self::from_image(image))
    }

    fn from_image(image: DynamicImage) -> Self {
        let image = if image.color().has_alpha() {
            on_white(&image)
        } else {
            image.into_rgb8()
        };
        Self {
            width: image.width() as usize,
            height: image.height() as usize,
            rgb: image.into_raw(),
        }
    }

    /// The picture at another size: what exceeds the aspect is cut off evenly on both sides, the rest
    /// is resampled (Lanczos when it shrinks, Catmull-Rom when it grows).
    ///
    /// # Errors
    /// [`Error::Picture`] when the pixels contradict themselves or the size has no pixels.
    pub fn fit(&self, width: usize, height: usize) -> Result<Self> {
        self.check()?;
        check_size(width, height)?;
        if (self.width, self.height) == (width, height) {
            return Ok(self.clone());
        }
        let [columns, rows] = crop([self.width, self.height], [width, height]);
        let image = RgbImage::from_raw(self.width as u32, self.height as u32, self.rgb.clone())
            .ok_or_else(|| Error::Picture("too few pixels".into()))?;
        let (left, top) = ((self.width - columns) / 2, (self.height - rows) / 2);
        let view = imageops::crop_imm(&image, left as u32, top as u32, columns as u32, rows as u32);
        let shrinks = columns > width || rows > height;
        let filter = if shrinks {
            FilterType::Lanczos3
        } else {
            FilterType::CatmullRom
        };
        let image = imageops::resize(&view.to_image(), width as u32, height as u32, filter);
        Ok(Self {
            width,
            height,
            rgb: image.into_raw(),
        })
    }

    /// The pixels as a plain PNG, without a recipe.
    ///
    /// # Errors
    /// [`Error::Picture`] when the pixels contradict themselves.
    pub fn to_png(&self) -> Result<Vec<u8>> {
        encode::png(self, &[])
    }

    /// Writes a plain PNG, which afterwards is there entirely or not at all.
    ///
    /// # Errors
    /// As `to_png`, and [`Error::File`] for a full disk, an unwritable folder and the like.
    pub fn write_png(&self, path: impl AsRef<Path>) -> Result<()> {
        atomic::write_bytes(path, &self.to_png()?)
    }

    /// Whether the size is possible and there are as many pixels as it says.
    pub(super) fn check(&self) -> Result<()> {
        check_size(self.width, self.height)?;
        let expected = self.width * self.height * 3;
        if self.rgb.len() == expected {
            return Ok(());
        }
        Err(Error::Picture(format!(
            "{} bytes of pixels, expected {expected} for {} x {}",
            self.rgb.len(),
            self.width,
            self.height
        )))
    }
}

fn check_size(width: usize, height: usize) -> Result<()> {
    if [width, height]
        .iter()
        .all(|side| (1..=MAX_SIDE).contains(side))
    {
        return Ok(());
    }
    Err(Error::Picture(format!(
        "{width} x {height} pixels, expected 1 to {MAX_SIDE} each"
    )))
}

/// The largest part, columns and rows, of a picture that has the aspect of another size.
fn crop([width, height]: [usize; 2], [to_width, to_height]: [usize; 2]) -> [usize; 2] {
    let scaled = |side: usize, by: usize, of: usize| (side * by + of / 2) / of;
    if width * to_height > height * to_width {
        [scaled(height, to_width, to_height).clamp(1, width), height]
    } else {
        [width, scaled(width, to_height, to_width).clamp(1, height)]
    }
}

fn on_white(image: &DynamicImage) -> RgbImage {
    let image = match image {
        DynamicImage::ImageRgba8(image) => Cow::Borrowed(image),
        other => Cow::Owned(other.to_rgba8()),
    };
    let mut flat = RgbImage::new(image.width(), image.height());
    for (to, from) in flat.pixels_mut().zip(image.pixels()) {
        let [r, g, b, alpha] = from.0.map(u32::from);
        let mix = |channel| ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        to.0 = [mix(r), mix(g), mix(b)];
    }
    flat
}

fn refusal(error: ImageError, format: &'static str, path: &Path) -> Error {
    match error {
        ImageError::Limits(_) => Error::refused(
            path,
            format!("it has more than {MAX_SIDE} pixels a side, or needs too much memory"),
        ),
        ImageError::IoError(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            Error::file("read", path, &error)
        }
        ImageError::IoError(_) => Error::malformed(format, path, "it ends too early"),
        error => Error::malformed(format, path, error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    /// Red grows to the right, green downwards.
    fn gradient(width: usize, height: usize) -> Pixels {
        let at = |n: usize, of: usize| (n * 255 / of.max(2).saturating_sub(1)) as u8;
        let rgb = (0..width * height)
            .flat_map(|n| [at(n % width, width), at(n / width, height), 77])
            .collect();
        Pixels { width, height, rgb }
    }

    #[test]
    fn plain_png_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let pixels = gradient(7, 5);
        pixels.write_png(&path).unwrap();
        assert_eq!(Pixels::read(&path).unwrap(), pixels);
        assert_eq!(pixels.to_png().unwrap(), fs::read(&path).unwrap());
    }

    #[test]
    fn reads_by_content_and_not_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.txt");
        let source = gradient(16, 12);
        let image = RgbImage::from_raw(16, 12, source.rgb.clone()).unwrap();
        for (format, tolerance) in [
            (ImageFormat::Jpeg, 40),
            (ImageFormat::WebP, 0),
            (ImageFormat::Png, 0),
        ] {
            image.save_with_format(&path, format).unwrap();
            let read = Pixels::read(&path).unwrap();
            assert_eq!((read.width, read.height), (16, 12));
            let furthest = read
                .rgb
                .iter()
                .zip(&source.rgb)
                .map(|(a, b)| a.abs_diff(*b))
                .max();
            assert!(furthest.unwrap() <= tolerance, "{format:?}: {furthest:?}");
        }
    }

    #[test]
    fn transparency_is_shown_on_white() {
        let mut image = image::RgbaImage::new(3, 1);
        image.put_pixel(0, 0, image::Rgba([10, 20, 30, 255]));
        image.put_pixel(1, 0, image::Rgba([10, 20, 30, 0]));
        image.put_pixel(2, 0, image::Rgba([0, 100, 255, 128]));
        let read = Pixels::from_image(image.into());
        assert_eq!(read.rgb, [10, 20, 30, 255, 255, 255, 127, 177, 255]);
    }

    #[test]
    fn fits_by_cropping_the_middle() {
        let cases = [
            ([10, 10], [5, 5], [10, 10]),
            ([20, 10], [8, 8], [10, 10]),
            ([10, 25], [8, 8], [10, 10]),
            ([10, 10], [8, 4], [10, 5]),
            ([3, 1000], [16, 1], [3, 1]),
            ([1000, 1], [1, 1000], [1, 1]),
        ];
        for (from, to, kept) in cases {
            assert_eq!(crop(from, to), kept, "{from:?} to {to:?}");
        }
        // Twice as wide as high: the left and right quarters go, so red runs from 1/4 to 3/4.
        let fitted = gradient(64, 32).fit(16, 16).unwrap();
        assert_eq!(fitted.rgb.len(), 16 * 16 * 3);
        let (first, last) = (fitted.rgb[0], fitted.rgb[15 * 3]);
        assert!((60..75).contains(&first), "{first}");
        assert!((180..195).contains(&last), "{last}");
        assert!(fitted.rgb.chunks(3).all(|pixel| pixel[2] == 77));
    }

    #[test]
    fn fit_changes_nothing_at_the_same_size_and_grows_too() {
        let pixels = gradient(9, 4);
        assert_eq!(pixels.fit(9, 4).unwrap(), pixels);
        let grown = pixels.fit(18, 8).unwrap();
        assert_eq!(
            (grown.width, grown.height, grown.rgb.len()),
            (18, 8, 18 * 8 * 3)
        );
        let one = Pixels {
            width: 1,
            height: 1,
            rgb: vec![1, 2, 3],
        };
        assert_eq!(one.fit(3, 2).unwrap().rgb, [1, 2, 3].repeat(6));
    }

    #[test]
    fn impossible_pixels_are_errors() {
        let short = Pixels {
            width: 2,
            height: 2,
            rgb: vec![0; 11],
        };
        let none = Pixels {
            width: 0,
            height: 2,
            rgb: vec![],
        };
        let wide = Pixels {
            width: MAX_SIDE + 1,
            height: 1,
            rgb: vec![0; 3 * (MAX_SIDE + 1)],
        };
        for pixels in [&short, &none, &wide] {
            assert!(matches!(pixels.to_png(), Err(Error::Picture(_))));
            assert!(matches!(pixels.fit(2, 2), Err(Error::Picture(_))));
        }
        assert!(matches!(gradient(2, 2).fit(0, 1), Err(Error::Picture(_))));
        assert!(matches!(
            gradient(2, 2).fit(1, usize::MAX),
            Err(Error::Picture(_))
        ));
    }

    #[test]
    fn files_that_are_no_pictures_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        assert!(matches!(
            Pixels::read(&path),
            Err(Error::File { action: "open", .. })
        ));
        assert!(matches!(
            Pixels::read(folder.path()),
            Err(Error::File { .. })
        ));
        fs::write(&path, b"not a picture").unwrap();
        let error = Pixels::read(&path).unwrap_err();
        assert!(error.to_string().ends_with(
            "a.png is not a readable PNG, JPEG or WebP file: it begins like none of them"
        ));
        let bytes = gradient(40, 40).to_png().unwrap();
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert!(matches!(
            Pixels::read(&path),
            Err(Error::Malformed { format: "PNG", .. })
        ));
    }

    #[test]
    fn oversized_pictures_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, MAX_SIDE as u32 + 1, 1);
        encoder.set_color(png::ColorType::Grayscale);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&vec![0; MAX_SIDE + 1]).unwrap();
        writer.finish().unwrap();
        fs::write(&path, bytes).unwrap();
        assert!(matches!(Pixels::read(&path), Err(Error::Refused { .. })));
    }
}
