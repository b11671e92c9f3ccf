//! Small copies on the disk: JPEGs by size and identity, each with a checksum at its end. Anything in
//! here can be made again, so a damaged file is removed, and nothing waits for the disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use image::{ExtendedColorType, ImageEncoder, ImageFormat, codecs::jpeg::JpegEncoder};
use sha2::{Digest, Sha256};
use strata_engine::Pixels;

use super::Key;

/// Fine enough that the difference to the picture is not seen at these sizes.
const QUALITY: u8 = 90;
/// Bytes of the checksum; JPEG decoders pass over what follows the picture.
const CHECK: usize = 16;
/// A copy that is used gets a new date at most this often, so that the oldest is the least used.
const TOUCH_AFTER: Duration = Duration::from_secs(24 * 3600);
/// Temporary files older than this belong to no one.
const ABANDONED: Duration = Duration::from_secs(3600);

/// A folder of small copies.
pub struct Cache {
    folder: PathBuf,
    limit_bytes: u64,
}

impl Cache {
    /// In `folder`, which is made when it is needed.
    pub fn new(folder: PathBuf, limit_bytes: u64) -> Self {
        Self {
            folder,
            limit_bytes,
        }
    }

    /// The copy, if it is there and whole.
    pub fn get(&self, key: Key) -> Option<Pixels> {
        let path = self.path(key);
        let bytes = fs::read(&path).ok()?;
        match decode(&bytes, key.edge) {
            Some(pixels) => {
                touch(&path);
                Some(pixels)
            }
            None => {
                tracing::debug!(file = %path.display(), "a damaged small copy is removed");
                let _ = fs::remove_file(&path);
                None
            }
        }
    }

    /// Keeps a copy. Readers see the old file or the new one. It is not forced to the disk: what a
    /// power cut spoils, the checksum finds.
    pub fn put(&self, key: Key, pixels: &Pixels) -> io::Result<()> {
        use io::Write;

        let path = self.path(key);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(".strata-")
            .suffix(".part")
            .tempfile_in(folder)?;
        file.write_all(&encode(pixels)?)?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Removes the oldest copies when there are too many, until a tenth of the room is free again.
    pub fn trim(&self) -> io::Result<()> {
        let mut files = Vec::new();
        collect(&self.folder, &mut files)?;
        let mut total: u64 = files.iter().map(|file| file.bytes).sum();
        if total <= self.limit_bytes {
            return Ok(());
        }
        files.sort_by_key(|file| file.modified);
        for file in files {
            if total <= self.limit_bytes / 10 * 9 {
                break;
            }
            match fs::remove_file(&file.path) {
                Ok(()) => total -= file.bytes,
                Err(error) => tracing::debug!(%error, "an old small copy was not removed"),
            }
        }
        Ok(())
    }

    /// Where a copy is. Folders stay small: 256 of them for a size.
    pub fn path(&self, key: Key) -> PathBuf {
        let name = key.identity.to_string();
        let folder = self.folder.join(key.edge.to_string()).join(&name[..2]);
        folder.join(name + ".jpg")
    }
}

struct Kept {
    path: PathBuf,
    bytes: u64,
    modified: SystemTime,
}

fn collect(folder: &Path, files: &mut Vec<Kept>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            collect(&path, files)?;
            continue;
        }
        // Another Strata may have removed it since.
        let Ok(facts) = entry.metadata() else {
            continue;
        };
        let modified = facts.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let age = modified.elapsed().unwrap_or_default();
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("jpg") => files.push(Kept {
                path,
                bytes: facts.len(),
                modified,
            }),
            Some("part") if age > ABANDONED => drop(fs::remove_file(path)),
            _ => {}
        }
    }
    Ok(())
}

fn touch(path: &Path) {
    let touch = || -> io::Result<()> {
        let modified = fs::metadata(path)?.modified()?;
        if modified.elapsed().unwrap_or_default() > TOUCH_AFTER {
            let file = fs::File::options().append(true).open(path)?;
            file.set_modified(SystemTime::now())?;
        }
        Ok(())
    };
    if let Err(error) = touch() {
        tracing::debug!(%error, "a small copy keeps its old date");
    }
}

fn encode(pixels: &Pixels) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let (width, height) = (pixels.width as u32, pixels.height as u32);
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .write_image(&pixels.rgb, width, height, ExtendedColorType::Rgb8)
        .map_err(io::Error::other)?;
    let check = Sha256::digest(&bytes);
    bytes.extend_from_slice(&check[..CHECK]);
    Ok(bytes)
}

fn decode(bytes: &[u8], edge: u32) -> Option<Pixels> {
    let (jpeg, check) = bytes.split_at_checked(bytes.len().checked_sub(CHECK)?)?;
    if Sha256::digest(jpeg)[..CHECK] != *check {
        return None;
    }
    let picture = image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).ok()?;
    let rgb = picture.into_rgb8();
    let (width, height) = rgb.dimensions();
    (width.max(height) <= edge).then(|| Pixels {
        width: width as usize,
        height: height as usize,
        rgb: rgb.into_raw(),
    })
}
