//! The gallery: pictures become files on a thread of its own, and the desktop is asked to show them. It
//! answers every order; what an answer means for the window is the reducer's business.

mod desktop;
mod dropped;
pub mod index;
mod name;
mod thumbnail;
pub mod thumbnails;
pub mod trash;
mod worker;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
};

use crossbeam_channel::Sender;
use strata_engine::{Error, Pixels};

pub use desktop::{Desktop, MODEL_ENDINGS, PICTURE_ENDINGS, SystemDesktop};
pub use dropped::Dropped;
pub use name::slug;
pub use thumbnail::shrink;

use crate::{
    explain::Explained,
    origin::Origin,
    state::{PieceId, SaveOrder, SheetOrder},
};
use worker::Order;

/// What the gallery tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The file's name is chosen. The file appears after the listener has returned, or not at all.
    Saving {
        /// Which picture.
        piece: PieceId,
        /// The file.
        path: PathBuf,
    },
    /// The file is complete and on the disk.
    Saved {
        /// Which picture.
        piece: PieceId,
        /// The file.
        path: PathBuf,
        /// A small copy for lists.
        thumbnail: Arc<Pixels>,
    },
    /// The file was not written; whatever was at its place is untouched.
    NotSaved {
        /// Which picture.
        piece: PieceId,
        /// Why.
        error: Error,
    },
    /// The desktop did not show a file or folder.
    NotShown {
        /// Which.
        path: PathBuf,
        /// Its words.
        reason: String,
    },
    /// A picture for the clipboard.
    Copied(Arc<Pixels>),
    /// A picture could not be read.
    NotCopied(Error),
    /// The answer to the folder dialog; `None` when it was closed.
    FolderPicked(Option<PathBuf>),
    /// The answer to the picture dialog; `None` when it was closed.
    PicturePicked(Option<PathBuf>),
    /// The answer to the dialog about files or a folder of a model; empty when it was closed.
    ModelPicked(Vec<PathBuf>),
    /// A picture file that was to be read.
    PictureRead {
        /// The file.
        path: PathBuf,
        /// What is in it.
        result: Result<Origin, Explained>,
    },
    /// What was dropped on the window.
    Dropped(Dropped),
    /// A sheet that was to be written.
    SheetSaved {
        /// Which.
        sheet: u64,
        /// The file, or why there is none.
        result: Result<PathBuf, Explained>,
    },
}

/// Hears answers, on any thread.
pub type Listener = Arc<dyn Fn(Answer) + Send + Sync>;

/// The gallery as the window sees it. Dropping it waits until every picture that was handed over is
/// written.
pub struct Gallery {
    orders: Option<Sender<Order>>,
    worker: Option<JoinHandle<()>>,
    desktop: Arc<dyn Desktop>,
    listener: Listener,
}

impl Gallery {
    /// Starts the thread.
    pub fn start(desktop: Arc<dyn Desktop>, listener: Listener) -> Self {
        let (orders, waiting) = crossbeam_channel::unbounded();
        let answer = Arc::clone(&listener);
        let worker = std::thread::Builder::new()
            .name("strata-gallery".into())
            .spawn(move || worker::run(&waiting, &*answer));
        if let Err(error) = &worker {
            tracing::error!("no thread for the gallery: {error}");
        }
        let worker = worker.ok();
        Self {
            orders: worker.is_some().then_some(orders),
            worker,
            desktop,
            listener,
        }
    }

    /// Writes a picture; answered by [`Answer::Saved`] or [`Answer::NotSaved`].
    pub fn save(&self, order: SaveOrder) {
        let piece = order.piece;
        let sent = self
            .orders
            .as_ref()
            .is_some_and(|orders| orders.send(Order::Picture(order)).is_ok());
        if !sent {
            (self.listener)(Answer::NotSaved {
                piece,
                error: Error::ShutDown,
            });
        }
    }

    /// Writes a sheet; answered by [`Answer::SheetSaved`].
    pub fn save_sheet(&self, order: SheetOrder) {
        let sheet = order.sheet;
        let orders = self.orders.as_ref();
        if orders.is_none_or(|orders| orders.send(Order::Sheet(order)).is_err()) {
            let result = Err(Error::ShutDown.into());
            (self.listener)(Answer::SheetSaved { sheet, result });
        }
    }

    /// Shows a file in its folder, or a folder; only a failure is answered.
    pub fn reveal(&self, path: &Path) {
        let (desktop, listener) = (Arc::clone(&self.desktop), Arc::clone(&self.listener));
        let target = path.to_owned();
        aside(move || {
            if let Err(error) = desktop.reveal(&target) {
                listener(Answer::NotShown {
                    path: target,
                    reason: error.to_string(),
                });
            }
        });
    }

    /// Shows a message outside the window. Not every desktop can, and none has to.
    pub fn notify(&self, heading: String, words: String) {
        let desktop = Arc::clone(&self.desktop);
        aside(move || {
            if let Err(error) = desktop.notify(&heading, &words) {
                tracing::info!(%error, "the desktop shows no messages");
            }
        });
    }

    /// Reads a picture for the clipboard; answered by [`Answer::Copied`] or [`Answer::NotCopied`].
    pub fn copy(&self, path: PathBuf) {
        let listener = Arc::clone(&self.listener);
        aside(move || {
            listener(match Pixels::read(&path) {
                Ok(pixels) => Answer::Copied(Arc::new(pixels)),
                Err(error) => Answer::NotCopied(error),
            });
        });
    }

    /// Asks for a folder, starting at `from`; answered by [`Answer::FolderPicked`].
    pub fn pick_folder(&self, from: &Path) {
        let (desktop, listener) = (Arc::clone(&self.desktop), Arc::clone(&self.listener));
        let from = from.to_owned();
        aside(move || listener(Answer::FolderPicked(desktop.pick_folder(&from))));
    }

    /// Asks for a picture file, starting at `from`; answered by [`Answer::PicturePicked`].
    pub fn pick_picture(&self, from: &Path) {
        let (desktop, listener) = (Arc::clone(&self.desktop), Arc::clone(&self.listener));
        let from = from.to_owned();
        aside(move || listener(Answer::PicturePicked(desktop.pick_picture(&from))));
    }

    /// Asks for files of a model; answered by [`Answer::ModelPicked`].
    pub fn pick_model_files(&self) {
        let (desktop, listener) = (Arc::clone(&self.desktop), Arc::clone(&self.listener));
        aside(move || listener(Answer::ModelPicked(desktop.pick_model_files())));
    }

    /// Asks for a folder with a model in it; answered by [`Answer::ModelPicked`].
    pub fn pick_model_folder(&self) {
        let (desktop, listener) = (Arc::clone(&self.desktop), Arc::clone(&self.listener));
        aside(move || {
            let folder = desktop.pick_model_folder();
            listener(Answer::ModelPicked(folder.into_iter().collect()));
        });
    }

    /// Looks at what was dropped on the window; answered by [`Answer::Dropped`].
    pub fn look_at(&self, paths: Vec<PathBuf>) {
        let listener = Arc::clone(&self.listener);
        aside(move || listener(Answer::Dropped(Dropped::of(&paths))));
    }

    /// Reads a picture file; answered by [`Answer::PictureRead`].
    pub fn read_picture(&self, path: PathBuf) {
        let listener = Arc::clone(&self.listener);
        aside(move || {
            let result = Origin::read(&path);
            listener(Answer::PictureRead { path, result });
        });
    }
}

/// Desktops may take their time to answer; neither the window nor the saving waits for them.
fn aside(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().name("strata-desktop".into());
    if let Err(error) = thread.spawn(work) {
        tracing::error!("no thread to ask the desktop on: {error}");
    }
}

impl Drop for Gallery {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(worker) = self.worker.take()
            && worker.join().is_err()
        {
            tracing::error!("the gallery's thread ended in a panic");
        }
    }
}
