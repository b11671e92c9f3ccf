//! The pictures of a run as one NumPy archive, as FID evaluators read it.
//!
//! Read back from the folder one at a time, so that memory does not grow with their number. The format:
//! NumPy's NEP 1 (`.npy`, version 1.0) stored in a ZIP, with 64-bit sizes where needed.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use strata_engine::picture;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use super::{super::Result, kept, plan::Plan};
use crate::explain::Explained;

/// Sees that the archive's folder is there and takes files, before hours of sampling.
///
/// # Errors
/// When it does not.
pub fn check_place(path: &Path) -> Result<()> {
    if path.is_dir() || path.file_name().is_none() {
        return Err(Explained::new(
            format!("--npz {} is a folder", path.display()),
            "Name a file, such as samples.npz.",
        ));
    }
    let folder = folder_of(path);
    tempfile::tempfile_in(folder)
        .map(drop)
        .map_err(|error| Explained::file("write into", folder, &error))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Packs the plan's pictures, in the order of their numbers, into `path`.
///
/// # Errors
/// When a picture cannot be read back or the archive cannot be written; then there is no archive.
pub fn pack(plan: &Plan, folder: &Path, path: &Path) -> Result<()> {
    let [width, height] = plan.card.size;
    let pictures = plan.indices().map(|index| {
        let file = folder.join(plan.file_name(index));
        let document = picture::read_png(&file)?;
        let pixels = document.pixels;
        if !kept::is_same(&document.recipe, &plan.recipe(index))
            || [pixels.width, pixels.height] != [width, height]
        {
            return Err(Explained::new(
                format!("{} was changed while the set was made", file.display()),
                "Give the same command again.",
            ));
        }
        Ok(pixels.rgb.clone())
    });
    write(path, [plan.len(), height, width, 3], pictures)
}

/// Writes `arr_0` of this shape through a temporary file.
fn write(
    path: &Path,
    shape: [usize; 4],
    pictures: impl Iterator<Item = Result<Vec<u8>>>,
) -> Result<()> {
    let failed = |error: std::io::Error| Explained::file("write", path, &error);
    let mut temporary = temporary_in(folder_of(path)).map_err(failed)?;
    write_zip(temporary.as_file_mut(), shape, pictures, &failed)?;
    temporary.as_file().sync_all().map_err(failed)?;
    temporary
        .persist(path)
        .map_err(|error| failed(error.error))?;
    Ok(())
}

/// With the permissions of an ordinary file, not of a secret.
fn temporary_in(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".strata-").suffix(".npz");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn write_zip(
    file: &mut File,
    shape: [usize; 4],
    pictures: impl Iterator<Item = Result<Vec<u8>>>,
    failed: &dyn Fn(std::io::Error) -> Explained,
) -> Result<()> {
    let header = header(shape);
    let bytes = shape.iter().map(|&n| n as u64).product::<u64>() + header.len() as u64;
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        // Equal pictures make equal archives, whatever the clock says.
        .last_modified_time(DateTime::default())
        .large_file(bytes > u64::from(u32::MAX));
    let mut zip = ZipWriter::new(BufWriter::new(file));
    zip.start_file("arr_0.npy", options)
        .map_err(|error| failed(error.into()))?;
    zip.write_all(&header).map_err(failed)?;
    for picture in pictures {
        zip.write_all(&picture?).map_err(failed)?;
    }
    let mut rest = zip.finish().map_err(|error| failed(error.into()))?;
    rest.flush().map_err(failed)
}

/// The `.npy` header, padded so that the data starts at a multiple of 64.
fn header(shape: [usize; 4]) -> Vec<u8> {
    let [n, height, width, channels] = shape;
    let fields = format!(
        "{{'descr': '|u1', 'fortran_order': False, 'shape': ({n}, {height}, {width}, {channels}), }}"
    );
    const BEFORE: usize = 10;
    let length = (BEFORE + fields.len() + 1).next_multiple_of(64) - BEFORE;
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    // Four numbers of at most 20 digits keep this below 192.
    header.extend((length as u16).to_le_bytes());
    header.extend(fields.as_bytes());
    header.resize(BEFORE + length - 1, b' ');
    header.push(b'\n');
    header
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Read;

    use super::*;

    fn entry(path: &Path) -> Vec<u8> {
        let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
        assert_eq!(archive.len(), 1);
        let mut bytes = Vec::new();
        let mut file = archive.by_name("arr_0.npy").unwrap();
        assert_eq!(file.compression(), CompressionMethod::Stored);
        file.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn header_is_what_numpy_writes() {
        let header = header([2, 2, 3, 3]);
        assert_eq!(header.len() % 64, 0);
        assert_eq!(&header[..8], b"\x93NUMPY\x01\x00");
        assert_eq!(
            u16::from_le_bytes([header[8], header[9]]) as usize,
            header.len() - 10
        );
        let text = std::str::from_utf8(&header[10..]).unwrap();
        assert!(
            text.starts_with("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 3, 3), }")
        );
        assert!(text.ends_with(" \n") || text.ends_with("}\n"));
        let huge = super::header([usize::MAX; 4]);
        assert_eq!(
            u16::from_le_bytes([huge[8], huge[9]]) as usize,
            huge.len() - 10
        );
    }

    #[test]
    fn pictures_follow_the_header_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set.npz");
        let pictures = (0..3_u8).map(|n| Ok(vec![n; 2 * 3 * 3]));
        write(&path, [3, 2, 3, 3], pictures).unwrap();
        let bytes = entry(&path);
        let start = bytes.len() - 3 * 18;
        assert_eq!(&bytes[..start], header([3, 2, 3, 3]));
        assert_eq!(&bytes[start..start + 18], [0; 18]);
        assert_eq!(&bytes[start + 36..], [2; 18]);
    }

    #[test]
    fn numpy_opens_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set.npz");
        write(&path, [2, 1, 2, 3], (0..2_u8).map(|n| Ok(vec![n + 7; 6]))).unwrap();
        let script = "import sys\ntry:\n import numpy\nexcept ImportError:\n sys.exit(77)\n\
                      a = numpy.load(sys.argv[1])['arr_0']\n\
                      assert a.shape == (2, 1, 2, 3) and a.dtype == numpy.uint8\n\
                      assert (a[0] == 7).all() and (a[1] == 8).all()\n";
        let run = std::process::Command::new("python3")
            .args(["-c", script])
            .arg(&path)
            .status();
        match run.map(|status| status.code()) {
            Ok(Some(0)) => {}
            Ok(Some(77)) | Err(_) => eprintln!("skipped: no numpy here"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_failure_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set.npz");
        std::fs::write(&path, b"older").unwrap();
        let pictures = [Ok(vec![0; 3]), Err(Explained::new("gone", "Again."))];
        assert!(write(&path, [2, 1, 1, 3], pictures.into_iter()).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"older");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_place_is_checked_beforehand() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check_place(folder.path()).is_err());
        assert!(check_place(&folder.path().join("nowhere").join("a.npz")).is_err());
        assert!(check_place(&folder.path().join("a.npz")).is_ok());
    }
}
