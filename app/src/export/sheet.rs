//! Contact sheets of picture files. One picture is in memory at a time, besides the sheet.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use strata_engine::{
    Pixels,
    picture::{
        self,
        sheet::{Entry, Layout, Sheet},
    },
};

use super::caption::Captions;
use super::{Halt, Step};
use crate::{explain::Explained, gallery, wording};

/// A sheet's longest side; pictures shrink to keep to it. Larger ones are not opened everywhere.
const LONGEST: usize = 12_000;
/// A picture smaller than this shows nothing.
const SMALLEST: usize = 24;
/// A caption's height, as a share of the picture's width.
const CAPTION: f32 = 0.075;
/// Captions are between these heights.
const CAPTION_HEIGHTS: [usize; 2] = [16, 48];

/// What a sheet looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SheetOptions {
    /// Pictures side by side; as many as make it about square when not set.
    pub columns: Option<usize>,
    /// Whether class and seed are below every picture.
    pub captions: bool,
    /// Pixels between pictures and around them.
    pub gap: usize,
    /// Behind them.
    pub background: [u8; 3],
}

impl Default for SheetOptions {
    fn default() -> Self {
        Self {
            columns: None,
            captions: true,
            gap: 16,
            background: [255; 3],
        }
    }
}

/// Writes a sheet of Strata's PNGs, in their order; `step` hears of every picture that is on it.
///
/// # Errors
/// When a file is not Strata's, there are too many for one sheet, or it cannot be written.
pub fn write_sheet(
    files: &[PathBuf],
    options: SheetOptions,
    out: &Path,
    step: Step,
) -> Result<(), Halt> {
    let mut largest = [1, 1];
    for file in files {
        let [width, height] = picture::read_header(file)?.size;
        largest = [largest[0].max(width), largest[1].max(height)];
    }
    let mut paper = Paper::new(files.len(), largest, options)?;
    for file in files {
        let document = picture::read_png(file)?;
        let recipe = document.recipe;
        let caption =
            wording::sheet_caption(&super::title(recipe.subject), recipe.seed, recipe.index);
        let name = file.file_name().unwrap_or_default();
        let entry = Entry {
            file: name.to_string_lossy().into_owned(),
            recipe,
        };
        paper.add(&document.pixels, entry, &caption)?;
        step()?;
    }
    Ok(paper.sheet.write_png(out)?)
}

/// A picture for a sheet that is in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// What is seen.
    pub pixels: Arc<Pixels>,
    /// What made it.
    pub entry: Entry,
    /// What is written below it.
    pub caption: String,
}

/// Writes a sheet of pictures in memory, in their order.
///
/// # Errors
/// When there are too many for one sheet, or it cannot be written.
pub fn write_cells(cells: &[Cell], options: SheetOptions, out: &Path) -> Result<(), Explained> {
    let sizes = cells.iter().map(|cell| &cell.pixels);
    let largest = sizes.fold([1, 1], |[width, height], pixels| {
        [width.max(pixels.width), height.max(pixels.height)]
    });
    let mut paper = Paper::new(cells.len(), largest, options)?;
    for cell in cells {
        paper.add(&cell.pixels, cell.entry.clone(), &cell.caption)?;
    }
    Ok(paper.sheet.write_png(out)?)
}

/// A sheet on which pictures are put, all smaller by the same share.
struct Paper {
    sheet: Sheet,
    captions: Option<Captions>,
    /// The longer edge of a cell, and of the largest picture.
    edges: [usize; 2],
}

impl Paper {
    fn new(count: usize, largest: [usize; 2], options: SheetOptions) -> Result<Self, Explained> {
        let layout = layout(count, largest, options)?;
        Ok(Self {
            sheet: Sheet::new(layout)?,
            captions: options.captions.then(|| Captions::on(options.background)),
            edges: [layout.cell, largest].map(|[width, height]| width.max(height)),
        })
    }

    fn add(&mut self, pixels: &Pixels, entry: Entry, caption: &str) -> Result<(), Explained> {
        // All by the same share, so that pictures of different sizes stay so.
        let own = pixels.width.max(pixels.height);
        let [edge, longer] = self.edges;
        let small = gallery::shrink(pixels, (own * edge / longer).max(1));
        let area = self.sheet.add(&small, entry)?;
        if let Some(captions) = &mut self.captions {
            captions.draw(self.sheet.pixels_mut(), area, caption);
        }
        Ok(())
    }
}

/// The layout with the largest cells that fit; `largest` is the largest picture's size.
fn layout(count: usize, largest: [usize; 2], options: SheetOptions) -> Result<Layout, Explained> {
    let square = count.isqrt() + usize::from(count.isqrt().pow(2) < count);
    let columns = options.columns.unwrap_or(square).clamp(1, count.max(1));
    let longer = largest[0].max(largest[1]);
    let with_edge = |edge: usize| {
        let scaled = |side: usize| (side * edge).div_ceil(longer).max(1);
        let cell = largest.map(scaled);
        let [least, most] = CAPTION_HEIGHTS;
        let caption = ((cell[0] as f32 * CAPTION) as usize).clamp(least, most);
        Layout {
            count,
            columns,
            cell,
            caption: if options.captions { caption } else { 0 },
            gap: options.gap,
            background: options.background,
        }
    };
    let fits = |layout: &Layout| layout.size().into_iter().all(|side| side <= LONGEST);
    let whole = Some(longer).filter(|edge| fits(&with_edge(*edge)));
    let smaller = || {
        (SMALLEST..longer)
            .rev()
            .find(|edge| fits(&with_edge(*edge)))
    };
    whole.or_else(smaller).map(with_edge).ok_or_else(|| {
        Explained::new(
            format!("{count} pictures in {columns} columns are too many for one sheet"),
            "Choose fewer pictures, a smaller gap, or about as many columns as rows.",
        )
    })
}

#[cfg(test)]
mod tests {
    use strata_engine::{Guidance, Recipe, Sampling, Subject};

    use super::*;

    fn laid(count: usize, columns: Option<usize>) -> Option<Layout> {
        let options = SheetOptions {
            columns,
            ..SheetOptions::default()
        };
        layout(count, [256, 256], options).ok()
    }

    #[test]
    fn sheets_are_about_square_unless_asked() {
        let columns = |count, asked| laid(count, asked).map(|layout| layout.columns);
        assert_eq!(columns(9, None), Some(3));
        assert_eq!(columns(10, None), Some(4));
        assert_eq!(columns(1, None), Some(1));
        assert_eq!(columns(10, Some(5)), Some(5));
        assert_eq!(columns(3, Some(5)), Some(3));
    }

    #[test]
    fn pictures_in_memory_are_put_on_paper_in_their_order() -> Result<(), Explained> {
        let folder = tempfile::tempdir().map_err(|error| Explained::new(error.to_string(), ""))?;
        let out = folder.path().join("sheet.png");
        let cell = |grey: u8, seed: u64| Cell {
            pixels: Arc::new(Pixels {
                width: 32,
                height: 32,
                rgb: vec![grey; 32 * 32 * 3],
            }),
            entry: Entry {
                file: format!("{seed}.png"),
                recipe: Recipe {
                    model: "m".into(),
                    weights: None,
                    subject: Subject::Page,
                    seed,
                    index: 0,
                    guidance: Guidance::NONE,
                    sampling: Sampling::default(),
                    start: None,
                },
            },
            caption: format!("seed {seed}"),
        };
        let options = SheetOptions {
            columns: Some(2),
            captions: false,
            ..SheetOptions::default()
        };
        write_cells(&[cell(10, 1), cell(90, 2)], options, &out)?;
        let files = picture::sheet::read(&out)?.into_iter();
        let files: Vec<String> = files.map(|entry| entry.file).collect();
        assert_eq!(files, ["1.png", "2.png"]);
        let sheet = Pixels::read(&out)?;
        assert_eq!([sheet.width, sheet.height], [112, 64]);
        let at = |x: usize| sheet.rgb[(32 * sheet.width + x) * 3];
        assert_eq!([at(30), at(80)], [10, 90]);
        Ok(())
    }

    #[test]
    fn many_pictures_shrink_and_too_many_are_refused() {
        assert_eq!(laid(4, None).map(|layout| layout.cell), Some([256, 256]));
        let many = laid(10_000, None);
        let cell = many.map_or(0, |layout| layout.cell[0]);
        assert!((80..128).contains(&cell), "{cell}");
        assert!(many.is_some_and(|layout| layout.size().iter().all(|side| *side <= LONGEST)));
        assert_eq!(laid(1000, Some(1)), None);
    }
}
