//! An APNG: a PNG of the finished picture, followed by the frames.
//!
//! The finished picture is the image that programs show which do not know APNG, and that Strata reads
//! back; it is no frame of the animation.

use std::io::Write;

use super::{super::encode, Fault, Patch, Pixels};

/// A delay is a fraction with this denominator.
const THOUSANDTHS: u16 = 1000;

/// An APNG in the making.
pub(super) struct Apng<W: Write>(png::Writer<W>);

impl<W: Write> Apng<W> {
    /// Writes the header with `texts` (keyword, text) and the still picture.
    pub(super) fn begin(
        writer: W,
        still: &Pixels,
        texts: &[(&str, String)],
        frames: u32,
    ) -> Result<Self, Fault> {
        // The caller has checked the picture, which bounds both sides.
        let mut encoder = png::Encoder::new(writer, still.width as u32, still.height as u32);
        encode::describe(&mut encoder, texts)?;
        encoder.set_animated(frames, 0)?;
        encoder.set_sep_def_img(true)?;
        encoder.validate_sequence(true);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&still.rgb)?;
        Ok(Self(writer))
    }

    /// Writes what a frame changes.
    pub(super) fn add(&mut self, patch: &Patch, seconds: f32) -> Result<(), Fault> {
        // Saturates at what the format can say, a minute.
        let delay = (seconds * f32::from(THOUSANDTHS)).round() as u16;
        let writer = &mut self.0;
        writer.set_frame_delay(delay, THOUSANDTHS)?;
        writer.set_dispose_op(png::DisposeOp::None)?;
        writer.set_blend_op(png::BlendOp::Source)?;
        // In this order no step in between reaches past the edge.
        writer.set_frame_dimension(1, 1)?;
        writer.set_frame_position(patch.left as u32, patch.top as u32)?;
        writer.set_frame_dimension(patch.width as u32, patch.height as u32)?;
        Ok(writer.write_image_data(&patch.rgb)?)
    }

    /// Writes the end.
    pub(super) fn finish(self) -> Result<(), Fault> {
        Ok(self.0.finish()?)
    }
}

impl From<png::EncodingError> for Fault {
    fn from(error: png::EncodingError) -> Self {
        match error {
            png::EncodingError::IoError(error) => Self::File(error),
            other => Self::Form(other.to_string()),
        }
    }
}
