//! Contact sheets: pictures in a grid on one PNG, which lists their recipes.
//!
//! The sheet is no picture of Strata's own: it carries no recipe and no codes, and so nothing takes it for
//! one. What a caption says and how letters are drawn is the program's business.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{MAX_SIDE, Pixels, atomic, document, encode};
use crate::{
    error::{Error, Result},
    recipe::Recipe,
};

/// The keyword of the list.
const KEYWORD: &str = "strata-sheet";
/// The version of the list that is written, and the newest that is read.
const VERSION: u32 = 1;

/// How a sheet is laid out; lengths in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Pictures on it.
    pub count: usize,
    /// Pictures side by side.
    pub columns: usize,
    /// Room for every picture, width and height.
    pub cell: [usize; 2],
    /// Height of the caption below every picture; 0 for none.
    pub caption: usize,
    /// Between pictures and around them.
    pub gap: usize,
    /// Behind them.
    pub background: [u8; 3],
}

/// A rectangle of a sheet, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// From the left edge.
    pub left: usize,
    /// From the top edge.
    pub top: usize,
    /// Its width.
    pub width: usize,
    /// Its height.
    pub height: usize,
}

/// A picture on a sheet, in the sheet's list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The name of its file when the sheet was made.
    pub file: String,
    /// What made it.
    pub recipe: Recipe,
}

/// A sheet in the making.
#[derive(Clone, Debug)]
pub struct Sheet {
    layout: Layout,
    pixels: Pixels,
    entries: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct List {
    version: u32,
    #[serde(default)]
    generator: String,
    pictures: Vec<Entry>,
}

impl Layout {
    /// Width and height of the whole sheet.
    pub fn size(&self) -> [usize; 2] {
        let [width, height] = self.cell;
        let columns = self.columns.clamp(1, self.count.max(1));
        let rows = self.count.div_ceil(columns);
        let along = |count: usize, length: usize| {
            let step = length.saturating_add(self.gap);
            count.saturating_mul(step).saturating_add(self.gap)
        };
        [
            along(columns, width),
            along(rows, height.saturating_add(self.caption)),
        ]
    }

    /// The room of a picture, numbered from 0 in reading order.
    fn cell(&self, number: usize) -> Area {
        let [width, height] = self.cell;
        let columns = self.columns.clamp(1, self.count.max(1));
        let (row, column) = (number / columns, number % columns);
        Area {
            left: self.gap + column * (width + self.gap),
            top: self.gap + row * (height + self.caption + self.gap),
            width,
            height,
        }
    }

    /// The room of a picture's caption.
    fn caption(&self, number: usize) -> Area {
        let cell = self.cell(number);
        Area {
            top: cell.top + cell.height,
            height: self.caption,
            ..cell
        }
    }
}

impl Sheet {
    /// An empty sheet.
    ///
    /// # Errors
    /// [`Error::Picture`] when it has no pictures or exceeds [`MAX_SIDE`].
    pub fn new(layout: Layout) -> Result<Self> {
        let [width, height] = layout.size();
        if layout.count == 0 || layout.columns == 0 || width.max(height) > MAX_SIDE {
            return Err(Error::Picture(format!(
                "a sheet of {width} x {height} pixels with {} pictures in {} columns, expected 1 to \
                 {MAX_SIDE} pixels a side and at least one picture",
                layout.count, layout.columns
            )));
        }
        Ok(Self {
            layout,
            pixels: Pixels {
                width,
                height,
                rgb: layout.background.repeat(width * height),
            },
            entries: Vec::new(),
        })
    }

    /// Puts the next picture into the middle of its room, and returns the area of its caption.
    ///
    /// # Errors
    /// [`Error::Picture`] when it is larger than its room, or all rooms are taken.
    pub fn add(&mut self, picture: &Pixels, entry: Entry) -> Result<Area> {
        picture.check()?;
        let number = self.entries.len();
        let cell = self.layout.cell(number);
        let (Some(x), Some(y), true) = (
            cell.width.checked_sub(picture.width),
            cell.height.checked_sub(picture.height),
            number < self.layout.count,
        ) else {
            return Err(Error::Picture(format!(
                "picture {} of {} x {} pixels has no room in a sheet of {} with {} x {} each",
                number + 1,
                picture.width,
                picture.height,
                self.layout.count,
                cell.width,
                cell.height
            )));
        };
        let (left, top) = (cell.left + x / 2, cell.top + y / 2);
        let lines = picture.rgb.chunks_exact(picture.width * 3);
        for (line, y) in lines.zip(top..) {
            let start = (y * self.pixels.width + left) * 3;
            self.pixels.rgb[start..start + line.len()].copy_from_slice(line);
        }
        self.entries.push(entry);
        Ok(self.layout.caption(number))
    }

    /// What is on the sheet, for drawing captions.
    pub fn pixels_mut(&mut self) -> &mut Pixels {
        &mut self.pixels
    }

    /// Writes the PNG, which afterwards is there entirely or not at all.
    ///
    /// # Errors
    /// [`Error::File`] for a full disk, an unwritable folder and the like.
    pub fn write_png(&self, path: impl AsRef<Path>) -> Result<()> {
        let list = List {
            version: VERSION,
            generator: document::GENERATOR.to_owned(),
            pictures: self.entries.clone(),
        };
        let text =
            serde_json::to_string(&list).map_err(|error| Error::Picture(error.to_string()))?;
        atomic::write_bytes(path, &encode::png(&self.pixels, &[(KEYWORD, text)])?)
    }
}

/// The pictures that a sheet lists, in reading order.
///
/// # Errors
/// [`Error::NoRecipe`] when the PNG is no sheet of ours, [`Error::Malformed`] when it is damaged or made
/// by a newer version, [`Error::File`] when it cannot be read.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<Entry>> {
    let path = path.as_ref();
    let text = document::read_text(path, KEYWORD)?;
    let list: List = serde_json::from_str(&text)
        .map_err(|error| Error::malformed("PNG", path, format!("its list is damaged: {error}")))?;
    if list.version != VERSION {
        let reason = format!(
            "its list has version {}, this Strata reads {VERSION}",
            list.version
        );
        return Err(Error::malformed("PNG", path, reason));
    }
    for entry in &list.pictures {
        let checked = entry.recipe.check();
        checked.map_err(|error| Error::malformed("PNG", path, error))?;
    }
    Ok(list.pictures)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::picture::{document::tests::picture, read_png};

    const LAYOUT: Layout = Layout {
        count: 3,
        columns: 2,
        cell: [6, 4],
        caption: 3,
        gap: 2,
        background: [9; 3],
    };

    fn entry(index: u32) -> Entry {
        let mut recipe = picture().recipe;
        recipe.index = index;
        Entry {
            file: format!("{index}.png"),
            recipe,
        }
    }

    #[test]
    fn pictures_and_captions_have_their_places() {
        let mut sheet = Sheet::new(LAYOUT).unwrap();
        let picture = picture();
        let areas: Vec<Area> = (0..3)
            .map(|n| sheet.add(&picture.pixels, entry(n)).unwrap())
            .collect();
        assert_eq!(LAYOUT.size(), [18, 20]);
        let tops: Vec<[usize; 2]> = areas.iter().map(|area| [area.left, area.top]).collect();
        assert_eq!(tops, [[2, 6], [10, 6], [2, 15]]);
        // Five pixels in a room of six: the odd one stays background on the right.
        let at = |x: usize, y: usize| &sheet.pixels.rgb[(y * 18 + x) * 3..][..3];
        assert_eq!(at(2, 2), &picture.pixels.rgb[..3]);
        assert_eq!(at(6, 5), &picture.pixels.rgb[57..]);
        assert_eq!(at(7, 5), [9; 3]);
        assert_eq!(at(2, 11), &picture.pixels.rgb[..3]);
        sheet.add(&picture.pixels, entry(3)).unwrap_err();
    }

    #[test]
    fn the_file_lists_recipes_and_is_no_picture() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sheet.png");
        let mut sheet = Sheet::new(LAYOUT).unwrap();
        let entries: Vec<Entry> = (0..3).map(entry).collect();
        for entry in &entries {
            sheet.add(&picture().pixels, entry.clone()).unwrap();
        }
        sheet.write_png(&path).unwrap();
        assert_eq!(Pixels::read(&path).unwrap(), sheet.pixels);
        assert_eq!(read(&path).unwrap(), entries);
        assert!(matches!(read_png(&path), Err(Error::NoRecipe { .. })));
        picture().write_png(&path, "").unwrap();
        assert!(matches!(read(&path), Err(Error::NoRecipe { .. })));
    }

    #[test]
    fn impossible_sheets_are_errors() {
        for layout in [
            Layout { count: 0, ..LAYOUT },
            Layout {
                columns: 0,
                ..LAYOUT
            },
            Layout {
                cell: [MAX_SIDE, 1],
                ..LAYOUT
            },
            Layout {
                count: usize::MAX,
                ..LAYOUT
            },
        ] {
            Sheet::new(layout).unwrap_err();
        }
        let mut small = Sheet::new(Layout {
            cell: [4, 4],
            ..LAYOUT
        })
        .unwrap();
        small.add(&picture().pixels, entry(0)).unwrap_err();
    }
}
