//! Pixels and texts to the bytes of a PNG.
//!
//! Nothing that differs between two runs (time, machine) goes in: equal arguments give equal bytes.

use std::io::Write;

use super::Pixels;
use crate::error::{Error, Result};

/// An 8-bit RGB PNG with texts (keyword, text) before its pixels. Texts of Strata's own are `iTXt`, others
/// are `tEXt` where Latin-1 has all their characters.
pub(super) fn png(pixels: &Pixels, texts: &[(&str, String)]) -> Result<Vec<u8>> {
    pixels.check()?;
    let mut bytes = Vec::new();
    encode(&mut bytes, pixels, texts)
        .map_err(|error| Error::Picture(format!("the PNG could not be encoded: {error}")))?;
    Ok(bytes)
}

fn encode(
    bytes: &mut Vec<u8>,
    pixels: &Pixels,
    texts: &[(&str, String)],
) -> Result<(), png::EncodingError> {
    // The check has bounded both sides.
    let mut encoder = png::Encoder::new(bytes, pixels.width as u32, pixels.height as u32);
    describe(&mut encoder, texts)?;
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels.rgb)?;
    writer.finish()
}

/// Everything of the header but the size: the form of the pixels, and texts (keyword, text).
pub(super) fn describe<W: Write>(
    encoder: &mut png::Encoder<'_, W>,
    texts: &[(&str, String)],
) -> Result<(), png::EncodingError> {
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    for (keyword, text) in texts {
        let (keyword, text) = ((*keyword).to_owned(), text.clone());
        let latin_1 = text.chars().all(|c| u32::from(c) < 256);
        if latin_1 && !keyword.starts_with(super::document::KEYWORD) {
            encoder.add_text_chunk(keyword, text)?;
        } else {
            encoder.add_itxt_chunk(keyword, text)?;
        }
    }
    Ok(())
}
