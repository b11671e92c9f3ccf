//! The recipe and the codes inside a PNG, written as JSON and read back with distrust.
//!
//! The text is in an `iTXt` chunk with the keyword `strata`. Its `version` says how to read it: fields
//! may be added at the top level and among the codes without a new version, everything else needs one.
//! Version 2 adds the recipe's start. What has none is written as version 1, for older programs to read.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Seek},
    path::Path,
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{Codes, MAX_SIDE, Picture, Pixels};
use crate::{
    error::{Error, Result},
    recipe::Recipe,
};

/// The chunk's keyword.
pub(super) const KEYWORD: &str = "strata";
/// What made the file.
pub(super) const GENERATOR: &str = concat!("Strata ", env!("CARGO_PKG_VERSION"));
/// The version of a picture that keeps nothing of another one.
const WITHOUT_START: u32 = 1;
/// The version of one that does, and the newest that is read.
const VERSION: u32 = 2;
/// No text is longer than this, unpacked. The codes of a published picture take 15 kB.
const MAX_TEXT: usize = 8 << 20;
/// Memory for all texts and other small chunks of a file together, and for one row of pixels. While a chunk grows it is
/// there twice, so a refusal takes twice as much.
const MAX_CHUNKS: usize = 3 * MAX_TEXT + (1 << 20);
/// What has more pixels is decoded to nowhere first, row by row, so that memory is taken only for pixels that are
/// there: a few bytes can claim any size.
const MANY_PIXELS: usize = 1 << 21;

/// A PNG of ours, with its pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What made the picture.
    pub recipe: Recipe,
    /// Its codes; incomplete when the job was cancelled.
    pub codes: Codes,
    /// Its pixels.
    pub pixels: Arc<Pixels>,
    /// As [`Picture::log_likelihood`].
    pub log_likelihood: Option<f32>,
    /// The version of the form in the file.
    pub version: u32,
    /// The program that wrote it, "Strata 0.1.0"; empty when the file does not say.
    pub generator: String,
}

impl Document {
    /// As a picture again; the seconds it took are not in the file, and 0.
    pub fn into_picture(self) -> Picture {
        Picture {
            recipe: self.recipe,
            codes: self.codes,
            pixels: self.pixels,
            log_likelihood: self.log_likelihood,
            seconds: 0.0,
        }
    }
}

/// A PNG of ours, without its pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// What made the picture.
    pub recipe: Recipe,
    /// Its codes; incomplete when the job was cancelled.
    pub codes: Codes,
    /// Width and height in pixels.
    pub size: [usize; 2],
    /// As [`Picture::log_likelihood`].
    pub log_likelihood: Option<f32>,
    /// The version of the form in the file.
    pub version: u32,
    /// The program that wrote it, "Strata 0.1.0"; empty when the file does not say.
    pub generator: String,
}

/// Reads a PNG of ours.
///
/// # Errors
/// [`Error::NoRecipe`] when it is a PNG but not ours, [`Error::Malformed`] when it is damaged or made
/// by a newer version, [`Error::Refused`] when it exceeds a limit, [`Error::File`] when it cannot be read.
pub fn read_png(path: impl AsRef<Path>) -> Result<Document> {
    let path = path.as_ref();
    document(path, &mut open(path)?)
}

/// Reads a PNG of ours from memory; `path` is what errors name.
///
/// # Errors
/// As [`read_png`].
pub fn from_png_bytes(path: impl AsRef<Path>, bytes: &[u8]) -> Result<Document> {
    document(path.as_ref(), &mut Cursor::new(bytes))
}

/// Reads a PNG of ours without decoding its pixels. The whole file is looked at, so that one that was
/// cut off or changed on the disk is an error.
///
/// # Errors
/// As [`read_png`].
pub fn read_header(path: impl AsRef<Path>) -> Result<Header> {
    let path = path.as_ref();
    header(path, &mut open(path)?)
}

fn open(path: &Path) -> Result<BufReader<File>> {
    let file = File::open(path).map_err(|error| Error::file("open", path, &error))?;
    Ok(BufReader::new(file))
}

fn document(path: &Path, reader: &mut (impl BufRead + Seek)) -> Result<Document> {
    let header = header(path, reader)?;
    let again = |reader: &mut _| {
        let rewound = Seek::rewind(reader);
        rewound.map_err(|error| Error::file("read", path, &error))
    };
    again(reader)?;
    if header.size[0] * header.size[1] > MANY_PIXELS {
        read_rows(reader).map_err(|error| refusal(error, path))?;
        again(reader)?;
    }
    let pixels = Pixels::decode_png(reader, path)?;
    Ok(Document {
        recipe: header.recipe,
        codes: header.codes,
        pixels: Arc::new(pixels),
        log_likelihood: header.log_likelihood,
        version: header.version,
        generator: header.generator,
    })
}

fn header(path: &Path, reader: &mut (impl BufRead + Seek)) -> Result<Header> {
    let (size, text) = find(reader, KEYWORD).map_err(|error| refusal(error, path))?;
    if size.iter().any(|side| *side > MAX_SIDE) {
        let [width, height] = size;
        return Err(Error::refused(
            path,
            format!("it has {width} x {height} pixels, at most {MAX_SIDE} a side are read"),
        ));
    }
    let text = bounded(text, path)?;
    let form = parse(&text).map_err(|reason| Error::malformed("PNG", path, reason))?;
    Ok(Header {
        recipe: form.recipe,
        codes: form.codes,
        size,
        log_likelihood: form.log_likelihood,
        version: form.version,
        generator: form.generator,
    })
}

/// The text of a PNG under another keyword of ours.
pub(super) fn read_text(path: &Path, keyword: &str) -> Result<String> {
    let (_, text) = find(&mut open(path)?, keyword).map_err(|error| refusal(error, path))?;
    bounded(text, path)
}

fn bounded(text: Option<String>, path: &Path) -> Result<String> {
    match text {
        Some(text) if text.len() > MAX_TEXT => Err(too_much_text(path)),
        Some(text) => Ok(text),
        None => Err(Error::NoRecipe {
            path: path.to_owned(),
        }),
    }
}

/// The size of a PNG and the text under a keyword, wherever in the file it is.
fn find(
    reader: &mut (impl BufRead + Seek),
    keyword: &str,
) -> Result<([usize; 2], Option<String>), png::DecodingError> {
    let mut options = png::DecodeOptions::default();
    // A damaged text must not look like a file without one.
    options.set_skip_ancillary_crc_failures(false);
    options.set_ignore_iccp_chunk(true);
    let mut decoder = png::Decoder::new_with_options(reader, options);
    decoder.set_limits(png::Limits { bytes: MAX_CHUNKS });
    let mut reader = decoder.read_info()?;
    reader.finish()?;
    let info = reader.info();
    let size = [info.width as usize, info.height as usize];
    let text = match info.utf8_text.iter().find(|text| text.keyword == keyword) {
        Some(text) => {
            let mut text = text.clone();
            text.decompress_text_with_limit(MAX_TEXT)?;
            Some(text.get_text()?)
        }
        None => None,
    };
    Ok((size, text))
}

/// Decodes all rows and keeps none.
fn read_rows(reader: &mut (impl BufRead + Seek)) -> Result<(), png::DecodingError> {
    let mut decoder = png::Decoder::new(reader);
    decoder.set_limits(png::Limits { bytes: MAX_CHUNKS });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info()?;
    while reader.next_row()?.is_some() {}
    Ok(())
}

fn refusal(error: png::DecodingError, path: &Path) -> Error {
    match error {
        png::DecodingError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Error::malformed("PNG", path, "it ends too early")
        }
        png::DecodingError::IoError(error) => Error::file("read", path, &error),
        png::DecodingError::LimitsExceeded => too_much_text(path),
        error => Error::malformed("PNG", path, error),
    }
}

fn too_much_text(path: &Path) -> Error {
    let limit = MAX_TEXT >> 20;
    Error::refused(
        path,
        format!("it holds more text than the {limit} MiB that are read"),
    )
}

/// The JSON in the chunk, as it is written.
#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    recipe: &'a Recipe,
    codes: &'a Codes,
    #[serde(skip_serializing_if = "Option::is_none")]
    log_likelihood: Option<f32>,
    generator: &'a str,
}

/// The JSON in the chunk, as it is read: further fields are passed over.
#[derive(Deserialize)]
struct Form {
    version: u32,
    recipe: Recipe,
    codes: Codes,
    #[serde(default)]
    log_likelihood: Option<f32>,
    #[serde(default)]
    generator: String,
}

/// The one field that every version has.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

pub(super) fn to_json(picture: &Picture) -> Result<String> {
    let recipe = &picture.recipe;
    // What cannot be read back must not be written.
    recipe.check()?;
    let written = Written {
        version: match recipe.start {
            None => WITHOUT_START,
            Some(_) => VERSION,
        },
        recipe,
        codes: &picture.codes,
        log_likelihood: picture.log_likelihood.filter(|sum| sum.is_finite()),
        generator: GENERATOR,
    };
    serde_json::to_string(&written).map_err(|error| Error::Picture(error.to_string()))
}

fn parse(text: &str) -> Result<Form, String> {
    let damaged = |error: serde_json::Error| format!("its recipe is damaged: {error}");
    let Version { version } = serde_json::from_str(text).map_err(damaged)?;
    match version {
        WITHOUT_START..=VERSION => {}
        0 => return Err("its recipe has version 0, which never was".into()),
        _ => {
            return Err(format!(
                "it was made by a newer Strata (version {version} of the form, this one reads {VERSION})"
            ));
        }
    }
    let form: Form = serde_json::from_str(text).map_err(damaged)?;
    let recipe = form.recipe.check();
    recipe.map_err(|error| format!("its recipe makes no sense: {error}"))?;
    Ok(form)
}

/// A file, or the text of one in a small picture, for fuzzing and tests: so changes to the text get past the
/// checksums.
#[cfg(any(test, fuzzing))]
pub(crate) fn trial(path: &Path, bytes: &[u8]) -> Result<Document> {
    if !bytes.starts_with(b"{") {
        return from_png_bytes(path, bytes);
    }
    let pixels = Pixels {
        width: 2,
        height: 1,
        rgb: vec![0; 6],
    };
    let text = String::from_utf8_lossy(bytes).into_owned();
    from_png_bytes(path, &super::encode::png(&pixels, &[(KEYWORD, text)])?)
}

#[cfg(test)]
#[path = "document_tests.rs"]
pub(super) mod tests;
