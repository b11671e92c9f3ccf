//! Deleting pictures: to the system's trash, with a way back. Behind a trait, so that tests throw
//! nothing of the user's away; on a thread of its own, because trash may be on another disk.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::{SystemTime, UNIX_EPOCH},
};

use crossbeam_channel::{Receiver, Sender};

/// A file that was put into the trash: what is needed to find it there again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discarded {
    /// Where it was.
    pub path: PathBuf,
    /// The same as the trash names it: with no links among its folders.
    pub real_path: PathBuf,
    /// When it was put there, in seconds since 1970.
    pub at_secs: i64,
}

/// The system's trash.
pub trait Trash: Send + Sync {
    /// Puts a file into the trash. Nothing is ever deleted for good instead.
    ///
    /// # Errors
    /// When there is no trash for this file, or it is not ours to move.
    fn discard(&self, path: &Path) -> io::Result<Discarded>;

    /// Puts files back where they were, each with its outcome. A file that is there by now is not
    /// overwritten.
    fn restore(&self, files: &[Discarded]) -> Vec<io::Result<()>>;
}

/// The trash of the system that the program runs on.
pub struct SystemTrash;

impl Trash for SystemTrash {
    fn discard(&self, path: &Path) -> io::Result<Discarded> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let real_path = path.parent().unwrap_or(path).canonicalize()?.join(name);
        real_path.symlink_metadata()?;
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let at_secs = since.map_or(0, |since| since.as_secs() as i64);
        trash::delete(&real_path).map_err(io_error)?;
        Ok(Discarded {
            path: path.to_owned(),
            real_path,
            at_secs,
        })
    }

    #[cfg(not(target_os = "macos"))]
    fn restore(&self, files: &[Discarded]) -> Vec<io::Result<()>> {
        let items = match trash::os_limited::list() {
            Ok(items) => items,
            Err(error) => {
                let text = io_error(error).to_string();
                return files
                    .iter()
                    .map(|_| Err(io::Error::other(text.clone())))
                    .collect();
            }
        };
        files.iter().map(|file| put_back(file, &items)).collect()
    }

    /// This system lets only its own file manager put things back.
    #[cfg(target_os = "macos")]
    fn restore(&self, files: &[Discarded]) -> Vec<io::Result<()>> {
        let refusal = || io::Error::new(io::ErrorKind::Unsupported, "put it back from the Bin");
        files.iter().map(|_| Err(refusal())).collect()
    }
}

#[cfg(not(target_os = "macos"))]
fn put_back(file: &Discarded, items: &[trash::TrashItem]) -> io::Result<()> {
    // The trash counts in whole seconds, by a clock that may have been set meanwhile; the newest of
    // several files of one name is the one that went last.
    let item = items
        .iter()
        .filter(|item| item.original_path() == file.real_path)
        .filter(|item| item.time_deleted >= file.at_secs - 2)
        .max_by_key(|item| item.time_deleted);
    let item = item
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it is no longer in the trash"))?;
    if let Some(folder) = file.real_path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    trash::os_limited::restore_all([item.clone()]).map_err(io_error)
}

fn io_error(error: trash::Error) -> io::Error {
    match error {
        #[cfg(not(any(target_os = "macos", target_os = "windows")))]
        trash::Error::FileSystem { path, source } => {
            io::Error::new(source.kind(), format!("{}: {source}", path.display()))
        }
        trash::Error::RestoreCollision { .. } => io::ErrorKind::AlreadyExists.into(),
        trash::Error::Unknown { description } | trash::Error::Os { description, .. } => {
            io::Error::other(description)
        }
        other => io::Error::other(other),
    }
}

/// What became of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Files were put into the trash.
    Discarded {
        /// Those that are there now; give them to [`Bin::restore`] to undo it.
        done: Vec<Discarded>,
        /// Those that stayed, and why.
        failed: Vec<(PathBuf, String)>,
    },
    /// Files were put back.
    Restored {
        /// Those that are where they were.
        done: Vec<PathBuf>,
        /// Those that are still in the trash, and why.
        failed: Vec<(PathBuf, String)>,
    },
}

/// Hears events, on the bin's thread.
pub type Listener = Arc<dyn Fn(Event) + Send + Sync>;

enum Order {
    Discard(Vec<PathBuf>),
    Restore(Vec<Discarded>),
}

/// The trash as the window sees it: orders are carried out one after the other and each is answered.
/// Dropping it waits for those that were given.
pub struct Bin {
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl Bin {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(trash: Arc<dyn Trash>, listener: Listener) -> io::Result<Self> {
        let (orders, waiting) = crossbeam_channel::unbounded();
        let thread = std::thread::Builder::new()
            .name("strata-trash".into())
            .spawn(move || run(&*trash, &waiting, &*listener))?;
        Ok(Self {
            orders: Some(orders),
            thread: Some(thread),
        })
    }

    /// Puts files into the trash; answered by [`Event::Discarded`].
    pub fn discard(&self, files: Vec<PathBuf>) {
        self.send(Order::Discard(files));
    }

    /// Puts files back; answered by [`Event::Restored`].
    pub fn restore(&self, files: Vec<Discarded>) {
        self.send(Order::Restore(files));
    }

    fn send(&self, order: Order) {
        let orders = self.orders.as_ref();
        if orders.is_none_or(|orders| orders.send(order).is_err()) {
            tracing::error!("the trash's thread is gone");
        }
    }
}

impl Drop for Bin {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the trash's thread ended in a panic");
        }
    }
}

fn run(trash: &dyn Trash, orders: &Receiver<Order>, tell: &(dyn Fn(Event) + Send + Sync)) {
    for order in orders {
        tell(match order {
            Order::Discard(files) => discard(trash, files),
            Order::Restore(files) => restore(trash, &files),
        });
    }
}

fn discard(trash: &dyn Trash, files: Vec<PathBuf>) -> Event {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for path in files {
        match trash.discard(&path) {
            Ok(discarded) => done.push(discarded),
            Err(error) => failed.push((path, error.to_string())),
        }
    }
    Event::Discarded { done, failed }
}

fn restore(trash: &dyn Trash, files: &[Discarded]) -> Event {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (file, outcome) in files.iter().zip(trash.restore(files)) {
        match outcome {
            Ok(()) => done.push(file.path.clone()),
            Err(error) => failed.push((file.path.clone(), error.to_string())),
        }
    }
    Event::Restored { done, failed }
}

#[cfg(test)]
#[path = "trash_tests.rs"]
mod tests;
