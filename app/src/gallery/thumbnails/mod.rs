//! Small copies of the gallery's pictures: asked for in the order they are needed, made in the
//! background, kept on the disk for the next time.
//!
//! The window says what it wants to see now, what is visible first; each list takes the place of the
//! one before, so whatever scrolled out of sight is no longer worked on. The work is parted among
//! threads by identity: they share nothing, and no picture is made twice at once.

mod cache;

use std::{collections::VecDeque, path::PathBuf, sync::Arc, thread::JoinHandle};

use crossbeam_channel::{Receiver, Sender, TryRecvError};
use strata_engine::Pixels;

use super::{index::Identity, thumbnail::shrink};
use cache::Cache;

/// Edges that copies are made in, in pixels.
const EDGES: [u32; 3] = [128, 256, 512];
/// How much the cache may hold unless said otherwise.
pub const USUAL_LIMIT_BYTES: u64 = 512 << 20;
/// After this many new copies a thread looks whether the cache has become too large.
const COPIES_BETWEEN_LOOKS: usize = 500;

/// Which copy of which picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The picture.
    pub identity: Identity,
    /// The longer edge is at most this many pixels.
    pub edge: u32,
}

impl Key {
    /// The copy to show at a longer edge of `pixels` on the screen: the next larger one that is made,
    /// so that moving the size of tiles does not make everything anew.
    pub fn fitting(identity: Identity, pixels: f32) -> Self {
        let fits = |edge: &&u32| **edge as f32 >= pixels;
        let edge = EDGES.iter().find(fits).unwrap_or(&EDGES[EDGES.len() - 1]);
        Self {
            identity,
            edge: *edge,
        }
    }

    /// The largest copy: the picture itself, unless that is larger still.
    pub fn whole(identity: Identity) -> Self {
        Self::fitting(identity, f32::INFINITY)
    }

    /// All copies of a picture, the largest first.
    pub fn all(identity: Identity) -> impl Iterator<Item = Self> {
        EDGES
            .into_iter()
            .rev()
            .map(move |edge| Self { identity, edge })
    }
}

/// A copy that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// Which.
    pub key: Key,
    /// The picture's file.
    pub file: PathBuf,
}

/// A small copy, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
    /// `[height, width, 4]`, opaque.
    pub rgba: Vec<u8>,
}

impl From<&Pixels> for Thumbnail {
    fn from(pixels: &Pixels) -> Self {
        let rgba = pixels.rgb.chunks_exact(3);
        Self {
            width: pixels.width,
            height: pixels.height,
            rgba: rgba.flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 255]).collect(),
        }
    }
}

/// What became of a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Here it is.
    Made {
        /// Which.
        key: Key,
        /// The copy.
        thumbnail: Arc<Thumbnail>,
    },
    /// The picture cannot be read; asking again makes sense only after its file changed.
    Failed {
        /// Which.
        key: Key,
        /// Why, in one sentence.
        reason: String,
    },
}

/// Hears events, on any of the threads.
pub type Listener = Arc<dyn Fn(Event) + Send + Sync>;

/// The makers of small copies. Dropping it ends them after the copy they are at.
pub struct Thumbnails {
    wishes: Vec<Sender<Vec<Want>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Thumbnails {
    /// Starts `threads` threads over a cache in `folder` that holds at most `limit_bytes`, or a little
    /// more for a while.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        folder: PathBuf,
        limit_bytes: u64,
        threads: usize,
        listener: Listener,
    ) -> std::io::Result<Self> {
        let mut all = Self {
            wishes: Vec::new(),
            threads: Vec::new(),
        };
        for number in 0..threads.max(1) {
            let (wishes, waiting) = crossbeam_channel::unbounded();
            let cache = Cache::new(folder.clone(), limit_bytes);
            let listener = Arc::clone(&listener);
            let thread = std::thread::Builder::new()
                .name(format!("strata-thumbs-{number}"))
                .spawn(move || Maker::new(cache, number == 0).work(&waiting, &*listener))?;
            all.wishes.push(wishes);
            all.threads.push(thread);
        }
        Ok(all)
    }

    /// Says what is wanted now, the most urgent first; what was wanted before and is not in the list
    /// is forgotten. An empty list stops all work.
    pub fn want(&self, wants: Vec<Want>) {
        let count = self.wishes.len();
        let mut parts = vec![Vec::new(); count];
        for want in wants {
            let part = usize::from(want.key.identity.0[0]) % count;
            parts[part].push(want);
        }
        for (wishes, part) in self.wishes.iter().zip(parts) {
            if wishes.send(part).is_err() {
                tracing::error!("a thread for small copies is gone");
            }
        }
    }
}

impl Drop for Thumbnails {
    fn drop(&mut self) {
        self.wishes.clear();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread for small copies ended in a panic");
            }
        }
    }
}

/// One thread's work.
struct Maker {
    cache: Cache,
    /// Whether this is the one that looks after the cache's size.
    tidies: bool,
    made: usize,
}

impl Maker {
    fn new(cache: Cache, tidies: bool) -> Self {
        Self {
            cache,
            tidies,
            // So that the first idle moment is used for a look.
            made: COPIES_BETWEEN_LOOKS,
        }
    }

    fn work(&mut self, waiting: &Receiver<Vec<Want>>, tell: &(dyn Fn(Event) + Send + Sync)) {
        let mut wants = VecDeque::new();
        loop {
            let newest = match wants.is_empty() {
                true => {
                    self.tidy();
                    waiting.recv().map_err(|_| TryRecvError::Disconnected)
                }
                false => waiting.try_recv(),
            };
            match newest {
                Ok(list) => wants = waiting.try_iter().last().unwrap_or(list).into(),
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) => {}
            }
            if let Some(want) = wants.pop_front() {
                tell(self.make(want));
            }
        }
    }

    fn make(&mut self, want: Want) -> Event {
        let key = want.key;
        // A picture that makes a decoder panic must not take the others with it.
        let copy = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.copy(&want)));
        match copy {
            Ok(Ok(pixels)) => Event::Made {
                key,
                thumbnail: Arc::new(Thumbnail::from(&pixels)),
            },
            Ok(Err(error)) => Event::Failed {
                key,
                reason: error.to_string(),
            },
            Err(_) => Event::Failed {
                key,
                reason: format!("{} could not be decoded", want.file.display()),
            },
        }
    }

    fn copy(&mut self, want: &Want) -> strata_engine::Result<Pixels> {
        if let Some(pixels) = self.cache.get(want.key) {
            return Ok(pixels);
        }
        let pixels = shrink(&Pixels::read(&want.file)?, want.key.edge as usize);
        self.made += 1;
        if let Err(error) = self.cache.put(want.key, &pixels) {
            // It is made again the next time.
            tracing::debug!(%error, "a small copy was not kept");
        }
        Ok(pixels)
    }

    fn tidy(&mut self) {
        if self.tidies && self.made >= COPIES_BETWEEN_LOOKS {
            self.made = 0;
            if let Err(error) = self.cache.trim() {
                tracing::debug!(%error, "the small copies were not looked through");
            }
        }
    }
}

#[cfg(test)]
mod tests;
