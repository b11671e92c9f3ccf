//! A GIF: frames of at most 256 colours.
//!
//! The finished picture's palette is the file's. A frame uses it when that costs nothing visible, and has
//! its own otherwise.

use std::io::Write;

use super::{Fault, Patch, Pixels, palette::Palette};

/// A frame shares the file's palette while no colour is further off than this, in any channel.
const SHARED_WITHIN: u8 = 3;
/// Viewers show frames of less than two hundredths of a second much longer.
const SHORTEST: u16 = 2;

/// A GIF in the making.
pub(super) struct Gif<W: Write> {
    encoder: gif::Encoder<W>,
    shared: Palette,
    /// Whether the picture shades softly, so that few colours would show as bands.
    dithered: bool,
}

impl<W: Write> Gif<W> {
    /// Writes the header with the palette of the finished picture.
    pub(super) fn begin(writer: W, finished: &Pixels) -> Result<Self, Fault> {
        // The caller has checked the picture, whose sides fit in 16 bits.
        let (width, height) = (finished.width as u16, finished.height as u16);
        let shared = Palette::of(&finished.rgb);
        let mut encoder = gif::Encoder::new(writer, width, height, &shared.bytes())?;
        encoder.set_repeat(gif::Repeat::Infinite)?;
        Ok(Self {
            encoder,
            dithered: !shared.is_exact() && !is_flat(finished),
            shared,
        })
    }

    /// Writes what a frame changes.
    pub(super) fn add(&mut self, patch: &Patch, seconds: f32) -> Result<(), Fault> {
        let own =
            (self.shared.furthest(&patch.rgb) > SHARED_WITHIN).then(|| Palette::of(&patch.rgb));
        let palette = own.as_ref().unwrap_or(&self.shared);
        let buffer = if self.dithered && !palette.is_exact() {
            palette.dither(&patch.rgb, patch.width, [patch.left, patch.top])
        } else {
            palette.nearest(&patch.rgb)
        };
        let frame = gif::Frame {
            delay: ((seconds * 100.0).round() as u16).max(SHORTEST),
            dispose: gif::DisposalMethod::Keep,
            left: patch.left as u16,
            top: patch.top as u16,
            width: patch.width as u16,
            height: patch.height as u16,
            palette: own.as_ref().map(Palette::bytes),
            buffer: buffer.into(),
            ..gif::Frame::default()
        };
        Ok(self.encoder.write_frame(&frame)?)
    }

    /// Writes the end.
    pub(super) fn finish(self) -> Result<(), Fault> {
        self.encoder.into_inner()?.flush().map_err(Fault::File)
    }
}

impl From<gif::EncodingError> for Fault {
    fn from(error: gif::EncodingError) -> Self {
        match error {
            gif::EncodingError::Io(error) => Self::File(error),
            other => Self::Form(other.to_string()),
        }
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::File(error)
    }
}

/// Whether most neighbours are of one colour, as in drawings and text. Dots would be seen there.
fn is_flat(picture: &Pixels) -> bool {
    let alike = |pair: (&[u8], &[u8])| pair.0.iter().zip(pair.1).all(|(a, b)| a.abs_diff(*b) <= 2);
    let lines = picture.rgb.chunks_exact(picture.width * 3);
    let flat: usize = lines
        .map(|line| {
            let right = line.chunks_exact(3).skip(1);
            line.chunks_exact(3)
                .zip(right)
                .filter(|pair| alike(*pair))
                .count()
        })
        .sum();
    flat * 2 > picture.width * picture.height
}
