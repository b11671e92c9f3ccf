//! Moving pictures: every scene is decoded, drawn, and written before the next.

use std::{path::Path, sync::Arc};

use strata_engine::{
    Codes, Pixels,
    picture::{
        self,
        animated::{self, Animation},
        sequence::{self, Scene},
    },
    worker::Depths,
};

use super::{Halt, Source, Step};
use crate::explain::Explained;

/// What moves, and how long it takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    /// Depth after depth.
    Depths {
        /// How long each is held, in seconds.
        seconds: f32,
        /// How long one takes to fade into the next, in seconds.
        fade: f32,
    },
    /// Position by position.
    Growth {
        /// How long all of it takes, in seconds.
        seconds: f32,
    },
}

impl Way {
    /// Depth after depth at the usual pace.
    pub const DEPTHS: Self = Self::Depths {
        seconds: sequence::DEPTH_SECONDS,
        fade: 0.0,
    };
    /// Position by position at the usual pace.
    pub const GROWTH: Self = Self::Growth {
        seconds: sequence::GROWTH_SECONDS,
    };

    /// What a file's name says of it, so that it is not taken for the still picture.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Depths { .. } => "-depths",
            Self::Growth { .. } => "-growth",
        }
    }
}

/// Someone who turns codes into pixels.
pub trait Projector {
    /// The picture of a complete grid of `codes` of `model`, up to `depths`.
    ///
    /// # Errors
    /// Why the model cannot.
    fn decode(
        &mut self,
        model: &str,
        codes: Codes,
        depths: Depths,
    ) -> Result<Arc<Pixels>, Explained>;
}

/// A picture that is going to move.
pub struct Film<'a> {
    /// The picture.
    pub source: &'a Source,
    scenes: Vec<Scene>,
}

impl<'a> Film<'a> {
    /// Plans the scenes.
    ///
    /// # Errors
    /// When the picture has no codes to show.
    pub fn new(source: &'a Source, way: Way) -> Result<Self, Explained> {
        let codes = &source.header.codes;
        let scenes = match way {
            Way::Depths { seconds, fade } => sequence::depths(codes, seconds, fade),
            Way::Growth { seconds } => sequence::growth(codes, seconds),
        };
        if scenes.is_empty() {
            let path = source.path.display();
            return Err(Explained::new(
                format!("{path} was stopped before its first code"),
                "Choose a picture that has begun.",
            ));
        }
        Ok(Self { source, scenes })
    }

    /// How many scenes are decoded.
    pub fn scenes(&self) -> usize {
        self.scenes.len()
    }

    /// Writes the file; `step` hears of every scene. Whether the last frame is the picture: with other
    /// weights it is not.
    ///
    /// # Errors
    /// When the picture cannot be read or decoded, the file cannot be written, or `step` wants no more.
    pub fn write(
        &self,
        out: &Path,
        format: animated::Format,
        projector: &mut dyn Projector,
        step: Step,
    ) -> Result<bool, Halt> {
        let picture = picture::read_png(&self.source.path)?.into_picture();
        let title = super::title(picture.recipe.subject);
        let frames = self.scenes.iter().map(|scene| scene.frames.len()).sum();
        let mut animation = Animation::create(out, format, &picture, &title, frames)?;
        let codes = &picture.codes;
        let mut before: Option<Arc<Pixels>> = None;
        for scene in &self.scenes {
            let depths = Depths::First(scene.depths);
            let model = &picture.recipe.model;
            let decoded = projector.decode(model, scene.codes(codes), depths)?;
            for (frame, seconds) in scene.draw(codes, &decoded, before.as_ref()) {
                animation.add(frame, seconds)?;
            }
            before = Some(decoded);
            step()?;
        }
        animation.finish()?;
        let is_same = before.is_some_and(|last| super::is_near(&last, &picture.pixels));
        Ok(is_same || !codes.is_complete())
    }
}
