//! Moving pictures without a window: what can be refused is refused before anything is written.

use super::{Args, Progress, Result, Studio, Way, failure};
use crate::{
    explain::Explained,
    export::{Exported, Film, Names, Pattern, Source},
    headless::{How, choose, output::warn, replay, studio::Questions},
};

/// What is going to move.
pub(super) struct Plan<'a> {
    format: strata_engine::picture::animated::Format,
    films: Vec<Film<'a>>,
    studio: &'a dyn Studio,
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
            let card = choose::named(studio, &source.header.recipe.model)?;
            replay::check_fits(&source.header.codes, &card)?;
            Film::new(source, args.way(way))
        };
        Ok(Self {
            format: args.format.into(),
            films: sources.iter().map(film).collect::<Result<_>>()?,
            studio,
        })
    }

    /// Decodes in all.
    pub(super) fn scenes(&self) -> usize {
        self.films.iter().map(Film::scenes).sum()
    }

    /// Writes every file.
    pub(super) fn write(
        &self,
        pattern: &Pattern,
        names: &mut Names,
        progress: &Progress,
    ) -> Result<Vec<Exported>> {
        let engine = self.studio.engine(How::default())?;
        let mut questions = Questions::new(engine.as_ref());
        let written = self.films.iter().map(|film| {
            let name = pattern.name(&film.source.facts());
            let place = names.place(&name, self.format.extension(), |_| false);
            let step = &mut || progress.step();
            let is_same = film
                .write(place.path(), self.format, &mut questions, step)
                .map_err(failure)?;
            if !is_same {
                warn(&differs(film.source));
            }
            Ok(Exported::new(film.source, &place))
        });
        written.collect()
    }
}

/// The installed weights are not those of the picture.
fn differs(source: &Source) -> Explained {
    let model = &source.header.recipe.model;
    Explained::new(
        format!(
            "the last frame is not the picture in {}",
            source.path.display()
        ),
        format!("Install the weights of {model} that made it to see it as it was."),
    )
}
