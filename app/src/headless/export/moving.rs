//! Moving pictures: every scene is asked of the engine, drawn, and written before the next.

use std::sync::Arc;

use strata_engine::{
    ModelCard, Picture, Pixels,
    picture::{
        self,
        animated::{self, Animation},
        sequence::{self, Scene},
    },
    worker::Depths,
};

use super::{Args, Exported, Progress, Result, Source, Studio, Way};
use crate::{
    explain::Explained,
    export::{self, Names, Pattern},
    headless::{choose, output::warn, replay, studio::Questions},
};

/// What is going to move. All that can be refused has been before anything is written.
pub(super) struct Plan<'a> {
    format: animated::Format,
    films: Vec<Film<'a>>,
    studio: &'a dyn Studio,
}

struct Film<'a> {
    source: &'a Source,
    card: Arc<ModelCard>,
    scenes: Vec<Scene>,
}

impl<'a> Plan<'a> {
    /// Of all pictures.
    pub(super) fn new(
        args: &Args,
        way: Way,
        sources: &'a [Source],
        studio: &'a dyn Studio,
    ) -> Result<Self> {
        if way == Way::Growth && args.fade > 0.0 {
            return Err(Explained::new(
                "--fade has no meaning with --animate growth, which changes cell by cell",
                "Leave --fade out, or use --animate depths.",
            ));
        }
        let film = |source: &'a Source| {
            let codes = &source.header.codes;
            let card = choose::named(studio, &source.header.recipe.model)?;
            replay::check_fits(codes, &card)?;
            let scenes = match way {
                Way::Depths => {
                    let seconds = args.seconds.unwrap_or(sequence::DEPTH_SECONDS);
                    sequence::depths(codes, seconds, args.fade)
                }
                Way::Growth => {
                    let seconds = args.seconds.unwrap_or(sequence::GROWTH_SECONDS);
                    sequence::growth(codes, seconds)
                }
            };
            if scenes.is_empty() {
                return Err(Explained::new(
                    format!(
                        "{} was stopped before its first code",
                        source.path.display()
                    ),
                    "Choose a picture that has begun.",
                ));
            }
            Ok(Film {
                source,
                card,
                scenes,
            })
        };
        Ok(Self {
            format: args.format.into(),
            films: sources.iter().map(film).collect::<Result<_>>()?,
            studio,
        })
    }

    /// Decodes in all.
    pub(super) fn scenes(&self) -> usize {
        self.films.iter().map(|film| film.scenes.len()).sum()
    }

    /// Writes every file.
    pub(super) fn write(
        &self,
        pattern: &Pattern,
        names: &mut Names,
        progress: &Progress,
    ) -> Result<Vec<Exported>> {
        let engine = self.studio.engine(1)?;
        let mut questions = Questions::new(engine.as_ref());
        let written = self.films.iter().map(|film| {
            let name = pattern.name(&film.source.facts());
            let place = names.place(&name, self.format.extension(), |_| false);
            let picture = picture::read_png(&film.source.path)?.into_picture();
            let title = export::title(picture.recipe.subject);
            let frames = film.scenes.iter().map(|scene| scene.frames.len()).sum();
            let mut animation =
                Animation::create(place.path(), self.format, &picture, &title, frames)?;
            let last = film.shoot(&picture, &mut animation, &mut questions, progress)?;
            animation.finish()?;
            film.compare(&picture, last.as_deref());
            Ok(Exported::from(film.source, &place))
        });
        written.collect()
    }
}

impl Film<'_> {
    /// Adds every frame; the last scene's picture comes back.
    fn shoot(
        &self,
        picture: &Picture,
        animation: &mut Animation,
        questions: &mut Questions,
        progress: &Progress,
    ) -> Result<Option<Arc<Pixels>>> {
        let codes = &picture.codes;
        let mut before = None;
        for scene in &self.scenes {
            let depths = Depths::First(scene.depths);
            let decoded = questions.decode(&self.card.id, scene.codes(codes), depths)?;
            for (frame, seconds) in scene.draw(codes, &decoded, before.as_ref()) {
                animation.add(frame, seconds)?;
            }
            before = Some(decoded);
            progress.step();
        }
        Ok(before)
    }

    /// Warns when the installed weights are not those of the picture.
    fn compare(&self, picture: &Picture, last: Option<&Pixels>) {
        let differs = last.is_some_and(|last| !replay::is_near(last, &picture.pixels));
        if picture.codes.is_complete() && differs {
            let path = self.source.path.display();
            warn(&Explained::new(
                format!("the last frame is not the picture in {path}"),
                format!(
                    "Install the weights of {} that made it to see it as it was.",
                    self.card.id
                ),
            ));
        }
    }
}
