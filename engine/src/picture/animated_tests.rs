//! What was written, decoded again and laid over each other as viewers do.

#![allow(clippy::unwrap_used)]

use std::{fs, path::PathBuf, sync::Arc};

use super::*;
use crate::picture::{document::tests::picture, read_header, read_png};

/// A finished picture of twelve by ten pixels.
fn finished() -> Picture {
    Picture {
        pixels: Arc::new(still(7)),
        seconds: 0.0,
        ..picture()
    }
}

fn still(seed: usize) -> Pixels {
    Pixels {
        width: 12,
        height: 10,
        rgb: (0..360).map(|n| (n * seed % 251) as u8).collect(),
    }
}

/// Frames that differ wholly, in one pixel, in a corner, and not at all.
fn frames() -> Vec<Pixels> {
    let mut frames = vec![still(3), still(5), still(5), still(5), still(5), still(7)];
    frames[2].rgb[130] ^= 0x40;
    frames[3].rgb[357..].copy_from_slice(&[1, 2, 3]);
    frames
}

fn write(format: Format) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a").with_extension(format.extension());
    let frames = frames();
    let mut animation =
        Animation::create(&path, format, &finished(), "fish", frames.len()).unwrap();
    for (n, frame) in frames.into_iter().enumerate() {
        animation.add(frame, 0.1 * (n + 1) as f32).unwrap();
    }
    assert!(!path.exists());
    animation.finish().unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    (folder, path)
}

/// Lays a patch onto the canvas.
fn lay(canvas: &mut Pixels, [left, top, width]: [usize; 3], rgb: &[u8]) {
    for (line, y) in rgb.chunks_exact(width * 3).zip(top..) {
        let start = (y * canvas.width + left) * 3;
        canvas.rgb[start..start + line.len()].copy_from_slice(line);
    }
}

#[test]
fn apng_frames_come_back() {
    let (_folder, path) = write(Format::Apng);
    let file = std::io::BufReader::new(fs::File::open(&path).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    assert_eq!(reader.info().animation_control().unwrap().num_frames, 6);
    let mut buffer = vec![0; 360];
    reader.next_frame(&mut buffer).unwrap();
    assert_eq!(buffer, finished().pixels.rgb, "the still picture");
    let mut canvas = still(0);
    for (n, expected) in frames().into_iter().enumerate() {
        let info = reader.next_frame(&mut buffer).unwrap();
        let control = *reader.info().frame_control().unwrap();
        let at = [control.x_offset, control.y_offset, info.width].map(|v| v as usize);
        lay(&mut canvas, at, &buffer[..info.buffer_size()]);
        assert!(canvas == expected, "frame {n}");
        let delay = f32::from(control.delay_num) / f32::from(control.delay_den);
        assert!((delay - 0.1 * (n + 1) as f32).abs() < 2e-3, "frame {n}");
    }
}

#[test]
fn apng_is_the_finished_picture_to_strata() {
    let (_folder, path) = write(Format::Apng);
    let finished = finished();
    assert_eq!(read_png(&path).unwrap().into_picture(), finished);
    assert_eq!(read_header(&path).unwrap().recipe, finished.recipe);
    assert_eq!(Pixels::read(&path).unwrap(), *finished.pixels);
}

#[test]
fn gif_frames_come_back() {
    let (_folder, path) = write(Format::Gif);
    let mut options = ::gif::DecodeOptions::new();
    options.set_color_output(::gif::ColorOutput::RGBA);
    let mut reader = options.read_info(fs::File::open(&path).unwrap()).unwrap();
    let mut canvas = still(0);
    let mut own = 0;
    for (n, expected) in frames().into_iter().enumerate() {
        let frame = reader.read_next_frame().unwrap().unwrap();
        let rgb: Vec<u8> = frame
            .buffer
            .chunks(4)
            .flat_map(|p| p[..3].to_vec())
            .collect();
        let at = [frame.left, frame.top, frame.width].map(usize::from);
        lay(&mut canvas, at, &rgb);
        let pairs = canvas.rgb.iter().zip(&expected.rgb);
        let furthest = pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        // Every frame has at most 256 colours; a shared palette may be a little off.
        assert!(furthest <= 3, "frame {n}: {furthest}");
        assert_eq!(usize::from(frame.delay), 10 * (n + 1));
        own += usize::from(frame.palette.is_some());
    }
    assert!(reader.read_next_frame().unwrap().is_none());
    assert!((1..6).contains(&own), "{own} palettes");
}

#[test]
fn only_what_changed_is_written() {
    let (before, mut now) = (still(3), still(3));
    let patch = Patch::between(Some(&before), &now);
    assert_eq!((patch.width, patch.height, patch.rgb.len()), (1, 1, 3));
    for (x, y) in [(4, 2), (6, 5)] {
        now.rgb[(y * 12 + x) * 3 + 1] ^= 1;
    }
    let patch = Patch::between(Some(&before), &now);
    let place = [patch.left, patch.top, patch.width, patch.height];
    assert_eq!(place, [4, 2, 3, 4]);
    assert_eq!(patch.rgb[..9], now.rgb[(2 * 12 + 4) * 3..][..9]);
    assert_eq!(Patch::between(None, &now).rgb, now.rgb);
}

#[test]
fn what_does_not_add_up_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    for format in [Format::Apng, Format::Gif] {
        let create = |frames| Animation::create(&path, format, &finished(), "", frames);
        assert!(create(0).is_err());
        let mut animation = create(2).unwrap();
        animation
            .add(picture().pixels.as_ref().clone(), 1.0)
            .unwrap_err();
        animation.add(still(1), 1.0).unwrap();
        animation.finish().unwrap_err();
        let mut animation = create(1).unwrap();
        animation.add(still(1), 1.0).unwrap();
        animation.add(still(1), 1.0).unwrap_err();
        drop(animation);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    }
    let nowhere = folder.path().join("none/a.gif");
    assert!(Animation::create(nowhere, Format::Gif, &finished(), "", 1).is_err());
}
