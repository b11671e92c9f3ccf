//! Pictures that move: an APNG or a GIF from frames that come one by one.
//!
//! Here: the file in the making, and what of a frame has changed. Which frames there are is
//! [`super::sequence`]'s business; how a format writes one is `apng`'s and `gif`'s. One frame is held at a
//! time, however many there are.

mod apng;
mod gif;
mod palette;

use std::{fs::File, io::BufWriter, path::Path};

use super::{Picture, Pixels, atomic::Draft};
use crate::error::{Error, Result};

/// The file's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Every colour as it is. Carries recipe and codes, and shows the finished picture where it does not
    /// move.
    Apng,
    /// At most 256 colours a frame; moves everywhere. Carries neither recipe nor codes.
    Gif,
}

impl Format {
    /// The end of a file's name, without the dot. An APNG is a PNG.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Apng => "png",
            Self::Gif => "gif",
        }
    }
}

/// A moving picture in the making. Dropped before [`Self::finish`], it leaves no file.
pub struct Animation {
    draft: Draft,
    size: [usize; 2],
    expected: usize,
    written: usize,
    /// The last frame, against which the next is compared.
    last: Option<Pixels>,
    encoder: Encoder,
}

enum Encoder {
    Apng(Box<apng::Apng<BufWriter<File>>>),
    Gif(Box<gif::Gif<BufWriter<File>>>),
}

/// Why an encoder failed, before it has words.
#[derive(Debug)]
enum Fault {
    File(std::io::Error),
    Form(String),
}

/// The smallest part of a frame that holds all that differs from the frame before, at least one pixel.
#[derive(Debug, PartialEq, Eq)]
struct Patch {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    /// `[height, width, 3]`.
    rgb: Vec<u8>,
}

impl Animation {
    /// Begins a file of `frames` frames about `picture`; `title` as in [`Picture::to_png`]. It plays again
    /// and again.
    ///
    /// # Errors
    /// [`Error::Picture`] when the picture contradicts itself or there is no frame, [`Error::File`].
    pub fn create(
        path: impl AsRef<Path>,
        format: Format,
        picture: &Picture,
        title: &str,
        frames: usize,
    ) -> Result<Self> {
        picture.pixels.check()?;
        let expected = u32::try_from(frames)
            .ok()
            .filter(|frames| *frames > 0)
            .ok_or_else(|| Error::Picture(format!("an animation of {frames} frames")))?;
        let draft = Draft::create(path)?;
        let writer = draft.writer()?;
        let told = |fault: Fault| fault.tell(draft.path());
        let encoder = match format {
            Format::Apng => {
                let texts = picture.texts(title)?;
                let apng = apng::Apng::begin(writer, &picture.pixels, &texts, expected);
                Encoder::Apng(Box::new(apng.map_err(told)?))
            }
            Format::Gif => {
                let gif = gif::Gif::begin(writer, &picture.pixels);
                Encoder::Gif(Box::new(gif.map_err(told)?))
            }
        };
        Ok(Self {
            draft,
            size: [picture.pixels.width, picture.pixels.height],
            expected: frames,
            written: 0,
            last: None,
            encoder,
        })
    }

    /// Adds the next frame, shown for so many seconds.
    ///
    /// # Errors
    /// [`Error::Picture`] when it is of another size or one too many, [`Error::File`].
    pub fn add(&mut self, frame: Pixels, seconds: f32) -> Result<()> {
        frame.check()?;
        if [frame.width, frame.height] != self.size {
            return Err(Error::Picture(format!(
                "a frame of {} x {} pixels in an animation of {} x {}",
                frame.width, frame.height, self.size[0], self.size[1]
            )));
        }
        if self.written == self.expected {
            return Err(self.miscounted());
        }
        let patch = Patch::between(self.last.as_ref(), &frame);
        let added = match &mut self.encoder {
            Encoder::Apng(apng) => apng.add(&patch, seconds),
            Encoder::Gif(gif) => gif.add(&patch, seconds),
        };
        added.map_err(|fault| fault.tell(self.draft.path()))?;
        self.written += 1;
        self.last = Some(frame);
        Ok(())
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// [`Error::Picture`] when frames are missing, [`Error::File`]; there is then no file.
    pub fn finish(self) -> Result<()> {
        if self.written != self.expected {
            return Err(self.miscounted());
        }
        let finished = match self.encoder {
            Encoder::Apng(apng) => apng.finish(),
            Encoder::Gif(gif) => gif.finish(),
        };
        finished.map_err(|fault| fault.tell(self.draft.path()))?;
        self.draft.commit()
    }

    fn miscounted(&self) -> Error {
        let (expected, written) = (self.expected, self.written);
        Error::Picture(format!(
            "{written} frames and one too many or too few, expected {expected}"
        ))
    }
}

impl Fault {
    fn tell(self, path: &Path) -> Error {
        match self {
            Self::File(error) => Error::file("write", path, &error),
            Self::Form(reason) => {
                Error::Picture(format!("the animation could not be encoded: {reason}"))
            }
        }
    }
}

impl Patch {
    fn between(before: Option<&Pixels>, now: &Pixels) -> Self {
        let bytes = now.width * 3;
        let differs = |y: usize, x: usize| {
            before.is_none_or(|before| {
                let at = y * bytes + x * 3;
                before.rgb.get(at..at + 3) != now.rgb.get(at..at + 3)
            })
        };
        let rows: Vec<usize> = (0..now.height)
            .filter(|&y| (0..now.width).any(|x| differs(y, x)))
            .collect();
        let (top, bottom) = match (rows.first(), rows.last()) {
            (Some(first), Some(last)) => (*first, last + 1),
            _ => (0, 1),
        };
        let columns = |x: &usize| rows.iter().any(|&y| differs(y, *x));
        let left = (0..now.width).find(columns).unwrap_or(0);
        let right = (left..now.width).rfind(columns).unwrap_or(left) + 1;
        let lines = now.rgb.chunks_exact(bytes).take(bottom).skip(top);
        Self {
            left,
            top,
            width: right - left,
            height: bottom - top,
            rgb: lines
                .flat_map(|line| line.get(left * 3..right * 3).unwrap_or_default())
                .copied()
                .collect(),
        }
    }
}

#[cfg(test)]
#[path = "animated_tests.rs"]
mod tests;
