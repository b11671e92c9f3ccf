//! Pictures on the graphics card: one texture per shown picture, sent again only when its pixels are
//! others than last time, dropped when it was not shown for a frame.

use std::{collections::HashMap, fmt, sync::Arc};

use eframe::egui::{
    Color32, ColorImage, Context, Painter, Rect, TextureFilter, TextureHandle, TextureId,
    TextureOptions, Vec2, pos2,
};
use strata_engine::Pixels;

use super::Thumbs;
use crate::state::PieceId;

/// Enlarged pixels stay squares; shrunk pictures are smoothed.
pub(super) const FILTER: TextureOptions = TextureOptions {
    magnification: TextureFilter::Nearest,
    minification: TextureFilter::Linear,
    wrap_mode: eframe::egui::TextureWrapMode::ClampToEdge,
    mipmap_mode: None,
};

/// Pixels in view data: compared by identity and printed by size, as plain data should be.
#[derive(Clone)]
pub struct Shown(pub Arc<Pixels>);

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.0.width, self.0.height)
    }
}

/// What a texture shows of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextureKey {
    /// The picture as the canvas shows it.
    Picture(PieceId),
    /// Depths up to this one.
    Lane(PieceId, usize),
    /// One depth alone.
    Alone(PieceId, usize),
    /// The picture as it grew.
    Replay(PieceId),
    /// The small copy.
    Thumbnail(PieceId),
}

struct Entry {
    /// Kept alive so that its address stays its own.
    pixels: Arc<Pixels>,
    handle: TextureHandle,
    used: bool,
}

/// The textures of the window.
#[derive(Default)]
pub struct Textures {
    entries: HashMap<TextureKey, Entry>,
    uploads: usize,
    /// Small copies of the gallery's pictures.
    pub thumbs: Thumbs,
}

impl Textures {
    /// The texture of a picture, sent to the card if its pixels changed.
    pub fn get(&mut self, ctx: &Context, key: TextureKey, shown: &Shown) -> TextureId {
        let pixels = &shown.0;
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.used = true;
            if !Arc::ptr_eq(&entry.pixels, pixels) {
                entry.handle.set(image(pixels), FILTER);
                entry.pixels = Arc::clone(pixels);
                self.uploads += 1;
            }
            return entry.handle.id();
        }
        self.uploads += 1;
        let handle = ctx.load_texture(format!("{key:?}"), image(pixels), FILTER);
        let id = handle.id();
        let entry = Entry {
            pixels: Arc::clone(pixels),
            handle,
            used: true,
        };
        self.entries.insert(key, entry);
        id
    }

    /// To be called after each frame: what was not shown in it is dropped.
    pub fn end_frame(&mut self) {
        self.entries
            .retain(|_, entry| std::mem::take(&mut entry.used));
    }

    /// How often pixels were sent to the card so far.
    pub fn uploads(&self) -> usize {
        self.uploads
    }
}

fn image(pixels: &Pixels) -> ColorImage {
    let size = [pixels.width, pixels.height];
    match pixels.rgb.len() == pixels.width * pixels.height * 3 {
        true => ColorImage::from_rgb(size, &pixels.rgb),
        // A picture that contradicts its own size is a mistake to see, not to crash on.
        false => ColorImage::filled(size, Color32::MAGENTA),
    }
}

/// Draws a whole texture in `area`.
pub fn paint_picture(painter: &Painter, texture: TextureId, area: Rect) {
    let whole = Rect::from_min_size(pos2(0.0, 0.0), Vec2::splat(1.0));
    painter.image(texture, area, whole, Color32::WHITE);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(grey: u8) -> Shown {
        Shown(Arc::new(Pixels {
            width: 2,
            height: 2,
            rgb: vec![grey; 12],
        }))
    }

    #[test]
    fn pixels_are_sent_once_and_dropped_when_unused() {
        let ctx = Context::default();
        let mut textures = Textures::default();
        let key = TextureKey::Picture(PieceId(1));
        let (first, second) = (pixels(1), pixels(2));
        let id = textures.get(&ctx, key, &first);
        textures.end_frame();
        assert_eq!(textures.get(&ctx, key, &first), id);
        assert_eq!(textures.uploads(), 1);
        assert_eq!(textures.get(&ctx, key, &second), id);
        assert_eq!(textures.uploads(), 2);
        textures.end_frame();
        textures.end_frame();
        textures.get(&ctx, key, &second);
        assert_eq!(textures.uploads(), 3);
    }

    #[test]
    fn equal_pixels_in_two_places_are_two_pictures() {
        assert_ne!(pixels(1), pixels(1));
        assert_eq!(format!("{:?}", pixels(1)), "2x2");
    }
}
