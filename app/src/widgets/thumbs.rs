//! The small copies of the gallery's pictures on the graphics card: asked for while they are drawn, sent
//! to the card a few each frame, and dropped when many others were shown since.

use std::{collections::HashMap, path::PathBuf};

use eframe::egui::{ColorImage, Context, TextureHandle, TextureId};

use super::textures::FILTER;
use crate::gallery::{
    index::Identity,
    thumbnails::{Event, Key, Thumbnail, Want},
};

/// What all copies on the card may take together.
const MOST_BYTES: usize = 192 << 20;
/// What is sent to the card in one frame at most, so that scrolling stays smooth.
const MOST_BYTES_A_FRAME: usize = 6 << 20;

enum Slot {
    Shown {
        handle: TextureHandle,
        bytes: usize,
        /// The frame it was shown in last.
        used: u64,
    },
    /// The picture cannot be read.
    Failed,
}

/// Where small copies come from.
#[derive(Default)]
pub struct Thumbs {
    slots: HashMap<Key, Slot>,
    waiting: Vec<(Key, std::sync::Arc<Thumbnail>)>,
    wants: Vec<Want>,
    asked: Vec<Want>,
    bytes: usize,
    frame: u64,
}

impl Thumbs {
    /// Takes what was made; it is sent to the card by [`Self::begin_frame`].
    pub fn take(&mut self, event: Event) {
        match event {
            Event::Made { key, thumbnail } => self.waiting.push((key, thumbnail)),
            Event::Failed { key, reason } => {
                tracing::warn!("no small copy: {reason}");
                self.slots.insert(key, Slot::Failed);
            }
        }
    }

    /// Sends copies to the card, as many as a frame can bear; whether some are left for the next one.
    pub fn begin_frame(&mut self, ctx: &Context) -> bool {
        self.frame += 1;
        let mut sent = 0;
        while let Some((key, thumbnail)) = self.waiting.pop() {
            let bytes = thumbnail.rgba.len();
            let size = [thumbnail.width, thumbnail.height];
            let image = ColorImage::from_rgba_unmultiplied(size, &thumbnail.rgba);
            let handle = ctx.load_texture("thumbnail", image, FILTER);
            let slot = Slot::Shown {
                handle,
                bytes,
                used: self.frame,
            };
            self.bytes += bytes;
            self.free(key);
            self.slots.insert(key, slot);
            sent += bytes;
            if sent >= MOST_BYTES_A_FRAME {
                break;
            }
        }
        !self.waiting.is_empty()
    }

    /// The copy, if it is on the card; otherwise it is wanted from now on, in the order of the calls.
    pub fn get(&mut self, key: Key, file: impl FnOnce() -> PathBuf) -> Option<TextureId> {
        match self.slots.get_mut(&key) {
            Some(Slot::Shown { handle, used, .. }) => {
                *used = self.frame;
                Some(handle.id())
            }
            Some(Slot::Failed) => None,
            None => {
                self.wants.push(Want { key, file: file() });
                None
            }
        }
    }

    /// The largest copy of a picture that is on the card; none is wanted.
    pub fn any(&mut self, identity: Identity) -> Option<TextureId> {
        Key::all(identity).find_map(|key| match self.slots.get_mut(&key) {
            Some(Slot::Shown { handle, used, .. }) => {
                *used = self.frame;
                Some(handle.id())
            }
            _ => None,
        })
    }

    /// Whether the picture cannot be read.
    pub fn failed(&self, key: Key) -> bool {
        matches!(self.slots.get(&key), Some(Slot::Failed))
    }

    /// Whether everything that was wanted in the last frame is on the card.
    pub fn is_settled(&self) -> bool {
        self.asked.is_empty() && self.waiting.is_empty()
    }

    /// Ends the frame: what is wanted now, if that changed, and copies make room that were not shown for
    /// the longest time.
    pub fn end_frame(&mut self) -> Option<Vec<Want>> {
        self.make_room();
        let wants = std::mem::take(&mut self.wants);
        if wants == self.asked {
            return None;
        }
        self.asked = wants.clone();
        Some(wants)
    }

    fn make_room(&mut self) {
        if self.bytes <= MOST_BYTES {
            return;
        }
        let used = |(key, slot): (&Key, &Slot)| match slot {
            Slot::Shown { used, .. } if *used < self.frame => Some((*used, *key)),
            _ => None,
        };
        let mut old: Vec<(u64, Key)> = self.slots.iter().filter_map(used).collect();
        old.sort_unstable_by_key(|(used, _)| *used);
        for (_, key) in old {
            if self.bytes <= MOST_BYTES * 3 / 4 {
                break;
            }
            self.free(key);
        }
    }

    fn free(&mut self, key: Key) {
        if let Some(Slot::Shown { bytes, .. }) = self.slots.remove(&key) {
            self.bytes -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::gallery::index::Identity;

    fn key(number: u16) -> Key {
        let mut identity = [0; 16];
        identity[..2].copy_from_slice(&number.to_le_bytes());
        Key::fitting(Identity(identity), 512.0)
    }

    fn made(key: Key) -> Event {
        Event::Made {
            key,
            thumbnail: Arc::new(Thumbnail {
                width: 512,
                height: 512,
                rgba: vec![255; 512 * 512 * 4],
            }),
        }
    }

    #[test]
    fn what_is_not_there_is_wanted_until_it_came() {
        let ctx = Context::default();
        let mut thumbs = Thumbs::default();
        assert_eq!(thumbs.get(key(1), || "a.png".into()), None);
        assert_eq!(thumbs.get(key(2), || "b.png".into()), None);
        let wants = thumbs.end_frame().map(|wants| wants.len());
        assert_eq!(wants, Some(2));
        assert_eq!(thumbs.get(key(1), || "a.png".into()), None);
        assert_eq!(thumbs.get(key(2), || "b.png".into()), None);
        assert_eq!(thumbs.end_frame(), None, "asked already");
        thumbs.take(made(key(1)));
        let failure = Event::Failed {
            key: key(2),
            reason: "torn".into(),
        };
        thumbs.take(failure);
        assert!(!thumbs.begin_frame(&ctx));
        assert!(thumbs.get(key(1), PathBuf::new).is_some());
        assert_eq!(thumbs.get(key(2), PathBuf::new), None);
        assert!(thumbs.failed(key(2)));
        assert!(!thumbs.is_settled());
        assert_eq!(thumbs.end_frame(), Some(Vec::new()));
        assert!(thumbs.is_settled());
    }

    #[test]
    fn the_card_holds_no_more_than_it_may() {
        let ctx = Context::default();
        let mut thumbs = Thumbs::default();
        for number in 0..300 {
            thumbs.take(made(key(number)));
        }
        let mut frames = 0;
        while thumbs.begin_frame(&ctx) {
            // Always shown, never dropped.
            assert!(frames == 0 || thumbs.get(key(299), PathBuf::new).is_some());
            thumbs.end_frame();
            frames += 1;
            assert!(thumbs.bytes <= MOST_BYTES + MOST_BYTES_A_FRAME);
        }
        assert!(frames > 10, "{frames}");
        assert!(thumbs.get(key(299), PathBuf::new).is_some());
    }
}
