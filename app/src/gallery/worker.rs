//! The loop of the gallery's thread: one order after the other, each answered. Files appear complete or
//! not at all; `Picture::write_png` sees to that.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::Arc,
};

use crossbeam_channel::Receiver;
use strata_engine::{Error, Result};

use super::{Answer, name, thumbnail};
use crate::{
    explain::Explained,
    export::{self, Names, SheetOptions},
    state::{SaveOrder, SheetOrder},
};

/// Something to write.
#[derive(Clone, Debug)]
pub enum Order {
    /// A picture.
    Picture(SaveOrder),
    /// Several on one PNG.
    Sheet(SheetOrder),
}

/// Longer edge of the small copies, in pixels: twice the size they are shown at, for dense screens.
const THUMBNAIL_EDGE: usize = 144;

/// Writes pictures until no one can order any more.
pub fn run(orders: &Receiver<Order>, answer: &(dyn Fn(Answer) + Send + Sync)) {
    let mut numbers = HashMap::new();
    for order in orders {
        let order = match order {
            Order::Picture(order) => order,
            Order::Sheet(order) => {
                answer(Answer::SheetSaved {
                    sheet: order.sheet,
                    result: save_sheet(&order),
                });
                continue;
            }
        };
        let piece = order.piece;
        // A picture must not be lost because another one made the encoder panic.
        let saving = |path: &Path| {
            answer(Answer::Saving {
                piece,
                path: path.to_owned(),
            });
        };
        let saving = AssertUnwindSafe(|| save(&order, &mut numbers, saving));
        let saved = std::panic::catch_unwind(saving);
        answer(match saved {
            Ok(Ok(path)) => Answer::Saved {
                piece,
                path,
                thumbnail: Arc::new(thumbnail::shrink(&order.picture.pixels, THUMBNAIL_EDGE)),
            },
            Ok(Err(error)) => Answer::NotSaved { piece, error },
            Err(_) => Answer::NotSaved {
                piece,
                error: Error::Died("writing a picture failed".into()),
            },
        });
    }
}

/// Writes one picture under the next free number of its folder; tells the file before it is there.
fn save(
    order: &SaveOrder,
    numbers: &mut HashMap<PathBuf, u32>,
    tell: impl Fn(&Path),
) -> Result<PathBuf> {
    let folder = &order.folder;
    std::fs::create_dir_all(folder).map_err(|error| Error::file("create", folder, &error))?;
    let number = match numbers.get(folder) {
        Some(number) => *number,
        None => last_number(folder)? + 1,
    };
    let recipe = &order.picture.recipe;
    let mut number = number;
    let path = loop {
        let file = name::file_name(number, &order.title, recipe.seed, recipe.index);
        let path = folder.join(file);
        if !path.exists() {
            break path;
        }
        number += 1;
    };
    tell(&path);
    order.picture.write_png(&path, &order.title)?;
    numbers.insert(folder.clone(), number + 1);
    Ok(path)
}

/// Writes a sheet under a name that is free.
fn save_sheet(order: &SheetOrder) -> Result<PathBuf, Explained> {
    let folder = &order.folder;
    let created = std::fs::create_dir_all(folder);
    created.map_err(|error| Explained::file("create", folder, &error))?;
    let path = Names::within(folder).place(&order.name, "png", |_| false);
    let options = SheetOptions {
        columns: Some(order.columns),
        ..SheetOptions::default()
    };
    let written = AssertUnwindSafe(|| export::write_cells(&order.cells, options, path.path()));
    std::panic::catch_unwind(written)
        .unwrap_or_else(|_| Err(Error::Died("writing a sheet failed".into()).into()))?;
    Ok(path.path().to_owned())
}

/// The largest number that a file of the folder begins with; 0 when there is none.
fn last_number(folder: &Path) -> Result<u32> {
    let files = std::fs::read_dir(folder).map_err(|error| Error::file("read", folder, &error))?;
    let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    Ok(names
        .filter_map(|file| name::number(&file))
        .max()
        .unwrap_or(0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::{collections::HashSet, sync::Mutex};

    use strata_engine::{Codes, Guidance, Picture, Pixels, Recipe, Sampling, Subject};

    use super::*;
    use crate::state::PieceId;

    fn order(folder: &Path, piece: u64) -> SaveOrder {
        let (rows, columns, cell) = (4, 4, 4);
        let pixels = Pixels {
            width: columns * cell,
            height: rows * cell,
            rgb: vec![128; rows * columns * cell * cell * 3],
        };
        SaveOrder {
            piece: PieceId(piece),
            picture: Arc::new(Picture {
                recipe: Recipe {
                    model: "m".into(),
                    weights: None,
                    subject: Subject::Class(1),
                    seed: 7,
                    index: 2,
                    guidance: Guidance::NONE,
                    sampling: Sampling::default(),
                    start: None,
                },
                codes: Codes {
                    rows,
                    columns,
                    depth: 1,
                    codebook: 8,
                    values: vec![3; rows * columns],
                },
                pixels: Arc::new(pixels),
                log_likelihood: None,
                seconds: 1.0,
            }),
            folder: folder.to_owned(),
            title: "Golden retriever".into(),
        }
    }

    /// The answers, one an order. A file must not be there before its name is told.
    fn run_orders(list: Vec<SaveOrder>) -> Vec<Answer> {
        let (orders, waiting) = crossbeam_channel::unbounded();
        let (answers, heard) = crossbeam_channel::unbounded();
        for order in list {
            orders.send(Order::Picture(order)).unwrap();
        }
        drop(orders);
        let told = Mutex::new(HashSet::new());
        run(&waiting, &move |answer| {
            match &answer {
                Answer::Saving { path, .. } => {
                    assert!(!path.exists());
                    told.lock().unwrap().insert(path.clone());
                    return;
                }
                Answer::Saved { path, .. } => assert!(told.lock().unwrap().contains(path)),
                _ => {}
            }
            answers.send(answer).unwrap();
        });
        heard.iter().collect()
    }

    fn paths(answers: &[Answer]) -> Vec<String> {
        let path = |answer: &Answer| match answer {
            Answer::Saved { path, .. } => path.file_name().unwrap().to_string_lossy().into_owned(),
            other => panic!("{other:?}"),
        };
        answers.iter().map(path).collect()
    }

    #[test]
    fn files_are_numbered_on_from_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("00041-fox-1-0.png"), "").unwrap();
        std::fs::write(folder.path().join("holiday.png"), "").unwrap();
        let answers = run_orders(vec![order(folder.path(), 1), order(folder.path(), 2)]);
        assert_eq!(
            paths(&answers),
            [
                "00042-golden-retriever-7-2.png",
                "00043-golden-retriever-7-2.png"
            ]
        );
        for name in paths(&answers) {
            let picture = image::open(folder.path().join(name)).unwrap();
            assert_eq!((picture.width(), picture.height()), (16, 16));
        }
    }

    #[test]
    fn missing_folders_are_made() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a").join("b");
        let answers = run_orders(vec![order(&deep, 1)]);
        assert!(deep.join(&paths(&answers)[0]).exists());
    }

    #[test]
    fn a_folder_that_cannot_be_is_answered_and_the_next_order_works() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "in the way").unwrap();
        let answers = run_orders(vec![order(&file, 1), order(folder.path(), 2)]);
        assert!(
            matches!(
                &answers[0],
                Answer::NotSaved {
                    piece: PieceId(1),
                    error: Error::File { .. }
                }
            ),
            "{answers:?}"
        );
        assert_eq!(paths(&answers[1..]).len(), 1);
        assert_eq!(std::fs::read(&file).unwrap(), b"in the way");
    }
}
